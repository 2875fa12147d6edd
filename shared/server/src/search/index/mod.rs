//! The index: documents, vectors and words, derived from the listings. The questions that a brand
//! answers have an index of the same kind (`faqs::index`); one indexer keeps both in step.
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

use terrace_embedding::{Embedder, Embedding, Failure, Purpose};

use crate::{app::State, error::Result, faqs};

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
    /// The model did not answer; what was taken waits. Its words are found already.
    Failed(Failure),
}

/// Keeps the index in step until the instance is told to stop.
pub(crate) async fn work(state: Arc<State>) {
    while !state.is_draining() {
        match round(&state).await {
            Ok(Round::Done) => {}
            Ok(Round::Idle) => tokio::time::sleep(LOOK_AGAIN).await,
            Ok(Round::Failed(failure)) => {
                tracing::warn!(%failure, "what has changed waits for the embedding model");
            }
            Err(error) => {
                tracing::warn!(%error, "what has changed cannot be indexed; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Indexes one batch: of questions, which are few and never wait behind thousands of listings, else
/// of listings.
///
/// Documents are written first: while the model is away, what is new is found by its words.
///
/// # Errors
/// Those of the database.
pub(crate) async fn round(state: &State) -> Result<Round> {
    let Some(slot) = state.search.models.slot_to_write(state).await? else {
        return Ok(Round::Idle);
    };
    match faqs::index::round(state, slot).await? {
        Round::Idle => listings(state, slot).await,
        done => Ok(done),
    }
}

async fn listings(state: &State, slot: i16) -> Result<Round> {
    let claimed = queue::LISTINGS.claim(state, slot).await?;
    if claimed.is_empty() {
        return Ok(Round::Idle);
    }
    let lacking = documents::write(state, slot, &claimed).await?;
    match vectors::make(state, lacking).await {
        Ok(made) => {
            vectors::write(state, slot, made, &claimed).await?;
            Ok(Round::Done)
        }
        Err(failure) => failed(state, queue::LISTINGS, slot, &claimed, failure).await,
    }
}

/// Puts off what the model has failed at.
///
/// # Errors
/// Those of the database.
pub(crate) async fn failed(
    state: &State,
    queue: queue::Queue,
    slot: i16,
    claimed: &[queue::Claimed],
    failure: Failure,
) -> Result<Round> {
    metrics::counter!("terrace_embedding_failures_total").increment(1);
    queue.postpone(state, slot, claimed).await?;
    Ok(Round::Failed(failure))
}

/// Asks the model for the vectors of texts, one for each.
///
/// # Errors
/// Those of the model.
pub(crate) async fn embed(state: &State, texts: &[String]) -> Result<Vec<Embedding>, Failure> {
    let vectors = state.search.embedder.embed(texts, Purpose::Document).await?;
    if vectors.len() != texts.len() {
        return Err(Failure::Retry("the model did not answer for every text".to_owned()));
    }
    Ok(vectors)
}
