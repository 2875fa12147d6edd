//! The booking, as far as money goes: what it costs, what has been paid, what follows from more.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use super::row::PaymentRow;
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
};

/// What a payment needs to know of a booking.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Facts {
    pub(super) id: Uuid,
    pub(super) reference: String,
    pub(super) status: String,
    pub(super) is_lapsed: bool,
    pub(super) total: i64,
    pub(super) currency: String,
    pub(super) hold_expires_at: Option<DateTime<Utc>>,
    /// Who is in charge of the listing.
    pub(super) agent_id: Option<Uuid>,
    /// What has come for the stay and not gone back.
    pub(super) paid: i64,
    /// What has come as deposit and not gone back.
    pub(super) deposit_paid: i64,
    pub(super) due_now: i64,
    pub(super) deposit: i64,
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
    const SQL: &str = "SELECT b.id, b.reference, b.status::text AS status, b.total, b.currency::text AS currency, \
            (b.status = 'held' AND b.hold_expires_at <= now()) AS is_lapsed, b.hold_expires_at, p.agent_id, \
            b.total AS due_now, 0::bigint AS deposit, \
            coalesce((SELECT sum(m.received - m.refunded) FROM payments m \
                WHERE m.booking_id = b.id AND m.purpose = 'charge'), 0)::bigint AS paid, \
            coalesce((SELECT sum(m.received - m.refunded) FROM payments m \
                WHERE m.booking_id = b.id AND m.purpose = 'deposit'), 0)::bigint AS deposit_paid \
        FROM bookings b JOIN properties p ON p.id = b.property_id WHERE b.id = $1";
    let row = tx.query_one_raw(statement(SQL, [booking.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("booking"))?;
    Ok(Facts::from_query_result(&row, "")?)
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
        "held" | "expired" => confirm(tx, wired, &facts).await,
        _ => Ok(Paid::TooLate),
    }
}

async fn confirm(tx: &DatabaseTransaction, _wired: &State, facts: &Facts) -> Result<Paid> {
    let sql = "UPDATE stays SET kind = 'booking', expires_at = NULL WHERE booking_id = $1";
    if tx.execute_raw(statement(sql, [facts.id.into()])).await?.rows_affected() == 0 {
        return Ok(Paid::TooLate);
    }
    let sql = "UPDATE bookings SET status = 'confirmed', confirmed_at = now(), version = version + 1 WHERE id = $1";
    tx.execute_raw(statement(sql, [facts.id.into()])).await?;
    Ok(Paid::Confirmed)
}
