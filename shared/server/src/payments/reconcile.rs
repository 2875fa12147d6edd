//! What nobody told: payments and refunds that are waited for are asked about, payments whose time
//! is over are given up.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use terrace_entity::enums::{PaymentPurpose, PaymentState};
use terrace_product::PaymentProvider;
use uuid::Uuid;

use super::{
    provider::{ChargeTold, Refusal, Told},
    refund,
    row::{self, COLUMNS, PaymentRow},
};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Code, Error, Result},
    jobs::{self, Failure, Job, doubling},
};

/// Asked about in one round; each is a request to the provider.
const ROUND: i64 = 20;

/// Asks providers how payments and refunds stand that they have told nothing of for a while: a
/// delivery may have been lost.
///
/// # Errors
/// Those of the database.
pub(crate) async fn ask(wired: &Arc<State>) -> Result<()> {
    let claim = format!(
        "WITH due AS MATERIALIZED (SELECT id FROM payments \
            WHERE state IN ('pending', 'requires_action') AND provider <> 'manual' AND provider_reference IS NOT NULL \
              AND coalesce(asked_at, created_at) < now() - interval '5 minutes' \
            ORDER BY asked_at NULLS FIRST LIMIT $1 FOR UPDATE SKIP LOCKED) \
         UPDATE payments p SET asked_at = now() FROM due WHERE p.id = due.id RETURNING {COLUMNS}"
    );
    let due = wired
        .db
        .tx(Context::system("payments"), move |tx| {
            let claim = claim.clone();
            Box::pin(async move {
                let rows = tx.query_all_raw(statement(&claim, [ROUND.into()])).await?;
                rows.iter().map(PaymentRow::read).collect::<Result<Vec<_>>>()
            })
        })
        .await?;
    for payment in due {
        let name = payment.provider()?;
        let (Some(provider), Some(reference)) =
            (wired.payments.of(name), &payment.provider_reference)
        else {
            continue;
        };
        let told = match payment.purpose()? {
            PaymentPurpose::Refund => provider.look_refund(reference).await.map(Told::Refund),
            _ => provider.look(reference).await.map(|started| Told::Charge(started.told)),
        };
        match told {
            Ok(told) => {
                // One that cannot be written down keeps none of the others waiting.
                if let Err(error) = refund::record(wired, name, told).await {
                    tracing::warn!(payment = %payment.id, %error, "a payment was not taken in");
                }
            }
            Err(refusal) => {
                tracing::warn!(payment = %payment.id, ?refusal, "a payment could not be asked about");
            }
        }
    }
    Ok(())
}

/// Gives up what was waited for in vain. Money that comes all the same is taken in: see
/// [`super::settle`].
///
/// # Errors
/// Those of the database.
pub(crate) async fn expire(wired: &State) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Due {
        id: Uuid,
    }
    const SQL: &str = "SELECT p.id FROM payments p JOIN bookings b ON b.id = p.booking_id \
        WHERE p.state IN ('pending', 'requires_action') AND p.purpose <> 'refund' AND p.received = 0 AND p.attention IS NULL \
          AND (p.expires_at < now() - interval '1 minute' OR b.status NOT IN ('held', 'confirmed')) \
        ORDER BY p.created_at LIMIT 100";
    let due = wired
        .db
        .tx(Context::system("payments"), |tx| {
            Box::pin(async move {
                let rows = tx.query_all_raw(statement(SQL, [])).await?;
                Ok(rows
                    .iter()
                    .map(|row| Due::from_query_result(row, ""))
                    .collect::<Result<Vec<_>, _>>()?)
            })
        })
        .await?;
    for Due { id } in due {
        let given_up = wired
            .db
            .tx(Context::system("payments"), move |tx| {
                Box::pin(async move { give_up(tx, id, "expired").await })
            })
            .await;
        if let Err(error) = given_up {
            tracing::warn!(payment = %id, %error, "a payment was not given up");
        }
    }
    Ok(())
}

/// Gives an open payment up, and has the provider do the same.
pub(super) async fn give_up(tx: &DatabaseTransaction, id: Uuid, reason: &str) -> Result<()> {
    let payment = row::lock(tx, id).await?;
    if !super::state::is_open(payment.state()?) || payment.received > 0 {
        return Ok(());
    }
    let change = row::Change {
        state: Some(PaymentState::Cancelled),
        reason: Some(reason),
        ..row::Change::default()
    };
    let payment = row::change(tx, &payment, change).await?;
    row::tell(tx, "payment.cancelled", &payment, payment.amount, Some(reason)).await?;
    if payment.provider()? != PaymentProvider::Manual {
        jobs::enqueue(tx, &CancelPayment { payment_id: id }).await?;
    }
    Ok(())
}

/// Have the provider give a payment up that is not waited for any more.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct CancelPayment {
    pub(crate) payment_id: Uuid,
}

impl Job for CancelPayment {
    const KIND: &'static str = "payment.cancel";

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("payment.cancel:{}", self.payment_id))
    }

    fn delay(attempts: u32) -> Duration {
        doubling(attempts, Duration::from_secs(5), Duration::from_secs(3600))
    }

    async fn run(self, wired: Arc<State>) -> Result<(), Failure> {
        let id = self.payment_id;
        let payment = wired
            .db
            .tx(Context::system("payments"), move |tx| {
                Box::pin(async move { row::find(tx, id).await })
            })
            .await?;
        // Where the provider's name for it is not known, nobody was given what it takes to pay.
        let Some((payment, reference)) =
            payment.and_then(|row| row.provider_reference.clone().map(|name| (row, name)))
        else {
            return Ok(());
        };
        let name = payment.provider()?;
        let Some(provider) = wired.payments.of(name) else {
            return Err(Failure::Final("the provider is not configured any more".to_owned()));
        };
        match provider.cancel(&reference).await {
            Ok(told) => {
                // Paid in the meantime, perhaps.
                let told = ChargeTold { payment: Some(id), ..told };
                refund::record(&wired, name, Told::Charge(told)).await?;
                Ok(())
            }
            Err(Refusal::Never(reason)) => Err(Failure::Final(reason)),
            Err(Refusal::NotNow(reason)) => Err(Failure::Retry(Error {
                cause: Some(anyhow::anyhow!(reason)),
                ..Error::new(Code::Unavailable)
            })),
        }
    }
}
