//! What operators want to know of their listings: how full they were, and what they brought.

pub mod occupancy;
pub(crate) mod table;
pub mod tally;

pub use occupancy::{Asked, occupancy_statement};
