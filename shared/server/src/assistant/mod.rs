//! The assistant: conversations in which a visitor gets answers that have receipts.
//!
//! - [`conversations`] are begun, listed, read, handed over and forgotten; [`messages`] are asked in
//!   them, and answered as a stream of events or at once.
//! - A `turn` makes one answer, in a task of its own that outlives the connection: its events are
//!   written to a log (`log`) from which any number of readers read, each from where it left off.
//! - Who answers is the brand's `model`, or the `guide`, which needs none: it searches, reads the
//!   brand's own answers, and says what it found. Where the model fails, the guide goes on.
//! - The model may look things up with [`tools`], the same services that the API asks, under the
//!   rights of whoever is talking. None of them writes; what somebody wants done it [drafts], and they
//!   confirm it.
//! - What a brand tells its model besides, and which tools are on, its admins decide ([`prompts`]); how
//!   it goes they see in [`summary`].
//! - Nothing that the model says is delivered before `receipts` has looked at it: a price, a date, an
//!   area, an address or a link that nothing looked up says is left out, and so is a sentence in
//!   another language than the asker's.

pub mod conversations;
pub mod drafts;
mod events;
mod guide;
mod handoff;
mod log;
mod memory;
pub mod messages;
mod model;
pub mod output;
mod phrases;
mod pieces;
pub mod prompts;
mod receipts;
mod store;
mod stream;
pub mod summary;
pub mod tools;
mod turn;

pub(crate) use log::Turns;
