//! A saved search as its owner sees it.

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{filters::Filters, input::Notify};
use crate::error::{Error, Result};

/// A saved search.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedSearchOut {
    /// Its id.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// What was searched for, in words.
    pub query: Option<String>,
    /// The filters, as they stand in the address of `GET /properties`.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub filters: Filters,
    /// The language to write in.
    pub locale: Option<String>,
    /// How soon its owner hears of what is found.
    #[schema(value_type = Notify)]
    pub notify: String,
    /// Alerts of it that have not been read.
    pub unread: i64,
    /// When it was saved.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// Its row.
#[derive(Debug, FromQueryResult)]
pub(super) struct SavedSearchRow {
    pub(super) id: Uuid,
    name: String,
    query: Option<String>,
    filters: serde_json::Value,
    locale: Option<String>,
    notify: String,
    unread: i64,
    pub(super) created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl SavedSearchRow {
    /// Its columns, of `saved_searches s`.
    pub(super) const COLUMNS: &str = "s.id, s.name, s.query, s.filters, s.locale, s.notify::text, \
        (SELECT count(*) FROM alerts a WHERE a.saved_search_id = s.id AND a.read_at IS NULL) AS unread, \
        s.created_at, s.updated_at";
}

impl TryFrom<SavedSearchRow> for SavedSearchOut {
    type Error = Error;

    fn try_from(row: SavedSearchRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: row.name,
            query: row.query,
            filters: serde_json::from_value(row.filters).map_err(Error::internal)?,
            locale: row.locale,
            notify: row.notify,
            unread: row.unread,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
