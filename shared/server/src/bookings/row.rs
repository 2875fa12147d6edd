//! The row of a booking under its lock, and what every change of it has in common.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    link::Link,
    machine::{Command, Facts, Status, Transition},
    offers,
    party::Scope,
};
use crate::{
    availability,
    db::statement,
    error::{Error, Result},
    events::{self, Event},
    http::etag,
    jobs,
    payments::SettleBooking,
};

/// What the services need to know of a booking.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct BookingRow {
    pub(crate) id: Uuid,
    pub(super) reference: String,
    pub(crate) property_id: Uuid,
    /// Who is in charge of the listing.
    pub(super) agent_id: Option<Uuid>,
    /// Whether the listing is booked without its host being asked.
    is_instant: bool,
    pub(super) quote_id: Uuid,
    pub(super) guest_user_id: Option<Uuid>,
    pub(super) guest_name: Option<String>,
    pub(super) guest_email: Option<String>,
    pub(super) locale: String,
    pub(crate) check_in: NaiveDate,
    pub(crate) check_out: NaiveDate,
    pub(super) guests: i32,
    status: String,
    /// Whether the time of a hold or a request has run out.
    pub(super) is_lapsed: bool,
    pub(super) hold_expires_at: Option<DateTime<Utc>>,
    pub(crate) total: i64,
    pub(crate) currency: String,
    pub(super) cancellation_policy: Option<String>,
    pub(super) refund_amount: Option<i64>,
    pub(super) link_generation: i32,
    pub(crate) version: i32,
    pub(super) created_at: DateTime<Utc>,
}

/// The columns of [`BookingRow`].
pub(super) const COLUMNS: &str = "b.id, b.reference, b.property_id, p.agent_id, \
    coalesce(r.instant_book, false) AS is_instant, b.quote_id, b.guest_user_id, b.guest_name, \
    b.guest_email, b.locale, b.check_in, b.check_out, b.guests, b.status::text AS status, \
    (b.status IN ('requested', 'held') AND b.hold_expires_at <= statement_timestamp()) AS is_lapsed, b.hold_expires_at, b.total, \
    b.currency::text AS currency, b.cancellation_policy::text AS cancellation_policy, b.refund_amount, \
    b.link_generation, b.version, b.created_at";

/// What they come from.
pub(super) const SOURCES: &str = "bookings b JOIN properties p ON p.id = b.property_id \
    LEFT JOIN rental_details r ON r.property_id = p.id";

impl BookingRow {
    /// The state that is stored.
    pub(super) fn status(&self) -> Result<Status> {
        self.status.parse().map_err(|_| Error::internal(anyhow::anyhow!("an unknown status")))
    }

    /// The state as everybody sees it.
    pub(super) fn effective(&self) -> Result<Status> {
        Ok(self.status()?.effective(self.is_lapsed))
    }

    pub(super) fn facts(&self, today: NaiveDate) -> Facts {
        Facts {
            today,
            check_in: self.check_in,
            check_out: self.check_out,
            is_lapsed: self.is_lapsed,
            is_instant: self.is_instant,
        }
    }

    /// What opens it for a guest without an account.
    pub(super) fn link(&self) -> Link {
        Link { booking: self.id, generation: self.link_generation }
    }
}

/// A booking that may be seen, as it is.
///
/// # Errors
/// `404` where there is none.
pub(super) async fn find(tx: &impl ConnectionTrait, scope: &Scope, id: Uuid) -> Result<BookingRow> {
    read(tx, scope, id, "").await
}

/// Refuses whoever may not see a booking.
///
/// # Errors
/// `404` where there is none that they may.
pub async fn require_visible(tx: &impl ConnectionTrait, scope: &Scope, id: Uuid) -> Result<()> {
    find(tx, scope, id).await.map(drop)
}

/// Locks a booking that may be seen, and its listing before it: in the order that everybody who
/// occupies dates keeps. What has run out on the listing is gone then.
///
/// # Errors
/// `404` where there is none.
pub(crate) async fn lock(tx: &DatabaseTransaction, scope: &Scope, id: Uuid) -> Result<BookingRow> {
    // The listing of a booking never changes.
    let property = find(tx, scope, id).await?.property_id;
    availability::occupy(tx, property).await?;
    read(tx, scope, id, "FOR UPDATE OF b").await
}

async fn read(
    tx: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
    lock: &str,
) -> Result<BookingRow> {
    let (condition, values) = scope.condition(2);
    let sql = format!("SELECT {COLUMNS} FROM {SOURCES} WHERE b.id = $1 AND {condition} {lock}");
    let values = std::iter::once(id.into()).chain(values);
    let row = tx.query_one_raw(statement(sql, values)).await?;
    let row = row.ok_or_else(|| Error::not_found("booking"))?;
    Ok(BookingRow::from_query_result(&row, "")?)
}

/// What changes besides the state.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    pub(super) hold_expires_at: Option<DateTime<Utc>>,
    pub(super) reason: Option<String>,
    pub(super) refund: Option<i64>,
    /// Dates, guests and price of an alteration.
    pub(super) stay: Option<NewStay>,
}

/// What an alteration leads to.
#[derive(Clone, Debug)]
pub(super) struct NewStay {
    pub(super) quote_id: Uuid,
    pub(super) check_in: NaiveDate,
    pub(super) check_out: NaiveDate,
    pub(super) guests: i32,
    pub(super) total: i64,
}

/// Takes the step: the row, its history and the event. The row is only changed if it is still
/// what was read, lock or no lock.
///
/// # Errors
/// `412` where it is not.
pub(super) async fn advance(
    tx: &DatabaseTransaction,
    booking: &BookingRow,
    step: &Transition,
    changes: Changes,
    data: Json,
) -> Result<()> {
    const SQL: &str = "UPDATE bookings SET status = $4::text::booking_status, version = version + 1, \
            hold_expires_at = coalesce($5, hold_expires_at), \
            accepted_at = CASE WHEN $6::text = 'accept' THEN now() ELSE accepted_at END, \
            confirmed_at = CASE WHEN $4::text = 'confirmed' THEN coalesce(confirmed_at, now()) ELSE confirmed_at END, \
            declined_at = CASE WHEN $4::text = 'declined' THEN now() END, \
            cancelled_at = CASE WHEN $4::text = 'cancelled' THEN now() END, \
            cancelled_by = CASE WHEN $4::text = 'cancelled' THEN app_user_id() END, \
            completed_at = CASE WHEN $4::text = 'completed' THEN now() END, \
            cancellation_reason = $7, refund_amount = $8, quote_id = coalesce($9, quote_id), \
            check_in = coalesce($10, check_in), check_out = coalesce($11, check_out), \
            guests = coalesce($12, guests), total = coalesce($13, total) \
        WHERE id = $1 AND version = $2 AND status = $3::text::booking_status";
    let stay = changes.stay.as_ref();
    let values = [
        booking.id.into(),
        booking.version.into(),
        booking.status()?.name().into(),
        step.to.name().into(),
        changes.hold_expires_at.into(),
        step.command.name().into(),
        changes.reason.into(),
        changes.refund.into(),
        stay.map(|stay| stay.quote_id).into(),
        stay.map(|stay| stay.check_in).into(),
        stay.map(|stay| stay.check_out).into(),
        stay.map(|stay| stay.guests).into(),
        stay.map(|stay| stay.total).into(),
    ];
    if tx.execute_raw(statement(SQL, values)).await?.rows_affected() != 1 {
        return Err(etag::stale());
    }
    let happened = happened(step);
    remember(tx, booking.id, happened, Some(step.from), step.to, data).await?;
    let told = json!({
        "property_id": booking.property_id, "from": step.from, "to": step.to,
        "check_in": stay.map_or(booking.check_in, |stay| stay.check_in),
        "check_out": stay.map_or(booking.check_out, |stay| stay.check_out),
        "version": booking.version + 1,
    });
    events::record(tx, Event { kind: event_kind(happened), subject_id: booking.id, data: told })
        .await?;
    // What was paid may be more than what is owed now, and what was offered was for another stay.
    let frees = !step.to.occupies() && step.to != Status::Completed;
    if frees || step.command == Command::Alter {
        offers::withdraw_open(tx, booking.id).await?;
        jobs::enqueue(tx, &SettleBooking { booking_id: booking.id }).await?;
    }
    Ok(())
}

/// A step in the past tense: what the history calls it.
pub(super) fn happened(step: &Transition) -> &'static str {
    use super::machine::Command::Alter;
    match (step.command, step.to) {
        (Alter, _) => "altered",
        (_, Status::Requested) => "requested",
        (_, Status::Held) => "held",
        (_, Status::Confirmed) => "confirmed",
        (_, Status::Declined) => "declined",
        (_, Status::Cancelled) => "cancelled",
        (_, Status::Expired) => "expired",
        (_, Status::Completed) => "completed",
    }
}

pub(super) fn event_kind(happened: &str) -> &'static str {
    match happened {
        "requested" => "booking.requested",
        "held" => "booking.held",
        "confirmed" => "booking.confirmed",
        "declined" => "booking.declined",
        "cancelled" => "booking.cancelled",
        "expired" => "booking.expired",
        "completed" => "booking.completed",
        _ => "booking.altered",
    }
}

/// A row of a booking's history.
pub(super) const REMEMBER: &str = "INSERT INTO booking_events (id, booking_id, kind, actor_id, from_status, to_status, data) \
    VALUES ($1, $2, $3, app_user_id(), $4::text::booking_status, $5::text::booking_status, $6)";

/// Writes a row into the history of a booking. The data holds nothing personal.
///
/// # Errors
/// Those of the database.
pub(super) async fn remember(
    tx: &DatabaseTransaction,
    booking: Uuid,
    kind: &str,
    from: Option<Status>,
    to: Status,
    data: Json,
) -> Result<()> {
    let values = [
        Uuid::now_v7().into(),
        booking.into(),
        kind.into(),
        from.map(Status::name).into(),
        to.name().into(),
        data.into(),
    ];
    tx.execute_raw(statement(REMEMBER, values)).await?;
    Ok(())
}
