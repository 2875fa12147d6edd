//! What happened to a booking, append-only. Under row-level security.

use sea_orm::entity::prelude::*;

use crate::enums::BookingStatus;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "booking_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub booking_id: Uuid,
    /// For instance `created`, `confirmed`, `dates.changed`.
    pub kind: String,
    pub actor_id: Option<Uuid>,
    pub from_status: Option<BookingStatus>,
    pub to_status: Option<BookingStatus>,
    /// Details without personal values.
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Actor", from = "actor_id", to = "id")]
    pub actor: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "Booking", from = "booking_id", to = "id")]
    pub booking: BelongsTo<super::bookings::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
