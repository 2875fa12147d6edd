//! iCal feeds of a property, in and out.

use sea_orm::entity::prelude::*;

use crate::enums::CalendarDirection;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendars")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub property_id: Uuid,
    pub direction: CalendarDirection,
    pub name: String,
    /// Set for an import; may carry a secret, so never logged.
    pub url: Option<String>,
    /// Set for an export: the secret part of its address.
    pub token: Option<String>,
    /// Validators of the last answer.
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub last_synced_at: Option<DateTimeUtc>,
    pub last_error: Option<String>,
    pub last_event_count: Option<i32>,
    pub failure_count: i32,
    pub is_active: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub next_sync_at: DateTimeUtc,
    /// Readings that were begun.
    pub attempt: i32,
    pub last_tried_at: Option<DateTimeUtc>,
    /// How the last reading ended, by a stable name.
    pub last_result: Option<String>,
    /// When all of the feed was last read.
    pub last_read_at: Option<DateTimeUtc>,
    pub ignored_count: Option<i32>,
    pub unread_count: i32,
    /// An export that passes on what others have sold.
    pub include_imported: bool,
    /// When it was told that the feed cannot be read.
    pub warned_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
