//! Money for bookings. Under row-level security, like the bookings.

use sea_orm::entity::prelude::*;

use crate::enums::{Currency, PaymentPurpose, PaymentState};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub booking_id: Uuid,
    /// Of a refund: the payment whose money goes back.
    pub refund_of: Option<Uuid>,
    pub provider: String,
    pub purpose: PaymentPurpose,
    pub state: PaymentState,
    /// Smallest unit of `currency`.
    pub amount: i64,
    pub currency: Currency,
    /// What has really come.
    pub received: i64,
    /// What of it has gone back, or is on its way.
    pub refunded: i64,
    /// The provider's own name for it.
    pub provider_reference: Option<String>,
    /// Why somebody must look at it.
    pub attention: Option<String>,
    pub reason: Option<String>,
    pub expires_at: Option<DateTimeUtc>,
    pub succeeded_at: Option<DateTimeUtc>,
    /// When the provider was last asked.
    pub asked_at: Option<DateTimeUtc>,
    /// Optimistic lock.
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Booking", from = "booking_id", to = "id")]
    pub booking: BelongsTo<super::bookings::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
