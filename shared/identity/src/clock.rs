//! Time as the realm sees it, injected so that tests move it instead of sleeping.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Two clocks, because they answer different questions: the wall clock may be set or jump, the
/// monotonic one only ever advances.
pub trait Clock: Send + Sync + 'static {
    /// Seconds since 1970-01-01T00:00:00Z: what `exp`, `nbf` and `iat` are compared with.
    fn unix_seconds(&self) -> i64;

    /// Time since an arbitrary fixed origin: what the age of keys and the pause between fetches are
    /// measured with.
    fn monotonic(&self) -> Duration;
}

/// The clocks of the machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock whose monotonic origin is now.
    #[must_use]
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn unix_seconds(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds)
            }
        }
    }

    fn monotonic(&self) -> Duration {
        self.origin.elapsed()
    }
}
