//! A visitor's words become filters.
//!
//! People write "2 bed pool villa in Rawai under 60k a month" into one field. Each part of that
//! which a list of properties can filter by becomes a [`Chip`]: parameters of
//! `GET /api/v1/properties`, the words it came from, and a label to show. What is left is
//! [`Understanding::rest`], for search by text. Nothing here is learned: a grammar answers the
//! same for the same words, at once and without a network, and a chip that is wrong can be taken
//! off with one click.
//!
//! **The way.** `text` cuts the query into tokens (Thai, which has no spaces, along the words
//! of our own `vocabulary`). The recognisers of `recognise` each propose what they find,
//! independent of one another; `resolve` keeps the longest of what overlaps; [`places`] settles
//! which of several places of one name is meant.
//!
//! **The rule of combination.** Each chip is a small list query. Chips narrow together, except
//! that chips of one [`Chip::group`] are alternatives: "Phuket or Krabi", "villa or house".

pub mod places;

mod assemble;
mod bounds;
mod label;
mod lexicon;
mod numbers;
mod output;
mod recognise;
mod refine;
mod resolve;
mod rest;
mod scope;
mod text;
mod vocabulary;

pub use output::{Chip, ChipKind, Label, Language, Note, Span, Strength, Understanding};
pub use refine::Saying;
pub use scope::{Amenities, Scope, Transaction};

/// Reads a query.
///
/// Never fails: what is not understood stays in [`Understanding::rest`]. Of a very long text only
/// the beginning is read (about two hundred and fifty words); the time it takes is bounded.
#[must_use]
pub fn understand(text: &str, scope: &Scope<'_>) -> Understanding {
    let tokens = text::tokens(text, scope.amenities.thai());
    let found = resolve::resolve(recognise::all(&tokens, scope), tokens.len());
    assemble::assemble(text, &tokens, found, scope)
}
