//! What hosts and the brand say of prices: seasons, terms, coupons, public holidays. What a stay
//! costs by them is said by `quotes`.

pub mod coupons;
pub mod holidays;
pub mod rates;
pub mod terms;
mod whole;
