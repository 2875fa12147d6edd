//! A key set endpoint that can misbehave in every way an endpoint can.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

#[derive(Clone)]
pub(crate) enum Answer {
    /// These bytes, as they are.
    Raw(Vec<u8>),
    /// Headers without a length, then zeroes until the client hangs up.
    Endless,
    /// The connection is closed without an answer.
    Cut,
    /// The answer waits for [`JwksServer::release`].
    Held(Arc<Notify>, Vec<u8>),
}

pub(crate) struct JwksServer {
    port: u16,
    answer: Arc<Mutex<Answer>>,
    requests: Arc<AtomicUsize>,
    seen: Arc<Notify>,
}

impl JwksServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            answer: Arc::new(Mutex::new(Answer::Cut)),
            requests: Arc::default(),
            seen: Arc::default(),
        };
        let (answer, requests, seen) =
            (Arc::clone(&server.answer), Arc::clone(&server.requests), Arc::clone(&server.seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                requests.fetch_add(1, Ordering::SeqCst);
                seen.notify_one();
                let answer = answer.lock().unwrap().clone();
                tokio::spawn(serve(stream, answer));
            }
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// How many connections there have been: the client opens one for each fetch.
    pub(crate) fn fetches(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    pub(crate) fn publish(&self, jwks: Value) {
        self.answer(Answer::Raw(ok(jwks.to_string().as_bytes())));
    }

    /// Holds every answer back until the returned handle is notified.
    pub(crate) fn hold(&self, jwks: Value) -> Arc<Notify> {
        let gate = Arc::new(Notify::new());
        self.answer(Answer::Held(Arc::clone(&gate), ok(jwks.to_string().as_bytes())));
        gate
    }

    /// Waits until a request that was not waited for before has arrived.
    pub(crate) async fn requested(&self) {
        within(self.seen.notified()).await;
    }
}

/// Fails the test instead of hanging it.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("nothing happened for 30 s")
}

/// Lets other tasks run until the condition holds.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

pub(crate) fn ok(body: &[u8]) -> Vec<u8> {
    with_status("200 OK", "", body)
}

pub(crate) fn with_status(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}

async fn serve(mut stream: TcpStream, answer: Answer) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut chunk = [0; 1024];
        match stream.read(&mut chunk).await? {
            0 => return Ok(()),
            read => request.extend_from_slice(&chunk[..read]),
        }
        // A TLS greeting, for one: it would wait for an answer for ever.
        if !request.starts_with(b"GET ") {
            return Ok(());
        }
    }
    match answer {
        Answer::Raw(bytes) => stream.write_all(&bytes).await,
        Answer::Held(gate, bytes) => {
            gate.notified().await;
            gate.notify_one();
            stream.write_all(&bytes).await
        }
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await?;
            loop {
                stream.write_all(&[b' '; 4096]).await?;
            }
        }
        Answer::Cut => Ok(()),
    }
}
