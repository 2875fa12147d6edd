//! What holds for every route.

mod assets;
mod bodies;
mod contract;
mod cors;
mod limits;
mod metrics;
mod parameters;
mod problems;
mod requests;
mod stopping;
