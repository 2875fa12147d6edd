//! Listings: making, changing, finding.

mod audit;
mod bulk;
mod catalogue;
mod facets;
mod filters;
mod homes;
mod idempotency;
mod languages;
mod lifecycle;
mod memory;
mod pages;
mod readiness;
mod review;
mod sight;
mod stays;
mod types;
mod versions;
