//! Session tokens as Clerk makes them, and the parts to make others of.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use serde_json::{Value, json};

use super::{ISSUER, KEY_ID, Key};

/// The brand's own front end.
const PARTY: &str = "http://localhost:5273";

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The header of a session token.
pub(crate) fn header(key_id: &str) -> Value {
    json!({"alg": "RS256", "typ": "JWT", "cat": "cl_B7d4PD111AAA", "kid": key_id})
}

/// Good claims of somebody, for an hour.
pub(crate) fn claims(subject: &str) -> Value {
    let now = Utc::now().timestamp();
    json!({"v": 2, "iss": ISSUER, "sub": subject, "sid": format!("sess_{subject}"), "azp": PARTY,
        "sts": "active", "iat": now - 1, "nbf": now - 10, "exp": now + 3_600, "jti": "c0ffee", "fva": [0, -1]})
}

/// Sets one member, or with null takes it out.
pub(crate) fn set(mut object: Value, name: &str, value: Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.to_owned(), value)),
        }
    }
    object
}

/// Header and claims as text, so that they need not be valid.
pub(crate) fn message(header: &str, claims: &str) -> String {
    format!("{}.{}", base64url(header), base64url(claims))
}

pub(crate) fn with_signature(message: &str, signature: impl AsRef<[u8]>) -> String {
    format!("{message}.{}", base64url(signature))
}

/// A token of these parts.
pub(crate) fn signed(key: &Key, header: &Value, claims: &Value) -> String {
    let message = message(&header.to_string(), &claims.to_string());
    with_signature(&message, key.sign(message.as_bytes()))
}

/// A good token of somebody.
pub(crate) fn good(key: &Key, subject: &str) -> String {
    signed(key, &header(KEY_ID), &claims(subject))
}
