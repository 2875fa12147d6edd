//! Traps, servers that misbehave, and names that change their minds.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use terrace_outbound::{Client, Limits, Lookup, Permit, Redirects, Rules};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A listener on loopback that counts connections and answers each with the same bytes.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<AtomicUsize>,
}

impl Server {
    /// Whoever comes is counted, and gets nothing.
    pub(crate) async fn trap() -> Self {
        Self::answering("127.0.0.1:0", Vec::new(), false).await
    }

    pub(crate) async fn answering(at: &str, answer: Vec<u8>, then_wait: bool) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), seen: Arc::default() };
        let seen = server.seen.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                seen.fetch_add(1, Ordering::SeqCst);
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    let _ = stream.read(&mut request).await;
                    let _ = stream.write_all(&answer).await;
                    if then_wait {
                        let _ = stream.read(&mut request).await;
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        server
    }

    pub(crate) async fn ok(body: &str) -> Self {
        Self::answering("127.0.0.1:0", reply("200 OK", "", body), false).await
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

pub(crate) fn reply(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

/// A name and the answers that it gives, one after another; the last one stays.
#[derive(Clone, Default)]
pub(crate) struct Names(Arc<Mutex<HashMap<String, Vec<Vec<IpAddr>>>>>);

impl Names {
    pub(crate) fn with(self, name: &str, answers: &[&[&str]]) -> Self {
        let parsed = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        self.0.lock().unwrap().insert(name.to_owned(), answers.iter().map(parsed).collect());
        self
    }
}

impl Lookup for Names {
    fn lookup(
        &self,
        name: &str,
    ) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send + '_>> {
        let mut names = self.0.lock().unwrap();
        let found = names
            .get_mut(name)
            .map(|answers| if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() });
        Box::pin(async move { found.ok_or_else(|| std::io::Error::other("no such name")) })
    }
}

pub(crate) fn client(
    ports: &[u16],
    permitted: &[SocketAddr],
    redirects: Redirects,
    names: Names,
) -> Client {
    client_within(Limits::default(), ports, permitted, redirects, names)
}

pub(crate) fn client_within(
    limits: Limits,
    ports: &[u16],
    permitted: &[SocketAddr],
    redirects: Redirects,
    names: Names,
) -> Client {
    let permit = Permit::loopback(permitted.iter().copied());
    let rules = Rules::new(ports.iter().copied(), permit);
    Client::new(rules, redirects, limits, Arc::new(names)).unwrap()
}
