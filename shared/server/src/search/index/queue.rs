//! What is to be indexed: filled by triggers, emptied here. Each kind of content has a queue of its
//! own, all of one shape.

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

/// What waits of one kind of content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queue {
    table: &'static str,
    /// What waits is known by this column.
    key: &'static str,
}

/// Listings.
pub(crate) const LISTINGS: Queue = Queue { table: "search_queue", key: "property_id" };

/// Questions with their answers.
pub(crate) const FAQS: Queue = Queue { table: "faq_queue", key: "document_id" };

/// Something to be indexed, as it was when it was claimed.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub(crate) struct Claimed {
    id: Uuid,
    generation: i32,
}

/// The ids and generations of claims, side by side, for `unnest`.
fn columns(claimed: &[Claimed]) -> (Vec<Uuid>, Vec<i32>) {
    claimed.iter().map(|claim| (claim.id, claim.generation)).unzip()
}

impl Queue {
    /// How much waits for a slot's model.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn length(self, state: &State, slot: i16) -> Result<u64> {
        #[derive(FromQueryResult)]
        struct Length {
            length: i64,
        }
        let sql = format!("SELECT count(*) AS length FROM {} WHERE slot = $1", self.table);
        let row: Option<Length> = state.db.read().one(sql, [slot.into()]).await?;
        Ok(row.and_then(|row| u64::try_from(row.length).ok()).unwrap_or_default())
    }

    /// Takes what is due, just changed before one of many.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn claim(self, state: &State, slot: i16) -> Result<Vec<Claimed>> {
        #[derive(FromQueryResult)]
        struct Look {
            due: bool,
        }
        let Self { table, key } = self;
        // Most looks find nothing, and one statement costs less than a transaction.
        let look = format!(
            "SELECT EXISTS (SELECT FROM {table} WHERE slot = $1 AND not_before <= now()) AS due"
        );
        let look: Option<Look> = state.db.read().one(look, [slot.into()]).await?;
        if !look.is_some_and(|look| look.due) {
            return Ok(Vec::new());
        }
        let claim = format!(
            "WITH due AS MATERIALIZED (\
                SELECT {key} FROM {table} WHERE slot = $1 AND not_before <= now() \
                ORDER BY is_bulk, not_before LIMIT $2 FOR UPDATE SKIP LOCKED) \
             UPDATE {table} q SET not_before = now() + make_interval(secs => $3) \
             FROM due WHERE q.slot = $1 AND q.{key} = due.{key} \
             RETURNING q.{key} AS id, q.generation"
        );
        state
            .db
            .tx(Context::system("search"), move |tx| {
                let values = [slot.into(), BATCH.into(), LEASE.as_secs_f64().into()];
                let claim = statement(claim.clone(), values);
                Box::pin(async move {
                    let rows = tx.query_all_raw(claim).await?;
                    Ok(rows
                        .iter()
                        .map(|row| Claimed::from_query_result(row, ""))
                        .collect::<Result<_, _>>()?)
                })
            })
            .await
    }

    /// Which claims still stand; they are held until the transaction ends. What was changed since
    /// is in the queue anew, and whoever takes it up knows better.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn hold(
        self,
        tx: &DatabaseTransaction,
        slot: i16,
        claimed: &[Claimed],
    ) -> Result<Vec<Uuid>> {
        let Self { table, key } = self;
        let sql = format!(
            "SELECT q.{key} AS id FROM {table} q \
             JOIN unnest($2::uuid[], $3::integer[]) AS c (id, generation) \
               ON c.id = q.{key} AND c.generation = q.generation \
             WHERE q.slot = $1 ORDER BY q.{key} FOR UPDATE OF q"
        );
        let (ids, generations) = columns(claimed);
        let values = [slot.into(), ids.into(), generations.into()];
        let rows = tx.query_all_raw(statement(sql, values)).await?;
        Ok(rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
    }

    /// Takes what is done out of the queue.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn done(
        self,
        tx: &DatabaseTransaction,
        slot: i16,
        held: Vec<Uuid>,
    ) -> Result<()> {
        let Self { table, key } = self;
        let sql = format!("DELETE FROM {table} WHERE slot = $1 AND {key} = ANY($2::uuid[])");
        tx.execute_raw(statement(sql, [slot.into(), held.into()])).await?;
        Ok(())
    }

    /// Puts claims off: twice as long with each failure, five minutes at most, so that a model that
    /// is back is soon asked again.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn postpone(
        self,
        state: &State,
        slot: i16,
        claimed: &[Claimed],
    ) -> Result<()> {
        let Self { table, key } = self;
        let sql = format!(
            "UPDATE {table} q SET attempts = q.attempts + 1, \
                not_before = now() + make_interval(secs => least(300, 2 ^ least(q.attempts, 9) * (0.75 + random() / 2))) \
             FROM (SELECT q.{key} FROM {table} q \
                   JOIN unnest($2::uuid[], $3::integer[]) AS c (id, generation) \
                     ON c.id = q.{key} AND c.generation = q.generation \
                   WHERE q.slot = $1 ORDER BY q.{key} FOR UPDATE OF q) held \
             WHERE q.slot = $1 AND q.{key} = held.{key}"
        );
        let (ids, generations) = columns(claimed);
        state
            .db
            .tx(Context::system("search"), move |tx| {
                let values = [slot.into(), ids.clone().into(), generations.clone().into()];
                let postpone = statement(sql.clone(), values);
                Box::pin(async move { Ok(tx.execute_raw(postpone).await.map(drop)?) })
            })
            .await
    }

    /// Makes what has failed before due at once.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn hurry(self, tx: &DatabaseTransaction, slot: i16) -> Result<()> {
        let sql = format!(
            "UPDATE {} SET not_before = now(), attempts = 0 WHERE slot = $1 AND attempts > 0",
            self.table
        );
        tx.execute_raw(statement(sql, [slot.into()])).await?;
        Ok(())
    }
}

/// How much waits for a slot's model, of every kind.
///
/// # Errors
/// Those of the database.
pub(crate) async fn length(state: &State, slot: i16) -> Result<u64> {
    Ok(LISTINGS.length(state, slot).await? + FAQS.length(state, slot).await?)
}
