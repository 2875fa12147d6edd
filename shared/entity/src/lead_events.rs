//! History of a lead. Under row-level security.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lead_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lead_id: Uuid,
    /// For instance `created`, `called`, `status.changed`.
    pub kind: String,
    pub actor_id: Option<Uuid>,
    pub note: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Actor", from = "actor_id", to = "id")]
    pub actor: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "Lead", from = "lead_id", to = "id")]
    pub lead: BelongsTo<super::leads::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
