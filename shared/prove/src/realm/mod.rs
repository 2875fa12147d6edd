//! A realm like Clerk's: its keys, its tokens and forged ones, the server that publishes the keys,
//! and what it delivers.

pub(crate) mod delivered;
mod forged;
mod keys;
mod publisher;
pub(crate) mod tokens;

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};

pub(crate) use forged::{EVIL, Forged, forgeries};
pub(crate) use keys::Key;
pub(crate) use publisher::Publisher;

/// The `iss` of its tokens.
pub(crate) const ISSUER: &str = "https://clerk.bestays.example";
/// The id of its key.
pub(crate) const KEY_ID: &str = "ins_bestays";
/// An id that it has no key of.
pub(crate) const UNKNOWN_ID: &str = "ins_unheard_of";

/// The profile of a brand of this realm; what is kept lies in a folder of its own.
pub(crate) fn env(publisher: &Publisher, folder: &Path) -> Vec<(&'static str, String)> {
    let host = STANDARD.encode("clerk.bestays.example$");
    vec![
        ("IDENTITY__PROVIDER", "clerk".to_owned()),
        ("IDENTITY__PUBLISHABLE_KEY", format!("pk_test_{host}")),
        ("IDENTITY__ISSUER", ISSUER.to_owned()),
        ("IDENTITY__JWKS_URL", publisher.url()),
        ("IDENTITY__STATE_DIR", folder.display().to_string()),
        // How often somebody may be wrong is another promise.
        ("LIMITS__ENABLED", "false".to_owned()),
    ]
}
