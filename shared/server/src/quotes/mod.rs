//! What stays cost: prices that are given, kept to for a while, and reckoned again to the last
//! minor unit for as long as they are kept.
//!
//! The arithmetic is `terrace_pricing`'s. Here its rules are gathered from the database
//! (`rules`), and a price that was given is stored with them (`store`): what a listing costs
//! tomorrow does not change what was said today.

pub mod create;
mod difference;
mod hash;
pub mod output;
pub mod read;
pub(crate) mod retention;
mod rules;
mod service;
mod store;
mod texts;

pub use service::{Priced, issue, issue_renewal, price, settle, today};
pub(crate) use store::COLUMNS;
pub use store::{StoredQuote, load, load_all, of_booking};
