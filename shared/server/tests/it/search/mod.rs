//! Search, from a visitor's words to the right homes.

mod history;
mod index;
mod lookups;
mod models;
mod plans;
mod refine;
mod seed;
mod sight;
mod similar;
mod suggest;

use serde_json::{Value, json};
use terrace_testkit::{Caller, Reply};

const SEARCH: &str = "/api/v1/search";

/// Asks in these words.
async fn search(caller: &Caller, query: &str) -> Reply {
    ask(caller, json!({"query": query})).await
}

async fn ask(caller: &Caller, body: Value) -> Reply {
    caller.post(SEARCH, body).await.expect(200)
}

/// A part of every hit, best first.
fn hits(reply: &Reply, field: &str) -> Vec<Value> {
    let items = reply.at("/items");
    items.as_array().unwrap().iter().map(|item| item[field].clone()).collect()
}
