//! The booking, as far as money goes: what it costs, what has been paid, what follows from more.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use super::row::PaymentRow;
use crate::{
    app::State,
    bookings,
    db::statement,
    error::{Error, Result},
    quotes,
};

/// What a payment needs to know of a booking.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    row: Row,
    /// Of the price, what is paid before it is confirmed.
    due_now: i64,
    /// What is left besides, and given back after the stay.
    deposit: i64,
}

impl std::ops::Deref for Facts {
    type Target = Row;

    fn deref(&self) -> &Row {
        &self.row
    }
}

/// What the booking's row and its payments say.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) reference: String,
    quote_id: Uuid,
    pub(super) status: String,
    is_lapsed: bool,
    pub(super) total: i64,
    pub(super) currency: String,
    pub(super) hold_expires_at: Option<DateTime<Utc>>,
    /// Who is in charge of the listing.
    pub(super) agent_id: Option<Uuid>,
    /// What has come for the stay and not gone back.
    pub(super) paid: i64,
    /// What has come as deposit and not gone back.
    deposit_paid: i64,
}

impl Facts {
    /// Whether anything may be paid for it now.
    pub(super) fn is_payable(&self) -> bool {
        match self.status.as_str() {
            "held" => !self.is_lapsed,
            "confirmed" => true,
            _ => false,
        }
    }

    /// What is to be paid next: before it is confirmed what is due at once, then the rest.
    pub(super) fn due(&self) -> i64 {
        let all = if self.status == "held" { self.due_now } else { self.total };
        (all - self.paid).max(0)
    }

    /// What is still to be left as deposit.
    pub(super) fn deposit_due(&self) -> i64 {
        (self.deposit - self.deposit_paid).max(0)
    }
}

/// The booking and its money.
///
/// # Errors
/// `404` where there is none that the transaction's caller sees.
pub(super) async fn facts(tx: &DatabaseTransaction, booking: Uuid) -> Result<Facts> {
    const SQL: &str = "SELECT b.id, b.reference, b.quote_id, b.status::text AS status, b.total, b.currency::text AS currency, \
            (b.status = 'held' AND b.hold_expires_at <= now()) AS is_lapsed, b.hold_expires_at, p.agent_id, \
            coalesce((SELECT sum(m.received - m.refunded) FROM payments m \
                WHERE m.booking_id = b.id AND m.purpose = 'charge'), 0)::bigint AS paid, \
            coalesce((SELECT sum(m.received - m.refunded) FROM payments m \
                WHERE m.booking_id = b.id AND m.purpose = 'deposit'), 0)::bigint AS deposit_paid \
        FROM bookings b JOIN properties p ON p.id = b.property_id WHERE b.id = $1";
    let row = tx.query_one_raw(statement(SQL, [booking.into()])).await?;
    let row = Row::from_query_result(&row.ok_or_else(|| Error::not_found("booking"))?, "")?;
    // The price as it was agreed; what is due of it never is more than all of it.
    let quote = quotes::load(tx, row.quote_id).await?;
    let (due_now, deposit) = match quote {
        Some(stored) => (stored.quote.due_now.min(row.total), stored.quote.deposit),
        None => (row.total, 0),
    };
    Ok(Facts { row, due_now, deposit })
}

/// What follows for a booking from a payment of it that has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paid {
    /// It is the guest's now.
    Confirmed,
    /// It was before; this is a part of the rest.
    Counted,
    /// It is not paid in full yet, and waits on.
    Short,
    /// Nobody can have it for this money any more.
    TooLate,
    /// It had been paid for: so much is too much.
    Twice(i64),
}

/// Takes a payment, whose money is written down, to its booking.
pub(super) async fn paid(
    tx: &DatabaseTransaction,
    wired: &State,
    payment: &PaymentRow,
) -> Result<Paid> {
    let facts = facts(tx, payment.booking_id).await?;
    match facts.status.as_str() {
        "confirmed" | "completed" => match facts.paid - facts.total {
            excess if excess > 0 => Ok(Paid::Twice(excess)),
            _ => Ok(Paid::Counted),
        },
        "held" | "expired" if facts.paid < facts.due_now => Ok(Paid::Short),
        // Whether it can be the guest's still is for bookings to say.
        _ => Ok(match bookings::paid(tx, wired, payment.booking_id).await? {
            bookings::Paid::Confirmed => Paid::Confirmed,
            bookings::Paid::AlreadyConfirmed => Paid::Counted,
            bookings::Paid::GoesBack(_) => Paid::TooLate,
        }),
    }
}
