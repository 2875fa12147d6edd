//! A channel whose calendars a proof writes: what it says at an address, it says to whoever asks.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What a channel says.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    status: u16,
    body: Vec<u8>,
    /// How much of the body is sent before the connection ends.
    sent: usize,
}

impl Said {
    /// A calendar, or what should be one.
    pub(crate) fn body(body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { status: 200, sent: body.len(), body }
    }

    /// That it cannot answer.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::body("") }
    }

    /// The same, broken off on its way.
    pub(crate) fn cut_in_half(mut self) -> Self {
        self.sent = self.body.len() / 2;
        self
    }
}

type Shared = Arc<Mutex<HashMap<String, Said>>>;

/// A channel on loopback. Dropped, it takes no new connections.
#[derive(Debug)]
pub(crate) struct Channel {
    address: SocketAddr,
    says: Shared,
    accepting: tokio::task::AbortHandle,
}

impl Channel {
    pub(crate) async fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, says) = (listener.local_addr()?, Shared::default());
        let shared = says.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let says = shared.clone();
                // Whoever hangs up hears nothing, and nobody waits for them.
                tokio::spawn(async move { serve(stream, &says).await });
            }
        });
        Ok(Self { address, says, accepting: accepting.abort_handle() })
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The address of a calendar.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Says this at a path from now on.
    pub(crate) fn say(&self, path: &str, said: Said) {
        self.says.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), said);
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut stream: TcpStream, says: &Shared) -> std::io::Result<()> {
    let (mut head, mut chunk) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut chunk).await? {
            0 => return Ok(()),
            count => head.extend(chunk.iter().take(count)),
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let said = says.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
    let Said { status, body, sent } = said.unwrap_or_else(|| Said::status(404));
    let answer = format!(
        "HTTP/1.1 {status} As Told\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.write_all(body.get(..sent).unwrap_or(&body)).await?;
    stream.shutdown().await
}
