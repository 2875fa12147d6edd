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
    /// Empty means every event.
    pub event_types: Vec<String>,
    pub is_active: bool,
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
