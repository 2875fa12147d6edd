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
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
