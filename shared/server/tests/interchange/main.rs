//! Listings in and out of files, on a real database.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise; the exemption for tests does not reach their helpers"
)]

mod airbnb;
mod broken;
mod command;
mod own;
mod people;
mod real;
mod seed;
mod source;
mod support;
