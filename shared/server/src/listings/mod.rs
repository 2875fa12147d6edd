//! Listings: what a brand offers, in the languages that it speaks.

mod area;
pub(crate) mod blocks;
pub mod bulk;
mod cache;
pub mod catalogue;
pub mod dates;
pub mod deeds;
pub mod details;
pub mod draft;
pub mod duplicates;
pub mod editing;
pub mod facets;
pub mod filters;
pub(crate) mod follow;
pub mod history;
pub mod input;
pub mod land;
pub mod ledger;
pub mod legal;
pub(crate) mod letters;
pub mod lifecycle;
pub mod map;
pub mod model;
pub mod output;
pub mod query;
pub mod read;
pub mod readiness;
mod replay;
pub mod review;
pub(crate) mod service;
pub(crate) mod slug;
pub mod translations;
pub mod views;
pub mod write;

pub use cache::{ListingCache, Page};
pub use map::MapCache;
