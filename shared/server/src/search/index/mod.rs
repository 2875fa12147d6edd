//! The index: documents, vectors and words, derived from the listings.
//!
//! A model's vectors live in one of two slots. An instance reads and writes the slot of the model
//! that it is configured with, so that a new model's vectors are built beside those in use, and an
//! instance that is started with the new model finds them ready.

mod documents;
pub(crate) mod models;
mod queue;
pub(crate) mod segment;
mod vectors;
pub(crate) mod vocabulary;

use std::{sync::Arc, time::Duration};

use crate::{app::State, error::Result};

/// How long an idle indexer waits before it looks again: well within the second in which a new
/// listing is to be found.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Keeps the index in step until the instance is told to stop.
pub(crate) async fn work(state: Arc<State>) {
    while !state.is_draining() {
        match round(&state).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(LOOK_AGAIN).await,
            Err(error) => {
                tracing::warn!(%error, "listings cannot be indexed; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Indexes one batch; says whether there may be more.
///
/// Documents are written first: while the model is away, what is new is found by its words.
///
/// # Errors
/// Those of the database.
pub(crate) async fn round(state: &State) -> Result<bool> {
    let Some(slot) = state.search.models.slot_to_write(state).await? else {
        return Ok(false);
    };
    let claimed = queue::claim(state, slot).await?;
    if claimed.is_empty() {
        return Ok(false);
    }
    let lacking = documents::write(state, slot, &claimed).await?;
    match vectors::make(state, lacking).await {
        Ok(vectors) => {
            vectors::write(state, slot, vectors, &claimed).await?;
            Ok(true)
        }
        Err(failure) => {
            tracing::warn!(%failure, listings = claimed.len(), "the embedding model does not answer; trying again later");
            metrics::counter!("terrace_embedding_failures_total").increment(1);
            queue::postpone(state, slot, &claimed).await?;
            Ok(true)
        }
    }
}
