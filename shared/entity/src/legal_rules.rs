//! What the law says of a kind of listing, with its source and the time for which it holds.
//!
//! The lists say which listings a rule is about; an empty one asks nothing.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "legal_rules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// foreign_ownership, nightly_letting or lease_term.
    pub topic: String,
    pub property_types: Vec<String>,
    pub transaction_types: Vec<String>,
    pub ownership_types: Vec<String>,
    pub title_deeds: Vec<String>,
    /// yes, no or unknown.
    pub foreign_quota: Vec<String>,
    /// yes, no or depends.
    pub outcome: String,
    /// Locale to text.
    #[sea_orm(column_type = "JsonBinary")]
    pub reason: Json,
    /// Locale to citation.
    #[sea_orm(column_type = "JsonBinary")]
    pub source: Json,
    pub source_url: Option<String>,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub checked_on: Date,
    pub sort_order: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
