//! The server that publishes the realm's keys. It counts who comes for them, and may be away.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// How long an answer takes, so that many can want one at once.
const TAKES: Duration = Duration::from_millis(100);

/// A running server. Dropped, it takes no new connections.
#[derive(Debug)]
pub(crate) struct Publisher {
    port: u16,
    shared: Arc<Shared>,
    accepting: tokio::task::AbortHandle,
}

#[derive(Debug, Default)]
struct Shared {
    keys: Mutex<String>,
    is_away: AtomicBool,
    fetches: AtomicUsize,
}

impl Publisher {
    /// Publishes these keys.
    pub(crate) async fn start(keys: &[Value]) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            keys: Mutex::new(json!({"keys": keys}).to_string()),
            ..Shared::default()
        });
        let served = shared.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let served = served.clone();
                tokio::spawn(async move {
                    // It ends with the client.
                    let _ = served.answer(client).await;
                });
            }
        })
        .abort_handle();
        Ok(Self { port, shared, accepting })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/.well-known/jwks.json", self.port)
    }

    /// From now on it answers 503, or answers again.
    pub(crate) fn set_away(&self, is_away: bool) {
        self.shared.is_away.store(is_away, Ordering::SeqCst);
    }

    /// How often somebody came for the keys.
    pub(crate) fn fetches(&self) -> usize {
        self.shared.fetches.load(Ordering::SeqCst)
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    async fn answer(&self, mut client: TcpStream) -> std::io::Result<()> {
        let (mut asked, mut some) = (Vec::<u8>::new(), [0_u8; 1024]);
        while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
            match client.read(&mut some).await? {
                0 => return Ok(()),
                count => asked.extend(some.iter().take(count)),
            }
        }
        self.fetches.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(TAKES).await;
        let (status, body) = match self.is_away.load(Ordering::SeqCst) {
            true => ("503 Service Unavailable", "{}".to_owned()),
            false => ("200 OK", self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone()),
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            body.len()
        );
        client.write_all(answer.as_bytes()).await?;
        client.shutdown().await
    }
}
