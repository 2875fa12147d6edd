//! A load of HTTP requests over connections that stay open.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::{Measured, summarise};

/// Makes the nth request.
pub(crate) type Make = Arc<dyn Fn(u64) -> anyhow::Result<Request<Full<Bytes>>> + Send + Sync>;

/// A load on one server.
#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) address: String,
    pub(crate) make: Make,
}

impl std::fmt::Debug for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Load").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Load {
    pub(crate) async fn run(
        &self,
        connections: usize,
        length: Duration,
    ) -> anyhow::Result<Measured> {
        let counter = Arc::new(AtomicU64::new(0));
        let deadline = Instant::now() + length;
        let clients: Vec<_> = (0..connections)
            .map(|_| tokio::spawn(client(self.clone(), counter.clone(), deadline)))
            .collect();
        let mut micros = Vec::new();
        for client in clients {
            micros.extend(client.await??);
        }
        summarise(micros, length.as_secs_f64())
    }
}

impl Load {
    /// The first request's answer.
    pub(crate) async fn once(&self) -> anyhow::Result<Bytes> {
        let mut sender = connect(&self.address).await?;
        let answer = sender.send_request((self.make)(0)?).await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        Ok(answer.into_body().collect().await?.to_bytes())
    }
}

/// A connection that asks one thing after the other.
pub(crate) async fn connect(address: &str) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// One connection: a request, its whole answer, the next request.
async fn client(
    load: Load,
    counter: Arc<AtomicU64>,
    deadline: Instant,
) -> anyhow::Result<Vec<u32>> {
    let mut sender = connect(&load.address).await?;
    let mut micros = Vec::new();
    while Instant::now() < deadline {
        let request = (load.make)(counter.fetch_add(1, Ordering::Relaxed))?;
        sender.ready().await.context("the server hung up")?;
        let started = Instant::now();
        let answer = sender.send_request(request).await.context("the server hung up")?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
        micros.push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(micros)
}
