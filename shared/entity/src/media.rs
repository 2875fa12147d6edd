//! Uploaded objects.

use sea_orm::entity::prelude::*;

use crate::enums::MediaState;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub property_id: Option<Uuid>,
    pub uploaded_by: Option<Uuid>,
    pub storage_key: String,
    /// 32 bytes; set when the upload is ready.
    pub sha256: Option<Vec<u8>>,
    pub content_type: String,
    pub bytes: Option<i64>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    /// Locale to text.
    #[sea_orm(column_type = "JsonBinary")]
    pub alt: Json,
    /// Array of `{key, content_type, width, height, bytes}`.
    #[sea_orm(column_type = "JsonBinary")]
    pub variants: Json,
    pub state: MediaState,
    pub reject_reason: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<Option<super::properties::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "UploadedByUser", from = "uploaded_by", to = "id")]
    pub uploaded_by_user: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
