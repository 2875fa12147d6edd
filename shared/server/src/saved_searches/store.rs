//! Saved searches in the database.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use terrace_entity::enums::NotifyFrequency;
use uuid::Uuid;

use super::{
    filters::Filters,
    output::{SavedSearchOut, SavedSearchRow},
};
use crate::{
    db::statement,
    error::{Error, Result},
    visitors::Owner,
};

/// A new search, checked.
#[derive(Clone, Debug)]
pub(super) struct New {
    pub(super) name: String,
    pub(super) query: Option<String>,
    pub(super) filters: Filters,
    pub(super) locale: Option<String>,
    pub(super) notify: NotifyFrequency,
}

/// A change, checked; what is none stays.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) name: Option<String>,
    pub(super) query: Option<Option<String>>,
    pub(super) filters: Option<Filters>,
    pub(super) locale: Option<Option<String>>,
    pub(super) notify: Option<NotifyFrequency>,
}

fn json(filters: &Filters) -> Result<Value> {
    Ok(serde_json::to_value(filters).map_err(Error::internal)?.into())
}

pub(super) fn unknown() -> Error {
    Error::not_found("saved search")
}

/// # Errors
/// `409` where the list is full.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    owner: Owner,
    new: &New,
) -> Result<SavedSearchOut> {
    const SQL: &str = "INSERT INTO saved_searches (id, user_id, visitor_id, name, query, filters, locale, notify) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8::notify_frequency)";
    let id = Uuid::now_v7();
    let (user, visitor) = owner.columns();
    let values = [
        id.into(),
        user.into(),
        visitor.into(),
        new.name.as_str().into(),
        new.query.clone().into(),
        json(&new.filters)?,
        new.locale.clone().into(),
        new.notify.as_str().into(),
    ];
    tx.execute_raw(statement(SQL, values)).await?;
    find(tx, owner, id).await
}

/// Whoever changes what is looked for, or begins to listen, hears of what comes from then on;
/// letters that have not been written yet keep to the new frequency.
///
/// # Errors
/// `404` where there is none.
pub(super) async fn update(
    tx: &DatabaseTransaction,
    owner: Owner,
    id: Uuid,
    change: &Change,
) -> Result<SavedSearchOut> {
    const UPDATE: &str = "UPDATE saved_searches SET name = coalesce($3, name), \
            query = CASE WHEN $4 THEN $5 ELSE query END, filters = coalesce($6, filters), \
            locale = CASE WHEN $7 THEN $8 ELSE locale END, notify = coalesce($9::notify_frequency, notify), \
            watched_from = CASE WHEN coalesce($6, filters) <> filters OR $4 AND $5 IS DISTINCT FROM query \
                OR notify = 'never' AND $9::notify_frequency <> 'never' THEN now() ELSE watched_from END \
        WHERE owner_id = $1 AND id = $2";
    const LETTERS: &str = "UPDATE alerts SET deliver = $2::notify_frequency \
        WHERE saved_search_id = $1 AND user_id IS NOT NULL AND sent_at IS NULL AND deliver IN ('daily', 'weekly') \
          AND $2 <> 'instant'";
    let Change { name, query, filters, locale, notify } = change.clone();
    let values = [
        owner.id().into(),
        id.into(),
        name.into(),
        query.is_some().into(),
        query.flatten().into(),
        match &filters {
            Some(filters) => json(filters)?,
            None => Option::<serde_json::Value>::None.into(),
        },
        locale.is_some().into(),
        locale.flatten().into(),
        notify.map(NotifyFrequency::as_str).into(),
    ];
    if tx.execute_raw(statement(UPDATE, values)).await?.rows_affected() == 0 {
        return Err(unknown());
    }
    if let Some(notify) = notify {
        tx.execute_raw(statement(LETTERS, [id.into(), notify.as_str().into()])).await?;
    }
    find(tx, owner, id).await
}

/// # Errors
/// `404` where there is none.
pub(super) async fn find(
    tx: &DatabaseTransaction,
    owner: Owner,
    id: Uuid,
) -> Result<SavedSearchOut> {
    let sql = format!(
        "SELECT {} FROM saved_searches s WHERE s.owner_id = $1 AND s.id = $2",
        SavedSearchRow::COLUMNS
    );
    let row = tx.query_one_raw(statement(sql, [owner.id().into(), id.into()])).await?;
    SavedSearchRow::from_query_result(&row.ok_or_else(unknown)?, "")?.try_into()
}
