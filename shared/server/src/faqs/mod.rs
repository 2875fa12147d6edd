//! Questions that a brand answers: editing, reading, finding.
//!
//! - A document has a question and an answer in each language, in Markdown (`markdown` makes HTML of
//!   it that cannot hurt), a category, and documents that are related to it. Admins edit them
//!   (`admin`, `categories`), as a table (`table`) or as the files that a brand's folder ships
//!   (`files`); everyone reads what is published (`read`).
//! - `index` cuts what is published into chunks and keeps their words and vectors, in the slots and by
//!   the machinery of the listings' index; a trigger queues what has changed.
//! - `find` answers a question by words and by meaning, in one statement, and says whether it is
//!   sure. Whoever wants passages and no HTTP calls [`find::find`].
//! - `counter` adds up in the process what became of the answers; `analytics` tells it, and `gaps`
//!   tells which questions nothing answers.

pub mod admin;
pub mod analytics;
pub mod categories;
mod chunks;
pub mod counter;
pub mod feedback;
mod filed;
pub mod files;
pub mod find;
pub mod gaps;
pub(crate) mod index;
pub mod input;
pub(crate) mod lines;
mod markdown;
pub mod output;
pub mod read;
mod statement;
pub(crate) mod store;
pub mod table;
mod words;

pub use counter::flush;
