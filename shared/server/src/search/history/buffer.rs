//! What waits to be written down, bounded; and who has asked today.

use std::{
    collections::{HashSet, VecDeque, hash_map::RandomState},
    hash::{BuildHasher, Hash},
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Searches and clicks that wait at most, of each: some megabytes. What is older is lost first.
const MOST_WAITING: usize = 2_000;

/// Questions of one day that a process can tell apart by who asked them.
const MOST_ASKERS: usize = 50_000;

/// A search, as it will be written down.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Asked {
    pub(super) id: Uuid,
    pub(super) at: DateTime<Utc>,
    pub(super) user_id: Option<Uuid>,
    pub(super) kind: &'static str,
    pub(super) query: Option<String>,
    pub(super) normalised: Option<String>,
    pub(super) locale: String,
    pub(super) filters: Map<String, Value>,
    pub(super) chips: Vec<String>,
    pub(super) total: i64,
    pub(super) total_is_exact: bool,
    pub(super) took_ms: i32,
    pub(super) degraded: bool,
    pub(super) is_repeat: bool,
}

/// A hit that was opened.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Click {
    pub(super) search_id: Uuid,
    pub(super) property_id: Uuid,
    pub(super) position: i32,
    pub(super) at: DateTime<Utc>,
}

#[derive(Debug, Default)]
struct Waiting {
    searches: VecDeque<Asked>,
    clicks: VecDeque<Click>,
}

/// What waits to be written down.
#[derive(Debug, Default)]
pub(super) struct Buffer(Mutex<Waiting>);

impl Buffer {
    pub(super) fn searches(&self, searches: impl IntoIterator<Item = Asked>) {
        let mut waiting = self.waiting();
        waiting.searches.extend(searches);
        lose_oldest(&mut waiting.searches, "searches");
    }

    pub(super) fn clicks(&self, clicks: impl IntoIterator<Item = Click>) {
        let mut waiting = self.waiting();
        waiting.clicks.extend(clicks);
        lose_oldest(&mut waiting.clicks, "clicks");
    }

    pub(super) fn take(&self) -> (Vec<Asked>, Vec<Click>) {
        let Waiting { searches, clicks } = std::mem::take(&mut *self.waiting());
        (searches.into(), clicks.into())
    }

    /// Drops what a person has asked.
    pub(super) fn forget(&self, user_id: Uuid) {
        self.waiting().searches.retain(|search| search.user_id != Some(user_id));
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lose_oldest<T>(waiting: &mut VecDeque<T>, what: &'static str) {
    let too_many = waiting.len().saturating_sub(MOST_WAITING);
    if too_many > 0 {
        waiting.drain(..too_many);
        lost(too_many, what);
    }
}

/// Counts what will never be written down.
pub(super) fn lost(rows: usize, what: &'static str) {
    let rows = u64::try_from(rows).unwrap_or(u64::MAX);
    metrics::counter!("terrace_search_history_lost_total", "what" => what).increment(rows);
}

/// Tells a client who asks the same again from another who asks it too, without knowing either:
/// what is remembered is a hash under a key that nobody sees, for this day and in this process.
/// The one bit that comes of it is all that is written down.
#[derive(Debug, Default)]
pub(crate) struct Askers(Mutex<Today>);

#[derive(Debug, Default)]
struct Today {
    day: NaiveDate,
    key: RandomState,
    seen: HashSet<u64>,
}

impl Askers {
    /// Whether this was asked today by the same; also where no more can be remembered, so that
    /// nothing counts for more than it is.
    pub(crate) fn is_repeat(&self, day: NaiveDate, question: &impl Hash) -> bool {
        let mut today = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if today.day != day {
            *today = Today { day, ..Today::default() };
        }
        let hash = today.key.hash_one(question);
        today.seen.contains(&hash) || today.seen.len() >= MOST_ASKERS || !today.seen.insert(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn click(nth: usize) -> Click {
        let position = i32::try_from(nth).unwrap();
        Click { search_id: Uuid::nil(), property_id: Uuid::nil(), position, at: Utc::now() }
    }

    #[test]
    fn a_full_buffer_loses_its_oldest() {
        let buffer = Buffer::default();
        for nth in 0..MOST_WAITING + 5 {
            buffer.clicks([click(nth)]);
        }
        let (_, kept) = buffer.take();
        assert_eq!((kept.len(), kept[0].position), (MOST_WAITING, 5));
        // What comes back after a failure has its bound too.
        buffer.clicks(kept);
        buffer.clicks((0..10).map(click));
        assert_eq!(buffer.take().1.len(), MOST_WAITING);
        assert!(buffer.take().1.is_empty());
    }

    #[test]
    fn the_same_asker_is_known_for_a_day() {
        let askers = Askers::default();
        let day = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
        assert!(!askers.is_repeat(day, &("a", "villa")));
        assert!(askers.is_repeat(day, &("a", "villa")));
        assert!(!askers.is_repeat(day, &("b", "villa")));
        assert!(!askers.is_repeat(day, &("a", "condo")));
        let key = askers.0.lock().unwrap().key.hash_one("a");
        let next = day.succ_opt().unwrap();
        assert!(!askers.is_repeat(next, &("a", "villa")));
        assert_ne!(key, askers.0.lock().unwrap().key.hash_one("a"), "no two days compare");
    }

    #[test]
    fn what_cannot_be_remembered_counts_as_known() {
        let askers = Askers::default();
        let day = NaiveDate::default();
        let fresh = (0..MOST_ASKERS + 10).filter(|nth| !askers.is_repeat(day, nth)).count();
        assert_eq!(fresh, MOST_ASKERS);
    }
}
