//! The public keys of a realm and where they come from.

mod cache;
mod disk;
mod fetch;
mod remote;
mod set;

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::DecodingKey;

pub use remote::{KeySourceError, RemoteKeys, RemoteOptions};
pub use set::{KeySetError, PublicKeys};

use crate::rejection::Rejection;

/// Where a verifier takes the realm's keys from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum KeySource {
    /// Keys that are known and do not change while the process runs: the local realm.
    Fixed {
        /// The issuer whose keys these are.
        issuer: String,
        /// The keys.
        keys: Arc<PublicKeys>,
    },
    /// A key set published over HTTP that rotates.
    Remote(RemoteKeys),
}

/// The state of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyStatus {
    /// How many keys are known.
    pub keys: usize,
    /// Time since the realm last confirmed them; `None` for fixed keys and when there are none.
    pub age: Option<Duration>,
    /// Whether tokens can be verified with them: they exist and are at most 24 hours old.
    pub usable: bool,
    /// Fetches begun since start.
    pub fetches: u64,
    /// Fetches that failed since start.
    pub failures: u64,
    /// Why the last fetch failed; `None` once one has succeeded since.
    pub last_error: Option<String>,
}

impl KeySource {
    /// The issuer whose keys these are.
    #[must_use]
    pub fn issuer(&self) -> &str {
        match self {
            Self::Fixed { issuer, .. } => issuer,
            Self::Remote(remote) => remote.issuer(),
        }
    }

    pub(crate) async fn find(&self, key_id: &str) -> Result<Arc<DecodingKey>, Rejection> {
        match self {
            Self::Fixed { keys, .. } => keys.find(key_id).ok_or(Rejection::UnknownKey),
            Self::Remote(remote) => remote.find(key_id).await,
        }
    }

    pub(crate) async fn keep_fresh(&self) {
        if let Self::Remote(remote) = self {
            remote.keep_fresh().await;
        }
    }

    pub(crate) fn status(&self) -> KeyStatus {
        match self {
            Self::Fixed { keys, .. } => KeyStatus {
                keys: keys.len(),
                age: None,
                usable: true,
                fetches: 0,
                failures: 0,
                last_error: None,
            },
            Self::Remote(remote) => remote.status(),
        }
    }
}
