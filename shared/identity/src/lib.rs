//! Who is calling: verification of the session tokens of one product's identity realm.
//!
//! One [`Verifier`] serves both providers. With [`clerk`] the keys come from the realm's published
//! key set ([`RemoteKeys`]); with [`local`], the development realm, the instance signs and
//! publishes its own. Every refusal is a [`Rejection`]: it feeds metrics and logs, while the caller
//! of the API always gets the same 401, so that an attacker learns nothing from trying.

pub mod clerk;
pub mod local;

mod claims;
mod clock;
mod files;
mod keys;
mod rejection;
mod strict_json;
mod token;
mod verifier;

pub use claims::{Actor, Claims};
pub use clock::{Clock, SystemClock};
pub use keys::{
    KeySetError, KeySource, KeySourceError, KeyStatus, PublicKeys, RemoteKeys, RemoteOptions,
};
pub use rejection::Rejection;
pub use verifier::{LEEWAY_SECONDS, Rules, Verifier, VerifierError};
