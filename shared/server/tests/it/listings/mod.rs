//! Listings: making, changing, finding.

mod audit;
mod bulk;
mod catalogue;
mod drafts;
mod duplicates;
mod facets;
mod facts;
mod filters;
mod history;
mod homes;
mod idempotency;
mod languages;
mod lifecycle;
mod map;
mod memory;
mod pages;
mod readiness;
mod review;
mod sight;
mod stays;
mod translations_ledger;
mod types;
mod versions;
