//! Messages to people: one row for one event and one recipient.

use sea_orm::entity::prelude::*;

use crate::enums::NotificationStatus;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notifications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it is for; unique, so that one event never sends two.
    #[sea_orm(unique)]
    pub key: String,
    pub template: String,
    pub locale: String,
    /// Gone once the person is erased.
    pub recipient: Option<String>,
    pub subject_id: Uuid,
    #[sea_orm(column_type = "JsonBinary")]
    pub facts: Json,
    pub status: NotificationStatus,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub sent_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
