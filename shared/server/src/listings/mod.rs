//! Listings: what a brand offers, in the languages that it speaks.

pub(crate) mod blocks;
pub mod bulk;
mod cache;
pub mod catalogue;
pub mod details;
pub mod editing;
pub mod facets;
pub mod filters;
pub(crate) mod follow;
pub mod input;
pub mod lifecycle;
pub mod model;
pub mod output;
pub mod query;
pub mod read;
pub mod readiness;
pub mod review;
pub(crate) mod service;
pub(crate) mod slug;
pub mod translations;
pub mod write;

pub use cache::{ListingCache, Page};
