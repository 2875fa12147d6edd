//! What providers told of payments, each once. Under row-level security.

use sea_orm::entity::prelude::*;

use crate::enums::PaymentEventStatus;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// The teller's own name for it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: String,
    pub kind: String,
    /// An extract; nothing personal.
    pub payload: Json,
    pub payment_id: Option<Uuid>,
    pub status: PaymentEventStatus,
    pub outcome: Option<String>,
    pub attempts: i32,
    pub happened_at: DateTimeUtc,
    pub applied_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
