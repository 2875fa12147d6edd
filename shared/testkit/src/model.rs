//! A language model that answers what a test has told it to, over real HTTP.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use crate::cluster::RUNTIME;

/// What the model does with one question.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Answers with this text.
    Says(String),
    /// Answers with this text, cut short.
    Cut(String),
    /// Refuses with this status, in the form of servers that send their codes as numbers.
    Refuses(u16),
    /// Sends these bytes with status 200.
    Sends(String),
    /// Takes the question and never answers.
    Hangs,
    /// Waits until the test calls [`ScriptedModel::go_on`], then answers with this text.
    Waits(String),
}

/// A server in OpenAI's form on a free port of this machine. Stops when it is dropped. Once it
/// has no more to say, it refuses with 503.
#[derive(Debug)]
pub struct ScriptedModel {
    address: SocketAddr,
    script: Arc<Script>,
    accepting: tokio::task::AbortHandle,
}

#[derive(Debug, Default)]
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Value>>,
    heard: Notify,
    go_on: Notify,
}

impl ScriptedModel {
    /// A model that says this, in this order.
    ///
    /// # Panics
    /// Where no port is free.
    pub async fn saying(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let script = Arc::new(Script::default());
        lock(&script.answers).extend(answers);
        let shared = script.clone();
        let accepting = RUNTIME
            .spawn(async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(serve(client, shared.clone()));
                }
            })
            .abort_handle();
        Self { address, script, accepting }
    }

    /// What a profile calls `model.base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Adds to what it will say.
    pub fn then(&self, answer: Answer) {
        lock(&self.script.answers).push_back(answer);
    }

    /// The questions so far, as they came.
    #[must_use]
    pub fn asked(&self) -> Vec<Value> {
        lock(&self.script.asked).clone()
    }

    /// Waits until a question has come that has not been waited for.
    pub async fn heard(&self) {
        self.script.heard.notified().await;
    }

    /// Lets an [`Answer::Waits`] go on.
    pub fn go_on(&self) {
        self.script.go_on.notify_one();
    }
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One question a connection: it is closed with the answer.
async fn serve(mut client: TcpStream, script: Arc<Script>) {
    let Some(question) = read(&mut client).await else { return };
    lock(&script.asked).push(question);
    script.heard.notify_one();
    let answer = lock(&script.answers).pop_front().unwrap_or(Answer::Refuses(503));
    let (status, body) = match answer {
        Answer::Says(text) => (200, completion(&text, "stop")),
        Answer::Cut(text) => (200, completion(&text, "length")),
        Answer::Refuses(status) => {
            (status, json!({"error": {"code": status, "message": "no"}}).to_string())
        }
        Answer::Sends(body) => (200, body),
        Answer::Hangs => return std::future::pending().await,
        Answer::Waits(text) => {
            script.go_on.notified().await;
            (200, completion(&text, "stop"))
        }
    };
    answer_with(&mut client, status, &body).await;
}

/// Answers and closes.
pub(crate) async fn answer_with(client: &mut TcpStream, status: u16, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nretry-after: 0\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // A client that has gone away is a test's business, not this server's.
    let _ = client.write_all(format!("{head}{body}").as_bytes()).await;
}

fn completion(text: &str, reason: &str) -> String {
    let message = json!({"role": "assistant", "content": text});
    let choice = json!({"index": 0, "message": message, "finish_reason": reason});
    json!({"id": "scripted", "object": "chat.completion", "choices": [choice]}).to_string()
}

/// The body of a request.
pub(crate) async fn read(client: &mut TcpStream) -> Option<Value> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = client.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?;
        let length: usize = length.trim().parse().ok()?;
        if bytes.len() >= end + 4 + length {
            return serde_json::from_slice(&bytes[end + 4..]).ok();
        }
    }
}
