//! Everything that occupies dates: the only source of availability. Two rows of a property never overlap.
//!
//! Lock the property row first (`FOR NO KEY UPDATE`, ascending id), then insert.

use sea_orm::entity::prelude::*;

use crate::DateRange;
use crate::enums::StayKind;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stays")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub property_id: Uuid,
    #[sea_orm(column_type = "custom(\"daterange\")", select_as = "text", save_as = "daterange")]
    pub during: DateRange,
    pub kind: StayKind,
    pub booking_id: Option<Uuid>,
    pub calendar_id: Option<Uuid>,
    /// The event's UID in the calendar it came from.
    pub external_uid: Option<String>,
    /// Holds only.
    pub expires_at: Option<DateTimeUtc>,
    /// Days at the end of `during` that nobody sleeps there: the check-out is so much earlier.
    pub preparation_days: i16,
    /// Why a block is there; for the team alone.
    pub note: Option<String>,
    /// Who made a block.
    pub created_by: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Booking", from = "booking_id", to = "id")]
    pub booking: BelongsTo<Option<super::bookings::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "Calendar", from = "calendar_id", to = "id")]
    pub calendar: BelongsTo<Option<super::calendars::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "Creator", from = "created_by", to = "id")]
    pub creator: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
