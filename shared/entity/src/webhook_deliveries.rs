//! Outbound events on their way to an endpoint.

use sea_orm::entity::prelude::*;

use crate::enums::DeliveryStatus;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub endpoint_id: Uuid,
    pub event_type: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    /// The receiver's `webhook-id`: one for an event and an endpoint.
    #[sea_orm(unique)]
    pub message_id: String,
    /// The event's place in the feed; 0 for a test.
    pub seq: i64,
    pub subject_id: Uuid,
    pub status: DeliveryStatus,
    pub attempts: i32,
    pub next_attempt_at: DateTimeUtc,
    /// Set while somebody sends it.
    pub locked_until: Option<DateTimeUtc>,
    /// Which claim holds it.
    pub claim: Option<Uuid>,
    pub last_attempt_at: Option<DateTimeUtc>,
    pub latency_ms: Option<i32>,
    pub response_status: Option<i16>,
    pub response_excerpt: Option<String>,
    pub last_error: Option<String>,
    pub delivered_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Endpoint", from = "endpoint_id", to = "id")]
    pub endpoint: BelongsTo<super::webhook_endpoints::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
