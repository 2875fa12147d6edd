//! What providers delivered: written down at once, applied once.
//!
//! The provider is answered as soon as its news are stored with the job that applies them. The job
//! may run twice, die half-way or be lost: the row says whether it was done, and it is done in the
//! transaction that says so.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use terrace_product::PaymentProvider;

use super::{
    provider::{Delivery, Told},
    settle,
};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Error, Result},
    jobs::{self, Failure, Job, doubling},
};

/// Stores a delivery, and has it applied. Says whether it was new.
pub(super) async fn store(
    wired: &State,
    provider: PaymentProvider,
    delivery: Delivery,
) -> Result<bool> {
    wired
        .db
        .tx(Context::system("payments"), move |tx| {
            let delivery = delivery.clone();
            Box::pin(async move {
                let is_new = write(tx, provider, &delivery).await?;
                if is_new && delivery.told != Told::Nothing {
                    let job = ApplyDelivery { provider, event_id: delivery.event };
                    jobs::enqueue(tx, &job).await?;
                }
                Ok(is_new)
            })
        })
        .await
}

async fn write(
    tx: &DatabaseTransaction,
    provider: PaymentProvider,
    delivery: &Delivery,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO payment_events (provider, event_id, kind, payload, status, happened_at) \
        VALUES ($1, $2, $3, $4, $5::text::payment_event_status, $6) ON CONFLICT (provider, event_id) DO NOTHING";
    let payload = serde_json::to_value(&delivery.told).map_err(Error::internal)?;
    let status = if delivery.told == Told::Nothing { "ignored" } else { "received" };
    let values = [
        provider.as_str().into(),
        delivery.event.as_str().into(),
        delivery.kind.as_str().into(),
        payload.into(),
        status.into(),
        delivery.happened_at.into(),
    ];
    Ok(tx.execute_raw(statement(SQL, values)).await?.rows_affected() == 1)
}

/// Apply something that a provider delivered.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct ApplyDelivery {
    pub(crate) provider: PaymentProvider,
    pub(crate) event_id: String,
}

impl Job for ApplyDelivery {
    const KIND: &'static str = "payment.event";
    const MAX_ATTEMPTS: i32 = 20;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("payment.event:{}:{}", self.provider.as_str(), self.event_id))
    }

    fn delay(attempts: u32) -> Duration {
        doubling(attempts, Duration::from_secs(1), Duration::from_secs(600))
    }

    async fn run(self, wired: Arc<State>) -> Result<(), Failure> {
        let Self { provider, event_id } = self;
        let shared = wired.clone();
        let outcome = wired
            .db
            .tx(Context::system("payments"), move |tx| {
                let (wired, event_id) = (shared.clone(), event_id.clone());
                Box::pin(async move { apply(tx, &wired, provider, &event_id).await })
            })
            .await?;
        metrics::counter!("terrace_payment_events_total", "outcome" => outcome).increment(1);
        Ok(())
    }
}

/// Applies an event, unless that has been done.
async fn apply(
    tx: &DatabaseTransaction,
    wired: &State,
    provider: PaymentProvider,
    event_id: &str,
) -> Result<&'static str> {
    #[derive(FromQueryResult)]
    struct Event {
        payload: serde_json::Value,
    }
    // The lock is held to the end: of two who apply one event the second finds it applied.
    const SQL: &str = "SELECT payload FROM payment_events \
        WHERE provider = $1 AND event_id = $2 AND status = 'received' FOR UPDATE";
    let key = [provider.as_str().into(), event_id.into()];
    let Some(row) = tx.query_one_raw(statement(SQL, key)).await? else {
        return Ok("applied_before");
    };
    let told: Told = serde_json::from_value(Event::from_query_result(&row, "")?.payload)
        .map_err(Error::internal)?;
    let settled = settle::told(tx, wired, provider, &told).await?;
    const DONE: &str = "UPDATE payment_events SET status = $3::text::payment_event_status, outcome = $4, payment_id = $5, \
            attempts = attempts + 1, applied_at = CASE WHEN $3 = 'applied' THEN now() END \
        WHERE provider = $1 AND event_id = $2";
    let status = if settled.payment.is_some() { "applied" } else { "ignored" };
    let values = [
        provider.as_str().into(),
        event_id.into(),
        status.into(),
        settled.outcome.into(),
        settled.payment.into(),
    ];
    tx.execute_raw(statement(DONE, values)).await?;
    Ok(settled.outcome)
}

/// Runs that are begun anew for an event that nobody has applied; then somebody must look.
const MOST_ROUNDS: i32 = 100;

/// Has applied what was stored and forgotten: its job died with all its runs, or was thrown away.
///
/// # Errors
/// Those of the database.
pub(crate) async fn sweep(wired: &State) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Left {
        provider: String,
        event_id: String,
    }
    // Materialised: a subquery may be run again for each row, and each run would take more.
    const SQL: &str = "WITH late AS MATERIALIZED (SELECT provider, event_id FROM payment_events \
            WHERE status = 'received' AND updated_at < now() - interval '2 minutes' \
            ORDER BY updated_at LIMIT 100 FOR UPDATE SKIP LOCKED) \
        UPDATE payment_events e SET attempts = e.attempts + 1, \
            status = CASE WHEN e.attempts >= $1 THEN 'dead' ELSE e.status END \
        FROM late WHERE (e.provider, e.event_id) = (late.provider, late.event_id) \
        RETURNING e.provider, e.event_id";
    wired
        .db
        .tx(Context::system("payments"), |tx| {
            Box::pin(async move {
                let rows = tx.query_all_raw(statement(SQL, [MOST_ROUNDS.into()])).await?;
                for row in &rows {
                    let Left { provider, event_id } = Left::from_query_result(row, "")?;
                    let provider = provider
                        .parse()
                        .map_err(|_| Error::internal(anyhow::anyhow!("an unknown provider")))?;
                    jobs::enqueue(tx, &ApplyDelivery { provider, event_id }).await?;
                }
                Ok(())
            })
        })
        .await
}
