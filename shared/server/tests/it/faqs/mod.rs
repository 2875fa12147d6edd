//! Questions that a brand answers, from the editor's desk to the visitor's question.

mod counts;
mod edit;
mod find;
mod hostile;
mod index;
mod read;
mod seed;
mod table;

use serde_json::{Value, json};
use terrace_testkit::{Caller, Reply, TestApp, spawn_app, with_query};

const ADMIN: &str = "/api/v1/admin/faqs";
const FAQS: &str = "/api/v1/faqs";
const SEARCH: &str = "/api/v1/faqs/search";

/// A brand with one category, and its admin.
async fn desk() -> (TestApp, Caller) {
    let app = spawn_app("bestays").await;
    let admin = category(&app).await;
    (app, admin)
}

async fn category(app: &TestApp) -> Caller {
    let admin = app.admin().await;
    let names = json!({"names": {"en": "Staying", "th": "การเข้าพัก"}});
    let _ = admin.put(&format!("{ADMIN}/categories/stay"), names).await.expect(200);
    admin
}

fn text(question: &str, answer: &str) -> Value {
    json!({"question": question, "answer": answer})
}

/// A published document with these texts.
async fn published(admin: &Caller, slug: &str, texts: Value) -> Reply {
    let body = json!({"slug": slug, "category": "stay", "is_published": true, "texts": texts});
    admin.post(ADMIN, body).await.expect(201)
}

async fn ask(caller: &Caller, query: &str) -> Reply {
    caller.get(&with_query(SEARCH, &[("q", query)])).await.expect(200)
}

/// Slugs of what was found, the best first.
fn slugs(reply: &Reply) -> Vec<String> {
    let items = reply.at("/items");
    items.as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap().to_owned()).collect()
}
