//! The rows of conversations.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::output::{Citation, OfferedDraft};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Code, Error, Result},
    visitors::Owner,
};

/// An answer that is still open after so long was being made by a process that died.
const DEAD_AFTER: &str = "interval '2 minutes'";

/// What belongs to an answer beside its words.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Parts {
    /// Listings that it is about, in order.
    pub(super) properties: Vec<Uuid>,
    pub(super) citations: Vec<Citation>,
    pub(super) drafts: Vec<OfferedDraft>,
    pub(super) offers_handoff: bool,
    pub(super) degraded: bool,
    /// What was looked up: the ground on which later answers stand as well.
    pub(super) looked_up: Vec<serde_json::Value>,
}

/// A conversation.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Conversation {
    pub(super) id: Uuid,
    pub(super) locale: String,
    pub(super) title: String,
    pub(super) handed_over_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

const CONVERSATION: &str = "id, locale, title, handed_over_at, created_at, updated_at";

/// Something that was said.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Message {
    pub(super) id: Uuid,
    pub(super) author: String,
    pub(super) state: String,
    pub(super) content: String,
    pub(super) parts: serde_json::Value,
    pub(super) is_helpful: Option<bool>,
    pub(super) created_at: DateTime<Utc>,
}

impl Message {
    pub(super) fn parts(&self) -> Parts {
        serde_json::from_value(self.parts.clone()).unwrap_or_default()
    }
}

const MESSAGE: &str = "id, author, state, content, parts, is_helpful, created_at";

pub(super) async fn begin(
    tx: &DatabaseTransaction,
    owner: Owner,
    locale: &str,
) -> Result<Conversation> {
    let sql = format!(
        "INSERT INTO chat_conversations (id, user_id, visitor_id, locale) VALUES ($1, $2, $3, $4) RETURNING {CONVERSATION}"
    );
    let (user, visitor) = owner.columns();
    let values = [Uuid::now_v7().into(), user.into(), visitor.into(), locale.into()];
    one(tx, sql, values).await?.ok_or_else(|| Error::not_found("conversation"))
}

/// The owner's conversations, the latest first; there are never many.
pub(super) async fn list(tx: &DatabaseTransaction, owner: Owner) -> Result<Vec<Conversation>> {
    let sql = format!(
        "SELECT {CONVERSATION} FROM chat_conversations WHERE owner_id = $1 ORDER BY updated_at DESC, id DESC LIMIT 200"
    );
    all(tx, sql, [owner.id().into()]).await
}

/// One of the owner's conversations.
pub(super) async fn find(tx: &DatabaseTransaction, owner: Owner, id: Uuid) -> Result<Conversation> {
    let sql =
        format!("SELECT {CONVERSATION} FROM chat_conversations WHERE id = $1 AND owner_id = $2");
    let found = one(tx, sql, [id.into(), owner.id().into()]).await?;
    found.ok_or_else(|| Error::not_found("conversation"))
}

/// The conversation that an enquiry came from; where an agent asks, of one that they look after.
pub(super) async fn of_lead(
    tx: &DatabaseTransaction,
    lead: Uuid,
    agent: Option<Uuid>,
) -> Result<Conversation> {
    let sql = format!(
        "SELECT {CONVERSATION} FROM chat_conversations WHERE lead_id = $1 \
            AND ($2::uuid IS NULL OR EXISTS (SELECT FROM leads l WHERE l.id = $1 AND l.assigned_agent_id = $2))"
    );
    let found = one(tx, sql, [lead.into(), agent.into()]).await?;
    found.ok_or_else(|| Error::not_found("conversation"))
}

/// Holds a conversation until the transaction ends.
pub(super) async fn lock(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    const SQL: &str = "SELECT id FROM chat_conversations WHERE id = $1 FOR UPDATE";
    run(tx, SQL, [id.into()]).await.map(drop)
}

/// What was last said, the oldest first.
pub(super) async fn messages(
    tx: &DatabaseTransaction,
    conversation: Uuid,
    most: u64,
) -> Result<Vec<Message>> {
    let sql = format!(
        "SELECT * FROM (SELECT {MESSAGE} FROM chat_messages WHERE conversation_id = $1 \
            ORDER BY created_at DESC, id DESC LIMIT {most}) last ORDER BY created_at, id"
    );
    all(tx, sql, [conversation.into()]).await
}

/// An answer, if it is one of the owner's.
pub(super) async fn message(tx: &DatabaseTransaction, owner: Owner, id: Uuid) -> Result<Message> {
    let sql = format!(
        "SELECT {MESSAGE} FROM chat_messages m WHERE m.id = $1 AND m.author = 'assistant' AND EXISTS \
            (SELECT FROM chat_conversations c WHERE c.id = m.conversation_id AND c.owner_id = $2)"
    );
    let found = one(tx, sql, [id.into(), owner.id().into()]).await?;
    found.ok_or_else(|| Error::not_found("message"))
}

/// Writes down a question, and opens the answer to it.
///
/// # Errors
/// `409` while another answer is being made, `429` for who has asked as much as they may today.
pub(super) async fn ask(
    tx: &DatabaseTransaction,
    owner: Owner,
    conversation: &Conversation,
    text: &str,
    most: u32,
) -> Result<Uuid> {
    #[derive(FromQueryResult)]
    struct Asked {
        asked: i64,
    }
    const ASKED: &str = "SELECT count(*) AS asked FROM chat_messages m JOIN chat_conversations c ON c.id = m.conversation_id \
        WHERE c.owner_id = $1 AND m.author = 'visitor' AND m.created_at > now() - interval '24 hours'";
    let asked: Option<Asked> = one(tx, ASKED, [owner.id().into()]).await?;
    if asked.is_some_and(|asked| asked.asked >= i64::from(most)) {
        return Err(Error::new(Code::RateLimited).with_detail(
            "You have asked as much as one may within a day. Please go on tomorrow.",
        ));
    }
    let dead = format!(
        "UPDATE chat_messages SET state = 'failed' WHERE conversation_id = $1 AND state = 'open' \
            AND created_at < now() - {DEAD_AFTER}"
    );
    run(tx, &dead, [conversation.id.into()]).await?;
    // Of two questions of one moment the order is that of their ids.
    const ASK: &str = "INSERT INTO chat_messages (id, conversation_id, author, content) VALUES ($1, $2, 'visitor', $3)";
    run(tx, ASK, [Uuid::now_v7().into(), conversation.id.into(), text.into()]).await?;
    const OPEN: &str = "INSERT INTO chat_messages (id, conversation_id, author, state, created_at) \
        VALUES ($1, $2, 'assistant', 'open', clock_timestamp()) ON CONFLICT (conversation_id) WHERE state = 'open' DO NOTHING";
    let answer = Uuid::now_v7();
    if run(tx, OPEN, [answer.into(), conversation.id.into()]).await? == 0 {
        return Err(Error::new(Code::RequestInFlight)
            .with_detail("The question before is being answered. Ask again when it has been."));
    }
    const TITLE: &str = "UPDATE chat_conversations SET title = CASE WHEN title = '' THEN left($2, 200) ELSE title END WHERE id = $1";
    run(tx, TITLE, [conversation.id.into(), text.into()]).await?;
    Ok(answer)
}

/// A finished answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Finished {
    pub(super) state: &'static str,
    pub(super) content: String,
    pub(super) parts: Parts,
    pub(super) tokens: i32,
    pub(super) made_by: String,
    /// Milliseconds until there was something to read.
    pub(super) first_ms: Option<i32>,
    /// Sentences that were left out.
    pub(super) blocked: i32,
    /// Calls of tools that came to nothing.
    pub(super) tool_errors: i32,
}

/// Closes an answer. With the platform's rights: whoever asked may have left.
pub(super) async fn finish(state: &State, answer: Uuid, finished: Finished) -> Result<Message> {
    let sql = format!(
        "UPDATE chat_messages SET state = $2, content = left($3, 20000), parts = $4, tokens = $5, made_by = left($6, 200), \
            first_ms = $7, blocked = $8, tool_errors = $9 WHERE id = $1 AND state = 'open' RETURNING {MESSAGE}"
    );
    let done = state.db.tx(Context::system("assistant"), move |tx| {
        let (sql, finished) = (sql.clone(), finished.clone());
        Box::pin(async move {
            let parts = serde_json::to_value(&finished.parts).map_err(Error::internal)?;
            let values = [
                answer.into(),
                finished.state.into(),
                finished.content.into(),
                parts.into(),
                finished.tokens.into(),
                finished.made_by.into(),
                finished.first_ms.into(),
                finished.blocked.into(),
                finished.tool_errors.into(),
            ];
            // Forgotten meanwhile: by whom it was asked, or by the sweep.
            one(tx, sql, values).await?.ok_or_else(|| Error::not_found("message"))
        })
    });
    done.await
}

/// Tokens that were spent within 24 hours.
#[derive(Clone, Copy, Debug, Default, FromQueryResult)]
pub(super) struct Spent {
    /// On everybody.
    pub(super) brand: i64,
    /// On one person or visitor; nothing on nobody.
    pub(super) person: i64,
}

pub(super) async fn spent(state: &State, person: Option<Uuid>) -> Result<Spent> {
    const SQL: &str = "SELECT (SELECT coalesce(sum(tokens), 0) FROM chat_messages \
            WHERE tokens > 0 AND created_at > now() - interval '24 hours')::bigint AS brand, \
        (SELECT coalesce(sum(m.tokens), 0) FROM chat_conversations c JOIN chat_messages m ON m.conversation_id = c.id \
            WHERE c.owner_id = $1 AND m.created_at > now() - interval '24 hours')::bigint AS person";
    let rows: Vec<Spent> = state.db.platform_rows("assistant", SQL, [person.into()]).await?;
    Ok(rows.into_iter().next().unwrap_or_default())
}

/// What the asker thinks of an answer.
pub(super) async fn rate(tx: &DatabaseTransaction, message: Uuid, is_helpful: bool) -> Result<()> {
    let sql = "UPDATE chat_messages SET is_helpful = $2 WHERE id = $1 AND state = 'done'";
    match run(tx, sql, [message.into(), is_helpful.into()]).await? {
        0 => Err(Error::new(Code::WrongState).with_detail("Only a whole answer can be rated.")),
        _ => Ok(()),
    }
}

/// Marks a conversation as somebody's at the brand, or gives it back to the assistant.
pub(super) async fn hand_over(
    tx: &DatabaseTransaction,
    conversation: Uuid,
    lead: Option<Uuid>,
) -> Result<()> {
    const SQL: &str = "UPDATE chat_conversations SET lead_id = coalesce($2, lead_id), \
        handed_over_at = CASE WHEN $2::uuid IS NULL THEN NULL ELSE now() END WHERE id = $1";
    run(tx, SQL, [conversation.into(), lead.into()]).await.map(drop)
}

/// Says something by the platform itself.
pub(super) async fn note(tx: &DatabaseTransaction, conversation: Uuid, text: &str) -> Result<()> {
    const SQL: &str = "INSERT INTO chat_messages (id, conversation_id, author, content, made_by, created_at) \
        VALUES ($1, $2, 'assistant', $3, 'platform', clock_timestamp())";
    run(tx, SQL, [Uuid::now_v7().into(), conversation.into(), text.into()]).await.map(drop)
}

/// Forgets a conversation.
pub(super) async fn forget(tx: &DatabaseTransaction, owner: Owner, id: Uuid) -> Result<()> {
    const SQL: &str = "DELETE FROM chat_conversations WHERE id = $1 AND owner_id = $2";
    match run(tx, SQL, [id.into(), owner.id().into()]).await? {
        0 => Err(Error::not_found("conversation")),
        _ => Ok(()),
    }
}

pub(super) async fn one<T: FromQueryResult>(
    tx: &DatabaseTransaction,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<T>> {
    let row = tx.query_one_raw(statement(sql, values)).await?;
    Ok(row.map(|row| T::from_query_result(&row, "")).transpose()?)
}

async fn all<T: FromQueryResult>(
    tx: &DatabaseTransaction,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>> {
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| T::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

async fn run(
    tx: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64> {
    Ok(tx.execute_raw(statement(sql, values)).await?.rows_affected())
}
