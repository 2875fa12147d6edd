//! Names of house rules in other languages.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "policy_translations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub policy_slug: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub locale: String,
    pub name: String,
    pub description: Option<String>,
    /// Option to label, for the select type.
    #[sea_orm(column_type = "JsonBinary")]
    pub option_labels: Json,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Policy", from = "policy_slug", to = "slug")]
    pub policy: BelongsTo<super::policies::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
