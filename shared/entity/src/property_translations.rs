//! A field of a listing in another language.

use sea_orm::entity::prelude::*;

use crate::enums::TranslationField;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "property_translations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub property_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub locale: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub field: TranslationField,
    pub value: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
