//! Endpoints in the database.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use uuid::Uuid;

use super::model::{WebhookIn, WebhookOut, WebhookPatch};
use crate::{
    db::statement,
    error::{Code, Error, Result},
    events::feed,
};

/// More than any brand has systems.
const MOST_ENDPOINTS: i64 = 50;

/// What is shown of an endpoint; never its secrets.
const COLUMNS: &str = "id, url, description, event_types, is_active, disabled_reason, \
    failing_since, CASE WHEN previous_secret_until > now() THEN previous_secret_until END \
    AS previous_secret_until, starts_after, created_at, updated_at";

/// The rows of a statement.
pub(super) async fn all<T: FromQueryResult>(
    tx: &DatabaseTransaction,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>> {
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| T::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// The row of a statement, if there is one.
pub(super) async fn one<T: FromQueryResult>(
    tx: &DatabaseTransaction,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<T>> {
    Ok(all(tx, sql, values).await?.into_iter().next())
}

pub(super) fn unknown() -> Error {
    Error::not_found("webhook")
}

/// Makes an endpoint. It hears of what commits from now on.
pub(super) async fn create(
    tx: &DatabaseTransaction,
    input: WebhookIn,
    secret: &str,
    by: Uuid,
) -> Result<WebhookOut> {
    #[derive(FromQueryResult)]
    struct Count {
        count: i64,
    }
    let there: Option<Count> = one(tx, "SELECT count(*) FROM webhook_endpoints", []).await?;
    if there.is_some_and(|there| there.count >= MOST_ENDPOINTS) {
        return Err(Error::new(Code::Conflict)
            .with_detail(format!("There may be {MOST_ENDPOINTS} webhooks; delete one first.")));
    }
    let head = feed::sequence(tx).await?;
    let WebhookIn { url, description, event_types } = input;
    let sql = format!(
        "INSERT INTO webhook_endpoints (id, url, description, event_types, secret, starts_after, created_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {COLUMNS}"
    );
    let values = [
        Uuid::now_v7().into(),
        url.into(),
        description.into(),
        event_types.into(),
        secret.into(),
        head.into(),
        by.into(),
    ];
    one(tx, sql, values).await?.ok_or_else(unknown)
}

/// The endpoints after one, in the order in which they were made.
pub(super) async fn list(
    tx: &DatabaseTransaction,
    after: Option<Uuid>,
    most: u64,
) -> Result<Vec<WebhookOut>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook_endpoints WHERE $1::uuid IS NULL OR id > $1 \
         ORDER BY id LIMIT {most}"
    );
    all(tx, sql, [after.into()]).await
}

/// One endpoint.
pub(super) async fn get(tx: &DatabaseTransaction, id: Uuid) -> Result<WebhookOut> {
    let sql = format!("SELECT {COLUMNS} FROM webhook_endpoints WHERE id = $1");
    one(tx, sql, [id.into()]).await?.ok_or_else(unknown)
}

/// Changes an endpoint. Whoever switches it on again wants what waited at once.
pub(super) async fn change(
    tx: &DatabaseTransaction,
    id: Uuid,
    patch: WebhookPatch,
) -> Result<WebhookOut> {
    let WebhookPatch { url, description, event_types, is_active } = patch;
    let sql = format!(
        "UPDATE webhook_endpoints SET url = coalesce($2, url), \
             description = CASE WHEN $3 THEN $4 ELSE description END, \
             event_types = coalesce($5, event_types), \
             is_active = coalesce($6, is_active), \
             disabled_reason = CASE WHEN $6 IS NULL THEN disabled_reason END, \
             failing_since = CASE WHEN $6 AND NOT is_active THEN NULL ELSE failing_since END \
         WHERE id = $1 RETURNING {COLUMNS}"
    );
    let values = [
        id.into(),
        url.into(),
        description.is_some().into(),
        description.flatten().into(),
        event_types.into(),
        is_active.into(),
    ];
    let changed = one(tx, sql, values).await?.ok_or_else(unknown)?;
    if is_active == Some(true) {
        let sql = "UPDATE webhook_deliveries SET next_attempt_at = now() WHERE endpoint_id = $1 \
                   AND status IN ('pending', 'failed') AND locked_until IS NULL AND next_attempt_at > now()";
        tx.execute_raw(statement(sql, [id.into()])).await?;
    }
    Ok(changed)
}

/// Takes an endpoint away, and its log with it.
pub(super) async fn delete(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    let sql = "DELETE FROM webhook_endpoints WHERE id = $1";
    match tx.execute_raw(statement(sql, [id.into()])).await?.rows_affected() {
        0 => Err(unknown()),
        _ => Ok(()),
    }
}

/// Gives an endpoint a new secret; the old one signs beside it for a day.
pub(super) async fn rotate(tx: &DatabaseTransaction, id: Uuid, secret: &str) -> Result<WebhookOut> {
    let sql = format!(
        "UPDATE webhook_endpoints SET previous_secret = secret, \
             previous_secret_until = now() + interval '24 hours', secret = $2 \
         WHERE id = $1 RETURNING {COLUMNS}"
    );
    one(tx, sql, [id.into(), secret.into()]).await?.ok_or_else(unknown)
}
