//! A field of a listing in another language.

use sea_orm::entity::prelude::*;

use crate::enums::{TranslationField, TranslationOrigin};

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
    pub origin: TranslationOrigin,
    /// Of the listing's own text when this one was written; the database's own making.
    pub source_hash: String,
    /// The listing's own text has changed since; kept by the database.
    pub is_stale: bool,
    pub reviewed_at: Option<DateTimeUtc>,
    pub reviewed_by: Option<Uuid>,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
    #[sea_orm(belongs_to, relation_enum = "ReviewedByUser", from = "reviewed_by", to = "id")]
    pub reviewed_by_user: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
