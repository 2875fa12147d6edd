//! The row of an offer.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    db::statement,
    error::{Error, Result},
    words::words,
};

words! {
    /// What an offer is about.
    OfferKind {
        /// The stay goes on after its day of leaving.
        Renewal = "renewal",
        /// The stay becomes another one.
        Change = "change",
    }
}

words! {
    /// What has become of an offer.
    OfferState {
        /// The guest's turn.
        Open = "open",
        /// It is done.
        Accepted = "accepted",
        /// The guest does not want it.
        Declined = "declined",
        /// The host took it back, made another one, or the stay has changed.
        Withdrawn = "withdrawn",
        /// Its time is over.
        Expired = "expired",
    }
}

/// An offer.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct OfferRow {
    pub(super) id: Uuid,
    pub(super) booking_id: Uuid,
    kind: String,
    pub(super) check_in: NaiveDate,
    pub(super) check_out: NaiveDate,
    pub(super) guests: i32,
    pub(super) quote_id: Uuid,
    state: String,
    /// Whether its time is over.
    is_over: bool,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) decided_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
}

const COLUMNS: &str = "o.id, o.booking_id, o.kind, o.check_in, o.check_out, o.guests, o.quote_id, o.state, \
    o.expires_at <= statement_timestamp() AS is_over, o.expires_at, o.decided_at, o.created_at";

impl OfferRow {
    pub(super) fn kind(&self) -> Result<OfferKind> {
        self.kind.parse().map_err(|_| unknown("kind"))
    }

    /// The state as everybody sees it: nobody has to write down that time is over.
    pub(super) fn state(&self) -> Result<OfferState> {
        let stored: OfferState = self.state.parse().map_err(|_| unknown("state"))?;
        let is_over = stored == OfferState::Open && self.is_over;
        Ok(if is_over { OfferState::Expired } else { stored })
    }
}

fn unknown(what: &str) -> Error {
    Error::internal(anyhow::anyhow!("an offer has an unknown {what}"))
}

/// A new offer.
pub(super) struct New {
    pub(super) booking: Uuid,
    pub(super) kind: OfferKind,
    pub(super) check_in: NaiveDate,
    pub(super) check_out: NaiveDate,
    pub(super) guests: i32,
    pub(super) quote: Uuid,
    pub(super) expires_at: DateTime<Utc>,
}

/// Makes an offer in the place of the one that stands.
pub(super) async fn insert(tx: &DatabaseTransaction, new: &New) -> Result<OfferRow> {
    withdraw_open(tx, new.booking).await?;
    let sql = format!(
        "INSERT INTO booking_offers AS o (id, booking_id, kind, check_in, check_out, guests, quote_id, made_by, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, app_user_id(), $8) RETURNING {COLUMNS}"
    );
    let values = [
        Uuid::now_v7().into(),
        new.booking.into(),
        new.kind.name().into(),
        new.check_in.into(),
        new.check_out.into(),
        new.guests.into(),
        new.quote.into(),
        new.expires_at.into(),
    ];
    let row = tx.query_one_raw(statement(sql, values)).await?;
    let row = row.ok_or_else(|| Error::internal(anyhow::anyhow!("an offer was not inserted")))?;
    Ok(OfferRow::from_query_result(&row, "")?)
}

/// Takes away whatever is offered for a booking.
///
/// # Errors
/// Those of the database.
pub(in crate::bookings) async fn withdraw_open(
    tx: &DatabaseTransaction,
    booking: Uuid,
) -> Result<()> {
    const SQL: &str = "UPDATE booking_offers SET state = 'withdrawn', decided_at = now() \
                       WHERE booking_id = $1 AND state = 'open'";
    tx.execute_raw(statement(SQL, [booking.into()])).await?;
    Ok(())
}

/// An offer for a booking, under its lock.
///
/// # Errors
/// `404` where there is none.
pub(super) async fn lock(tx: &DatabaseTransaction, booking: Uuid, id: Uuid) -> Result<OfferRow> {
    let sql = format!(
        "SELECT {COLUMNS} FROM booking_offers o WHERE o.booking_id = $1 AND o.id = $2 FOR UPDATE"
    );
    let row = tx.query_one_raw(statement(sql, [booking.into(), id.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("offer"))?;
    Ok(OfferRow::from_query_result(&row, "")?)
}

/// Writes down how an offer was decided.
pub(super) async fn decide(
    tx: &DatabaseTransaction,
    offer: Uuid,
    state: OfferState,
) -> Result<OfferRow> {
    let sql = format!(
        "UPDATE booking_offers o SET state = $2, decided_at = now() WHERE o.id = $1 AND o.state = 'open' RETURNING {COLUMNS}"
    );
    let row = tx.query_one_raw(statement(sql, [offer.into(), state.name().into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("open offer"))?;
    Ok(OfferRow::from_query_result(&row, "")?)
}

/// The offers for a booking, the newest first.
pub(super) async fn of_booking(tx: &DatabaseTransaction, booking: Uuid) -> Result<Vec<OfferRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM booking_offers o WHERE o.booking_id = $1 \
         ORDER BY o.created_at DESC, o.id DESC LIMIT 50"
    );
    let rows = tx.query_all_raw(statement(sql, [booking.into()])).await?;
    Ok(rows.iter().map(|row| OfferRow::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// An offer that stands, with what an operator knows its booking by.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct OpenRow {
    pub(super) reference: String,
    /// What the booking costs now, smallest unit.
    pub(super) total: i64,
    #[sea_orm(nested)]
    pub(super) offer: OfferRow,
}

/// What stands, the first to end first: for an operator.
pub(super) async fn open(tx: &DatabaseTransaction, most: u64) -> Result<Vec<OpenRow>> {
    let sql = format!(
        "SELECT b.reference, b.total, {COLUMNS} FROM booking_offers o JOIN bookings b ON b.id = o.booking_id \
         WHERE o.state = 'open' AND o.expires_at > statement_timestamp() \
         ORDER BY o.expires_at, o.id LIMIT {most}"
    );
    let rows = tx.query_all_raw(statement(sql, [])).await?;
    Ok(rows.iter().map(|row| OpenRow::from_query_result(row, "")).collect::<Result<_, _>>()?)
}
