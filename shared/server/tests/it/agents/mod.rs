//! The brand for machines: the assistant's tools, what it drafts, and the doors for other people's
//! agents.

mod drafts;
mod injected;
mod mcp;
mod pages;
mod tools;

use actix_web::web::Data;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use terrace_product::Locale;
use terrace_server::{
    app::State,
    assistant::tools::{Answer, Asker, Refusal, call},
};
use terrace_testkit::{Caller, Listing, TestApp, listing, spawn_app};
use uuid::Uuid;

use crate::quotes::villa;

/// A brand with a villa that is booked at once, and its agent.
async fn house() -> (TestApp, Caller, Listing) {
    let app = spawn_app("bestays").await;
    let agent = app.agent("mali").await;
    let villa = agent.create_published(instant()).await;
    app.settled().await;
    (app, agent, villa)
}

fn instant() -> Value {
    let details = json!({"price_per_night": 420_000, "max_guests": 6, "instant_book": true});
    listing::with(villa(), json!({"rental_details": details}))
}

/// A visitor: the token, and who it is.
async fn visitor(app: &TestApp) -> (String, Uuid) {
    let made = app.anonymous().post_empty("/api/v1/visitors").await.expect(201);
    let token = made.text_at("/token");
    // A token begins with whose it is; only its end is secret.
    let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
    (token, Uuid::from_slice(&bytes[..16]).unwrap())
}

/// Calls a tool for a visitor.
async fn ask(
    app: &TestApp,
    visitor: Option<Uuid>,
    tool: &str,
    arguments: Value,
) -> Result<Answer, Refusal> {
    ask_in(app, "en", visitor, tool, arguments).await
}

async fn ask_in(
    app: &TestApp,
    locale: &str,
    visitor: Option<Uuid>,
    tool: &str,
    arguments: Value,
) -> Result<Answer, Refusal> {
    let state: Data<State> = Data::from(app.state());
    let locale = Locale::parse(locale).unwrap();
    let asker = Asker { caller: None, visitor, locale };
    call(&state, &asker, tool, &arguments).await
}
