//! Names of amenities in other languages.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "amenity_translations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub amenity_slug: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub locale: String,
    pub name: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Amenity", from = "amenity_slug", to = "slug")]
    pub amenity: BelongsTo<super::amenities::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
