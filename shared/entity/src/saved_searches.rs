//! Searches that a user or a visitor wants to run again. Under row-level security.

use sea_orm::entity::prelude::*;

use crate::enums::NotifyFrequency;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_searches")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    pub visitor_id: Option<Uuid>,
    /// Generated: whichever of the two is there.
    pub owner_id: Uuid,
    pub name: String,
    pub query: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub filters: Json,
    pub locale: Option<String>,
    pub notify: NotifyFrequency,
    pub watched_from: DateTimeUtc,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
