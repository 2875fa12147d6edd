//! The row of a payment, statement by statement.
//!
//! Locks are taken in one order, which is everybody's who occupies dates: the listing, the booking,
//! then its payments. Whoever changes a payment holds all three, because what follows from it may
//! need them, and would ask for them in the wrong order.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, QueryResult};
use serde_json::json;
use terrace_entity::enums::{PaymentPurpose, PaymentState};
use terrace_product::PaymentProvider;
use uuid::Uuid;

use super::state;
use crate::{
    db::statement,
    error::{Error, Result},
    events::{self, Event},
};

/// The columns of [`PaymentRow`], from `payments p`.
pub(super) const COLUMNS: &str = "p.id, p.booking_id, p.refund_of, p.provider, p.purpose::text AS purpose, \
    p.state::text AS state, p.amount, p.currency::text AS currency, p.received, p.refunded, \
    p.provider_reference, p.attention, p.reason, p.expires_at, p.succeeded_at, p.version, p.created_at, p.updated_at";

/// A payment.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct PaymentRow {
    pub(crate) id: Uuid,
    pub(crate) booking_id: Uuid,
    pub(crate) refund_of: Option<Uuid>,
    pub(super) provider: String,
    pub(super) purpose: String,
    pub(super) state: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) received: i64,
    pub(crate) refunded: i64,
    pub(crate) provider_reference: Option<String>,
    pub(crate) attention: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) succeeded_at: Option<DateTime<Utc>>,
    pub(crate) version: i32,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl PaymentRow {
    pub(super) fn read(row: &QueryResult) -> Result<Self> {
        Ok(Self::from_query_result(row, "")?)
    }

    pub(super) fn state(&self) -> Result<PaymentState> {
        self.state.parse().map_err(|_| unknown("state"))
    }

    pub(super) fn purpose(&self) -> Result<PaymentPurpose> {
        self.purpose.parse().map_err(|_| unknown("purpose"))
    }

    pub(super) fn provider(&self) -> Result<PaymentProvider> {
        self.provider.parse().map_err(|_| unknown("provider"))
    }

    /// What of it could go back.
    pub(super) fn left(&self) -> i64 {
        self.received - self.refunded
    }
}

fn unknown(what: &str) -> Error {
    Error::internal(anyhow::anyhow!("a payment has an unknown {what}"))
}

/// A new payment.
#[derive(Clone, Debug)]
pub(super) struct New<'a> {
    pub(super) booking: Uuid,
    pub(super) provider: PaymentProvider,
    pub(super) purpose: PaymentPurpose,
    pub(super) state: PaymentState,
    pub(super) amount: i64,
    pub(super) currency: &'a str,
    pub(super) refund_of: Option<Uuid>,
    pub(super) reason: Option<&'a str>,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

/// Writes a payment down.
pub(super) async fn insert(tx: &DatabaseTransaction, new: &New<'_>) -> Result<Uuid> {
    const SQL: &str = "INSERT INTO payments (id, booking_id, provider, purpose, state, amount, currency, refund_of, \
            reason, expires_at) \
        VALUES ($1, $2, $3, $4::text::payment_purpose, $5::text::payment_state, $6, $7, $8, $9, $10)";
    let id = Uuid::now_v7();
    let values = [
        id.into(),
        new.booking.into(),
        new.provider.as_str().into(),
        new.purpose.as_str().into(),
        new.state.as_str().into(),
        new.amount.into(),
        new.currency.into(),
        new.refund_of.into(),
        new.reason.into(),
        new.expires_at.into(),
    ];
    tx.execute_raw(statement(SQL, values)).await?;
    Ok(id)
}

/// Locks a booking, and its listing before it.
///
/// # Errors
/// `404` where there is none that the transaction's caller sees.
pub(super) async fn lock_booking(tx: &DatabaseTransaction, booking: Uuid) -> Result<()> {
    let listing = "SELECT 1 AS there FROM properties \
        WHERE id = (SELECT property_id FROM bookings WHERE id = $1) FOR NO KEY UPDATE";
    tx.query_one_raw(statement(listing, [booking.into()])).await?;
    let sql = "SELECT 1 AS there FROM bookings WHERE id = $1 FOR UPDATE";
    let row = tx.query_one_raw(statement(sql, [booking.into()])).await?;
    row.map(drop).ok_or_else(|| Error::not_found("booking"))
}

/// Locks a payment, and its booking before it.
///
/// # Errors
/// `404` where there is none that the transaction's caller sees.
pub(super) async fn lock(tx: &DatabaseTransaction, id: Uuid) -> Result<PaymentRow> {
    #[derive(FromQueryResult)]
    struct Of {
        booking_id: Uuid,
    }
    let find = "SELECT booking_id FROM payments WHERE id = $1";
    let row = tx.query_one_raw(statement(find, [id.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("payment"))?;
    lock_booking(tx, Of::from_query_result(&row, "")?.booking_id).await?;
    let sql = format!("SELECT {COLUMNS} FROM payments p WHERE p.id = $1 FOR UPDATE");
    let row = tx.query_one_raw(statement(&sql, [id.into()])).await?;
    PaymentRow::read(&row.ok_or_else(|| Error::not_found("payment"))?)
}

/// A payment as it is now.
pub(super) async fn find(tx: &DatabaseTransaction, id: Uuid) -> Result<Option<PaymentRow>> {
    let sql = format!("SELECT {COLUMNS} FROM payments p WHERE p.id = $1");
    let row = tx.query_one_raw(statement(&sql, [id.into()])).await?;
    row.as_ref().map(PaymentRow::read).transpose()
}

/// The payment that a provider means: by its own name for it, else by ours that it carries.
pub(super) async fn meant(
    tx: &DatabaseTransaction,
    provider: PaymentProvider,
    reference: &str,
    ours: Option<Uuid>,
    is_refund: bool,
) -> Result<Option<Uuid>> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    const SQL: &str = "SELECT id FROM payments WHERE provider = $1 AND (purpose = 'refund') = $4 \
            AND (provider_reference = $2 OR id = $3) \
        ORDER BY (provider_reference = $2) IS TRUE DESC LIMIT 1";
    let values = [provider.as_str().into(), reference.into(), ours.into(), is_refund.into()];
    let row = tx.query_one_raw(statement(SQL, values)).await?;
    Ok(row.map(|row| Found::from_query_result(&row, "")).transpose()?.map(|found| found.id))
}

/// What of a payment changes. What is None stays.
#[derive(Clone, Debug, Default)]
pub(super) struct Change<'a> {
    pub(super) state: Option<PaymentState>,
    pub(super) received: Option<i64>,
    pub(super) refunded: Option<i64>,
    pub(super) reference: Option<&'a str>,
    pub(super) reason: Option<&'a str>,
    /// `Some(None)`: nobody need look any more.
    pub(super) attention: Option<Option<&'a str>>,
}

/// Changes a payment that is locked; says what it is now.
///
/// # Errors
/// `500` for a step that the table of states does not have: callers ask before.
pub(super) async fn change(
    tx: &DatabaseTransaction,
    row: &PaymentRow,
    change: Change<'_>,
) -> Result<PaymentRow> {
    let was = row.state()?;
    let next = change.state.unwrap_or(was);
    if next != was && !state::may_become(was, next) {
        return Err(Error::internal(anyhow::anyhow!("a payment from {was} to {next}")));
    }
    let sql = format!(
        "UPDATE payments p SET state = $2::text::payment_state, received = $3, refunded = $4, \
            provider_reference = $5, reason = $6, attention = $7, version = version + 1, \
            succeeded_at = CASE WHEN $2 IN ('succeeded', 'refunded') THEN coalesce(succeeded_at, now()) END \
         WHERE p.id = $1 RETURNING {COLUMNS}"
    );
    let attention = match change.attention {
        Some(word) => word.map(str::to_owned),
        None => row.attention.clone(),
    };
    let values = [
        row.id.into(),
        next.as_str().into(),
        change.received.unwrap_or(row.received).into(),
        change.refunded.unwrap_or(row.refunded).into(),
        change.reference.map(str::to_owned).or_else(|| row.provider_reference.clone()).into(),
        change.reason.map(str::to_owned).or_else(|| row.reason.clone()).into(),
        attention.into(),
    ];
    let changed = tx.query_one_raw(statement(&sql, values)).await?;
    PaymentRow::read(&changed.ok_or_else(|| Error::not_found("payment"))?)
}

/// Tells listeners of something that happened to a payment.
pub(super) async fn tell(
    tx: &DatabaseTransaction,
    kind: &'static str,
    row: &PaymentRow,
    amount: i64,
    why: Option<&str>,
) -> Result<()> {
    let data = json!({
        "booking_id": row.booking_id,
        "provider": row.provider,
        "purpose": row.purpose,
        "amount": amount,
        "currency": row.currency,
        "why": why,
    });
    events::record(tx, Event { kind, subject_id: row.id, data }).await
}
