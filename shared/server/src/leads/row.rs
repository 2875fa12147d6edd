//! The row of a lead under its lock, and what every change of it has in common.

use chrono::{DateTime, Datelike, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{pipeline::LeadStatus, query::Scope};
use crate::{
    db::statement,
    error::{Error, Result},
};

/// What a change needs to know of a lead.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct LeadRow {
    pub(super) id: Uuid,
    pub(super) reference: String,
    pub(super) property_id: Option<Uuid>,
    pub(super) user_id: Option<Uuid>,
    pub(super) assigned_agent_id: Option<Uuid>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) phone_key: Option<String>,
    pub(super) line_id: Option<String>,
    status: String,
    pub(super) lost_reason: Option<String>,
    pub(super) version: i32,
}

impl LeadRow {
    pub(super) fn status(&self) -> Result<LeadStatus> {
        self.status.parse().map_err(|_| Error::internal(anyhow::anyhow!("an unknown status")))
    }
}

/// Locks a lead that is the caller's to work on.
///
/// # Errors
/// `404` where there is none.
pub(super) async fn lock(tx: &DatabaseTransaction, scope: &Scope, id: Uuid) -> Result<LeadRow> {
    let (condition, values) = scope.condition(2);
    let sql = format!(
        "SELECT id, reference, property_id, user_id, assigned_agent_id, name, email, phone, phone_key, line_id, \
             status::text AS status, lost_reason, version \
         FROM leads l WHERE l.id = $1 AND {condition} FOR UPDATE OF l"
    );
    let values = std::iter::once(id.into()).chain(values);
    let row = tx.query_one_raw(statement(sql, values)).await?;
    let row = row.ok_or_else(|| Error::not_found("lead"))?;
    Ok(LeadRow::from_query_result(&row, "")?)
}

/// Raises the version of a lead that is locked: what somebody saw of it is no longer all.
pub(super) async fn touch(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    let sql = "UPDATE leads SET version = version + 1 WHERE id = $1";
    tx.execute_raw(statement(sql, [id.into()])).await?;
    Ok(())
}

/// Writes a row into the history of a lead; says which.
pub(super) async fn remember(
    tx: &DatabaseTransaction,
    lead: Uuid,
    kind: &str,
    note: Option<&str>,
    data: Json,
) -> Result<Uuid> {
    const SQL: &str = "INSERT INTO lead_events (id, lead_id, kind, actor_id, note, data) \
                       VALUES ($1, $2, $3, app_user_id(), $4, $5)";
    let id = Uuid::now_v7();
    let note = note.map(str::to_owned);
    let values = [id.into(), lead.into(), kind.into(), note.into(), data.into()];
    tx.execute_raw(statement(SQL, values)).await?;
    Ok(id)
}

/// A time that a calendar of people has; the database's own ends earlier than ours.
pub(super) fn is_sensible(time: &DateTime<Utc>) -> bool {
    (1970..=2200).contains(&time.year())
}
