//! Search: a visitor's own words in, the right homes out, with reasons.
//!
//! - `index` keeps a document of each published listing in each language, and its vector, in step
//!   with the listings: a trigger queues what has changed, in the transaction that changes it.
//! - `statement` finds: by meaning (nearest vectors) and by words, fused by rank, with every filter
//!   of the list inside both. One statement.
//! - `refine` asks a language model, where there is one, what words mean that `understand` does not know.
//! - `suggest` completes what is being typed; `similar` goes from one listing to others like it.
//! - Nothing of that is a source: everything can be thrown away and built anew (`terrace reindex`).
//! - `history` remembers what was asked and opened, where that is wanted.

pub mod find;
mod highlight;
pub mod history;
pub(crate) mod index;
pub mod input;
#[doc(hidden)]
pub mod judged;
mod kinds;
pub mod output;
mod refine;
mod relax;
pub mod similar;
pub mod statement;
pub mod suggest;
pub(crate) mod understand;

use std::time::Duration;

use anyhow::Context;
use terrace_embedding::Guarded;
use terrace_product::{Locale, Profile};
use terrace_understanding::Language;

/// Vectors of questions that are remembered, six kilobytes each.
const ASKED: u64 = 500;

/// How long they are.
const ASKED_FOR: Duration = Duration::from_secs(600);

/// What searching takes in this process.
#[derive(Debug)]
pub struct Search {
    /// Turns texts into vectors.
    pub embedder: Guarded,
    /// Vectors of texts that were asked about lately: the next page of a search, and its next
    /// visitor, need no model.
    asked: moka::sync::Cache<String, pgvector::Vector>,
    pub(crate) refiner: refine::Refiner,
    pub(crate) models: index::models::Models,
    pub(crate) counted: index::vocabulary::Counted,
    pub(crate) shelf: suggest::Shelf,
    pub(crate) popular: history::popular::Shelf,
}

impl Search {
    /// The brand's search; nothing is asked yet.
    ///
    /// # Errors
    /// Where the profile names a model that cannot be.
    pub(crate) fn open(profile: &Profile) -> anyhow::Result<Self> {
        Ok(Self {
            embedder: terrace_embedding::open(&profile.embedding).context("embedding")?,
            asked: moka::sync::Cache::builder().max_capacity(ASKED).time_to_live(ASKED_FOR).build(),
            refiner: refine::Refiner::of(profile),
            models: index::models::Models::default(),
            counted: index::vocabulary::Counted::default(),
            shelf: suggest::Shelf::default(),
            popular: history::popular::Shelf::default(),
        })
    }
}

/// The language that an answer's own words are in.
fn language(locale: &Locale) -> Language {
    match locale.as_str().split('-').next() {
        Some("th") => Language::Th,
        _ => Language::En,
    }
}
