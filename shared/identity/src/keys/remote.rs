//! A published key set: who waits for a refresh of it, and for whom an old one is good enough.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use tokio::sync::Semaphore;
use url::Url;

use super::KeyStatus;
use super::cache::{Cache, Stage, reach};
use super::disk::DiskCopy;
use super::fetch::Fetcher;
use crate::clock::Clock;
use crate::rejection::Rejection;

/// From this age on a use of the keys starts a refresh, which nobody waits for.
pub(super) const REFRESH_AFTER: Duration = Duration::from_mins(5);
/// From this age on a use of the keys waits for the refresh, so that a withdrawn key is refused
/// even by a process that was idle. Not while fetches fail: then the keys at hand serve without
/// delay.
const WAIT_AFTER: Duration = Duration::from_mins(10);
/// How many unknown key ids may wait for one fetch; a flood of them beyond that is refused at once.
const MAX_WAITING: usize = 256;

/// The keys a realm publishes over HTTP, kept in memory and on disk. Clones share one state.
#[derive(Clone)]
pub struct RemoteKeys {
    cache: Arc<Cache>,
    waiting: Arc<Semaphore>,
}

/// What a [`RemoteKeys`] needs to know.
#[derive(Debug, Clone)]
pub struct RemoteOptions {
    /// The issuer whose keys these are.
    pub issuer: String,
    /// Where it publishes them: https, or http on this machine.
    pub jwks_url: String,
    /// Directory of this product alone, created if missing; the last good set is kept there as
    /// `jwks.json`.
    pub state_dir: PathBuf,
    /// Total time a fetch may take. Defaults to 5 s.
    pub timeout: Duration,
    /// Least time between the beginnings of two fetches, whatever asks for them. Defaults to 30 s.
    pub floor: Duration,
}

/// A key source that could not be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySourceError {
    /// The address of the key set cannot be used.
    #[error("the address of the key set, `{url}`, cannot be used: {reason}")]
    Url {
        /// As configured.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No HTTP client.
    #[error(
        "no HTTP client could be set up for the key set: {0} \
         (are the system's root certificates installed, package ca-certificates?)"
    )]
    Client(String),
    /// The state directory cannot be created.
    #[error(
        "the key set cannot be kept in {directory}: {reason}; \
         make the directory writable or configure another"
    )]
    StateDir {
        /// As configured.
        directory: PathBuf,
        /// What the system said.
        reason: String,
    },
}

impl RemoteOptions {
    /// Options with the default timeout.
    #[must_use]
    pub fn new(
        issuer: impl Into<String>,
        jwks_url: impl Into<String>,
        state_dir: impl Into<PathBuf>,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            jwks_url: jwks_url.into(),
            state_dir: state_dir.into(),
            timeout: Duration::from_secs(5),
            floor: Duration::from_secs(30),
        }
    }
}

impl RemoteKeys {
    /// Sets the source up and loads the copy on disk, if there is one; fetches nothing yet.
    ///
    /// # Errors
    /// When the address cannot be used, the state directory cannot be created, or the system has
    /// no root certificates.
    pub fn new(options: RemoteOptions, clock: Arc<dyn Clock>) -> Result<Self, KeySourceError> {
        let RemoteOptions { issuer, jwks_url, state_dir, timeout, floor } = options;
        let url = Url::parse(&jwks_url)
            .map_err(|error| KeySourceError::Url { url: jwks_url, reason: error.to_string() })?;
        let fetcher = Fetcher::new(url, timeout)?;
        let disk = DiskCopy::new(state_dir.clone()).map_err(|error| KeySourceError::StateDir {
            directory: state_dir,
            reason: error.to_string(),
        })?;
        Ok(Self {
            cache: Arc::new(Cache::new(issuer, fetcher, disk, floor, clock)),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
        })
    }

    pub(crate) fn issuer(&self) -> &str {
        self.cache.issuer()
    }

    pub(crate) async fn find(&self, key_id: &str) -> Result<Arc<DecodingKey>, Rejection> {
        let _permit = match self.cache.look_up(key_id) {
            Ok((key, age)) => {
                if age >= REFRESH_AFTER {
                    let flight = self.cache.begin_refresh();
                    if age >= WAIT_AFTER && !self.cache.failed_within(REFRESH_AFTER) {
                        reach(flight, Stage::Fetched).await;
                        return self.cache.look_up(key_id).map(|(key, _)| key);
                    }
                }
                return Ok(key);
            }
            Err(Rejection::UnknownKey) => match self.waiting.try_acquire() {
                Ok(permit) => Some(permit),
                Err(_) => return Err(Rejection::UnknownKey),
            },
            // Without usable keys nobody can be served before the fetch: all may wait for it.
            Err(_) => None,
        };
        reach(self.cache.begin_refresh(), Stage::Fetched).await;
        self.cache.look_up(key_id).map(|(key, _)| key)
    }

    pub(crate) async fn keep_fresh(&self) {
        if self.cache.age().is_none_or(|age| age >= REFRESH_AFTER) {
            reach(self.cache.begin_refresh(), Stage::Saved).await;
        }
    }

    pub(crate) fn status(&self) -> KeyStatus {
        self.cache.status()
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RemoteKeys").field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}
