//! The instance itself: is it well, what is it, how does one talk to it.

pub mod audit;
pub mod docs;
pub mod health;
pub mod jwks;
pub mod metrics;
pub mod product;
pub mod retention;
