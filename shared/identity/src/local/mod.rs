//! The development realm: the instance signs its own tokens and publishes the key. Whoever can read
//! the state directory can be anybody, so the caller must not open it in production.

mod key_file;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use self::key_file::KEY_FILE;
use crate::clock::Clock;
use crate::keys::{KeySource, PublicKeys};

/// `nbf` lies this far before `iat`, as in Clerk's tokens, in seconds.
const NOT_BEFORE_MARGIN: i64 = 10;

/// A realm whose key lies in a file.
#[derive(Clone)]
pub struct Realm {
    issuer: String,
    key_id: String,
    signing_key: EncodingKey,
    public_keys: Arc<PublicKeys>,
}

/// What a token is to say.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// `sub`.
    pub subject: String,
    /// `sid`.
    pub session_id: String,
    /// `azp`: an origin of the product's front ends.
    pub azp: String,
    /// `email`.
    pub email: Option<String>,
    /// `name`.
    pub name: Option<String>,
    /// `metadata.role`: the hint a provider would give.
    pub role_hint: Option<String>,
    /// `exp` minus `iat`, in whole seconds.
    pub ttl: Duration,
}

/// The development realm could not be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum RealmError {
    /// The key file could not be read or made.
    #[error(
        "the key of the development realm, {path}, cannot be used: {source}; \
         check the directory's owner and space"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is there but is not the key.
    #[error(
        "{path} is not an RSA private key of at least 2048 bits (PKCS#8 PEM): delete it and start \
         again, a new key is made (tokens issued before stop working)"
    )]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// Signing or generating failed inside the cryptographic library.
    #[error("the cryptographic library failed: {0}")]
    Crypto(String),
}

impl TokenRequest {
    /// A request without mail address, name or role hint.
    #[must_use]
    pub fn new(
        subject: impl Into<String>,
        session_id: impl Into<String>,
        azp: impl Into<String>,
        ttl: Duration,
    ) -> Self {
        Self {
            subject: subject.into(),
            session_id: session_id.into(),
            azp: azp.into(),
            email: None,
            name: None,
            role_hint: None,
            ttl,
        }
    }
}

impl Realm {
    /// Opens the realm whose key lies in this directory, making the key the first time. Processes
    /// that open it at the same time get the same key.
    ///
    /// # Errors
    /// When the directory or file cannot be created or read, or the file is not the key.
    pub fn open(state_dir: &Path, issuer: impl Into<String>) -> Result<Self, RealmError> {
        let pem = key_file::read_or_make(state_dir)?;
        Self::from_pem(issuer.into(), &pem)
            .ok_or_else(|| RealmError::NotAKey { path: state_dir.join(KEY_FILE) })
    }

    /// The `iss` of its tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The id of its key: the RFC 7638 thumbprint.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The document to serve at `/.well-known/jwks.json`.
    #[must_use]
    pub fn jwks(&self) -> Value {
        self.public_keys.to_jwks()
    }

    /// Its keys for a [`Verifier`](crate::Verifier).
    #[must_use]
    pub fn key_source(&self) -> KeySource {
        KeySource::Fixed { issuer: self.issuer.clone(), keys: Arc::clone(&self.public_keys) }
    }

    /// Signs a session token that starts now and ends `ttl` later.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn issue(&self, request: &TokenRequest, clock: &dyn Clock) -> Result<String, RealmError> {
        let now = clock.unix_seconds();
        let ttl = i64::try_from(request.ttl.as_secs()).unwrap_or(i64::MAX);
        let mut claims = json!({
            "v": 2,
            "iss": self.issuer,
            "sub": request.subject,
            "sid": request.session_id,
            "azp": request.azp,
            "iat": now,
            "nbf": now.saturating_sub(NOT_BEFORE_MARGIN),
            "exp": now.saturating_add(ttl),
            "sts": "active",
        });
        if let Some(email) = &request.email {
            claims["email"] = json!(email);
        }
        if let Some(name) = &request.name {
            claims["name"] = json!(name);
        }
        if let Some(role) = &request.role_hint {
            claims["metadata"] = json!({ "role": role });
        }
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.key_id.clone());
        jsonwebtoken::encode(&header, &claims, &self.signing_key)
            .map_err(|error| RealmError::Crypto(error.to_string()))
    }

    fn from_pem(issuer: String, pem: &[u8]) -> Option<Self> {
        let signing_key = EncodingKey::from_rsa_pem(pem).ok()?;
        let mut jwk = Jwk::from_encoding_key(&signing_key, Algorithm::RS256).ok()?;
        let key_id = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
        jwk.common.key_id = Some(key_id.clone());
        let document = serde_json::to_vec(&json!({ "keys": [jwk] })).ok()?;
        let public_keys = Arc::new(PublicKeys::from_jwks(&document).ok()?);
        Some(Self { issuer, key_id, signing_key, public_keys })
    }
}

impl fmt::Debug for Realm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Realm")
            .field("issuer", &self.issuer)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}
