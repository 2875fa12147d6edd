//! Saved searches: what somebody looks for, to be run again and to be told of what is new.
//!
//! The filters are those of `GET /properties`, read by the same parser when they are saved and
//! applied by the same statements when they are run: a search finds later what it found at first.

pub mod change;
pub(crate) mod filters;
pub mod input;
pub mod matches;
pub mod output;
pub mod read;
mod store;
