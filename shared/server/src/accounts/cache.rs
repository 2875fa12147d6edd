//! What is remembered of people between requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::future::Cache;

use super::Known;
use crate::error::{Error, Result};

/// People by subject. Short-lived: a role that is taken away elsewhere is gone within
/// `identity.user_cache_seconds`; what is changed here is seen here at once.
#[derive(Clone, Debug)]
pub struct PeopleCache {
    people: Cache<String, Arc<Known>>,
    /// Changes made here so far: what was read before one must not be used after it.
    changes: Arc<AtomicU64>,
}

impl PeopleCache {
    /// An empty memory of so long.
    #[must_use]
    pub fn new(remembered: Duration) -> Self {
        let people = Cache::builder().max_capacity(10_000).time_to_live(remembered).build();
        Self { people, changes: Arc::default() }
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
}
