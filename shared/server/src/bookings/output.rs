//! Bookings as guests and hosts see them.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    link::Link,
    machine::{Command, Status},
    price::{DifferenceLine, PriceOut, RefundOut},
};
use crate::error::{Error, Result};

/// The columns of a booking on the wire, from `bookings b JOIN properties p`.
pub(super) const ITEM_COLUMNS: &str = "b.id, b.reference, b.property_id, p.slug AS property_slug, p.title AS property_title, \
    b.guest_user_id, b.guest_name, b.guest_email, b.guest_phone, b.check_in, b.check_out, b.guests, b.status::text AS status, \
    (b.status IN ('requested', 'held') AND b.hold_expires_at <= statement_timestamp()) AS is_lapsed, b.total, \
    b.currency::text AS currency, b.hold_expires_at, b.confirmed_at, b.cancelled_at, b.refund_amount, b.version, b.created_at, b.updated_at";

/// What they are beside those of a [`BookingRow`](super::row::BookingRow).
pub(super) const ITEM_BESIDES: &str = "p.slug AS property_slug, p.title AS property_title, b.guest_phone, \
    b.confirmed_at, b.cancelled_at, b.updated_at";

/// What the columns come from.
pub(super) const ITEM_SOURCES: &str = "bookings b JOIN properties p ON p.id = b.property_id";

/// A row of a list.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct ItemRow {
    pub(super) id: Uuid,
    reference: String,
    property_id: Uuid,
    property_slug: String,
    property_title: String,
    guest_user_id: Option<Uuid>,
    guest_name: Option<String>,
    guest_email: Option<String>,
    guest_phone: Option<String>,
    check_in: NaiveDate,
    check_out: NaiveDate,
    guests: i32,
    status: String,
    is_lapsed: bool,
    total: i64,
    currency: String,
    hold_expires_at: Option<DateTime<Utc>>,
    confirmed_at: Option<DateTime<Utc>>,
    cancelled_at: Option<DateTime<Utc>>,
    refund_amount: Option<i64>,
    version: i32,
    pub(super) created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A booking in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BookingItem {
    /// Id.
    pub id: Uuid,
    /// The code to quote; made to be read aloud.
    #[schema(example = "7K2DM-4XPTA")]
    pub reference: String,
    /// How far it has come.
    pub status: Status,
    /// What is booked.
    pub property: BookingProperty,
    /// Who stays.
    pub guest: BookingGuest,
    /// First night.
    pub check_in: NaiveDate,
    /// Day of leaving; not slept.
    pub check_out: NaiveDate,
    /// Nights slept.
    pub nights: i64,
    /// How many come.
    pub guests: i32,
    /// What the stay costs, smallest unit.
    pub total: i64,
    /// ISO 4217.
    pub currency: String,
    /// Until when the dates are kept, while it is requested or held.
    pub hold_expires_at: Option<DateTime<Utc>>,
    /// Since when the dates are the guest's.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When it was called off.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Of the total, what comes back of what was paid of it; of a cancelled booking.
    pub refund_amount: Option<i64>,
    /// Rises with every change; the number in the `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// What is booked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BookingProperty {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Title in the brand's default language.
    pub title: String,
}

/// Who stays. Empty once the person has been erased.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BookingGuest {
    /// Their account, if they have one.
    pub user_id: Option<Uuid>,
    /// Name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number as it was given.
    pub phone: Option<String>,
}

impl ItemRow {
    pub(super) fn into_item(self) -> Result<BookingItem> {
        let stored: Status =
            self.status.parse().map_err(|_| Error::internal(anyhow::anyhow!("unknown status")))?;
        let is_kept = matches!(stored, Status::Requested | Status::Held);
        Ok(BookingItem {
            id: self.id,
            reference: self.reference,
            status: stored.effective(self.is_lapsed),
            property: BookingProperty {
                id: self.property_id,
                slug: self.property_slug,
                title: self.property_title,
            },
            guest: BookingGuest {
                user_id: self.guest_user_id,
                name: self.guest_name,
                email: self.guest_email,
                phone: self.guest_phone,
            },
            check_in: self.check_in,
            check_out: self.check_out,
            nights: (self.check_out - self.check_in).num_days(),
            guests: self.guests,
            total: self.total,
            currency: self.currency,
            hold_expires_at: self.hold_expires_at.filter(|_| is_kept),
            confirmed_at: self.confirmed_at,
            cancelled_at: self.cancelled_at,
            refund_amount: self.refund_amount,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// A page of bookings.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingList {
    /// Newest first.
    pub items: Vec<BookingItem>,
    /// For the next page, if there is one.
    pub next_cursor: Option<String>,
    /// All of them, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// A row of a booking's history.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct BookingEventOut {
    /// Id.
    pub id: Uuid,
    /// `requested`, `held`, `confirmed`, `declined`, `altered`, `cancelled`, `expired`,
    /// `completed`, `claimed`, `renewed`, `notice_given`, `notice_withdrawn`, `offered`,
    /// `offer_declined`.
    #[schema(example = "confirmed")]
    pub kind: String,
    /// Who, if somebody with an account.
    pub actor_id: Option<Uuid>,
    /// The state before.
    #[schema(value_type = Option<Status>)]
    pub from_status: Option<String>,
    /// The state after.
    #[schema(value_type = Option<Status>)]
    pub to_status: Option<String>,
    /// What goes with the kind: dates and totals of an alteration, the refund of a cancellation.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A booking with its price and its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingOut {
    #[serde(flatten)]
    #[schema(inline)]
    pub(super) item: BookingItem,
    /// What the guest wants the host to know.
    pub note: Option<String>,
    /// The language that the guest is written to in.
    pub locale: String,
    /// The quote that says what it costs.
    pub quote_id: Uuid,
    /// What it costs as it was agreed, renewals included. Where notice was given, `total` is what
    /// of it is owed.
    pub price: PriceOut,
    /// What a change of mind costs, as it was agreed when the stay was booked.
    #[schema(value_type = String, example = "moderate")]
    pub cancellation_policy: &'static str,
    /// Why it was cancelled or declined.
    pub reason: Option<String>,
    /// What the caller may do now.
    pub actions: Vec<Command>,
    /// What happened, the latest 200, oldest first.
    pub events: Vec<BookingEventOut>,
}

impl BookingOut {
    /// What a list shows of it.
    #[must_use]
    pub fn item(&self) -> &BookingItem {
        &self.item
    }
}

/// A booking that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlacedOut {
    #[serde(flatten)]
    #[schema(inline)]
    pub(super) booking: BookingOut,
    /// How a guest without an account comes back to it; the link goes to their e-mail address too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manage: Option<ManageOut>,
}

/// How a guest without an account comes back to a booking.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ManageOut {
    /// Send it as `Booking-Token`. Keep it like a password: whoever has it can cancel the stay.
    pub token: String,
    /// The booking's page, with the token behind the `#`.
    pub url: String,
}

impl ManageOut {
    pub(super) fn of(link: Link, state: &crate::app::State) -> Self {
        Self { token: link.token(&state.signer), url: link.url(&state.profile, &state.signer) }
    }
}

/// What an alteration would cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlterationOut {
    /// The first night then.
    pub check_in: NaiveDate,
    /// The day of leaving then.
    pub check_out: NaiveDate,
    /// How many come then.
    pub guests: i32,
    /// The price then; send its total as `expected_total`.
    pub price: PriceOut,
    /// How much more the total would be; below 0 for less.
    pub difference: i64,
    /// The same by kind of line.
    pub differences: Vec<DifferenceLine>,
}

/// A booking that was altered.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlteredOut {
    #[serde(flatten)]
    #[schema(inline)]
    pub(super) booking: BookingOut,
    /// How much more the total is; below 0 for less.
    pub difference: i64,
    /// The same by kind of line.
    pub differences: Vec<DifferenceLine>,
}

/// What an alteration is answered: the booking, or what it would be.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum AlterAnswer {
    /// It is altered.
    Altered(Box<AlteredOut>),
    /// It would be.
    Preview(Box<AlterationOut>),
}

/// A booking that was cancelled.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancelledOut {
    #[serde(flatten)]
    #[schema(inline)]
    pub(super) booking: BookingOut,
    /// What comes back.
    pub refund: RefundOut,
}
