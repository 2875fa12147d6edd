//! The dates that a booking occupies: its one row of `stays`. The listing is locked by whoever
//! calls ([`availability::occupy`](fn@crate::availability::occupy)).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use terrace_entity::DateRange;
use uuid::Uuid;

use crate::{db::statement, error::Result};

/// Days that somebody sleeps there, and those after it in which nobody does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occupied {
    pub(super) check_in: NaiveDate,
    pub(super) check_out: NaiveDate,
    pub(super) preparation_days: i16,
}

impl Occupied {
    /// The day after the last.
    pub(super) fn until(self) -> NaiveDate {
        self.check_out + TimeDelta::days(i64::from(self.preparation_days))
    }

    fn during(self) -> String {
        DateRange { start: self.check_in, end: self.until() }.to_string()
    }
}

/// What takes dates.
pub(super) const TAKE: &str = "INSERT INTO stays (id, property_id, during, kind, booking_id, expires_at, preparation_days) \
    VALUES ($1, $2, $3::daterange, $4::text::stay_kind, $5, $6, $7)";

/// Takes the dates: until a time, or for good.
///
/// # Errors
/// `409` where they are somebody else's.
pub(super) async fn take(
    tx: &DatabaseTransaction,
    property: Uuid,
    booking: Uuid,
    occupied: Occupied,
    until: Option<DateTime<Utc>>,
) -> Result<()> {
    let kind = if until.is_some() { "hold" } else { "booking" };
    let values = [
        Uuid::now_v7().into(),
        property.into(),
        occupied.during().into(),
        kind.into(),
        booking.into(),
        until.into(),
        occupied.preparation_days.into(),
    ];
    tx.execute_raw(statement(TAKE, values)).await?;
    Ok(())
}

/// Keeps a hold until another time; false where it is gone.
///
/// # Errors
/// Those of the database.
pub(super) async fn hold(
    tx: &DatabaseTransaction,
    booking: Uuid,
    until: DateTime<Utc>,
) -> Result<bool> {
    let sql = "UPDATE stays SET expires_at = $2 WHERE booking_id = $1 AND kind = 'hold'";
    one(tx, sql, [booking.into(), until.into()]).await
}

/// Makes a booking of a hold; false where it is gone.
///
/// # Errors
/// Those of the database.
pub(super) async fn book(tx: &DatabaseTransaction, booking: Uuid) -> Result<bool> {
    let sql = "UPDATE stays SET kind = 'booking', expires_at = NULL WHERE booking_id = $1 AND kind = 'hold'";
    one(tx, sql, [booking.into()]).await
}

/// Takes other dates and lets these go, in one; false where these are gone.
///
/// # Errors
/// `409` where the others are somebody else's: then these stay.
pub(super) async fn shift(
    tx: &DatabaseTransaction,
    booking: Uuid,
    occupied: Occupied,
) -> Result<bool> {
    let sql =
        "UPDATE stays SET during = $2::daterange, preparation_days = $3 WHERE booking_id = $1";
    one(tx, sql, [booking.into(), occupied.during().into(), occupied.preparation_days.into()]).await
}

/// Lets the dates go.
///
/// # Errors
/// Those of the database.
pub(super) async fn free(tx: &DatabaseTransaction, booking: Uuid) -> Result<()> {
    tx.execute_raw(statement("DELETE FROM stays WHERE booking_id = $1", [booking.into()])).await?;
    Ok(())
}

async fn one(
    tx: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = sea_orm::Value>,
) -> Result<bool> {
    Ok(tx.execute_raw(statement(sql, values)).await?.rows_affected() == 1)
}

/// The row that a booking occupies its dates by.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub(super) struct Own {
    pub(super) id: Uuid,
    /// Days after the stay in which nobody sleeps there, as they were when it was booked.
    pub(super) preparation_days: i16,
}

/// The row that a booking occupies its dates by, if it does.
///
/// # Errors
/// Those of the database.
pub(super) async fn of(tx: &DatabaseTransaction, booking: Uuid) -> Result<Option<Own>> {
    let sql = "SELECT id, preparation_days FROM stays WHERE booking_id = $1";
    let row = tx.query_one_raw(statement(sql, [booking.into()])).await?;
    Ok(row.map(|row| Own::from_query_result(&row, "")).transpose()?)
}
