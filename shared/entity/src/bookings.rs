//! Bookings. Under row-level security: read and written inside a transaction that names its user.

use sea_orm::entity::prelude::*;

use crate::enums::{BookingStatus, CancellationPolicy, Currency};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bookings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The code a guest quotes, for instance `BST-7K2M9Q`.
    pub reference: String,
    pub property_id: Uuid,
    pub quote_id: Uuid,
    pub guest_user_id: Option<Uuid>,
    pub guest_name: Option<String>,
    pub guest_email: Option<String>,
    pub guest_phone: Option<String>,
    pub guest_note: Option<String>,
    pub check_in: Date,
    /// The day of leaving: not slept.
    pub check_out: Date,
    pub guests: i32,
    pub status: BookingStatus,
    /// Smallest unit of `currency`.
    pub total: i64,
    pub currency: Currency,
    /// As agreed at booking time.
    pub cancellation_policy: Option<CancellationPolicy>,
    pub hold_expires_at: Option<DateTimeUtc>,
    pub confirmed_at: Option<DateTimeUtc>,
    pub cancelled_at: Option<DateTimeUtc>,
    pub cancelled_by: Option<Uuid>,
    pub cancellation_reason: Option<String>,
    /// Smallest unit of `currency`.
    pub refund_amount: Option<i64>,
    /// Optimistic lock.
    pub version: i32,
    /// When the guest's personal columns were blanked.
    pub erased_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Generated: the address as addresses are compared.
    pub guest_email_key: Option<String>,
    /// The language that the guest is written to in.
    pub locale: String,
    /// Keyed digest of where it was placed from; kept for a day.
    pub placed_from: Option<String>,
    /// Links of an earlier generation open nothing.
    pub link_generation: i32,
    pub accepted_at: Option<DateTimeUtc>,
    pub declined_at: Option<DateTimeUtc>,
    pub completed_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, relation_enum = "CancelledByUser", from = "cancelled_by", to = "id")]
    pub cancelled_by_user: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "GuestUser", from = "guest_user_id", to = "id")]
    pub guest_user: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Quote", from = "quote_id", to = "id")]
    pub quote: BelongsTo<super::quotes::Entity>,
    #[sea_orm(has_many)]
    pub events: HasMany<super::booking_events::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
