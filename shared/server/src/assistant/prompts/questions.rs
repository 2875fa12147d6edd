//! `GET` and `PUT /admin/chat/questions`: what a prompt is tried with.

use actix_web::{HttpResponse, web};
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store;
use crate::{
    app::State,
    assistant::tools,
    db::statement,
    error::{Error, FieldError, Result},
    http::{
        answer::private,
        auth::{Admin, Origin},
        body::Body,
    },
};
pub use store::QuestionIn;

/// The questions of a brand, in order.
#[derive(Clone, Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionSet {
    /// The questions.
    #[garde(length(max = 30), dive)]
    #[schema(max_items = 30)]
    pub items: Vec<QuestionIn>,
}

/// The saved questions.
#[utoipa::path(
    get, path = "/api/v1/admin/chat/questions", operation_id = "get_chat_questions", tag = "assistant",
    responses((status = 200, body = QuestionSet)),
    security(("bearer" = [])),
)]
pub async fn get_chat_questions(_admin: Admin, state: web::Data<State>) -> Result<HttpResponse> {
    Ok(private(&QuestionSet { items: store::questions(&state.db).await? }))
}

/// Saves questions in place of those that were there. Prompts have to be tried with them anew.
#[utoipa::path(
    put, path = "/api/v1/admin/chat/questions", operation_id = "put_chat_questions", tag = "assistant",
    request_body = QuestionSet,
    responses((status = 200, body = QuestionSet)),
    security(("bearer" = [])),
)]
pub async fn put_chat_questions(
    _admin: Admin,
    origin: Origin,
    body: Body<QuestionSet>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let set = body.value;
    check(&state, &set)?;
    let saved = set.clone();
    state
        .db
        .tx(origin.0, move |tx| {
            let set = saved.clone();
            Box::pin(async move { replace(tx, &set).await })
        })
        .await?;
    Ok(private(&set))
}

fn check(state: &State, set: &QuestionSet) -> Result<()> {
    let mut wrong = Vec::new();
    for (nth, question) in set.items.iter().enumerate() {
        let enabled = &state.profile.locales.enabled;
        if let Some(locale) = &question.locale
            && !enabled.iter().any(|one| one.as_str() == locale)
        {
            let there_are: Vec<&str> = enabled.iter().map(|one| one.as_str()).collect();
            let detail = format!("Must be one of: {}.", there_are.join(", "));
            wrong.push(FieldError::new(format!("/items/{nth}/locale"), "unknown_locale", detail));
        }
        if let Some(tool) = &question.tool
            && !tools::all().iter().any(|one| one.name == tool)
        {
            let there_are: Vec<&str> = tools::all().iter().map(|one| one.name).collect();
            let detail = format!("Must be one of: {}.", there_are.join(", "));
            wrong.push(FieldError::new(format!("/items/{nth}/tool"), "unknown", detail));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
}

async fn replace(tx: &DatabaseTransaction, set: &QuestionSet) -> Result<()> {
    // Two who save at once: one set holds, and no mixture.
    const LOCK: &str = "LOCK TABLE chat_questions IN SHARE ROW EXCLUSIVE MODE";
    tx.execute_raw(statement(LOCK, [])).await?;
    tx.execute_raw(statement("DELETE FROM chat_questions", [])).await?;
    const SQL: &str = "INSERT INTO chat_questions (nth, question) \
        SELECT q.nth, q.question FROM jsonb_array_elements($1) WITH ORDINALITY AS q(question, nth)";
    let items = serde_json::to_value(&set.items).map_err(Error::internal)?;
    tx.execute_raw(statement(SQL, [items.into()])).await?;
    Ok(())
}
