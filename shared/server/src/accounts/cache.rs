//! What is remembered of people between requests.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use moka::future::Cache;

use super::Known;
use crate::error::{Error, Result};

/// How long what is remembered is believed without having heard whether anybody has changed.
const BELIEVED: Duration = Duration::from_millis(1_500);

/// People by subject. What is changed here is seen here at once, and what is changed elsewhere as
/// soon as `follow` hears of it; whoever has not heard anything for a while asks the database.
#[derive(Clone, Debug)]
pub struct PeopleCache {
    people: Cache<String, Arc<Known>>,
    /// Changes made here so far: what was read before one must not be used after it.
    changes: Arc<AtomicU64>,
    /// When it was last heard who has changed.
    heard: Arc<Mutex<Option<Instant>>>,
}

impl PeopleCache {
    /// An empty memory of so long.
    #[must_use]
    pub fn new(remembered: Duration) -> Self {
        let people = Cache::builder().max_capacity(10_000).time_to_live(remembered).build();
        Self { people, changes: Arc::default(), heard: Arc::default() }
    }

    /// The person, or what `load` reads, which is then kept. A burst of first requests makes one
    /// row and one query.
    ///
    /// # Errors
    /// Those of `load`, which are not kept.
    pub(super) async fn get<F>(&self, subject: &str, load: impl Fn() -> F) -> Result<Arc<Known>>
    where
        F: Future<Output = Result<Arc<Known>>>,
    {
        if !self.is_current() {
            self.people.invalidate(subject).await;
        }
        loop {
            let seen = self.changes.load(Ordering::SeqCst);
            let known = self
                .people
                .try_get_with(subject.to_owned(), load())
                .await
                .map_err(|error: Arc<Error>| error.share())?;
            if self.changes.load(Ordering::SeqCst) == seen {
                return Ok(known);
            }
            self.people.invalidate(subject).await;
        }
    }

    /// Forgets a person whose row has changed; call it after the commit.
    pub async fn invalidate(&self, subject: &str) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.people.invalidate(subject).await;
    }

    /// Forgets everybody.
    pub(super) fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.people.invalidate_all();
    }

    /// Everybody who had changed by then has been forgotten.
    pub(super) fn heard(&self, at: Instant) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    fn is_current(&self) -> bool {
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.is_some_and(|at| at.elapsed() < BELIEVED)
    }
}
