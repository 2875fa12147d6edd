//! A channel: a server whose calendars a test writes.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What the channel says at an address.
#[derive(Clone, Debug)]
pub struct Said {
    /// HTTP status.
    pub status: u16,
    /// Headers besides the length.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Only so much of the body is sent, and then the connection ends.
    pub cut: Option<usize>,
}

impl Said {
    /// A body, with 200.
    #[must_use]
    pub fn body(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into(), cut: None }
    }

    /// A status, without a body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::body("") }
    }

    /// The same, with a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, broken off.
    #[must_use]
    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes);
        self
    }
}

/// What was asked: path, and the request's head in lower case.
type Asked = (String, String);

/// A channel on loopback.
#[derive(Debug)]
pub struct FeedServer {
    /// Where it listens.
    pub address: SocketAddr,
    says: Arc<Mutex<HashMap<String, Said>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    accepting: JoinHandle<()>,
}

impl FeedServer {
    /// A channel that knows no calendar.
    ///
    /// # Panics
    /// Where no port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let says = Arc::<Mutex<HashMap<String, Said>>>::default();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let (shared, log) = (says.clone(), asked.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone(), log.clone()));
            }
        });
        Self { address, says, asked, accepting }
    }

    /// A calendar's address.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Says this at an address from now on. With an `ETag` in it, whoever has that already hears
    /// that nothing has changed.
    pub fn say(&self, path: &str, said: Said) {
        self.says.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), said);
    }

    /// How often an address was asked for.
    #[must_use]
    pub fn asked(&self, path: &str) -> usize {
        self.heads(path).len()
    }

    /// The heads of the requests for an address, in lower case.
    #[must_use]
    pub fn heads(&self, path: &str) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|(at, _)| at == path).map(|(_, head)| head.clone()).collect()
    }
}

impl Drop for FeedServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    says: Arc<Mutex<HashMap<String, Said>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
) {
    let mut head = Vec::new();
    let mut chunk = [0; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(read) => head.extend_from_slice(&chunk[..read]),
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push((path.clone(), head.to_ascii_lowercase()));
    let said = says.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
    let mut said = said.unwrap_or_else(|| Said::status(404));
    let tag = said.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("etag"));
    if tag.is_some_and(|(_, tag)| head.contains(tag.as_str())) {
        said = Said::status(304);
    }
    let mut reply = format!("HTTP/1.1 {} As Told\r\nconnection: close\r\n", said.status);
    for (name, value) in &said.headers {
        reply.push_str(&format!("{name}: {value}\r\n"));
    }
    if said.status != 304 {
        reply.push_str(&format!("content-length: {}\r\n", said.body.len()));
    }
    reply.push_str("\r\n");
    let _ = stream.write_all(reply.as_bytes()).await;
    let sent = said.cut.unwrap_or(said.body.len()).min(said.body.len());
    let _ = stream.write_all(&said.body[..sent]).await;
    let _ = stream.shutdown().await;
}
