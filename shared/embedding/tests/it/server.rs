//! A server like OpenAI's, on a port of this machine, that answers what a test says.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use terrace_product::Embedding as Settings;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the server does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answers: status, more headers, body.
    With(u16, &'static str, String),
    /// One vector for each text: its number in the request, and one.
    Vectors,
    /// Takes the request and says nothing.
    Silence,
    /// Ends the connection before the answer is whole.
    BreaksOff,
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: Value,
}

pub(crate) struct Server {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Gives `replies` one after the other, the last one for ever.
    pub(crate) async fn start(replies: impl Into<Vec<Reply>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (replies, seen) = (replies.into(), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, replies.clone(), Arc::clone(&seen)));
            }
        });
        Self { address, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the requests").clone()
    }

    /// Settings that lead here, with `changes`.
    pub(crate) fn settings(&self, changes: Value) -> Settings {
        settings(&self.address, changes)
    }
}

pub(crate) fn settings(address: &str, changes: Value) -> Settings {
    let mut settings = json!({
        "provider": "openai",
        "base_url": address,
        "api_key": "sk-secret",
        "name": "small",
        "batch": 96,
        "timeout_seconds": 5,
        "query_timeout_ms": 300,
        "retries": 2,
    });
    for (key, value) in changes.as_object().expect("an object") {
        settings[key] = value.clone();
    }
    serde_json::from_value(settings).expect("settings")
}

async fn serve(mut connection: TcpStream, replies: Vec<Reply>, seen: Arc<Mutex<Vec<Asked>>>) {
    let Some(asked) = read(&mut connection).await else { return };
    let texts = asked.body["input"].as_array().map_or(0, Vec::len);
    let number = {
        let mut seen = seen.lock().expect("the requests");
        seen.push(asked);
        seen.len() - 1
    };
    let reply = replies.get(number).or(replies.last()).cloned().expect("a reply");
    let (status, headers, body) = match reply {
        Reply::With(status, headers, body) => (status, headers, body),
        Reply::Vectors => (200, "", vectors((0..texts).map(|n| (n, vec![1.0, as_number(n)])))),
        Reply::Silence => return std::future::pending().await,
        Reply::BreaksOff => {
            let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{").await;
            return;
        }
    };
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
        body.len()
    );
    // The client may have heard enough before the end.
    let _ = connection.write_all(head.as_bytes()).await;
    let _ = connection.write_all(body.as_bytes()).await;
}

pub(crate) fn as_number(n: usize) -> f64 {
    f64::from(u32::try_from(n).expect("a small number"))
}

/// An answer with these vectors under these numbers.
pub(crate) fn vectors(items: impl IntoIterator<Item = (usize, Vec<f64>)>) -> String {
    let items = items.into_iter().map(
        |(index, embedding)| json!({"object": "embedding", "index": index, "embedding": embedding}),
    );
    json!({"object": "list", "data": items.collect::<Vec<_>>(), "model": "small"}).to_string()
}

async fn read(connection: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                let body = serde_json::from_str(body).unwrap_or(Value::Null);
                return Some(Asked { head: head.to_owned(), body });
            }
        }
        if connection.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
