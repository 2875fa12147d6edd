//! A published key set: when it is fetched, who waits for it, how long an old one is good.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jsonwebtoken::DecodingKey;
use tokio::sync::{Semaphore, watch};
use url::Url;

use super::KeyStatus;
use super::disk::DiskCopy;
use super::fetch::{FetchError, Fetcher};
use super::set::PublicKeys;
use crate::clock::Clock;
use crate::rejection::Rejection;

/// Fetches begin at least this far apart, whatever asks for them: an unknown key id, age, or a failure.
const FLOOR: Duration = Duration::from_secs(30);
/// From this age on a use of the keys starts a refresh, which nobody waits for.
const REFRESH_AFTER: Duration = Duration::from_mins(5);
/// From this age on a use of the keys waits for the refresh, so that a withdrawn key is refused even by a process
/// that was idle. Not while fetches fail: then the keys at hand serve without delay.
const WAIT_AFTER: Duration = Duration::from_mins(10);
/// Beyond this age keys are not used any more.
const USABLE_FOR: Duration = Duration::from_hours(24);
/// How many unknown key ids may wait for one fetch; a flood of them beyond that is refused at once.
const MAX_WAITING: usize = 256;

/// The keys a realm publishes over HTTP, kept in memory and on disk. Clones share one state.
#[derive(Clone)]
pub struct RemoteKeys(Arc<Inner>);

/// What a [`RemoteKeys`] needs to know.
#[derive(Debug, Clone)]
pub struct RemoteOptions {
    /// The issuer whose keys these are.
    pub issuer: String,
    /// Where it publishes them: https, or http on this machine.
    pub jwks_url: String,
    /// Directory of this product alone, created if missing; the last good set is kept there as `jwks.json`.
    pub state_dir: PathBuf,
    /// Total time a fetch may take. Defaults to 5 s.
    pub timeout: Duration,
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
    /// The state directory cannot be created.
    #[error(
        "the key set cannot be kept in {directory}: {reason}; make the directory writable or configure another"
    )]
    StateDir {
        /// As configured.
        directory: PathBuf,
        /// What the system said.
        reason: String,
    },
}

struct Inner {
    issuer: String,
    fetcher: Fetcher,
    disk: Mutex<DiskCopy>,
    disk_path: PathBuf,
    clock: Arc<dyn Clock>,
    held: ArcSwapOption<Held>,
    gate: Mutex<Gate>,
    waiting: Semaphore,
    fetches: AtomicU64,
    failures: AtomicU64,
}

struct Held {
    keys: PublicKeys,
    /// Monotonic; together with `age_then` this survives both a restart and a jump of the wall clock.
    since: Duration,
    age_then: Duration,
    /// Unix seconds, for the copy on disk.
    fetched_at: i64,
}

#[derive(Default)]
struct Gate {
    /// Monotonic.
    last_begun: Option<Duration>,
    /// Monotonic; cleared by a success.
    last_failed: Option<Duration>,
    last_error: Option<String>,
    flight: Option<watch::Receiver<Stage>>,
}

/// How far a refresh has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Fetching,
    Fetched,
    Saved,
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
        }
    }
}

impl RemoteKeys {
    /// Sets the source up and loads the copy on disk, if there is one; fetches nothing yet.
    ///
    /// # Errors
    /// When the address cannot be used or the state directory cannot be created.
    pub fn new(options: RemoteOptions, clock: Arc<dyn Clock>) -> Result<Self, KeySourceError> {
        let RemoteOptions {
            issuer,
            jwks_url,
            state_dir,
            timeout,
        } = options;
        let refused = |reason: String| KeySourceError::Url {
            url: jwks_url.clone(),
            reason,
        };
        let url = Url::parse(&jwks_url).map_err(|error| refused(error.to_string()))?;
        let fetcher = Fetcher::new(url, timeout).map_err(|error| refused(error.to_string()))?;
        let disk = DiskCopy::new(state_dir.clone()).map_err(|error| KeySourceError::StateDir {
            directory: state_dir,
            reason: error.to_string(),
        })?;
        let now = clock.unix_seconds();
        let held = disk.load(&issuer, now).map(|(keys, fetched_at)| {
            let age_then =
                Duration::from_secs(u64::try_from(now.saturating_sub(fetched_at)).unwrap_or(0));
            Arc::new(Held {
                keys,
                since: clock.monotonic(),
                age_then,
                fetched_at,
            })
        });
        Ok(Self(Arc::new(Inner {
            issuer,
            fetcher,
            disk_path: disk.path(),
            disk: Mutex::new(disk),
            clock,
            held: ArcSwapOption::new(held),
            gate: Mutex::default(),
            waiting: Semaphore::new(MAX_WAITING),
            fetches: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        })))
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    pub(crate) async fn find(&self, key_id: &str) -> Result<Arc<DecodingKey>, Rejection> {
        let inner = &self.0;
        match inner.look_up(key_id) {
            Ok((key, age)) => {
                if age >= REFRESH_AFTER {
                    let flight = inner.begin_refresh();
                    if age >= WAIT_AFTER && !inner.failed_lately() {
                        reach(flight, Stage::Fetched).await;
                        return inner.look_up(key_id).map(|(key, _)| key);
                    }
                }
                Ok(key)
            }
            Err(Rejection::UnknownKey) => {
                let Ok(_permit) = inner.waiting.try_acquire() else {
                    return Err(Rejection::UnknownKey);
                };
                reach(inner.begin_refresh(), Stage::Fetched).await;
                inner.look_up(key_id).map(|(key, _)| key)
            }
            Err(_) => {
                reach(inner.begin_refresh(), Stage::Fetched).await;
                inner.look_up(key_id).map(|(key, _)| key)
            }
        }
    }

    pub(crate) async fn keep_fresh(&self) {
        if self.0.age().is_none_or(|age| age >= REFRESH_AFTER) {
            reach(self.0.begin_refresh(), Stage::Saved).await;
        }
    }

    pub(crate) fn status(&self) -> KeyStatus {
        let age = self.0.age();
        KeyStatus {
            keys: self
                .0
                .held
                .load()
                .as_ref()
                .map_or(0, |held| held.keys.len()),
            age,
            usable: age.is_some_and(|age| age <= USABLE_FOR),
            fetches: self.0.fetches.load(Ordering::Relaxed),
            failures: self.0.failures.load(Ordering::Relaxed),
            last_error: self.0.gate().last_error.clone(),
        }
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RemoteKeys")
            .field("issuer", &self.0.issuer)
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// The key and the age of its set, from memory only.
    fn look_up(&self, key_id: &str) -> Result<(Arc<DecodingKey>, Duration), Rejection> {
        let held = self.held.load();
        let Some(held) = held.as_ref() else {
            return Err(Rejection::KeysUnavailable);
        };
        let age = held.age(self.clock.monotonic());
        if age > USABLE_FOR {
            return Err(Rejection::KeysUnavailable);
        }
        held.keys
            .find(key_id)
            .map(|key| (key, age))
            .ok_or(Rejection::UnknownKey)
    }

    fn age(&self) -> Option<Duration> {
        self.held
            .load()
            .as_ref()
            .map(|held| held.age(self.clock.monotonic()))
    }

    fn failed_lately(&self) -> bool {
        let now = self.clock.monotonic();
        self.gate()
            .last_failed
            .is_some_and(|failed| now.saturating_sub(failed) < REFRESH_AFTER)
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the refresh under way, or begins one if the floor allows; `None` when it does not.
    ///
    /// The work runs in a task of its own: a caller that goes away must not take the refresh of all others with it.
    fn begin_refresh(self: &Arc<Self>) -> Option<watch::Receiver<Stage>> {
        let now = self.clock.monotonic();
        let mut gate = self.gate();
        if let Some(flight) = &gate.flight {
            return Some(flight.clone());
        }
        if gate
            .last_begun
            .is_some_and(|begun| now.saturating_sub(begun) < FLOOR)
        {
            return None;
        }
        let (progress, flight) = watch::channel(Stage::Fetching);
        gate.last_begun = Some(now);
        gate.flight = Some(flight.clone());
        self.fetches.fetch_add(1, Ordering::Relaxed);
        drop(gate);
        tokio::spawn(refresh(
            Arc::clone(self),
            Landing(Arc::clone(self)),
            progress,
        ));
        Some(flight)
    }

    fn accept(&self, keys: PublicKeys) {
        let held = Arc::new(Held {
            keys,
            since: self.clock.monotonic(),
            age_then: Duration::ZERO,
            fetched_at: self.clock.unix_seconds(),
        });
        let before = self.held.swap(Some(Arc::clone(&held)));
        if before.is_none_or(|before| before.keys != held.keys) {
            tracing::info!(issuer = self.issuer, keys = ?held.keys, "the realm's keys are new");
        }
        let mut gate = self.gate();
        gate.last_failed = None;
        gate.last_error = None;
    }

    /// Writes what is held by the time it is this writer's turn, so that a slow disk never ends with an old set.
    fn save(&self) -> std::io::Result<()> {
        let disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        match self.held.load().as_ref() {
            Some(held) => disk.save(&self.issuer, held.fetched_at, &held.keys),
            None => Ok(()),
        }
    }

    fn note_failure(&self, error: &FetchError) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let reason = error.to_string();
        tracing::warn!(
            issuer = self.issuer,
            reason,
            "the realm's keys could not be fetched; the last set stays in use"
        );
        let mut gate = self.gate();
        gate.last_failed = Some(self.clock.monotonic());
        gate.last_error = Some(reason);
    }
}

impl Held {
    fn age(&self, now: Duration) -> Duration {
        self.age_then + now.saturating_sub(self.since)
    }
}

/// Ends a flight however its task ends, also when it panics or its runtime shuts down.
struct Landing(Arc<Inner>);

impl Drop for Landing {
    fn drop(&mut self) {
        self.0.gate().flight = None;
    }
}

async fn refresh(inner: Arc<Inner>, landing: Landing, progress: watch::Sender<Stage>) {
    let fetched = inner.fetcher.fetch().await.map(|keys| inner.accept(keys));
    if let Err(error) = &fetched {
        inner.note_failure(error);
    }
    // The flight ends before the disk is touched: one that hangs must not stop the refreshes to come.
    drop(landing);
    if fetched.is_ok() {
        progress.send_replace(Stage::Fetched);
        save(&inner).await;
    }
}

async fn save(inner: &Arc<Inner>) {
    let writer = Arc::clone(inner);
    let failure = match tokio::task::spawn_blocking(move || writer.save()).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    let path = inner.disk_path.display();
    tracing::warn!(%path, reason = failure, "the realm's keys are not on disk: a restart will need the realm");
}

/// Waits until the flight has come this far or has ended, well or not.
async fn reach(flight: Option<watch::Receiver<Stage>>, stage: Stage) {
    if let Some(mut flight) = flight {
        // An error means that the task is over: there is nothing more to wait for.
        let _ = flight.wait_for(|reached| *reached >= stage).await;
    }
}
