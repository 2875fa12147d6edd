//! Alerts: what saved searches found, and favourites that got cheaper.
//!
//! - `follow` reads the feed of events with a cursor of its own and writes alerts in the
//!   transaction that moves the cursor: nothing is missed, nothing found twice, however many
//!   processes work. The table's key keeps the same promise once more.
//! - `letters` writes to those who have an account and an address: at once in that same
//!   transaction, or in the morning by `digest`. An alert's `sent_at` is set in the transaction
//!   that queues its letter.
//! - Everybody reads theirs at `GET /alerts`; who has no account has nothing else.

pub mod digest;
pub(crate) mod follow;
pub(crate) mod letters;
pub mod list;
mod record;
pub mod unsubscribe;

pub use record::candidates_statement;
