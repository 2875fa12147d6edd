//! Which slot of the index a model's vectors are in.

use std::time::Duration;

use sea_orm::{ConnectionTrait, FromQueryResult};
use terrace_embedding::Embedder;

use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// How long a slot is remembered: a model may be forgotten and come back in the other one.
const REMEMBERED: Duration = Duration::from_secs(5);

/// The slots, as far as this instance has to know.
#[derive(Debug)]
pub(crate) struct Models {
    slot: moka::sync::Cache<(), i16>,
}

impl Default for Models {
    fn default() -> Self {
        Self { slot: moka::sync::Cache::builder().time_to_live(REMEMBERED).build() }
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

    /// The same; a model that is new takes a free slot, and every published listing is queued for
    /// it. None where both slots are others'.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn slot_to_write(&self, state: &State) -> Result<Option<i16>> {
        if let Some(slot) = self.slot(state).await? {
            return Ok(Some(slot));
        }
        let model = state.search.embedder.model().to_string();
        let name = model.clone();
        let taken = state
            .db
            .tx(Context::system("search"), move |tx| {
                let name = name.clone();
                Box::pin(async move { take(tx, &name).await })
            })
            .await?;
        match taken {
            Some(slot) => {
                tracing::info!(model, slot, "building the index of a new model");
                self.slot.insert((), slot);
            }
            None => {
                tracing::error!(
                    model,
                    "two other models hold the index; `terrace search forget` makes room"
                );
                tokio::time::sleep(REMEMBERED).await;
            }
        }
        Ok(taken)
    }
}

async fn take(tx: &impl ConnectionTrait, model: &str) -> Result<Option<i16>> {
    // One at a time; of two instances that start at once the second finds what the first has made.
    const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended('terrace.search_models', 0))";
    const TAKE: &str = "INSERT INTO search_models (slot, model) \
        SELECT s, $1 FROM generate_series(0, 1) s \
        WHERE NOT EXISTS (SELECT FROM search_models m WHERE m.slot = s OR m.model = $1) \
        ORDER BY s LIMIT 1 RETURNING slot";
    const FIND: &str = "SELECT slot FROM search_models WHERE model = $1";
    tx.query_all_raw(statement(LOCK, [])).await?;
    if let Some(row) = tx.query_one_raw(statement(TAKE, [model.into()])).await? {
        let Found { slot } = Found::from_query_result(&row, "")?;
        queue_all(tx, slot).await?;
        return Ok(Some(slot));
    }
    let row = tx.query_one_raw(statement(FIND, [model.into()])).await?;
    Ok(row.map(|row| Found::from_query_result(&row, "")).transpose()?.map(|found| found.slot))
}

/// Queues every published listing, and whatever the index has of others; says how many.
///
/// # Errors
/// Those of the database.
pub(crate) async fn queue_all(tx: &impl ConnectionTrait, slot: i16) -> Result<u64> {
    const SQL: &str = "INSERT INTO search_queue (slot, property_id, is_bulk) \
        SELECT $1, id, true FROM (SELECT id FROM properties WHERE is_published AND deleted_at IS NULL \
            UNION SELECT property_id FROM search_documents) p (id) ORDER BY id \
        ON CONFLICT DO NOTHING";
    Ok(tx.execute_raw(statement(SQL, [slot.into()])).await?.rows_affected())
}
