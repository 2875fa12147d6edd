//! What payments ask of bookings. They call it in the transaction in which they write down that
//! money has come, so that it is settled with the money or not at all.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::json;
use uuid::Uuid;

use super::{
    dates::{self, Occupied},
    letters::{self, Happened},
    machine::{self, Command, Dates, Party, Status},
    party::{Scope, today},
    row::{self, BookingRow, Changes},
};
use crate::{
    app::State,
    db::{Attempt, statement},
    error::{Code, Error, Result},
};

/// What money that has come for a booking means to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paid {
    /// The stay is the guest's.
    Confirmed,
    /// It was already: nothing has changed.
    AlreadyConfirmed,
    /// It cannot be any more: the money goes back.
    GoesBack(TooLate),
}

/// Why money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLate {
    /// The hold ran out, and the dates are somebody else's by now.
    DatesTaken,
    /// The booking was called off or refused, has not been granted, or the stay is over.
    WrongState,
}

/// Confirms a booking that has been paid for. A hold that has run out is taken again where its
/// dates are still free.
///
/// The transaction acts for the platform (role `system`). It locks the listing and then the
/// booking: whoever calls this holds both already, or neither.
///
/// # Errors
/// `404` where there is no such booking, those of the database; never because it is too late.
pub async fn paid(tx: &DatabaseTransaction, state: &State, booking_id: Uuid) -> Result<Paid> {
    let booking = row::lock(tx, &Scope::All, booking_id).await?;
    let status = booking.effective()?;
    if matches!(status, Status::Confirmed | Status::Completed) {
        return Ok(Paid::AlreadyConfirmed);
    }
    let facts = booking.facts(today(&state.profile));
    let Ok(step) = machine::step(booking.status()?, Command::Pay, Party::System, &facts) else {
        return Ok(Paid::GoesBack(TooLate::WrongState));
    };
    // A request that nobody granted is not granted by money.
    if step.dates == Dates::Retake && !was_held(tx, booking.id).await? {
        return Ok(Paid::GoesBack(TooLate::WrongState));
    }
    let is_ours = match step.dates {
        // Gone although the row says otherwise: it ran out while we looked.
        Dates::Book => dates::book(tx, booking.id).await? || retake(tx, &booking).await?,
        _ => retake(tx, &booking).await?,
    };
    if !is_ours {
        return Ok(Paid::GoesBack(TooLate::DatesTaken));
    }
    // A hold that nobody has tidied up is stored as one, and so the step begins there.
    let step = machine::Transition { from: booking.status()?, ..*step };
    row::advance(tx, &booking, &step, Changes::default(), json!({ "paid": true })).await?;
    let happened = Happened { what: "confirmed", from: Some(status), ..Happened::default() };
    letters::tell(tx, state, booking.id, happened).await?;
    Ok(Paid::Confirmed)
}

async fn was_held(tx: &DatabaseTransaction, booking: Uuid) -> Result<bool> {
    let sql = "SELECT 1 FROM booking_events WHERE booking_id = $1 AND to_status = 'held' LIMIT 1";
    Ok(tx.query_one_raw(statement(sql, [booking.into()])).await?.is_some())
}

/// Takes the dates of a hold that ran out; false where they are somebody else's.
async fn retake(tx: &DatabaseTransaction, booking: &BookingRow) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Listing {
        preparation_days: i16,
    }
    let sql = "SELECT preparation_days FROM rental_details WHERE property_id = $1";
    let row = tx.query_one_raw(statement(sql, [booking.property_id.into()])).await?;
    let listing = row.map(|row| Listing::from_query_result(&row, "")).transpose()?;
    let occupied = Occupied {
        check_in: booking.check_in,
        check_out: booking.check_out,
        preparation_days: listing.map_or(0, |listing| listing.preparation_days),
    };
    // A refusal of the database must not undo what payments have written down.
    let attempt = Attempt::within(tx).await?;
    let taken = async {
        dates::free(attempt.tx(), booking.id).await?;
        dates::take(attempt.tx(), booking.property_id, booking.id, occupied, None).await
    };
    let taken = taken.await;
    match attempt.end(taken).await {
        Ok(()) => Ok(true),
        Err(Error { code: Code::DatesTaken, .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What is owed for a booking as it stands: whatever was paid beyond it goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The booking.
    pub booking_id: Uuid,
    /// Its state, as everybody sees it.
    pub status: Status,
    /// ISO 4217.
    pub currency: String,
    /// Of the price, smallest unit: all of it while the booking stands, what a cancellation
    /// leaves, nothing once it was declined or has run out.
    pub amount: i64,
    /// Whether a deposit stays with the host for now.
    pub keeps_deposit: bool,
}

impl Owed {
    /// What goes back of this much that was paid of the price.
    #[must_use]
    pub fn refund_of(&self, paid: i64) -> i64 {
        (paid - self.amount).max(0)
    }
}

/// What is owed for a booking, and so what is to be refunded of what was paid.
///
/// # Errors
/// `404` where there is no such booking that the transaction may see.
pub async fn refund_due(tx: &impl ConnectionTrait, booking_id: Uuid) -> Result<Owed> {
    let booking = row::find(tx, &Scope::All, booking_id).await?;
    let status = booking.effective()?;
    let amount = match status {
        Status::Declined | Status::Expired => 0,
        Status::Cancelled => booking.total - booking.refund_amount.unwrap_or(booking.total),
        _ => booking.total,
    };
    Ok(Owed {
        booking_id,
        status,
        currency: booking.currency,
        amount,
        keeps_deposit: matches!(status, Status::Confirmed | Status::Completed),
    })
}
