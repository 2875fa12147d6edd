//! The brand's own systems that want to hear of events.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoints")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub url: String,
    pub description: Option<String>,
    /// Signs the deliveries; shown once.
    pub secret: String,
    /// Signs too, until its time is over.
    pub previous_secret: Option<String>,
    pub previous_secret_until: Option<DateTimeUtc>,
    /// Empty means every event.
    pub event_types: Vec<String>,
    pub is_active: bool,
    /// `failing` or `gone`, where the platform switched it off.
    pub disabled_reason: Option<String>,
    /// Events up to here were there before the endpoint was.
    pub starts_after: i64,
    pub failing_since: Option<DateTimeUtc>,
    pub created_by: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "CreatedByUser", from = "created_by", to = "id")]
    pub created_by_user: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(has_many)]
    pub deliveries: HasMany<super::webhook_deliveries::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
