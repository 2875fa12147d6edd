//! A JSON Web Key Set (RFC 7517), reduced to the keys that may sign session tokens.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::token::is_key_id;

/// More keys than any realm rotates through.
const MAX_KEYS: usize = 32;
/// RSA modulus, in bits. The lower bound is NIST SP 800-131A's, the upper one what aws-lc verifies.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// RSA public exponent: FIPS 186-5 asks for more than 2^16, aws-lc for at most 33 bits.
const EXPONENT: std::ops::RangeInclusive<u64> = 65_537..=0x1_ffff_ffff;

/// The usable keys of one realm, by key id, ready to verify with.
#[derive(Clone)]
pub struct PublicKeys {
    by_id: HashMap<String, Entry>,
}

#[derive(Clone)]
struct Entry {
    key: Arc<DecodingKey>,
    components: Components,
}

/// What identifies a key, as published (base64url).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Components {
    n: String,
    e: String,
}

/// A document that is not a usable key set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not JSON of the right shape.
    #[error("it is not a JSON Web Key Set: an object with a list `keys`")]
    NotAKeySet,
    /// No key in it may sign session tokens.
    #[error("none of its {0} keys is an RSA signing key of at least 2048 bits with a key id")]
    NoUsableKey(usize),
}

/// The members of a JWK that decide whether it is usable. Unknown kinds of keys are skipped, not an
/// error: a realm may publish them beside the one we need.
#[derive(Deserialize)]
struct Jwk {
    kty: Option<String>,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    d: Option<Value>,
}

impl PublicKeys {
    /// Reads a key set document.
    ///
    /// # Errors
    /// When it is not a key set, or holds no usable key. An empty set is an error as well: a realm
    /// that publishes none is broken rather than out of keys, and the last good set is the better
    /// answer.
    pub fn from_jwks(document: &[u8]) -> Result<Self, KeySetError> {
        let Ok(Value::Object(mut document)) = serde_json::from_slice(document) else {
            return Err(KeySetError::NotAKeySet);
        };
        let Some(Value::Array(keys)) = document.remove("keys") else {
            return Err(KeySetError::NotAKeySet);
        };
        let count = keys.len();
        let mut by_id = HashMap::new();
        for (key_id, entry) in keys.into_iter().filter_map(usable) {
            if by_id.len() < MAX_KEYS {
                // The first of two keys with one id counts; a set must not have them (RFC 7517,
                // 4.5).
                by_id.entry(key_id).or_insert(entry);
            }
        }
        if by_id.is_empty() { Err(KeySetError::NoUsableKey(count)) } else { Ok(Self { by_id }) }
    }

    /// The set as a document again, usable keys only.
    #[must_use]
    pub fn to_jwks(&self) -> Value {
        let mut keys: Vec<_> = self.by_id.iter().collect();
        keys.sort_by_key(|(key_id, _)| key_id.as_str());
        let keys: Vec<_> = keys
            .into_iter()
            .map(|(key_id, Entry { components: Components { n, e }, .. })| {
                json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": key_id, "n": n, "e": e })
            })
            .collect();
        json!({ "keys": keys })
    }

    /// How many keys are usable.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a set without keys cannot be made")]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn find(&self, key_id: &str) -> Option<Arc<DecodingKey>> {
        self.by_id.get(key_id).map(|entry| Arc::clone(&entry.key))
    }
}

impl PartialEq for PublicKeys {
    fn eq(&self, other: &Self) -> bool {
        self.by_id.len() == other.by_id.len()
            && self.by_id.iter().all(|(key_id, entry)| {
                other.by_id.get(key_id).is_some_and(|twin| twin.components == entry.components)
            })
    }
}

impl fmt::Debug for PublicKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.by_id.keys()).finish()
    }
}

fn usable(key: Value) -> Option<(String, Entry)> {
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    if jwk.d.is_some() {
        tracing::error!(
            "the key set of the identity realm publishes a private key; it is not used"
        );
        return None;
    }
    let for_signatures = jwk.kty.as_deref() == Some("RSA")
        && jwk.usage.is_none_or(|usage| usage == "sig")
        && jwk.alg.is_none_or(|alg| alg == "RS256")
        && jwk
            .key_ops
            .is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
    let (key_id, n, e) = (jwk.kid.filter(|key_id| is_key_id(key_id))?, jwk.n?, jwk.e?);
    let modulus = URL_SAFE_NO_PAD.decode(&n).ok()?;
    let exponent = URL_SAFE_NO_PAD.decode(&e).ok()?;
    let strong = MODULUS_BITS.contains(&bits(&modulus))
        && exponent.len() <= 5
        && EXPONENT.contains(&number(&exponent))
        && number(&exponent) % 2 == 1;
    (for_signatures && strong).then(|| {
        let key = Arc::new(DecodingKey::from_rsa_raw_components(&modulus, &exponent));
        (key_id, Entry { key, components: Components { n, e } })
    })
}

/// Length of a big-endian number without leading zeroes. A leading zero byte is refused (as 0
/// bits): RFC 7518 (6.3.1) forbids it, and aws-lc would not take the key.
fn bits(number: &[u8]) -> usize {
    match number.first() {
        None | Some(0) => 0,
        Some(first) => number.len() * 8 - first.leading_zeros() as usize,
    }
}

fn number(big_endian: &[u8]) -> u64 {
    big_endian.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
