//! What a host proposes for a booking, and its guest has to agree to.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "booking_offers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub booking_id: Uuid,
    /// `renewal` or `change`.
    pub kind: String,
    /// The first night: of a renewal of what comes on top, of a change of the whole stay.
    pub check_in: Date,
    /// The day of leaving then.
    pub check_out: Date,
    pub guests: i32,
    /// What these nights cost.
    pub quote_id: Uuid,
    /// `open`, `accepted`, `declined` or `withdrawn`.
    pub state: String,
    /// Nobody, where the platform made it.
    pub made_by: Option<Uuid>,
    pub expires_at: DateTimeUtc,
    pub decided_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Booking", from = "booking_id", to = "id")]
    pub booking: BelongsTo<super::bookings::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
