//! What is to be indexed: filled by triggers, emptied here.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// Listings indexed at once: their texts fill one or two requests to a model.
const BATCH: i64 = 64;

/// How long a claim holds. What a process that died has claimed is done again then.
const LEASE: Duration = Duration::from_secs(120);

/// A listing to be indexed, as it was when it was claimed.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub(super) struct Claimed {
    pub(super) property_id: Uuid,
    pub(super) generation: i32,
}

/// The ids and generations of claims, side by side, for `unnest`.
pub(super) fn columns(claimed: &[Claimed]) -> (Vec<Uuid>, Vec<i32>) {
    claimed.iter().map(|claim| (claim.property_id, claim.generation)).unzip()
}

/// How many listings wait for a slot's model.
///
/// # Errors
/// Those of the database.
pub(crate) async fn length(state: &State, slot: i16) -> Result<u64> {
    #[derive(FromQueryResult)]
    struct Length {
        length: i64,
    }
    const SQL: &str = "SELECT count(*) AS length FROM search_queue WHERE slot = $1";
    let row: Option<Length> = state.db.read().one(SQL, [slot.into()]).await?;
    Ok(row.and_then(|row| u64::try_from(row.length).ok()).unwrap_or_default())
}

/// Takes what is due, just changed before one of many.
///
/// # Errors
/// Those of the database.
pub(super) async fn claim(state: &State, slot: i16) -> Result<Vec<Claimed>> {
    #[derive(FromQueryResult)]
    struct Look {
        due: bool,
    }
    // Most looks find nothing, and one statement costs less than a transaction.
    const LOOK: &str =
        "SELECT EXISTS (SELECT FROM search_queue WHERE slot = $1 AND not_before <= now()) AS due";
    const CLAIM: &str = "WITH due AS MATERIALIZED (\
            SELECT property_id FROM search_queue WHERE slot = $1 AND not_before <= now() \
            ORDER BY is_bulk, not_before LIMIT $2 FOR UPDATE SKIP LOCKED) \
        UPDATE search_queue q SET not_before = now() + make_interval(secs => $3) \
        FROM due WHERE q.slot = $1 AND q.property_id = due.property_id \
        RETURNING q.property_id, q.generation";
    let look: Option<Look> = state.db.read().one(LOOK, [slot.into()]).await?;
    if !look.is_some_and(|look| look.due) {
        return Ok(Vec::new());
    }
    state
        .db
        .tx(Context::system("search"), move |tx| {
            Box::pin(async move {
                let values = [slot.into(), BATCH.into(), LEASE.as_secs_f64().into()];
                let rows = tx.query_all_raw(statement(CLAIM, values)).await?;
                Ok(rows
                    .iter()
                    .map(|row| Claimed::from_query_result(row, ""))
                    .collect::<Result<_, _>>()?)
            })
        })
        .await
}

/// Which claims still stand; they are held until the transaction ends. What was changed since is
/// in the queue anew, and whoever takes it up knows better.
///
/// # Errors
/// Those of the database.
pub(super) async fn hold(
    tx: &DatabaseTransaction,
    slot: i16,
    claimed: &[Claimed],
) -> Result<Vec<Uuid>> {
    const SQL: &str = "SELECT q.property_id FROM search_queue q \
        JOIN unnest($2::uuid[], $3::integer[]) AS c (id, generation) \
          ON c.id = q.property_id AND c.generation = q.generation \
        WHERE q.slot = $1 ORDER BY q.property_id FOR UPDATE OF q";
    let (ids, generations) = columns(claimed);
    let values = [slot.into(), ids.into(), generations.into()];
    let rows = tx.query_all_raw(statement(SQL, values)).await?;
    Ok(rows.iter().map(|row| row.try_get("", "property_id")).collect::<Result<_, _>>()?)
}

/// Takes what is done out of the queue.
///
/// # Errors
/// Those of the database.
pub(super) async fn done(tx: &DatabaseTransaction, slot: i16, held: Vec<Uuid>) -> Result<()> {
    const SQL: &str = "DELETE FROM search_queue WHERE slot = $1 AND property_id = ANY($2::uuid[])";
    tx.execute_raw(statement(SQL, [slot.into(), held.into()])).await?;
    Ok(())
}

/// Puts claims off: twice as long with each failure, five minutes at most, so that a model that is
/// back is soon asked again.
///
/// # Errors
/// Those of the database.
pub(super) async fn postpone(state: &State, slot: i16, claimed: &[Claimed]) -> Result<()> {
    const SQL: &str = "UPDATE search_queue q SET attempts = q.attempts + 1, \
            not_before = now() + make_interval(secs => least(300, 2 ^ least(q.attempts, 9) * (0.75 + random() / 2))) \
        FROM (SELECT q.property_id FROM search_queue q \
              JOIN unnest($2::uuid[], $3::integer[]) AS c (id, generation) \
                ON c.id = q.property_id AND c.generation = q.generation \
              WHERE q.slot = $1 ORDER BY q.property_id FOR UPDATE OF q) held \
        WHERE q.slot = $1 AND q.property_id = held.property_id";
    let (ids, generations) = columns(claimed);
    state
        .db
        .tx(Context::system("search"), move |tx| {
            let values = [slot.into(), ids.clone().into(), generations.clone().into()];
            Box::pin(async move { Ok(tx.execute_raw(statement(SQL, values)).await.map(drop)?) })
        })
        .await
}
