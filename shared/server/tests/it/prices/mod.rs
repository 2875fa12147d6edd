//! What hosts and the brand say of prices.

mod command;
mod coupons;
mod holidays;
mod rates;
mod terms;
