//! The client against addresses that nobody should reach, with traps that count who came.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise; the exemption for tests does not reach their helpers"
)]

mod limits;
mod refused;
mod support;
