//! Whose turn it was last to be given a lead: one row.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lead_rotation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub singleton: bool,
    pub agent_id: Option<Uuid>,
    #[sea_orm(belongs_to, relation_enum = "Agent", from = "agent_id", to = "id")]
    pub agent: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
