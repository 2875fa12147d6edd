//! The rows of prompts: none holds a person's words, so that reads need nobody's name.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::store::one;
use crate::{
    app::State,
    db::{Db, statement},
    error::{Error, Result},
};

/// What holds for an answer that is made now.
#[derive(Clone, Debug, Default, FromQueryResult)]
pub(crate) struct Told {
    /// The brand's own words to its model, if it has some.
    pub(crate) body: Option<String>,
    /// Tools that are switched off.
    pub(crate) off: Vec<String>,
}

/// What holds now: one round trip.
pub(crate) async fn told(state: &State) -> Result<Told> {
    const SQL: &str = "SELECT (SELECT p.body FROM (SELECT prompt_id FROM chat_activations ORDER BY nth DESC LIMIT 1) a \
            JOIN chat_prompts p ON p.id = a.prompt_id) AS body, \
        ARRAY(SELECT name FROM chat_tools WHERE NOT is_enabled ORDER BY name) AS off";
    Ok(state.db.read().one(SQL, []).await?.unwrap_or_default())
}

/// A version of what a brand tells its model.
#[derive(Clone, Debug, FromQueryResult, Serialize, ToSchema)]
pub struct PromptOut {
    /// Its id.
    pub id: Uuid,
    /// Counts up.
    pub number: i32,
    /// The words. `{brand}`, `{language}` and `{today}` are put in.
    pub body: String,
    /// What it is to do better.
    pub note: String,
    /// The version that it was made from.
    pub based_on: Option<Uuid>,
    /// Whether the model is told this now.
    pub is_active: bool,
    /// Whether it may be activated: its last trial with the questions of today passed.
    pub is_tried: bool,
    /// Who made it.
    pub created_by: Option<Uuid>,
    /// When.
    pub created_at: DateTime<Utc>,
}

const PROMPT: &str = "p.id, p.number, p.body, p.note, p.based_on, p.created_by, p.created_at, \
    p.id IS NOT DISTINCT FROM (SELECT a.prompt_id FROM chat_activations a ORDER BY a.nth DESC LIMIT 1) AS is_active, \
    coalesce((SELECT t.state = 'passed' AND t.questions = \
            (SELECT coalesce(jsonb_agg(q.question ORDER BY q.nth), '[]') FROM chat_questions q) \
        FROM chat_trials t WHERE t.prompt_id = p.id ORDER BY t.created_at DESC, t.id DESC LIMIT 1), false) AS is_tried";

/// Versions before that number, the latest first.
pub(super) async fn page(db: &Db, before: i32, most: u64) -> Result<Vec<PromptOut>> {
    let sql = format!(
        "SELECT {PROMPT} FROM chat_prompts p WHERE p.number < $1 ORDER BY p.number DESC LIMIT {most}"
    );
    db.read().all(sql, [before.into()]).await
}

pub(super) async fn get(db: &Db, id: Uuid) -> Result<PromptOut> {
    let sql = format!("SELECT {PROMPT} FROM chat_prompts p WHERE p.id = $1");
    db.read().one(sql, [id.into()]).await?.ok_or_else(|| Error::not_found("prompt"))
}

pub(super) async fn exists(db: &Db, id: Uuid) -> Result<bool> {
    is(db, "EXISTS (SELECT FROM chat_prompts WHERE id = $1)", id).await
}

/// Whether visitors have met it.
pub(super) async fn was_active(db: &Db, id: Uuid) -> Result<bool> {
    is(db, "EXISTS (SELECT FROM chat_activations WHERE prompt_id = $1)", id).await
}

async fn is(db: &Db, what: &str, id: Uuid) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Is {
        so: bool,
    }
    let row: Option<Is> = db.read().one(format!("SELECT {what} AS so"), [id.into()]).await?;
    Ok(row.is_some_and(|row| row.so))
}

/// The words that the model is told now; empty where only what is built in holds.
pub(super) async fn active_body(state: &State) -> Result<String> {
    Ok(told(state).await?.body.unwrap_or_default())
}

pub(super) async fn insert(
    tx: &DatabaseTransaction,
    id: Uuid,
    (body, note): (&str, &str),
    based_on: Option<Uuid>,
    by: Uuid,
) -> Result<()> {
    const SQL: &str = "INSERT INTO chat_prompts (id, body, note, based_on, created_by) VALUES ($1, $2, $3, $4, $5)";
    let values = [id.into(), body.into(), note.into(), based_on.into(), by.into()];
    tx.execute_raw(statement(SQL, values)).await?;
    Ok(())
}

/// What was active from when on.
#[derive(Clone, Debug, FromQueryResult, Serialize, ToSchema)]
pub struct ActivationOut {
    /// Counts up.
    pub nth: i64,
    /// The version; none: what is built in, alone.
    pub prompt_id: Option<Uuid>,
    /// Its number.
    pub number: Option<i32>,
    /// Who activated it.
    pub activated_by: Option<Uuid>,
    /// From when on.
    pub activated_at: DateTime<Utc>,
}

const ACTIVATION: &str = "a.nth, a.prompt_id, p.number, a.activated_by, a.activated_at \
    FROM chat_activations a LEFT JOIN chat_prompts p ON p.id = a.prompt_id";

/// What was active before that, the latest first.
pub(super) async fn activations(db: &Db, before: i64, most: u64) -> Result<Vec<ActivationOut>> {
    let sql = format!("SELECT {ACTIVATION} WHERE a.nth < $1 ORDER BY a.nth DESC LIMIT {most}");
    db.read().all(sql, [before.into()]).await
}

/// The last activation, held until the transaction ends: of two admins the second sees the first's.
pub(super) async fn last(tx: &DatabaseTransaction) -> Result<Option<ActivationOut>> {
    tx.execute_raw(statement("LOCK TABLE chat_activations IN SHARE ROW EXCLUSIVE MODE", []))
        .await?;
    one(tx, format!("SELECT {ACTIVATION} ORDER BY a.nth DESC LIMIT 1"), []).await
}

/// What was active before the last change, if anything was ever activated.
pub(super) async fn before_last(
    tx: &DatabaseTransaction,
    last: &ActivationOut,
) -> Result<Option<Uuid>> {
    #[derive(FromQueryResult)]
    struct Before {
        prompt_id: Option<Uuid>,
    }
    // Steps back lead further back and never to and fro: what was taken back is not what was before.
    const SQL: &str = "SELECT prompt_id FROM chat_activations WHERE nth < coalesce(\
            (SELECT min(nth) FROM chat_activations WHERE prompt_id IS NOT DISTINCT FROM $1), 0) ORDER BY nth DESC LIMIT 1";
    let before: Option<Before> = one(tx, SQL, [last.prompt_id.into()]).await?;
    Ok(before.and_then(|before| before.prompt_id))
}

pub(super) async fn activate(
    tx: &DatabaseTransaction,
    prompt: Option<Uuid>,
    by: Uuid,
) -> Result<ActivationOut> {
    const SQL: &str = "WITH made AS (INSERT INTO chat_activations (prompt_id, activated_by) VALUES ($1, $2) RETURNING *) \
        SELECT a.nth, a.prompt_id, p.number, a.activated_by, a.activated_at FROM made a LEFT JOIN chat_prompts p ON p.id = a.prompt_id";
    let made = one(tx, SQL, [prompt.into(), by.into()]).await?;
    made.ok_or_else(|| Error::not_found("prompt"))
}

/// A question that a prompt is tried with, and what a good answer has.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionIn {
    /// The words.
    #[garde(length(chars, min = 1, max = 2000), custom(crate::listings::input::not_blank))]
    #[schema(
        min_length = 1,
        max_length = 2000,
        example = "Is there a villa with a pool in Rawai?"
    )]
    pub text: String,
    /// The language of the answer; the brand's first where it is missing.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "en")]
    pub locale: Option<String>,
    /// A tool that must have been called for it.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "search_properties")]
    pub tool: Option<String>,
    /// Words that the answer must have, in any case of letters.
    #[garde(length(max = 10), inner(length(chars, min = 1, max = 100)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 10)]
    pub mentions: Vec<String>,
    /// Words that it must not have.
    #[garde(length(max = 10), inner(length(chars, min = 1, max = 100)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 10)]
    pub avoids: Vec<String>,
}

/// The saved questions, in order.
pub(super) async fn questions(db: &Db) -> Result<Vec<QuestionIn>> {
    #[derive(FromQueryResult)]
    struct Row {
        question: serde_json::Value,
    }
    let rows: Vec<Row> =
        db.read().all("SELECT question FROM chat_questions ORDER BY nth", []).await?;
    rows.into_iter()
        .map(|row| serde_json::from_value(row.question).map_err(Error::internal))
        .collect()
}
