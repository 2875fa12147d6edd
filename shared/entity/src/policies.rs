//! Catalogue of house rules; `name` and `description` are the fallback language.

use sea_orm::entity::prelude::*;

use crate::enums::PolicyDataType;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "policies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub slug: String,
    pub category: String,
    pub data_type: PolicyDataType,
    /// The choices of the select type, else empty.
    pub options: Vec<String>,
    pub name: String,
    pub description: Option<String>,
    pub icon: Option<String>,
    pub sort_order: i32,
    pub is_active: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(has_many)]
    pub translations: HasMany<super::policy_translations::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
