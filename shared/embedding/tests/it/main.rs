//! Texts that become vectors, through what others call.
#![expect(
    clippy::expect_used,
    reason = "the lint's exception for tests does not reach helpers of an integration test"
)]

mod choice;
mod guarded;
mod hashing;
#[cfg(feature = "local")]
mod local;
mod openai;
mod server;
mod vectors;
