//! The server of a test.

use std::{
    net::SocketAddr,
    sync::{Arc, mpsc},
};

use actix_web::rt::System;
use terrace_outbound::Lookup;
use terrace_product::Profile;
use terrace_server::app::{Application, State};
use tokio::sync::oneshot;

/// The server's own thread, with an actix system as in `main`.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    pub(crate) ended: Option<mpsc::Receiver<()>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Server {
    pub(crate) async fn start(profile: Profile, names: Arc<dyn Lookup>) -> Self {
        let (ready, started) = oneshot::channel();
        let (stop, told) = oneshot::channel::<()>();
        let (ending, ended) = mpsc::channel();
        std::thread::Builder::new()
            .name("terrace".to_owned())
            .spawn(move || {
                System::new().block_on(async move {
                    let application = match Application::build_with_names(profile, names) {
                        Ok(application) => application,
                        Err(error) => return drop(ready.send(Err(format!("{error:#}")))),
                    };
                    let _ = ready.send(Ok((application.address(), application.state())));
                    let served = application.run_until(async { drop(told.await) }).await;
                    served.expect("the server ends well");
                });
                let _ = ending.send(());
            })
            .expect("a thread for the server");
        let started: Result<_, String> = started.await.expect("the server starts or says why");
        let (address, state) = started.unwrap_or_else(|error| panic!("{error}"));
        Self { address, state, stop: Some(stop), ended: Some(ended) }
    }

    pub(crate) fn begin_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}
