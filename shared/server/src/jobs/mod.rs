//! Background work: queued in the transaction that causes it, done at least once.
//!
//! - A job is a struct that says what is to be done ([`Job`]); [`enqueue`] writes it down in the
//!   caller's transaction, so that there is no effect without its job and no job without its
//!   effect.
//! - `table` lists every kind of job and everything that is done from time to time.
//! - `worker` runs them: in the server's process, or apart with `terrace worker`.
//! - A job may run twice (a worker can die between the work and its record). Jobs are written so
//!   that the second run finds nothing left to do.
//! - A job that keeps failing is tried again later and later, then set aside as dead, where
//!   `terrace jobs` shows it and runs it again.

pub(crate) mod queue;
pub(crate) mod table;
pub(crate) mod worker;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
};

/// A kind of background work: what is stored of it, and how it is done.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The stable name: in the table of jobs, in the metrics, in the log.
    const KIND: &'static str;

    /// Runs before it is given up.
    const MAX_ATTEMPTS: i32 = 10;

    /// How many may run at once in a process, where that is fewer than all there is room for: a
    /// thousand slow ones must not keep a quick one waiting.
    const AT_ONCE: Option<usize> = None;

    /// Jobs of one key that have not begun are one job: a tenth edit queues no tenth run. A
    /// change made while the job runs queues another.
    fn dedupe_key(&self) -> Option<String> {
        None
    }

    /// How long to wait after this many failed runs.
    fn delay(attempts: u32) -> Duration {
        doubling(attempts, Duration::from_secs(2), Duration::from_secs(3600))
    }

    /// Does the work. Its transactions are its own: a job holds none while it waits for others.
    ///
    /// # Errors
    /// [`Failure::Retry`] for what may pass, [`Failure::Final`] for what will not.
    fn run(self, state: Arc<State>) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Why a job did not get done.
#[derive(Debug)]
pub enum Failure {
    /// It may go better later.
    Retry(Error),
    /// It will never go better: the reason, for the operator.
    Final(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Retry(error)
    }
}

impl From<sea_orm::DbErr> for Failure {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Retry(error.into())
    }
}

/// `base`, twice that, four times that, up to `most`.
#[must_use]
pub fn doubling(attempts: u32, base: Duration, most: Duration) -> Duration {
    base.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(most)
}

/// Writes a job down in the caller's transaction, to be done as soon as it commits.
///
/// # Errors
/// Those of the database.
pub async fn enqueue<J: Job>(tx: &impl ConnectionTrait, job: &J) -> Result<()> {
    insert(tx, job, None).await
}

/// As [`enqueue`], to be done no earlier than `at`.
///
/// # Errors
/// Those of the database.
pub async fn enqueue_at<J: Job>(
    tx: &impl ConnectionTrait,
    job: &J,
    at: DateTime<Utc>,
) -> Result<()> {
    insert(tx, job, Some(at)).await
}

async fn insert<J: Job>(
    tx: &impl ConnectionTrait,
    job: &J,
    at: Option<DateTime<Utc>>,
) -> Result<()> {
    // No conflict is named, because to name one is to read the table, and whoever causes work does
    // not see what other work there is. There is one unique index besides the key: jobs_dedupe_key.
    const SQL: &str = "INSERT INTO jobs (id, kind, payload, dedupe_key, max_attempts, run_at) \
                       VALUES ($1, $2, $3, $4, $5, coalesce($6, now())) \
                       ON CONFLICT DO NOTHING";
    let payload = serde_json::to_value(job).map_err(Error::internal)?;
    let values = [
        Uuid::now_v7().into(),
        J::KIND.into(),
        payload.into(),
        job.dedupe_key().into(),
        J::MAX_ATTEMPTS.into(),
        at.into(),
    ];
    tx.execute_raw(statement(SQL, values)).await?;
    Ok(())
}
