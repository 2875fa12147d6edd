//! Which slot of the index a model's vectors are in.

use std::{
    sync::atomic::{AtomicI16, Ordering},
    time::Duration,
};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use terrace_embedding::Embedder;

use super::queue;
use crate::{
    app::State,
    db::{Context, Db, statement},
    error::Result,
};

/// How long a slot is remembered: a model may be forgotten and come back in the other one.
const REMEMBERED: Duration = Duration::from_secs(5);

/// No slot, theirs being 0 and 1: not asked yet, and asked in vain.
const NONE: i16 = -1;
const FULL: i16 = -2;

/// The slots, as far as this instance has to know.
#[derive(Debug)]
pub(crate) struct Models {
    slot: moka::sync::Cache<(), i16>,
    /// The slot that this instance has begun to write.
    written: AtomicI16,
}

impl Default for Models {
    fn default() -> Self {
        Self {
            slot: moka::sync::Cache::builder().time_to_live(REMEMBERED).build(),
            written: AtomicI16::new(NONE),
        }
    }
}

#[derive(FromQueryResult)]
struct Found {
    slot: i16,
}

impl Models {
    /// The slot of this instance's model, if it has one yet.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn slot(&self, state: &State) -> Result<Option<i16>> {
        const SQL: &str = "SELECT slot FROM search_models WHERE model = $1";
        if let Some(slot) = self.slot.get(&()) {
            return Ok(Some(slot));
        }
        let model = state.search.embedder.model().as_str();
        let found: Option<Found> = state.db.read().one(SQL, [model.into()]).await?;
        if let Some(Found { slot }) = found {
            self.slot.insert((), slot);
        }
        Ok(found.map(|found| found.slot))
    }

    /// The same; a model that is new takes a free slot, and everything published is queued for
    /// it. None where both slots are others'.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn slot_to_write(&self, state: &State) -> Result<Option<i16>> {
        // A model that was forgotten meanwhile begins anew.
        let slot = self.slot(state).await?;
        if slot == Some(self.written.load(Ordering::Relaxed)) {
            return Ok(slot);
        }
        let model = state.search.embedder.model();
        let taken = take(state, model.as_str()).await?;
        if let Some(slot) = taken {
            begin(state, slot).await?;
            self.slot.insert((), slot);
            self.written.store(slot, Ordering::Relaxed);
        } else if self.written.swap(FULL, Ordering::Relaxed) != FULL {
            tracing::error!(%model, "two other models hold the index; `terrace search forget` makes room");
        }
        Ok(taken)
    }
}

/// Finds the model's slot, or takes a free one. Whoever changes a listing holds the lock shared:
/// when it is got, every change that does not know of the model has committed, and `begin` sees it.
async fn take(state: &State, model: &str) -> Result<Option<i16>> {
    const FIND: &str = "SELECT slot FROM search_models WHERE model = $1";
    const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended('terrace.search_models', 0))";
    const TAKE: &str = "INSERT INTO search_models (slot, model) \
        SELECT s, $1 FROM generate_series(0, 1) s \
        WHERE NOT EXISTS (SELECT FROM search_models m WHERE m.slot = s OR m.model = $1) \
        ORDER BY s LIMIT 1 ON CONFLICT DO NOTHING";
    let found: Option<Found> = state.db.read().one(FIND, [model.into()]).await?;
    if let Some(Found { slot }) = found {
        return Ok(Some(slot));
    }
    let model = model.to_owned();
    state
        .db
        .tx(Context::system("search"), move |tx| {
            let model = model.clone();
            Box::pin(async move {
                tx.query_all_raw(statement(LOCK, [])).await?;
                tx.execute_raw(statement(TAKE, [model.as_str().into()])).await?;
                let row = tx.query_one_raw(statement(FIND, [model.into()])).await?;
                let found = row.map(|row| Found::from_query_result(&row, "")).transpose()?;
                Ok(found.map(|found| found.slot))
            })
        })
        .await
}

/// Queues what was there before the model, once.
async fn begin(state: &State, slot: i16) -> Result<()> {
    const BEGIN: &str = "UPDATE search_models SET is_begun = true WHERE slot = $1 AND NOT is_begun";
    state
        .db
        .tx(Context::system("search"), move |tx| {
            Box::pin(async move {
                let begun = tx.execute_raw(statement(BEGIN, [slot.into()])).await?;
                if begun.rows_affected() == 1 {
                    let queued = queue_all(tx, slot).await?;
                    tracing::info!(slot, queued, "building the index of a new model");
                }
                Ok(())
            })
        })
        .await
}

/// A model that has vectors here.
#[derive(Clone, Debug, FromQueryResult, Serialize)]
pub(crate) struct Model {
    /// Its name.
    pub(crate) model: String,
    /// Texts that it has vectors of.
    pub(crate) vectors: i64,
    /// Listings and questions that wait for it.
    pub(crate) queued: i64,
    /// Of those, how many it has failed at.
    pub(crate) failing: i64,
    /// Since when it is here.
    pub(crate) since: DateTime<Utc>,
}

/// The models that have vectors, oldest first.
///
/// # Errors
/// Those of the database.
pub(crate) async fn list(db: &Db) -> Result<Vec<Model>> {
    const SQL: &str = "SELECT m.model, m.created_at AS since, \
            (SELECT count(*) FROM search_vectors v WHERE v.slot = m.slot) \
                + (SELECT count(*) FROM faq_vectors v WHERE v.slot = m.slot) AS vectors, \
            q.queued, q.failing FROM search_models m CROSS JOIN LATERAL (\
                SELECT count(*) AS queued, count(*) FILTER (WHERE attempts > 0) AS failing FROM (\
                    SELECT attempts FROM search_queue WHERE slot = m.slot \
                    UNION ALL SELECT attempts FROM faq_queue WHERE slot = m.slot) w) q \
        ORDER BY m.created_at, m.model";
    db.read().all(SQL, []).await
}

/// Forgets a model and its vectors; says whether there was one.
///
/// # Errors
/// Those of the database.
pub(crate) async fn forget(db: &Db, model: &str) -> Result<bool> {
    const SQL: &str = "DELETE FROM search_models WHERE model = $1";
    let model = model.to_owned();
    db.tx(Context::system("search"), move |tx| {
        let model = model.clone();
        Box::pin(async move {
            Ok(tx.execute_raw(statement(SQL, [model.into()])).await?.rows_affected() == 1)
        })
    })
    .await
}

/// Queues everything for a model that is here already; with `anew` even what has not changed.
/// What its index has meanwhile stays in use.
///
/// # Errors
/// Those of the database.
pub(crate) async fn begin_again(state: &State, slot: i16, anew: bool) -> Result<()> {
    const OUTDATE: [&str; 2] = [
        "UPDATE search_vectors SET content_hash = decode(repeat('00', 32), 'hex') WHERE slot = $1",
        "UPDATE faq_vectors SET content_hash = decode(repeat('00', 32), 'hex') WHERE slot = $1",
    ];
    state
        .db
        .tx(Context::system("search"), move |tx| {
            Box::pin(async move {
                if anew {
                    for sql in OUTDATE {
                        tx.execute_raw(statement(sql, [slot.into()])).await?;
                    }
                }
                queue::LISTINGS.hurry(tx, slot).await?;
                queue::FAQS.hurry(tx, slot).await?;
                queue_all(tx, slot).await.map(drop)
            })
        })
        .await
}

/// Queues everything published, and whatever the index has of the rest; says how much.
///
/// # Errors
/// Those of the database.
async fn queue_all(tx: &impl ConnectionTrait, slot: i16) -> Result<u64> {
    const ALL: [&str; 2] = [
        "INSERT INTO search_queue (slot, property_id, is_bulk) \
            SELECT $1, id, true FROM (SELECT id FROM properties WHERE is_published AND deleted_at IS NULL \
                UNION SELECT property_id FROM search_documents) p (id) ORDER BY id \
            ON CONFLICT DO NOTHING",
        "INSERT INTO faq_queue (slot, document_id, is_bulk) \
            SELECT $1, id, true FROM (SELECT id FROM faq_documents WHERE is_published \
                UNION SELECT document_id FROM faq_chunks) d (id) ORDER BY id \
            ON CONFLICT DO NOTHING",
    ];
    let mut queued = 0;
    for sql in ALL {
        queued += tx.execute_raw(statement(sql, [slot.into()])).await?.rows_affected();
    }
    Ok(queued)
}
