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
    /// 32 hexadecimal digits, random: the file's and the pictures' keys are made of them.
    pub storage_key: String,
    /// 32 bytes; what the ticket is for.
    pub sha256: Option<Vec<u8>>,
    pub content_type: String,
    pub bytes: Option<i64>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    /// Locale to text.
    #[sea_orm(column_type = "JsonBinary")]
    pub alt: Json,
    /// Array of `{width, height, bytes}`; a variant's key is made of the row's.
    #[sea_orm(column_type = "JsonBinary")]
    pub variants: Json,
    pub state: MediaState,
    pub reject_reason: Option<String>,
    /// As the person who sent it named it.
    pub filename: Option<String>,
    /// Per cent.
    pub progress: i16,
    pub blurhash: Option<String>,
    /// dHash; pictures that look alike differ in few bits.
    pub phash: Option<i64>,
    pub expires_at: DateTimeUtc,
    pub deleted_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<Option<super::properties::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "UploadedByUser", from = "uploaded_by", to = "id")]
    pub uploaded_by_user: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
