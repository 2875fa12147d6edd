use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use terrace_identity::Clock;

/// 2026-11-21T00:00:00Z.
pub(crate) const START: i64 = 1_795_219_200;

/// A clock that stands still until moved.
#[derive(Debug)]
pub(crate) struct TestClock {
    unix: AtomicI64,
    monotonic: AtomicU64,
}

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Self::at(START)
    }

    pub(crate) fn at(unix: i64) -> Arc<Self> {
        Arc::new(Self { unix: AtomicI64::new(unix), monotonic: AtomicU64::new(0) })
    }

    pub(crate) fn advance(&self, seconds: u32) {
        self.unix.fetch_add(i64::from(seconds), Ordering::SeqCst);
        self.monotonic.fetch_add(u64::from(seconds), Ordering::SeqCst);
    }

    /// Sets the wall clock, as an administrator or NTP would; the monotonic one does not notice.
    pub(crate) fn set_wall(&self, unix: i64) {
        self.unix.store(unix, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn unix_seconds(&self) -> i64 {
        self.unix.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.monotonic.load(Ordering::SeqCst))
    }
}
