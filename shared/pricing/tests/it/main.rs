//! What stays cost, worked by hand and held to laws.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise; the exemption for tests does not reach their helpers"
)]

mod errors;
mod golden;
mod laws;
mod payments;
mod refunds;
mod support;
