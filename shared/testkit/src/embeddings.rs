//! A server of embeddings in OpenAI's form, over real HTTP. Its vectors are those of the built-in
//! model, so that what is near is near.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};
use terrace_embedding::{Embedder, Hashing, Purpose};
use tokio::net::{TcpListener, TcpStream};

use crate::{
    cluster::RUNTIME,
    model::{answer_with, read},
};

/// How the server is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmbeddingMood {
    /// It answers.
    Answers,
    /// It refuses with 503.
    Away,
    /// It takes the question and never answers.
    Hangs,
}

/// The server, on a free port of this machine. Stops when it is dropped.
#[derive(Debug)]
pub struct EmbeddingServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: tokio::task::AbortHandle,
}

#[derive(Debug)]
struct Shared {
    mood: Mutex<EmbeddingMood>,
    texts: Mutex<Vec<String>>,
    model: Hashing,
}

impl EmbeddingServer {
    /// A server that answers.
    ///
    /// # Panics
    /// Where no port is free.
    pub async fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            mood: Mutex::new(EmbeddingMood::Answers),
            texts: Mutex::default(),
            model: Hashing::new(),
        });
        let serving = shared.clone();
        let accepting = RUNTIME
            .spawn(async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(serve(client, serving.clone()));
                }
            })
            .abort_handle();
        Self { address, shared, accepting }
    }

    /// What a profile calls `embedding.base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Changes how it is doing.
    pub fn be(&self, mood: EmbeddingMood) {
        *self.shared.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// The texts that it was asked for, in order.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.shared.texts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for EmbeddingServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One question a connection: it is closed with the answer.
async fn serve(mut client: TcpStream, shared: Arc<Shared>) {
    let Some(question) = read(&mut client).await else { return };
    let mood = *shared.mood.lock().unwrap_or_else(PoisonError::into_inner);
    match mood {
        EmbeddingMood::Answers => {}
        EmbeddingMood::Away => return answer_with(&mut client, 503, "{}").await,
        EmbeddingMood::Hangs => return std::future::pending().await,
    }
    let texts: Vec<String> = match &question["input"] {
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        text => text.as_str().map(str::to_owned).into_iter().collect(),
    };
    shared.texts.lock().unwrap_or_else(PoisonError::into_inner).extend(texts.clone());
    let vectors = shared.model.embed(&texts, Purpose::Document).await.expect("vectors");
    let data: Vec<Value> = vectors
        .iter()
        .enumerate()
        .map(|(index, vector)| json!({"object": "embedding", "index": index, "embedding": vector.as_slice()}))
        .collect();
    let usage = json!({"prompt_tokens": 1, "total_tokens": 1});
    let body = json!({"object": "list", "model": question["model"], "data": data, "usage": usage});
    answer_with(&mut client, 200, &body.to_string()).await;
}
