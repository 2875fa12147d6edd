//! Everything a token or a realm can do to us, against the real verifier: real RSA keys, real HTTP,
//! a clock that is moved by hand.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "the exemption for tests does not reach their helpers"
)]

mod support;

mod acceptance;
mod clerk;
mod disk;
mod faults;
mod flood;
mod forgeries;
mod key_sets;
mod local;
mod rotation;
mod setup;
