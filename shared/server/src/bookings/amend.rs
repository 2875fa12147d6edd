//! A confirmed stay that ends on another day than it did: it is renewed, ended by notice, or the
//! notice is taken back. Its state stays what it is; dates, price, history, events, money and
//! letters change with each other or not at all.

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::{Value as Json, json};

use super::{
    change,
    dates::{self, Occupied},
    letters::{self, Happened, More},
    machine::{Party, Status},
    offers,
    row::{self, BookingRow},
};
use crate::{
    app::State,
    availability,
    db::statement,
    error::Result,
    events::{self, Event},
    http::etag,
    jobs,
    payments::SettleBooking,
};

/// What becomes of a stay.
#[derive(Debug)]
pub(crate) struct Amendment<'a> {
    /// What the history calls it.
    pub(crate) what: &'static str,
    pub(crate) by: Party,
    /// The day of leaving then.
    pub(crate) until: NaiveDate,
    /// What is owed for all of it then, smallest unit.
    pub(crate) total: i64,
    /// For the history; nothing personal.
    pub(crate) data: Json,
    /// For the letters.
    pub(crate) more: More<'a>,
}

/// Changes the end of a stay that is locked.
///
/// # Errors
/// `409 dates_taken` where nights that are added are somebody else's, `412` where the booking is
/// not what was read any more.
pub(crate) async fn amend(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    amendment: Amendment<'_>,
) -> Result<()> {
    const SQL: &str = "UPDATE bookings SET check_out = $3, total = $4, version = version + 1 \
                       WHERE id = $1 AND version = $2 AND status = 'confirmed'";
    let Amendment { what, by, until, total, mut data, more } = amendment;
    let own = dates::of(tx, booking.id).await?.ok_or_else(change::ran_out)?;
    let occupied = Occupied {
        check_in: booking.check_in,
        check_out: until,
        preparation_days: own.preparation_days,
    };
    let (from, end) = (booking.check_in, occupied.until());
    availability::require_free(tx, booking.property_id, from, end, Some(own.id)).await?;
    dates::shift(tx, booking.id, occupied).await?;
    let values = [booking.id.into(), booking.version.into(), until.into(), total.into()];
    if tx.execute_raw(statement(SQL, values)).await?.rows_affected() != 1 {
        return Err(etag::stale());
    }
    data["from"] = json!({ "check_out": booking.check_out, "total": booking.total });
    data["to"] = json!({ "check_out": until, "total": total });
    let status = Status::Confirmed;
    row::remember(tx, booking.id, what, Some(status), status, data).await?;
    // Whoever keeps the dates of bookings elsewhere listens to this alone.
    let told = json!({
        "property_id": booking.property_id, "from": status, "to": status,
        "check_in": booking.check_in, "check_out": until, "version": booking.version + 1,
    });
    let event = Event { kind: "booking.altered", subject_id: booking.id, data: told };
    events::record(tx, event).await?;
    offers::withdraw_open(tx, booking.id).await?;
    // What was paid may be more than what is owed now.
    jobs::enqueue(tx, &SettleBooking { booking_id: booking.id }).await?;
    let happened = Happened { what, from: Some(status), by, reason: None, more };
    letters::tell(tx, state, booking.id, happened).await
}
