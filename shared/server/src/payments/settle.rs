//! What follows from what a provider tells: one transaction in which the payment, the booking and
//! its dates, the event and the letter change together, or nothing does.
//!
//! Whatever is told twice, late or in another order leads to the same end: a payment's state only
//! rises (see [`super::state`]), and it is looked at under its lock.

use sea_orm::DatabaseTransaction;
use terrace_entity::enums::{PaymentPurpose, PaymentState};
use terrace_product::PaymentProvider;
use uuid::Uuid;

use super::{
    booking::{self, Paid},
    provider::{ChargeState, ChargeTold, RefundState, RefundTold, Told},
    refund,
    row::{self, Change, PaymentRow},
    state,
};
use crate::{app::State, error::Result};

/// What came of it, and for which payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) payment: Option<Uuid>,
    /// A word, for the inbox and for who asked.
    pub(super) outcome: &'static str,
}

fn settled(payment: Uuid, outcome: &'static str) -> Settled {
    Settled { payment: Some(payment), outcome }
}

/// Takes in what a provider told.
///
/// # Errors
/// Those of the database.
pub(super) async fn told(
    tx: &DatabaseTransaction,
    wired: &State,
    provider: PaymentProvider,
    told: &Told,
) -> Result<Settled> {
    match told {
        Told::Charge(told) => charge(tx, wired, provider, told).await,
        Told::Refund(told) => refund_told(tx, provider, told).await,
        Told::Nothing => Ok(Settled { payment: None, outcome: "of_no_interest" }),
    }
}

/// Another system may share the account at the provider: what is none of ours is left alone.
const UNKNOWN: Settled = Settled { payment: None, outcome: "unknown_payment" };

async fn charge(
    tx: &DatabaseTransaction,
    wired: &State,
    provider: PaymentProvider,
    told: &ChargeTold,
) -> Result<Settled> {
    let Some(id) = row::meant(tx, provider, &told.reference, told.payment, false).await? else {
        return Ok(UNKNOWN);
    };
    let payment = row::lock(tx, id).await?;
    let was = payment.state()?;
    let reference = Some(told.reference.as_str());
    if payment.provider_reference.as_deref().is_some_and(|known| known != told.reference) {
        // Another of theirs that carries our name: nobody was given what it takes to pay it.
        let is_news = payment.attention.as_deref() != Some("paid_twice");
        if told.state == ChargeState::Paid && is_news {
            let attention = Some(Some("paid_twice"));
            flag(tx, &payment, Change { attention, ..Change::default() }).await?;
        }
        return Ok(settled(id, "another_reference"));
    }
    let reason = told.reason.as_deref();
    match told.state {
        _ if state::has_come(was) => Ok(settled(id, "already")),
        ChargeState::Paid if told.currency != payment.currency => {
            mismatch(tx, &payment, told, "currency_mismatch", payment.received).await
        }
        ChargeState::Paid if told.received != payment.amount => {
            // Nobody's amounts are beyond what the column takes.
            let received = told.received.clamp(payment.refunded, 10_000_000_000_000);
            mismatch(tx, &payment, told, "amount_mismatch", received).await
        }
        ChargeState::Paid => {
            let change = Change { reference, ..Change::default() };
            let received = Received { amount: told.received, attention: None };
            Ok(settled(id, come(tx, wired, &payment, received, change).await?))
        }
        ChargeState::Cancelled if state::is_open(was) => {
            let change = Change {
                state: Some(PaymentState::Cancelled),
                reference,
                reason,
                ..Change::default()
            };
            let row = row::change(tx, &payment, change).await?;
            row::tell(tx, "payment.cancelled", &row, row.amount, None).await?;
            Ok(settled(id, "cancelled"))
        }
        ChargeState::Open if state::is_open(was) => {
            let next = (was == PaymentState::Pending).then_some(PaymentState::RequiresAction);
            let change = Change { state: next, reference, reason, ..Change::default() };
            row::change(tx, &payment, change).await?;
            Ok(settled(id, "open"))
        }
        ChargeState::Cancelled | ChargeState::Open => Ok(settled(id, "already")),
    }
}

/// Money that is not what was asked for confirms nothing, and this payment is not waited for any
/// longer; somebody must look, and is told once.
async fn mismatch(
    tx: &DatabaseTransaction,
    payment: &PaymentRow,
    told: &ChargeTold,
    why: &'static str,
    received: i64,
) -> Result<Settled> {
    if payment.reason.as_deref() == Some(why) {
        return Ok(settled(payment.id, "already"));
    }
    let is_open = state::is_open(payment.state()?);
    let change = Change {
        state: is_open.then_some(PaymentState::Failed),
        received: Some(received),
        reference: Some(&told.reference),
        reason: Some(why),
        attention: Some(Some(why)),
        ..Change::default()
    };
    flag(tx, payment, change).await?;
    Ok(settled(payment.id, why))
}

async fn flag(tx: &DatabaseTransaction, payment: &PaymentRow, change: Change<'_>) -> Result<()> {
    let why = change.attention.flatten();
    let row = row::change(tx, payment, change).await?;
    row::tell(tx, "payment.flagged", &row, row.received, why).await
}

/// Money that is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Received {
    /// All of it, what came before included.
    pub(super) amount: i64,
    /// Why somebody must look, if for another reason than what becomes of the booking.
    pub(super) attention: Option<&'static str>,
}

/// The whole of a payment has come: the booking is confirmed with it, or the money goes back.
pub(super) async fn come(
    tx: &DatabaseTransaction,
    wired: &State,
    payment: &PaymentRow,
    received: Received,
    change: Change<'_>,
) -> Result<&'static str> {
    let change = Change {
        state: Some(PaymentState::Succeeded),
        received: Some(received.amount),
        attention: Some(received.attention),
        ..change
    };
    let payment = row::change(tx, payment, change).await?;
    row::tell(tx, "payment.succeeded", &payment, payment.received, None).await?;
    if payment.purpose()? == PaymentPurpose::Deposit {
        return Ok("deposit_held");
    }
    let outcome = booking::paid(tx, wired, &payment).await?;
    let (why, back) = match outcome {
        Paid::Confirmed => ("confirmed", payment.received - payment.amount),
        Paid::Counted => ("counted", payment.received - payment.amount),
        Paid::Short => ("part_paid", 0),
        Paid::TooLate => ("too_late", payment.left()),
        Paid::Twice(excess) => ("paid_twice", excess.min(payment.left())),
    };
    if outcome == Paid::Short {
        let attention = Some(Some("underpaid"));
        row::change(tx, &payment, Change { attention, ..Change::default() }).await?;
    }
    if back > 0 {
        let word = if matches!(outcome, Paid::TooLate | Paid::Twice(_)) { why } else { "overpaid" };
        let attention = Some(Some(word));
        let payment = row::change(tx, &payment, Change { attention, ..Change::default() }).await?;
        refund::due(tx, &payment, back, word).await?;
    }
    Ok(why)
}

async fn refund_told(
    tx: &DatabaseTransaction,
    provider: PaymentProvider,
    told: &RefundTold,
) -> Result<Settled> {
    let Some(id) = row::meant(tx, provider, &told.reference, told.refund, true).await? else {
        return Ok(UNKNOWN);
    };
    let row = row::lock(tx, id).await?;
    let outcome = match told.state {
        RefundState::Pending => {
            let reference = Some(told.reference.as_str());
            row::change(tx, &row, Change { reference, ..Change::default() }).await?;
            "pending"
        }
        RefundState::Succeeded => refund::sent(tx, &row, Some(&told.reference)).await?,
        RefundState::Failed => {
            refund::failed(tx, &row, Some(&told.reference), told.reason.as_deref()).await?
        }
    };
    Ok(settled(id, outcome))
}
