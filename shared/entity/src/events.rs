//! What happened, written in the transaction of the change. Append-only; `seq` is given once, after the commit.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The place in the feed: without gaps, in an order in which a reader misses none.
    #[sea_orm(unique)]
    pub seq: Option<i64>,
    /// `listing.published`
    pub kind: String,
    pub subject_type: String,
    pub subject_id: Uuid,
    pub actor: Option<Uuid>,
    pub request_id: Option<String>,
    /// Never personal.
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
