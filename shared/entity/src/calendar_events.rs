//! What feeds say is taken, event by event; the nights themselves are taken in `stays`.

use sea_orm::entity::prelude::*;

use crate::DateRange;
use crate::enums::CalendarEventKind;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub calendar_id: Uuid,
    pub property_id: Uuid,
    pub external_uid: String,
    /// Which occurrence of a repeated event, which part of a long one; empty for all of it.
    pub part: String,
    #[sea_orm(column_type = "custom(\"daterange\")", select_as = "text", save_as = "daterange")]
    pub during: DateRange,
    pub kind: CalendarEventKind,
    /// Since when the feed has not named it any more.
    pub missing_since: Option<DateTimeUtc>,
    pub missing_count: i32,
    /// The stay of ours that the channel had heard of when it began to say so.
    pub echo_of: Option<Uuid>,
    pub changed_at: DateTimeUtc,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Calendar", from = "calendar_id", to = "id")]
    pub calendar: BelongsTo<super::calendars::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
