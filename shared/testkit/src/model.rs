//! A language model that answers what a test has told it to, over real HTTP.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use crate::cluster::RUNTIME;

/// Between two drops of [`Answer::Drips`]: the pace of a model.
const DROP: Duration = Duration::from_millis(100);

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
    /// Streams these bytes with status 200, piece by piece, and closes.
    Streams(Vec<String>),
    /// Streams these bytes and is silent from then on.
    FallsSilent(Vec<String>),
    /// Streams this text again and again, until it is hung up on: see [`ScriptedModel::left`].
    Drips(String),
    /// Streams these bytes, waits for [`ScriptedModel::go_on`], streams those and closes.
    Pauses(Vec<String>, Vec<String>),
}

impl Answer {
    /// Streams a text, in pieces that care for no word.
    #[must_use]
    pub fn spoken(text: &str) -> Self {
        Self::Streams([spoken(text), ended("stop")].concat())
    }

    /// Streams the call of a tool, its arguments in two pieces.
    #[must_use]
    pub fn calling(name: &str, arguments: &Value) -> Self {
        let arguments = arguments.to_string();
        let middle = (0..=arguments.len() / 2).rev().find(|at| arguments.is_char_boundary(*at));
        let (first, rest) = arguments.split_at(middle.unwrap_or_default());
        let call = |id: &str, name: Option<&str>, arguments: &str| {
            let function = json!({"name": name, "arguments": arguments});
            delta(
                &json!({"tool_calls": [{"index": 0, "id": id, "type": "function", "function": function}]}),
            )
        };
        let pieces = vec![call("call_1", Some(name), first), call("", None, rest)];
        Self::Streams([pieces, ended("tool_calls")].concat())
    }
}

/// The pieces of a text, without an end.
#[must_use]
pub fn spoken(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let pieces = letters.chunks(7).map(|piece| piece.iter().collect::<String>());
    pieces.map(|piece| delta(&json!({"content": piece}))).collect()
}

/// How a stream ends.
fn ended(reason: &str) -> Vec<String> {
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]});
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 100}});
    vec![format!("data: {last}\n\n"), format!("data: {usage}\n\n"), "data: [DONE]\n\n".to_owned()]
}

fn delta(delta: &Value) -> String {
    let piece = json!({"id": "scripted", "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": null}]});
    format!("data: {piece}\n\n")
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
    left: Notify,
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

    /// Waits until somebody has hung up on an [`Answer::Drips`].
    pub async fn left(&self) {
        self.script.left.notified().await;
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
        Answer::Streams(pieces) => {
            let _ = stream(&mut client, &pieces, true).await;
            return;
        }
        Answer::Drips(text) => {
            let piece = [delta(&json!({"content": text}))];
            let mut is_first = true;
            while stream(&mut client, &piece, is_first).await {
                is_first = false;
                tokio::time::sleep(DROP).await;
            }
            return script.left.notify_one();
        }
        Answer::FallsSilent(pieces) => {
            let _ = stream(&mut client, &pieces, true).await;
            return std::future::pending().await;
        }
        Answer::Pauses(first, rest) => {
            let _ = stream(&mut client, &first, true).await;
            script.go_on.notified().await;
            let _ = stream(&mut client, &rest, false).await;
            return;
        }
    };
    answer_with(&mut client, status, &body).await;
}

/// Whether somebody is still there. A client that has gone away is a test's business, not this server's.
async fn stream(client: &mut TcpStream, pieces: &[String], is_first: bool) -> bool {
    const HEAD: &str =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    let head = if is_first { HEAD } else { "" };
    for piece in std::iter::once(head).chain(pieces.iter().map(String::as_str)) {
        if client.write_all(piece.as_bytes()).await.is_err() || client.flush().await.is_err() {
            return false;
        }
    }
    true
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
