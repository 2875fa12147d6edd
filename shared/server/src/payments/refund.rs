//! Money that goes back: what is due, who sends it, how it ended.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use terrace_entity::enums::{PaymentPurpose, PaymentState};
use terrace_product::PaymentProvider;
use uuid::Uuid;

use super::{
    provider::{RefundOrder, Refusal, Told},
    row::{self, COLUMNS, Change, New, PaymentRow},
    settle,
};
use crate::{
    app::State,
    bookings,
    db::{Context, statement},
    error::{Code, Error, Result},
    jobs::{self, Failure, Job, doubling},
};

/// Writes down that money of a payment, which is locked, goes back, and has it sent.
///
/// # Errors
/// `422` where there is not so much left of it.
pub(super) async fn due(
    tx: &DatabaseTransaction,
    payment: &PaymentRow,
    amount: i64,
    reason: &str,
) -> Result<Uuid> {
    if !(1..=payment.left()).contains(&amount) {
        let detail = format!("Must be 1..{}: so much is left of it.", payment.left());
        return Err(Error::field("/amount", "out_of_range", detail));
    }
    let provider = payment.provider()?;
    let new = New {
        booking: payment.booking_id,
        provider,
        purpose: PaymentPurpose::Refund,
        state: PaymentState::Pending,
        amount,
        currency: &payment.currency,
        refund_of: Some(payment.id),
        reason: Some(reason),
        expires_at: None,
    };
    let id = row::insert(tx, &new).await?;
    let refunded = Some(payment.refunded + amount);
    row::change(tx, payment, Change { refunded, ..Change::default() }).await?;
    row::tell(tx, "payment.refund_due", payment, amount, Some(reason)).await?;
    super::letters::returned(tx, payment, amount, reason).await?;
    // What a person sends waits for them; the list shows it.
    if provider != PaymentProvider::Manual {
        jobs::enqueue(tx, &SendRefund { refund_id: id }).await?;
    }
    Ok(id)
}

/// Sends money back for a booking that is locked, from what has come for its stay, the newest
/// first. Says how much of it there was to send.
///
/// # Errors
/// Those of the database.
async fn give_back(
    tx: &DatabaseTransaction,
    booking: Uuid,
    amount: i64,
    reason: &str,
) -> Result<i64> {
    let sql = format!(
        "SELECT {COLUMNS} FROM payments p WHERE p.booking_id = $1 AND p.purpose = 'charge' \
         AND p.received > p.refunded ORDER BY p.created_at DESC, p.id DESC FOR UPDATE"
    );
    let rows = tx.query_all_raw(statement(&sql, [booking.into()])).await?;
    let mut left = amount;
    for row in &rows {
        let payment = PaymentRow::read(row)?;
        let part = left.min(payment.left());
        if part > 0 {
            due(tx, &payment, part, reason).await?;
            left -= part;
        }
    }
    Ok(amount - left)
}

/// See what a booking that was called off, refused or altered leaves to be paid back, and have it
/// sent.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct SettleBooking {
    pub(crate) booking_id: Uuid,
}

impl Job for SettleBooking {
    const KIND: &'static str = "payment.settle";
    const MAX_ATTEMPTS: i32 = 20;

    async fn run(self, wired: Arc<State>) -> Result<(), Failure> {
        let booking = self.booking_id;
        wired
            .db
            .tx(Context::system("payments"), move |tx| {
                Box::pin(async move { settle_booking(tx, booking).await })
            })
            .await?;
        Ok(())
    }
}

/// Run twice, it finds nothing left to send: what goes back counts as not paid.
async fn settle_booking(tx: &DatabaseTransaction, booking: Uuid) -> Result<()> {
    row::lock_booking(tx, booking).await?;
    let owed = bookings::refund_due(tx, booking).await?;
    let facts = super::booking::facts(tx, booking).await?;
    let back = owed.refund_of(facts.paid);
    if back > 0 {
        give_back(tx, booking, back, "booking_changed").await?;
    }
    Ok(())
}

/// A refund, which is locked, has arrived where it should. Says what came of it.
pub(super) async fn sent(
    tx: &DatabaseTransaction,
    refund: &PaymentRow,
    reference: Option<&str>,
) -> Result<&'static str> {
    let was = refund.state()?;
    if was == PaymentState::Succeeded {
        return Ok("already");
    }
    let change = Change {
        state: Some(PaymentState::Succeeded),
        received: Some(refund.amount),
        reference,
        attention: Some(None),
        ..Change::default()
    };
    let refund = row::change(tx, refund, change).await?;
    let payment = of(tx, &refund).await?;
    let mut change = Change::default();
    if was == PaymentState::Failed {
        // It had been given up: its amount counts as gone again.
        change.refunded = Some((payment.refunded + refund.amount).min(payment.received));
    }
    if may_close(tx, &payment, change.refunded.unwrap_or(payment.refunded)).await? {
        change.state = Some(PaymentState::Refunded);
    }
    let is_settled = matches!(
        payment.attention.as_deref(),
        Some("too_late" | "paid_twice" | "overpaid" | "refund_failed")
    );
    if is_settled {
        change.attention = Some(None);
    }
    row::change(tx, &payment, change).await?;
    row::tell(tx, "payment.refunded", &payment, refund.amount, None).await?;
    Ok("refunded")
}

/// Whether all that came has arrived back.
async fn may_close(tx: &DatabaseTransaction, payment: &PaymentRow, refunded: i64) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Open {
        open: bool,
    }
    if payment.state()? != PaymentState::Succeeded || refunded < payment.received {
        return Ok(false);
    }
    let sql =
        "SELECT EXISTS (SELECT FROM payments WHERE refund_of = $1 AND state = 'pending') AS open";
    let row = tx.query_one_raw(statement(sql, [payment.id.into()])).await?;
    let open = row.map(|row| Open::from_query_result(&row, "")).transpose()?;
    Ok(open.is_none_or(|row| !row.open))
}

/// A refund, which is locked, did not arrive: the money is still here, and somebody must look.
pub(super) async fn failed(
    tx: &DatabaseTransaction,
    refund: &PaymentRow,
    reference: Option<&str>,
    reason: Option<&str>,
) -> Result<&'static str> {
    match refund.state()? {
        PaymentState::Pending => {}
        // Stripe may take its word back: a bank that took the money sent it on to nobody.
        PaymentState::Succeeded => return bounced(tx, refund).await,
        _ => return Ok("already"),
    }
    let attention = Some(Some("refund_failed"));
    let change =
        Change { state: Some(PaymentState::Failed), reference, attention, ..Change::default() };
    let row = row::change(tx, refund, change).await?;
    let payment = of(tx, refund).await?;
    let refunded = Some(payment.refunded - refund.amount);
    row::change(tx, &payment, Change { refunded, attention, ..Change::default() }).await?;
    row::tell(tx, "payment.refund_failed", &row, refund.amount, reason).await?;
    Ok("refund_failed")
}

async fn bounced(tx: &DatabaseTransaction, refund: &PaymentRow) -> Result<&'static str> {
    let attention = Some(Some("refund_failed"));
    let row = row::change(tx, refund, Change { attention, ..Change::default() }).await?;
    row::tell(tx, "payment.refund_failed", &row, refund.amount, Some("bounced")).await?;
    Ok("refund_bounced")
}

/// The payment of a refund; its booking is locked, and so is it then.
async fn of(tx: &DatabaseTransaction, refund: &PaymentRow) -> Result<PaymentRow> {
    match refund.refund_of {
        Some(payment) => row::lock(tx, payment).await,
        None => Err(Error::internal(anyhow::anyhow!("a refund of nothing"))),
    }
}

/// What is left of the payment of a refund.
pub(super) async fn left_of(tx: &DatabaseTransaction, refund: &PaymentRow) -> Result<i64> {
    Ok(of(tx, refund).await?.left())
}

/// Have the provider send money back.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct SendRefund {
    pub(crate) refund_id: Uuid,
}

impl Job for SendRefund {
    const KIND: &'static str = "payment.refund";
    const MAX_ATTEMPTS: i32 = 20;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("payment.refund:{}", self.refund_id))
    }

    /// From five seconds to two hours: more than a day of a provider's absence.
    fn delay(attempts: u32) -> Duration {
        doubling(attempts, Duration::from_secs(5), Duration::from_secs(7200))
    }

    async fn run(self, wired: Arc<State>) -> Result<(), Failure> {
        let id = self.refund_id;
        let Some((refund, of)) = open(&wired, id).await? else {
            return Ok(());
        };
        let name = refund.provider()?;
        let Some(provider) = wired.payments.of(name) else {
            return Err(later("the provider is not among payments.providers any more"));
        };
        let Some(of) = of else {
            return Err(later("the provider's name for the payment is not known"));
        };
        let order = RefundOrder { refund: id, of, amount: refund.amount };
        match provider.refund(&order).await {
            Ok(mut told) => {
                told.refund = Some(id);
                record(&wired, name, Told::Refund(told)).await?;
                Ok(())
            }
            Err(Refusal::NotNow(reason)) => Err(later(&reason)),
            Err(Refusal::Never(reason)) => {
                give_up(&wired, id, reason.clone()).await?;
                Err(Failure::Final(reason))
            }
        }
    }
}

fn later(reason: &str) -> Failure {
    let cause = anyhow::anyhow!(reason.to_owned());
    Failure::Retry(Error { cause: Some(cause), ..Error::new(Code::Unavailable) })
}

/// A refund that is still to be sent, and the provider's name for its payment.
async fn open(wired: &State, id: Uuid) -> Result<Option<(PaymentRow, Option<String>)>> {
    wired
        .db
        .tx(Context::system("payments"), move |tx| {
            Box::pin(async move {
                let Some(refund) = row::find(tx, id).await? else { return Ok(None) };
                // Sent already, and the answer is on its way by another road.
                if refund.state()? != PaymentState::Pending || refund.provider_reference.is_some() {
                    return Ok(None);
                }
                let payment = match refund.refund_of {
                    Some(payment) => row::find(tx, payment).await?,
                    None => None,
                };
                Ok(Some((refund, payment.and_then(|payment| payment.provider_reference))))
            })
        })
        .await
}

/// Takes in what a provider answered, in a transaction of its own.
pub(super) async fn record(
    wired: &Arc<State>,
    provider: PaymentProvider,
    told: Told,
) -> Result<settle::Settled> {
    let shared = wired.clone();
    wired
        .db
        .tx(Context::system("payments"), move |tx| {
            let (wired, told) = (shared.clone(), told.clone());
            Box::pin(async move { settle::told(tx, &wired, provider, &told).await })
        })
        .await
}

async fn give_up(wired: &State, id: Uuid, reason: String) -> Result<()> {
    wired
        .db
        .tx(Context::system("payments"), move |tx| {
            let reason = reason.clone();
            Box::pin(async move {
                let refund = row::lock(tx, id).await?;
                failed(tx, &refund, None, Some(&reason)).await.map(drop)
            })
        })
        .await
}
