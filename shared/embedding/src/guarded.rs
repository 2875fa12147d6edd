//! Keeps a model that is away from holding up those who search.
//!
//! A search is good enough without a vector, and bad when it waits for one that does not come.
//! Queries therefore have a time limit, and after some failures in a row the model is left alone
//! for a while. Documents pass through: a job has all day and waits by itself.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::{Instant, timeout};

use crate::{Embedder, Embedding, Failure, ModelId, Purpose};

/// Failures in a row after which a model is left alone.
const TOLERATED: u32 = 5;
/// How long it is left alone first; each failure after that doubles it.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(30);

/// A model with a guard for queries.
///
/// A [`Failure::Final`] is an answer: the model is there, and the next text may do better.
#[derive(Debug)]
pub struct Guarded {
    model: Box<dyn Embedder>,
    query_timeout: Duration,
    record: Mutex<Record>,
}

/// How a model has done with queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It answers.
    Answering,
    /// It is left alone; queries fail at once.
    Resting,
    /// The next query will tell, or one is about to; all others fail at once.
    OnTrial,
}

/// Failures since the last answer, and what follows from them.
#[derive(Debug, Default)]
struct Record {
    failures: u32,
    rests_until: Option<Instant>,
    is_tried: bool,
}

impl Guarded {
    /// Guards `model`; a query may take `query_timeout`.
    #[must_use]
    pub fn new(model: Box<dyn Embedder>, query_timeout: Duration) -> Self {
        Self { model, query_timeout, record: Mutex::default() }
    }

    /// How the model has done lately.
    #[must_use]
    pub fn state(&self) -> State {
        match self.record().rests_until {
            None => State::Answering,
            Some(until) if Instant::now() < until => State::Resting,
            Some(_) => State::OnTrial,
        }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, texts: &[String]) -> Result<Vec<Embedding>, Failure> {
        let turn = Turn::take(self)?;
        let asked = timeout(self.query_timeout, self.model.embed(texts, Purpose::Query));
        let outcome = asked.await.unwrap_or_else(|_| {
            let limit = self.query_timeout.as_millis();
            Err(Failure::Retry(format!("the model took longer than {limit} ms")))
        });
        turn.ended(!matches!(outcome, Err(Failure::Retry(_))));
        outcome
    }
}

impl Embedder for Guarded {
    fn model(&self) -> &ModelId {
        self.model.model()
    }

    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        purpose: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, Failure>> {
        match purpose {
            Purpose::Document => self.model.embed(texts, purpose),
            Purpose::Query => self.ask(texts).boxed(),
        }
    }
}

/// Leave to ask the model once. Whoever gives up waiting drops it, and the next one may try.
struct Turn<'a> {
    guarded: &'a Guarded,
    is_trial: bool,
}

impl<'a> Turn<'a> {
    fn take(guarded: &'a Guarded) -> Result<Self, Failure> {
        let mut record = guarded.record();
        let Some(until) = record.rests_until else {
            return Ok(Self { guarded, is_trial: false });
        };
        if record.is_tried || Instant::now() < until {
            return Err(Failure::Retry("the model failed lately and is left alone".to_owned()));
        }
        record.is_tried = true;
        Ok(Self { guarded, is_trial: true })
    }

    fn ended(self, has_answered: bool) {
        let mut record = self.guarded.record();
        if has_answered {
            *record = Record::default();
            return;
        }
        // Those that were under way when the rest began say nothing new.
        if record.rests_until.is_some() && !self.is_trial {
            return;
        }
        record.failures = record.failures.saturating_add(1);
        if let Some(beyond) = record.failures.checked_sub(TOLERATED) {
            let rest = FIRST_REST.saturating_mul(1u32.checked_shl(beyond).unwrap_or(u32::MAX));
            record.rests_until = Some(Instant::now() + rest.min(LONGEST_REST));
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.is_trial {
            self.guarded.record().is_tried = false;
        }
    }
}
