//! Inbound deliveries; the provider's delivery id makes a replay a conflict.

use sea_orm::entity::prelude::*;

use crate::enums::WebhookEventStatus;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub delivery_id: String,
    pub event_type: String,
    /// Whom it is about, by the provider's name for them.
    pub subject: Option<String>,
    /// When it happened, by the provider's clock.
    pub happened_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    pub status: WebhookEventStatus,
    pub attempts: i32,
    pub error: Option<String>,
    pub applied_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
