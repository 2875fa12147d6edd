//! `/admin/coupons`: what takes something off the rent.

pub mod change;
pub mod list;
pub mod model;
mod store;
