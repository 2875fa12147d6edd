//! Agencies.

pub mod change;
pub mod input;
pub mod output;
pub mod read;
