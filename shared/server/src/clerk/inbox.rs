//! What Clerk delivered: written down at once, applied once.
//!
//! It is answered as soon as its news are stored with the job that applies them. The job may run
//! twice, die half-way or be lost: the row says whether it was done, and it is done in the
//! transaction that says so. What is done keeps no person's data.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};

use super::{
    apply::{self, Outcome},
    told::{Delivery, Told},
};
use crate::{
    app::State,
    db::{Context, Db, statement},
    error::{Error, Result},
    jobs::{self, Failure, Job, doubling},
};

/// Failures after which somebody must look. What is refused for good says so at once.
const MOST_ATTEMPTS: i32 = 60;

fn context() -> Context {
    Context::system("clerk")
}

/// Stores a delivery, and has it applied. Says whether it was new.
pub(super) async fn store(state: &State, id: &str, delivery: Delivery) -> Result<bool> {
    let id = id.to_owned();
    // The provider waits for the answer.
    let context = Context { is_background: false, ..context() };
    let stored = state.db.tx(context, move |tx| {
        let (id, delivery) = (id.clone(), delivery.clone());
        Box::pin(async move {
            let is_new = write(tx, &id, &delivery).await?;
            if is_new && delivery.subject.is_some() {
                jobs::enqueue(tx, &ApplyClerkEvent { delivery_id: id }).await?;
            }
            Ok(is_new)
        })
    });
    stored.await
}

async fn write(tx: &DatabaseTransaction, id: &str, delivery: &Delivery) -> Result<bool> {
    const SQL: &str = "INSERT INTO webhook_events AS e \
            (provider, delivery_id, event_type, subject, happened_at, payload, status) \
        VALUES ('clerk', $1, $2, $3, $4, $5, $6::text::webhook_event_status) \
        ON CONFLICT (provider, delivery_id) DO UPDATE SET event_type = excluded.event_type, \
            subject = excluded.subject, happened_at = excluded.happened_at, payload = excluded.payload, \
            status = excluded.status, attempts = 0, error = NULL \
        WHERE e.event_type = 'unreadable'";
    let status = if delivery.subject.is_some() { "received" } else { "ignored" };
    let values = [
        id.into(),
        delivery.kind.as_str().into(),
        delivery.subject.clone().into(),
        delivery.happened_at.into(),
        serde_json::to_value(&delivery.told).map_err(Error::internal)?.into(),
        status.into(),
    ];
    Ok(tx.execute_raw(statement(SQL, values)).await?.rows_affected() == 1)
}

/// Writes down that a delivery could not be read, for somebody to see. It may come once more, and be
/// understood then.
pub(super) async fn set_aside(state: &State, id: &str) -> Result<()> {
    const SQL: &str = "INSERT INTO webhook_events AS e \
            (provider, delivery_id, event_type, payload, status, attempts, error) \
        VALUES ('clerk', $1, 'unreadable', '{}', 'dead', 1, 'signed, and not in the form that is known') \
        ON CONFLICT (provider, delivery_id) DO UPDATE SET attempts = e.attempts + 1 WHERE e.event_type = 'unreadable'";
    let id = id.to_owned();
    let context = Context { is_background: false, ..context() };
    let noted = state.db.tx(context, move |tx| {
        let id = id.clone();
        Box::pin(async move { Ok(tx.execute_raw(statement(SQL, [id.into()])).await.map(drop)?) })
    });
    noted.await
}

/// Apply something that Clerk delivered.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct ApplyClerkEvent {
    delivery_id: String,
}

impl Job for ApplyClerkEvent {
    const KIND: &'static str = "clerk.event";
    const MAX_ATTEMPTS: i32 = 20;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("clerk.event:{}", self.delivery_id))
    }

    fn delay(attempts: u32) -> Duration {
        doubling(attempts, Duration::from_secs(1), Duration::from_secs(60))
    }

    async fn run(self, state: Arc<State>) -> Result<(), Failure> {
        let id = self.delivery_id;
        let applied = state.db.tx(context(), {
            let id = id.clone();
            move |tx| {
                let id = id.clone();
                Box::pin(async move { apply(tx, &id).await })
            }
        });
        match applied.await {
            Ok(Some((subject, outcome))) => {
                state.people.invalidate(&subject).await;
                metrics::counter!("terrace_realm_events_total", "outcome" => outcome).increment(1);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(error) => {
                note(&state.db, &id, &error).await?;
                Err(error.into())
            }
        }
    }
}

#[derive(FromQueryResult)]
struct Open {
    subject: String,
    happened_at: DateTime<Utc>,
    payload: serde_json::Value,
}

/// Applies an event, unless that has been done; says of whom, and what came of it.
async fn apply(tx: &DatabaseTransaction, id: &str) -> Result<Option<(String, &'static str)>> {
    // The lock is held to the end: of two who apply one event the second finds it applied.
    const SQL: &str = "SELECT subject, happened_at, payload FROM webhook_events \
        WHERE provider = 'clerk' AND delivery_id = $1 AND status IN ('received', 'failed') FOR UPDATE";
    let Some(row) = tx.query_one_raw(statement(SQL, [id.into()])).await? else {
        return Ok(None);
    };
    let Open { subject, happened_at, payload } = Open::from_query_result(&row, "")?;
    let told: Told = serde_json::from_value(payload).map_err(Error::internal)?;
    let (status, why) = match apply::told(tx, &subject, happened_at, &told).await? {
        Outcome::Applied => ("applied", None),
        Outcome::Ignored(why) => ("ignored", Some(why.to_owned())),
        Outcome::Kept(why) => ("dead", Some(why)),
    };
    const DONE: &str = "UPDATE webhook_events SET status = $2::text::webhook_event_status, error = left($3, 4000), \
            attempts = attempts + 1, payload = CASE WHEN $2 = 'dead' THEN payload ELSE '{}' END, \
            applied_at = CASE WHEN $2 = 'applied' THEN now() END \
        WHERE provider = 'clerk' AND delivery_id = $1";
    tx.execute_raw(statement(DONE, [id.into(), status.into(), why.into()])).await?;
    if told == Told::Gone && status == "applied" {
        forget(tx, &subject).await?;
    }
    Ok(Some((subject, status)))
}

/// What waits for somebody to look at it is not kept of who is gone.
async fn forget(tx: &DatabaseTransaction, subject: &str) -> Result<()> {
    const SQL: &str = "UPDATE webhook_events SET status = 'ignored', payload = '{}', error = 'the account is gone' \
        WHERE provider = 'clerk' AND subject = $1 AND status = 'dead'";
    tx.execute_raw(statement(SQL, [subject.into()])).await?;
    Ok(())
}

/// Writes down why an event was not applied; the reason carries no row values.
async fn note(db: &Db, id: &str, error: &Error) -> Result<()> {
    const SQL: &str = "UPDATE webhook_events SET attempts = attempts + 1, error = left($2, 4000), \
            status = (CASE WHEN attempts + 1 >= $3 THEN 'dead' ELSE 'failed' END)::webhook_event_status \
        WHERE provider = 'clerk' AND delivery_id = $1 AND status IN ('received', 'failed')";
    let reason = match &error.cause {
        Some(cause) => format!("{error}: {cause:#}"),
        None => error.to_string(),
    };
    let id = id.to_owned();
    let noted = db.tx(context(), move |tx| {
        let values = [id.as_str().into(), reason.as_str().into(), MOST_ATTEMPTS.into()];
        Box::pin(async move { Ok(tx.execute_raw(statement(SQL, values)).await.map(drop)?) })
    });
    noted.await
}

/// Has applied what was stored and forgotten: its job died with all its runs, or was thrown away.
///
/// # Errors
/// Those of the database.
pub(crate) async fn sweep(state: &State) -> Result<()> {
    const LATE: &str = "SELECT delivery_id FROM webhook_events WHERE provider = 'clerk' \
            AND status IN ('received', 'failed') AND updated_at < now() - interval '10 minutes' \
        ORDER BY updated_at LIMIT 100 FOR UPDATE SKIP LOCKED";
    const TAKEN: &str = "UPDATE webhook_events SET updated_at = now() \
        WHERE provider = 'clerk' AND delivery_id = ANY($1)";
    let swept = state.db.tx(context(), |tx| {
        Box::pin(async move {
            let ids = ids(tx.query_all_raw(statement(LATE, [])).await?)?;
            tx.execute_raw(statement(TAKEN, [ids.clone().into()])).await?;
            enqueue(tx, ids).await.map(drop)
        })
    });
    swept.await
}

/// Takes away what was delivered so long ago that it is not delivered again: 30 days.
///
/// # Errors
/// Those of the database.
pub(crate) async fn retire(state: &State) -> Result<()> {
    const SQL: &str = "DELETE FROM webhook_events WHERE (provider, delivery_id) IN \
        (SELECT provider, delivery_id FROM webhook_events WHERE (status IN ('applied', 'ignored') OR event_type = 'unreadable') \
            AND updated_at < now() - interval '30 days' LIMIT 5000 FOR UPDATE SKIP LOCKED)";
    let retired = state.db.tx(context(), |tx| {
        Box::pin(async move { Ok(tx.execute_raw(statement(SQL, [])).await.map(drop)?) })
    });
    retired.await
}

#[derive(FromQueryResult)]
struct Named {
    delivery_id: String,
}

fn ids(rows: Vec<sea_orm::QueryResult>) -> Result<Vec<String>> {
    let named = rows.iter().map(|row| Named::from_query_result(row, ""));
    Ok(named.map(|row| row.map(|row| row.delivery_id)).collect::<Result<_, _>>()?)
}

async fn enqueue(tx: &DatabaseTransaction, ids: Vec<String>) -> Result<usize> {
    let count = ids.len();
    for delivery_id in ids {
        jobs::enqueue(tx, &ApplyClerkEvent { delivery_id }).await?;
    }
    Ok(count)
}

/// A delivery as an operator sees it: of whom, not what of them.
#[derive(Debug, FromQueryResult, Serialize)]
pub(crate) struct Listed {
    pub(crate) delivery_id: String,
    pub(crate) event_type: String,
    pub(crate) subject: Option<String>,
    pub(crate) happened_at: Option<DateTime<Utc>>,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) status: String,
    pub(crate) attempts: i32,
    pub(crate) error: Option<String>,
}

/// The newest deliveries, or only those that somebody must look at.
///
/// # Errors
/// Those of the database.
pub(crate) async fn list(db: &Db, only_dead: bool, most: u64) -> Result<Vec<Listed>> {
    let which = if only_dead { "status = 'dead'" } else { "true" };
    let sql = format!(
        "SELECT delivery_id, event_type, subject, happened_at, created_at AS received_at, \
             status::text, attempts, error \
         FROM webhook_events WHERE provider = 'clerk' AND {which} \
         ORDER BY created_at DESC, delivery_id LIMIT {most}"
    );
    db.platform_rows("terrace users webhooks", sql, []).await
}

/// Lets dead deliveries begin anew, all of them or one; says how many.
///
/// # Errors
/// Those of the database.
pub(crate) async fn retry(db: &Db, one: Option<String>) -> Result<usize> {
    const SQL: &str = "UPDATE webhook_events SET status = 'received', attempts = 0, error = NULL \
        WHERE provider = 'clerk' AND status = 'dead' AND payload <> '{}' AND ($1::text IS NULL OR delivery_id = $1) \
        RETURNING delivery_id";
    let begun = db.tx(Context::system("terrace users retry"), move |tx| {
        let one = one.clone();
        Box::pin(async move {
            enqueue(tx, ids(tx.query_all_raw(statement(SQL, [one.into()])).await?)?).await
        })
    });
    begun.await
}
