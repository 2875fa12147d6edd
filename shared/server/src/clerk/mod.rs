//! Clerk beyond its tokens: what it tells of people, and what it is asked about them.
//!
//! - `deliver` takes what it delivers and writes it down in `inbox`; a job applies it a moment
//!   later, once, however often and in whatever order it comes (`apply`).
//! - Deliveries get lost, and come from a time before ours: `reconcile` asks Clerk's own API (`api`)
//!   who there is, and applies the difference by the same rules.

pub(crate) mod api;
pub(crate) mod apply;
pub mod deliver;
pub(crate) mod inbox;
pub(crate) mod reconcile;
mod signature;
mod told;

use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;
use terrace_product::Identity;

/// What its deliveries are signed with.
pub struct Clerk {
    keys: Vec<Vec<u8>>,
}

/// Not the keys.
impl std::fmt::Debug for Clerk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clerk").field("keys", &self.keys.len()).finish()
    }
}

impl Clerk {
    /// Reads the secrets of the profile.
    ///
    /// # Errors
    /// Where one is none.
    pub(crate) fn open(identity: &Identity) -> anyhow::Result<Self> {
        let key = |secret: &secrecy::SecretString| {
            let text = secret.expose_secret().strip_prefix("whsec_");
            // Not the secret itself: this goes to the log.
            text.and_then(|text| STANDARD.decode(text).ok())
                .context("identity.webhook_secret is no signing secret: copy it again, in full")
        };
        Ok(Self { keys: identity.webhook_secrets().map(key).collect::<anyhow::Result<_>>()? })
    }
}
