//! Search: a visitor's own words in, the right homes out, with reasons.
//!
//! - `index` keeps a document of each published listing in each language, and its vector, in step
//!   with the listings: a trigger queues what has changed, in the transaction that changes it.
//! - `statement` finds: by meaning (nearest vectors) and by words, fused by rank, with every filter
//!   of the list inside both. One statement.
//! - Nothing here is a source: everything can be thrown away and built anew (`terrace reindex`).

pub mod find;
mod highlight;
pub(crate) mod index;
pub mod input;
#[doc(hidden)]
pub mod judged;
mod kinds;
pub mod output;
mod relax;
pub mod statement;
mod understand;

use anyhow::Context;
use terrace_embedding::Guarded;
use terrace_product::Profile;

/// What searching takes in this process.
#[derive(Debug)]
pub struct Search {
    /// Turns texts into vectors.
    pub embedder: Guarded,
    pub(crate) models: index::models::Models,
    pub(crate) counted: index::vocabulary::Counted,
}

impl Search {
    /// The brand's search; nothing is asked yet.
    ///
    /// # Errors
    /// Where the profile names a model that cannot be.
    pub(crate) fn open(profile: &Profile) -> anyhow::Result<Self> {
        Ok(Self {
            embedder: terrace_embedding::open(&profile.embedding).context("embedding")?,
            models: index::models::Models::default(),
            counted: index::vocabulary::Counted::default(),
        })
    }
}
