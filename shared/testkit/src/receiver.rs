//! Somebody else's server that events are sent to.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// A request, as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// Path and query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// The body's bytes.
    pub body: String,
}

impl Received {
    /// A header's text, empty where it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// `webhook-id`.
    #[must_use]
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().to_owned()
    }

    /// To what.
    #[must_use]
    pub fn subject(&self) -> String {
        self.json()["data"]["subject_id"].as_str().unwrap_or_default().to_owned()
    }

    /// Its number in the feed.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.json()["data"]["seq"].as_i64().unwrap_or_default()
    }
}

type Answer = dyn Fn(&Received) -> u16 + Send + Sync;

struct Shared {
    answer: Mutex<Arc<Answer>>,
    /// What has arrived, answered or not.
    arrived: watch::Sender<Vec<Received>>,
    held: watch::Sender<bool>,
}

/// An HTTP server on loopback that remembers what it got. It answers 200, unless told otherwise.
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
    /// Keeps the port while nobody listens: connections are refused, and nobody else gets it.
    reserved: Option<TcpSocket>,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver").field("address", &self.address).finish_non_exhaustive()
    }
}

fn socket(at: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("an option");
    socket.bind(at).expect("a free port");
    socket
}

impl Receiver {
    /// A server that listens.
    ///
    /// # Panics
    /// Where no port is free.
    pub async fn start() -> Self {
        let socket = socket(SocketAddr::from(([127, 0, 0, 1], 0)));
        let address = socket.local_addr().expect("an address");
        let mut receiver = Self {
            address,
            shared: Arc::new(Shared {
                answer: Mutex::new(Arc::new(|_: &Received| 200)),
                arrived: watch::Sender::new(Vec::new()),
                held: watch::Sender::new(false),
            }),
            accepting: None,
            reserved: Some(socket),
        };
        receiver.up();
        receiver
    }

    /// Its address, for those who send.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Listens.
    ///
    /// # Panics
    /// Where it listens already.
    pub fn up(&mut self) {
        let socket = self.reserved.take().expect("a server that is down");
        let listener = socket.listen(1024).expect("a listener");
        let shared = self.shared.clone();
        self.accepting = Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        }));
    }

    /// Refuses connections.
    pub async fn down(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            let _ = accepting.await;
        }
        self.reserved = Some(socket(self.address));
    }

    /// Decides the status of each answer from now on.
    pub fn answer(&self, answer: impl Fn(&Received) -> u16 + Send + Sync + 'static) {
        *self.shared.answer.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(answer);
    }

    /// Lets requests come and answers none, until [`Receiver::release`].
    pub fn hold(&self) {
        self.shared.held.send_replace(true);
    }

    /// Answers what was held.
    pub fn release(&self) {
        self.shared.held.send_replace(false);
    }

    /// What has arrived, in that order.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.shared.arrived.borrow().clone()
    }

    /// Waits until so many requests have arrived since the start; returns all of them.
    ///
    /// # Panics
    /// Where they have not within 30 seconds.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let mut arrived = self.shared.arrived.subscribe();
        let enough = arrived.wait_for(|received| received.len() >= count);
        if tokio::time::timeout(Duration::from_secs(30), enough).await.is_err() {
            let kinds: Vec<_> = self.received().iter().map(Received::kind).collect();
            panic!("{count} requests were expected, {} came: {kinds:?}", kinds.len());
        }
        self.received()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let Some(received) = read(&mut stream).await else {
        return;
    };
    shared.arrived.send_modify(|arrived| arrived.push(received.clone()));
    let mut held = shared.held.subscribe();
    if held.wait_for(|held| !held).await.is_err() {
        return;
    }
    let answer = shared.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let status = answer(&received);
    let body = format!("answer {status}");
    let reply = format!(
        "HTTP/1.1 {status} As Told\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(reply.as_bytes()).await;
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = head {
            let mut received = head_of(std::str::from_utf8(&bytes[..end]).ok()?)?;
            let length: usize = received.header("content-length").parse().unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                received.body =
                    String::from_utf8(bytes[end + 4..end + 4 + length].to_vec()).ok()?;
                return Some(received);
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

fn head_of(text: &str) -> Option<Received> {
    let mut lines = text.split("\r\n");
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Some(Received { path, headers, body: String::new() })
}
