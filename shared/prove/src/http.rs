//! Requests over connections that stay open, answers to the byte, and requests that are cut.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request,
    client::conn::http1::{self, SendRequest},
    header,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{io::AsyncWriteExt, net::TcpStream};

const PATIENCE: Duration = Duration::from_secs(30);

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    method: Method,
    path: String,
    token: Option<Arc<str>>,
    key: Option<String>,
    version: Option<String>,
    body: Option<String>,
    more: Vec<(&'static str, String)>,
    patience: Duration,
}

impl Ask {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            token: None,
            key: None,
            version: None,
            body: None,
            more: Vec::new(),
            patience: PATIENCE,
        }
    }

    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self { method: Method::POST, body: Some(body.to_string()), ..Self::get(path) }
    }

    /// A body as it is.
    pub(crate) fn post_text(path: impl Into<String>, body: impl Into<String>) -> Self {
        Self { method: Method::POST, body: Some(body.into()), ..Self::get(path) }
    }

    pub(crate) fn post_empty(path: impl Into<String>) -> Self {
        Self { method: Method::POST, ..Self::get(path) }
    }

    /// Says who asks.
    pub(crate) fn by(mut self, token: &Arc<str>) -> Self {
        self.token = Some(token.clone());
        self
    }

    /// Gives it an `Idempotency-Key`.
    pub(crate) fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Gives it an `If-Match`.
    pub(crate) fn if_match(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.more.push((name, value.into()));
        self
    }

    /// How long the answer may take.
    pub(crate) fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn headers(&self, address: &str) -> Vec<(&'static str, String)> {
        let mut headers = vec![("host", address.to_owned())];
        let some = |name, value: Option<String>| value.map(|value| (name, value));
        headers.extend(some(
            "authorization",
            self.token.as_ref().map(|token| format!("Bearer {token}")),
        ));
        headers.extend(some("idempotency-key", self.key.clone()));
        headers.extend(some("if-match", self.version.clone()));
        headers.extend(some(
            "content-type",
            self.body.as_ref().map(|_| "application/json".to_owned()),
        ));
        headers.extend(self.more.iter().cloned());
        headers
    }

    fn request(&self, address: &str) -> anyhow::Result<Request<Full<Bytes>>> {
        let mut request = Request::builder().method(self.method.clone()).uri(&self.path);
        for (name, value) in self.headers(address) {
            request = request.header(name, value);
        }
        Ok(request.body(Full::new(Bytes::from(self.body.clone().unwrap_or_default())))?)
    }

    /// The request as bytes.
    fn bytes(&self, address: &str) -> Vec<u8> {
        let body = self.body.clone().unwrap_or_default();
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for (name, value) in self.headers(address) {
            text += &format!("{name}: {value}\r\n");
        }
        text += &format!("content-length: {}\r\n\r\n{body}", body.len());
        text.into_bytes()
    }

    /// Sends the request and resets the connection after so long, whatever has come of it: the
    /// system tells the server at once, and nobody ever learns the answer.
    pub(crate) async fn cut(&self, address: &str, after: Duration) -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        stream.set_zero_linger()?;
        stream.write_all(&self.bytes(address)).await?;
        tokio::time::sleep(after).await;
        drop(stream);
        Ok(())
    }
}

/// An answer.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) etag: String,
    pub(crate) location: String,
    /// Which page may read it, as it says itself; empty where none is named.
    pub(crate) allows_origin: String,
    pub(crate) is_replayed: bool,
    pub(crate) has_retry_after: bool,
    pub(crate) body: Bytes,
    pub(crate) took: Duration,
}

/// Without its body: it is for a line of JSON that people read.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let replayed = if self.is_replayed { " again" } else { "" };
        write!(f, "{} {}{}{replayed}", self.status, self.code(), self.location)
    }
}

impl Reply {
    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The string at a pointer of the body; empty where there is none.
    pub(crate) fn text(&self, pointer: &str) -> String {
        self.json().pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The code of a problem; empty where it is none.
    pub(crate) fn code(&self) -> String {
        if self.status < 400 { String::new() } else { self.text("/code") }
    }

    /// The answer, if it has this status.
    pub(crate) fn expect(self, status: u16) -> anyhow::Result<Self> {
        anyhow::ensure!(
            self.status == status,
            "answered {} instead of {status}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        Ok(self)
    }

    /// What a replay must give again to the letter.
    pub(crate) fn essence(&self) -> (u16, &str, &str, &Bytes) {
        (self.status, &self.etag, &self.location, &self.body)
    }
}

/// No answer came.
#[derive(Debug)]
pub(crate) enum Lost {
    /// There was nobody to send it to: nothing was done.
    Unsent,
    /// It was sent, and what came of it is not known.
    Unknown,
}

/// Connections to one address; as many as are asked for at once.
#[derive(Debug)]
pub(crate) struct Clients {
    address: String,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

impl Clients {
    pub(crate) fn of(address: String) -> Self {
        Self { address, idle: Mutex::new(Vec::new()) }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Sends a request. It is never sent twice.
    pub(crate) async fn send(&self, ask: &Ask) -> Result<Reply, Lost> {
        let begun = Instant::now();
        let mut sender = self.connection().await.map_err(|_| Lost::Unsent)?;
        let request = ask.request(&self.address).map_err(|_| Lost::Unsent)?;
        let answer = tokio::time::timeout(ask.patience, async {
            let response = sender.send_request(request).await?;
            let (head, body) = response.into_parts();
            Ok::<_, hyper::Error>((head, body.collect().await?.to_bytes()))
        });
        let (head, body) = answer.await.map_err(|_| Lost::Unknown)?.map_err(|_| Lost::Unknown)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        let text = |name: &str| {
            let value = head.headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        Ok(Reply {
            status: head.status.as_u16(),
            etag: text("etag"),
            location: text("location"),
            allows_origin: text("access-control-allow-origin"),
            is_replayed: head.headers.contains_key("idempotent-replayed"),
            has_retry_after: head.headers.contains_key(header::RETRY_AFTER),
            body,
            took: begun.elapsed(),
        })
    }

    /// Sends a request that must be answered.
    pub(crate) async fn must(&self, ask: &Ask) -> anyhow::Result<Reply> {
        let answer = self.send(ask).await;
        answer.map_err(|lost| anyhow::anyhow!("{lost:?}")).with_context(|| ask.path.clone())
    }

    async fn connection(&self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut sender) = idle else { break };
            // One that the server has closed is not ready any more.
            if sender.ready().await.is_ok() {
                return Ok(sender);
            }
        }
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }
}
