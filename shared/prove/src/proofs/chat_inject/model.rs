//! A model that does as every listing says: it calls what it is ordered to call, and then says what
//! it is ordered to say.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, web};
use anyhow::Context;
use serde_json::{Value, json};

/// What a listing makes of a question.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    pub(super) tool: &'static str,
    pub(super) arguments: Value,
    pub(super) words: String,
}

type Book = Arc<Mutex<HashMap<String, Orders>>>;

/// A server of chat completions on loopback. Dropped, it stops.
#[derive(Debug)]
pub(super) struct ObeyingModel {
    address: SocketAddr,
    book: Book,
    handle: ServerHandle,
}

impl ObeyingModel {
    pub(super) fn open() -> anyhow::Result<Self> {
        let book = Book::default();
        let shared = web::Data::new(book.clone());
        let app = move || {
            App::new()
                .app_data(shared.clone())
                .app_data(web::JsonConfig::default().limit(8 << 20))
                .route("/v1/chat/completions", web::post().to(answer))
        };
        let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0))?;
        let address = *server.addrs().first().context("an address")?;
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { address, book, handle })
    }

    /// What a profile calls `model.base_url`.
    pub(super) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What it does when it is asked this.
    pub(super) fn order(&self, question: String, orders: Orders) {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).insert(question, orders);
    }
}

impl Drop for ObeyingModel {
    fn drop(&mut self) {
        // The future only waits for the end, which nobody does.
        drop(self.handle.stop(false));
    }
}

async fn answer(book: web::Data<Book>, asked: web::Json<Value>) -> HttpResponse {
    let said = asked["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let question = said.iter().rev().find(|one| one["role"] == "user");
    let question = question.and_then(|one| one["content"].as_str()).unwrap_or_default();
    let orders = book.lock().unwrap_or_else(PoisonError::into_inner).get(question).cloned();
    let Some(orders) = orders else { return HttpResponse::BadRequest().finish() };
    let has_looked = said.last().is_some_and(|one| one["role"] == "tool");
    let (delta, reason) = match has_looked {
        true => (json!({"content": orders.words}), "stop"),
        false => {
            let function = json!({"name": orders.tool, "arguments": orders.arguments.to_string()});
            let call =
                json!({"index": 0, "id": "call_1", "type": "function", "function": function});
            (json!({"tool_calls": [call]}), "tool_calls")
        }
    };
    let piece = json!({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]});
    let stream = format!("data: {piece}\n\ndata: [DONE]\n\n");
    HttpResponse::Ok().content_type("text/event-stream").body(stream)
}
