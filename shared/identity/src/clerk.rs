//! Clerk: everything about an instance that verification needs follows from its publishable key.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Unpadded in the dashboard, padded by some of Clerk's own tools.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A Clerk instance as a realm.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Realm {
    /// The exact `iss` of its session tokens: the Frontend API's origin.
    pub issuer: String,
    /// Where it publishes its keys; needs no secret.
    pub jwks_url: String,
    /// Whether it is a production instance (`pk_live_`).
    pub live: bool,
}

/// A publishable key that cannot be one. Never repeats the value: what was pasted may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublishableKeyError {
    /// Nothing there.
    #[error("the publishable key is empty: copy it from the Clerk dashboard, API keys")]
    Empty,
    /// `sk_...`.
    #[error(
        "this is a Clerk secret key (sk_...), not the publishable key (pk_test_... or \
         pk_live_...): replace it, and rotate the secret if this place is not secret"
    )]
    SecretKey,
    /// Another prefix.
    #[error("a Clerk publishable key starts with pk_test_ or pk_live_")]
    Prefix,
    /// Not base64 of text.
    #[error(
        "the publishable key is damaged after its prefix (not base64): copy it again, in full and \
         without spaces"
    )]
    Encoding,
    /// Does not end in exactly one `$`.
    #[error(
        "the publishable key is incomplete (its content does not end in a single `$`): copy it \
         again, in full"
    )]
    Terminator,
    /// What it names is not a host name.
    #[error(
        "the publishable key does not contain the host name of a Clerk Frontend API: copy it again"
    )]
    Host,
}

impl Realm {
    /// Reads `pk_test_` / `pk_live_` + base64 of the Frontend API's host and `$`.
    ///
    /// # Errors
    /// When the key is not a publishable key; the message says what to do.
    pub fn from_publishable_key(key: &str) -> Result<Self, PublishableKeyError> {
        if key.trim().is_empty() {
            return Err(PublishableKeyError::Empty);
        }
        if key.trim_start().starts_with("sk_") {
            return Err(PublishableKeyError::SecretKey);
        }
        let (encoded, live) = match (key.strip_prefix("pk_test_"), key.strip_prefix("pk_live_")) {
            (Some(encoded), _) => (encoded, false),
            (_, Some(encoded)) => (encoded, true),
            _ => return Err(PublishableKeyError::Prefix),
        };
        let decoded = BASE64.decode(encoded).map_err(|_| PublishableKeyError::Encoding)?;
        let decoded = String::from_utf8(decoded).map_err(|_| PublishableKeyError::Encoding)?;
        let host = decoded.strip_suffix('$').ok_or(PublishableKeyError::Terminator)?;
        if host.contains('$') {
            return Err(PublishableKeyError::Terminator);
        }
        if !is_host_name(host) {
            return Err(PublishableKeyError::Host);
        }
        let issuer = format!("https://{host}");
        Ok(Self { jwks_url: format!("{issuer}/.well-known/jwks.json"), issuer, live })
    }
}

/// Lower-case labels with a dot between them; the last one not a number, which would make it an IP
/// address.
fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let ends_in_letters = host
        .rsplit_once('.')
        .is_some_and(|(_, last)| last.bytes().any(|byte| byte.is_ascii_lowercase()));
    host.len() <= 253 && ends_in_letters && host.split('.').all(is_label)
}
