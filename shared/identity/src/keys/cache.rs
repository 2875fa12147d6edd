//! The last good key set in memory, and the one refresh of it that may be under way.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jsonwebtoken::DecodingKey;
use tokio::sync::watch;

use super::KeyStatus;
use super::disk::DiskCopy;
use super::fetch::{FetchError, Fetcher};
use super::set::PublicKeys;
use crate::clock::Clock;
use crate::rejection::Rejection;

/// Beyond this age keys are not used any more.
const USABLE_FOR: Duration = Duration::from_hours(24);

pub(super) struct Cache {
    issuer: String,
    fetcher: Fetcher,
    disk: Mutex<DiskCopy>,
    disk_path: PathBuf,
    /// Fetches begin at least this far apart, whatever asks for them: an unknown key id, age, or a
    /// failure.
    floor: Duration,
    clock: Arc<dyn Clock>,
    held: ArcSwapOption<Held>,
    gate: Mutex<Gate>,
    fetches: AtomicU64,
    failures: AtomicU64,
}

struct Held {
    keys: PublicKeys,
    /// Monotonic; together with `age_then` it survives a restart and a jump of the wall clock.
    since: Duration,
    age_then: Duration,
    /// Unix seconds, for the copy on disk.
    fetched_at: i64,
}

#[derive(Default)]
struct Gate {
    /// Monotonic.
    last_begun: Option<Duration>,
    /// Monotonic.
    last_failed: Option<Duration>,
    /// Of the last fetch, if that failed.
    last_error: Option<String>,
    flight: Option<watch::Receiver<Stage>>,
}

/// How far a refresh has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Fetching,
    Fetched,
    Saved,
}

/// Waits until the flight has come this far or has ended, well or not.
pub(super) async fn reach(flight: Option<watch::Receiver<Stage>>, stage: Stage) {
    if let Some(mut flight) = flight {
        // An error means that the task is over: there is nothing more to wait for.
        let _ = flight.wait_for(|reached| *reached >= stage).await;
    }
}

impl Cache {
    /// Holds what is on disk, if that is usable.
    pub(super) fn new(
        issuer: String,
        fetcher: Fetcher,
        disk: DiskCopy,
        floor: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let now = clock.unix_seconds();
        let held = disk.load(&issuer, now).map(|(keys, fetched_at)| {
            let age = u64::try_from(now.saturating_sub(fetched_at)).unwrap_or(0);
            let (since, age_then) = (clock.monotonic(), Duration::from_secs(age));
            Arc::new(Held { keys, since, age_then, fetched_at })
        });
        Self {
            issuer,
            fetcher,
            disk_path: disk.path(),
            disk: Mutex::new(disk),
            floor,
            clock,
            held: ArcSwapOption::new(held),
            gate: Mutex::default(),
            fetches: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        }
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The key and the age of its set, from memory only.
    pub(super) fn look_up(&self, key_id: &str) -> Result<(Arc<DecodingKey>, Duration), Rejection> {
        let held = self.held.load();
        let held = held.as_ref().ok_or(Rejection::KeysUnavailable)?;
        let age = held.age(self.clock.monotonic());
        if age > USABLE_FOR {
            return Err(Rejection::KeysUnavailable);
        }
        held.keys.find(key_id).map(|key| (key, age)).ok_or(Rejection::UnknownKey)
    }

    pub(super) fn age(&self) -> Option<Duration> {
        self.held.load().as_ref().map(|held| held.age(self.clock.monotonic()))
    }

    pub(super) fn failed_within(&self, time: Duration) -> bool {
        let now = self.clock.monotonic();
        self.gate().last_failed.is_some_and(|failed| now.saturating_sub(failed) < time)
    }

    pub(super) fn status(&self) -> KeyStatus {
        let age = self.age();
        KeyStatus {
            keys: self.held.load().as_ref().map_or(0, |held| held.keys.len()),
            age,
            usable: age.is_some_and(|age| age <= USABLE_FOR),
            fetches: self.fetches.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            last_error: self.gate().last_error.clone(),
        }
    }

    /// Joins the refresh under way, or begins one if the floor allows; `None` when it does not.
    ///
    /// The work runs in a task of its own: a caller that goes away must not take the refresh of
    /// all others with it.
    pub(super) fn begin_refresh(self: &Arc<Self>) -> Option<watch::Receiver<Stage>> {
        let now = self.clock.monotonic();
        let mut gate = self.gate();
        if let Some(flight) = &gate.flight {
            return Some(flight.clone());
        }
        if gate.last_begun.is_some_and(|begun| now.saturating_sub(begun) < self.floor) {
            return None;
        }
        let (progress, flight) = watch::channel(Stage::Fetching);
        gate.last_begun = Some(now);
        gate.flight = Some(flight.clone());
        self.fetches.fetch_add(1, Ordering::Relaxed);
        drop(gate);
        tokio::spawn(refresh(Arc::clone(self), Landing(Arc::clone(self)), progress));
        Some(flight)
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.gate().last_error = None;
    }

    fn note_failure(&self, error: &FetchError) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let (issuer, reason) = (&self.issuer, error.to_string());
        tracing::warn!(
            issuer,
            reason,
            "the realm's keys could not be fetched; the last set serves"
        );
        let mut gate = self.gate();
        gate.last_failed = Some(self.clock.monotonic());
        gate.last_error = Some(reason);
    }

    /// Writes what is held by the time it is this writer's turn, so that a slow disk never ends
    /// with an old set.
    fn save(&self) -> std::io::Result<()> {
        let disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        match self.held.load().as_ref() {
            Some(held) => disk.save(&self.issuer, held.fetched_at, &held.keys),
            None => Ok(()),
        }
    }
}

impl Held {
    fn age(&self, now: Duration) -> Duration {
        self.age_then.saturating_add(now.saturating_sub(self.since))
    }
}

/// Ends a flight however its task ends, also when it panics or its runtime shuts down.
struct Landing(Arc<Cache>);

impl Drop for Landing {
    fn drop(&mut self) {
        self.0.gate().flight = None;
    }
}

async fn refresh(cache: Arc<Cache>, landing: Landing, progress: watch::Sender<Stage>) {
    let fetched = cache.fetcher.fetch().await.map(|keys| cache.accept(keys));
    if let Err(error) = &fetched {
        cache.note_failure(error);
    }
    // The flight ends before the disk is touched: one that hangs must not stop the refreshes to
    // come.
    drop(landing);
    if fetched.is_ok() {
        progress.send_replace(Stage::Fetched);
        save(&cache).await;
    }
}

async fn save(cache: &Arc<Cache>) {
    let writer = Arc::clone(cache);
    let reason = match tokio::task::spawn_blocking(move || writer.save()).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    let path = cache.disk_path.display();
    tracing::warn!(%path, reason, "the keys are not on disk: a restart will need the realm");
}
