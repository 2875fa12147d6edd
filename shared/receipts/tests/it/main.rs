//! Receipts, from outside.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise; the exemption for tests does not reach their helpers"
)]

mod any_text;
mod examples;
mod sources;
