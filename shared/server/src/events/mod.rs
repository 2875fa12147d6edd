//! What happened: written in the transaction of the change, read in an order that misses none.
//!
//! Listings record their events themselves, by a trigger, because listings change by many paths.
//! Everything else goes through [`record`].

pub mod feed;
pub mod kinds;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    db::statement,
    error::{Error, Result},
};

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// `lead.created`: what it is about, and what happened to it.
    pub kind: &'static str,
    /// Its row.
    pub subject_id: Uuid,
    /// What a listener needs to know; never personal, because events are kept and sent to others.
    pub data: serde_json::Value,
}

/// What writes an event down.
pub(crate) const RECORD: &str = "INSERT INTO events (kind, subject_type, subject_id, data, actor, request_id) \
    VALUES ($1, $2, $3, $4, app_user_id(), nullif(current_setting('app.request_id', true), ''))";

/// Writes an event down in the caller's transaction. Actor and request are those of the
/// transaction.
///
/// # Errors
/// Those of the database.
pub async fn record(tx: &impl ConnectionTrait, event: Event) -> Result<()> {
    let Event { kind, subject_id, data } = event;
    let (subject_type, _) = kind.split_once('.').ok_or_else(|| {
        Error::internal(anyhow::anyhow!("{kind} is no event: name it `subject.happened`"))
    })?;
    tx.execute_raw(statement(
        RECORD,
        [kind.into(), subject_type.into(), subject_id.into(), data.into()],
    ))
    .await?;
    Ok(())
}
