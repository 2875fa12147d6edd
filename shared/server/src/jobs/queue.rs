//! The table of jobs, statement by statement.
//!
//! A claim raises `attempts` and moves `run_at` past the end of the lease, then commits: while
//! the job is worked on, no one holds a transaction. A worker that dies lets the lease run out,
//! and the job is due again.

use std::time::Duration;

use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    db::{Context, Db, statement},
    error::{Error, Result},
};

/// How long a claimed job is left alone; a worker that is still at it renews the lease.
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// A job on its way to being done.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Claimed {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) payload: serde_json::Value,
    pub(super) attempts: i32,
    pub(super) max_attempts: i32,
}

/// Takes up to `most` due jobs of kinds that this binary knows; a newer one may have queued
/// others.
pub(super) async fn claim(
    db: &Db,
    worker: &str,
    kinds: &[&str],
    most: usize,
) -> Result<Vec<Claimed>> {
    // Materialised: a subquery in WHERE may be run for each row of a join, and each run would
    // take `most` more.
    const SQL: &str = "WITH due AS MATERIALIZED (SELECT id FROM jobs WHERE dead_at IS NULL \
                           AND run_at <= now() AND kind = ANY($3) \
                           ORDER BY run_at, id LIMIT $4 FOR UPDATE SKIP LOCKED) \
                       UPDATE jobs SET attempts = attempts + 1, locked_at = now(), locked_by = $1, \
                           run_at = now() + make_interval(secs => $2) \
                       FROM due WHERE jobs.id = due.id \
                       RETURNING jobs.id, kind, payload, attempts, max_attempts";
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let (worker, most) = (worker.to_owned(), i64::try_from(most).unwrap_or(i64::MAX));
    db.tx(Context::system("jobs"), move |tx| {
        let values =
            [worker.clone().into(), LEASE.as_secs_f64().into(), kinds.clone().into(), most.into()];
        Box::pin(async move {
            let rows = tx.query_all_raw(statement(SQL, values)).await?;
            Ok(rows
                .iter()
                .map(|row| Claimed::from_query_result(row, ""))
                .collect::<Result<_, _>>()?)
        })
    })
    .await
}

/// Renews the lease of a job that is still being worked on.
pub(super) async fn renew(db: &Db, id: Uuid, worker: &str) -> Result<()> {
    const SQL: &str = "UPDATE jobs SET run_at = now() + make_interval(secs => $3) \
                       WHERE id = $1 AND locked_by = $2";
    let values = [id.into(), worker.into(), LEASE.as_secs_f64().into()];
    run(db, SQL, values.to_vec()).await.map(drop)
}

/// Takes a job that is done off the queue.
pub(super) async fn done(db: &Db, id: Uuid, worker: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM jobs WHERE id = $1 AND locked_by = $2";
    run(db, SQL, vec![id.into(), worker.into()]).await.map(drop)
}

/// Gives a job back, to be tried again after `delay`; without one it is dead.
pub(super) async fn failed(
    db: &Db,
    id: Uuid,
    worker: &str,
    reason: &str,
    delay: Option<Duration>,
) -> Result<()> {
    const SQL: &str = "UPDATE jobs SET locked_at = NULL, locked_by = NULL, last_error = $3, \
                           run_at = now() + make_interval(secs => coalesce($4, 0)), \
                           dead_at = CASE WHEN $4 IS NULL THEN now() END \
                       WHERE id = $1 AND locked_by = $2";
    let reason: String = reason.chars().take(4000).collect();
    let delay = delay.map(|delay| delay.as_secs_f64());
    run(db, SQL, vec![id.into(), worker.into(), reason.into(), delay.into()]).await.map(drop)
}

/// A job as an operator sees it.
#[derive(Debug, FromQueryResult, Serialize)]
pub(crate) struct Listed {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) attempts: i32,
    pub(crate) max_attempts: i32,
    pub(crate) run_at: chrono::DateTime<chrono::Utc>,
    pub(crate) last_error: Option<String>,
}

/// The jobs there are, those that need somebody first.
pub(crate) async fn list(db: &Db, only_dead: bool, most: u64) -> Result<Vec<Listed>> {
    let dead = if only_dead { "dead_at IS NOT NULL" } else { "true" };
    let sql = format!(
        "SELECT id, kind, CASE WHEN dead_at IS NOT NULL THEN 'dead' WHEN locked_at IS NOT NULL THEN 'running' \
             WHEN run_at > now() THEN 'waiting' ELSE 'due' END AS state, \
             attempts, max_attempts, run_at, last_error \
         FROM jobs WHERE {dead} ORDER BY dead_at NULLS LAST, run_at, id LIMIT {most}"
    );
    db.platform_rows("jobs", sql, []).await
}

/// Which dead jobs an operator means.
#[derive(Clone, Debug)]
pub(crate) enum Dead {
    One(Uuid),
    Kind(String),
    All,
}

impl Dead {
    fn condition(&self) -> (&'static str, Vec<sea_orm::Value>) {
        match self {
            Self::One(id) => ("id = $1", vec![(*id).into()]),
            Self::Kind(kind) => ("kind = $1", vec![kind.as_str().into()]),
            Self::All => ("true", vec![]),
        }
    }
}

/// Lets dead jobs begin anew; says how many.
pub(crate) async fn retry(db: &Db, dead: &Dead) -> Result<u64> {
    let (condition, values) = dead.condition();
    let sql = format!(
        "UPDATE jobs SET dead_at = NULL, attempts = 0, run_at = now(), dedupe_key = NULL \
         WHERE dead_at IS NOT NULL AND {condition}"
    );
    run(db, &sql, values).await
}

/// Throws dead jobs away; says how many.
pub(crate) async fn discard(db: &Db, dead: &Dead) -> Result<u64> {
    let (condition, values) = dead.condition();
    run(db, &format!("DELETE FROM jobs WHERE dead_at IS NOT NULL AND {condition}"), values).await
}

async fn run(db: &Db, sql: &str, values: Vec<sea_orm::Value>) -> Result<u64> {
    let sql = sql.to_owned();
    db.tx(Context::system("jobs"), move |tx| {
        let statement = statement(sql.clone(), values.clone());
        Box::pin(async move {
            Ok(tx.execute_raw(statement).await.map_err(Error::from)?.rows_affected())
        })
    })
    .await
}
