//! Catalogue of amenities; `name` is the fallback language.

use sea_orm::entity::prelude::*;

use crate::enums::AmenityCategory;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "amenities")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub slug: String,
    pub category: AmenityCategory,
    pub name: String,
    /// Name of an icon of the theme.
    pub icon: Option<String>,
    pub sort_order: i32,
    pub is_active: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(has_many)]
    pub translations: HasMany<super::amenity_translations::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
