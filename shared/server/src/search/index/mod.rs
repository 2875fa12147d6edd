//! The index: documents, vectors and words, derived from the listings.
//!
//! A model's vectors live in one of two slots. An instance reads and writes the slot of the model
//! that it is configured with, so that a new model's vectors are built beside those in use, and an
//! instance that is started with the new model finds them ready.

mod documents;
pub(crate) mod models;
pub(crate) mod queue;
pub(crate) mod segment;
mod vectors;
pub(crate) mod vocabulary;

use std::{sync::Arc, time::Duration};

use terrace_embedding::Failure;

use crate::{app::State, error::Result};

/// How long an idle indexer waits before it looks again: well within the second in which a new
/// listing is to be found.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// What became of a batch.
#[derive(Debug)]
pub(crate) enum Round {
    /// Nothing is due.
    Idle,
    /// A batch is in step; there may be more.
    Done,
    /// The model did not answer; the listings wait. Their words are found already.
    Failed(Failure),
}

/// Keeps the index in step until the instance is told to stop.
pub(crate) async fn work(state: Arc<State>) {
    while !state.is_draining() {
        match round(&state).await {
            Ok(Round::Done) => {}
            Ok(Round::Idle) => tokio::time::sleep(LOOK_AGAIN).await,
            Ok(Round::Failed(failure)) => {
                tracing::warn!(%failure, "listings wait for the embedding model");
            }
            Err(error) => {
                tracing::warn!(%error, "listings cannot be indexed; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Indexes one batch.
///
/// Documents are written first: while the model is away, what is new is found by its words.
///
/// # Errors
/// Those of the database.
pub(crate) async fn round(state: &State) -> Result<Round> {
    let Some(slot) = state.search.models.slot_to_write(state).await? else {
        return Ok(Round::Idle);
    };
    let claimed = queue::claim(state, slot).await?;
    if claimed.is_empty() {
        return Ok(Round::Idle);
    }
    let lacking = documents::write(state, slot, &claimed).await?;
    match vectors::make(state, lacking).await {
        Ok(made) => {
            vectors::write(state, slot, made, &claimed).await?;
            Ok(Round::Done)
        }
        Err(failure) => {
            metrics::counter!("terrace_embedding_failures_total").increment(1);
            queue::postpone(state, slot, &claimed).await?;
            Ok(Round::Failed(failure))
        }
    }
}
