use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::keys::Key;

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `header.payload`, the bytes to sign.
pub(crate) fn unsigned(header: &str, payload: &str) -> String {
    format!("{}.{}", base64url(header), base64url(payload))
}

/// Header and payload are given as text, so that they need not be valid.
pub(crate) fn signed_text(key: &Key, header: &str, payload: &str) -> String {
    with_signature(unsigned(header, payload), |message| key.sign(message))
}

pub(crate) fn signed(key: &Key, header: &Value, payload: &Value) -> String {
    signed_text(key, &header.to_string(), &payload.to_string())
}

pub(crate) fn with_signature(message: String, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let signature = base64url(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

pub(crate) fn header(kid: &str) -> Value {
    json!({ "alg": "RS256", "typ": "JWT", "cat": "cl_B7d4PD111AAA", "kid": kid })
}

/// Sets (or with `null` removes) one member.
pub(crate) fn set(mut object: Value, name: &str, value: Value) -> Value {
    let members = object.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
    object
}
