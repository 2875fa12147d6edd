//! The outside of a compact token: its three parts and its header, before any key is looked at.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::rejection::Rejection;
use crate::strict_json;

/// Largest token looked at, in bytes. A Clerk session token stays far below (custom claims <= 1.2
/// KB).
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Largest key id, in bytes.
const MAX_KEY_ID_BYTES: usize = 128;

/// The `cat` of a Clerk session token. The other categories (JWT templates, machine tokens) are
/// signed with the same key, so the signature does not tell them apart.
const SESSION_CATEGORY: &str = "cl_B7d4PD111AAA";

/// Parameters that would change how the token is read, or bring a key along: the realm sends none
/// of them.
const REFUSED_PARAMETERS: [&str; 7] = ["crit", "enc", "zip", "jwk", "jku", "x5u", "x5c"];

/// A token whose header may be accepted; nothing is verified yet.
pub(crate) struct Parsed<'a> {
    pub(crate) key_id: String,
    pub(crate) claims: Map<String, Value>,
    /// `header.payload`, the bytes that are signed.
    pub(crate) message: &'a [u8],
    /// base64url, as received.
    pub(crate) signature: &'a str,
}

pub(crate) fn parse(token: &str) -> Result<Parsed<'_>, Rejection> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Rejection::TooLong);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Rejection::Structure);
    };

    let header = object(header)?;
    let key_id = check_header(&header)?;
    let claims = object(payload)?;
    let message = &token.as_bytes()[..token.len() - signature.len() - 1];
    Ok(Parsed { key_id, claims, message, signature })
}

/// `alg` comes first: what asks for another algorithm must not reach a key, let alone cause a fetch
/// of keys.
fn check_header(header: &Map<String, Value>) -> Result<String, Rejection> {
    if header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(Rejection::Algorithm);
    }
    if REFUSED_PARAMETERS.iter().any(|name| header.contains_key(*name)) {
        return Err(Rejection::Header);
    }
    if header.get("typ").is_some_and(|typ| typ != "JWT")
        || header.get("cat").is_some_and(|cat| cat != SESSION_CATEGORY)
    {
        return Err(Rejection::TokenType);
    }
    match header.get("kid") {
        Some(Value::String(key_id)) if is_key_id(key_id) => Ok(key_id.clone()),
        _ => Err(Rejection::KeyId),
    }
}

/// Key ids are opaque, but those of both providers are URL-safe; a path, a query or 8 KB of text is
/// not one.
pub(crate) fn is_key_id(key_id: &str) -> bool {
    (1..=MAX_KEY_ID_BYTES).contains(&key_id.len())
        && key_id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn object(part: &str) -> Result<Map<String, Value>, Rejection> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Rejection::Encoding)?;
    strict_json::parse_object(&bytes).ok_or(Rejection::Json)
}
