//! Search over what ships is as good as it has been.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise; the exemption for tests does not reach their helpers"
)]

mod answers;
mod quality;
