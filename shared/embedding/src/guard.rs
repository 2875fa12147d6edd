//! Keeps what is away from holding up those who wait.
//!
//! Whoever asks waits a limited time, and after some failures in a row what was asked is left alone
//! for a while: nobody waits for what does not come.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, timeout};

/// Failures in a row after which nobody asks any more.
const TOLERATED: u32 = 5;
/// How long nobody asks first; each failure after that doubles it.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(30);

/// Stands before something that may be away: a model, say.
#[derive(Debug)]
pub struct Guard {
    limit: Duration,
    record: Mutex<Record>,
}

/// How it has gone lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It answers.
    Answering,
    /// It is left alone; questions fail at once.
    Resting,
    /// The next question will tell, or one is about to; all others fail at once.
    OnTrial,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Unanswered<E> {
    /// It failed lately and is left alone: it was not asked.
    LeftAlone,
    /// It took longer than this.
    Late(Duration),
    /// It answered so.
    Failed(E),
}

/// Failures since the last answer, and what follows from them.
#[derive(Debug, Default)]
struct Record {
    failures: u32,
    rests_until: Option<Instant>,
    is_tried: bool,
}

impl Guard {
    /// One that lets nobody wait longer than `limit`.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        Self { limit, record: Mutex::default() }
    }

    /// How it has gone lately.
    #[must_use]
    pub fn state(&self) -> State {
        match self.record().rests_until {
            None => State::Answering,
            Some(until) if Instant::now() < until => State::Resting,
            Some(_) => State::OnTrial,
        }
    }

    /// Asks, where that is worth while. `is_away` tells failures of who is asked from those that
    /// the question has earned, which are answers.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn ask<T, E>(
        &self,
        question: impl Future<Output = Result<T, E>>,
        is_away: impl Fn(&E) -> bool,
    ) -> Result<T, Unanswered<E>> {
        let turn = Turn::take(self).ok_or(Unanswered::LeftAlone)?;
        let outcome = match timeout(self.limit, question).await {
            Ok(answer) => answer.map_err(Unanswered::Failed),
            Err(_) => Err(Unanswered::Late(self.limit)),
        };
        turn.ended(match &outcome {
            Err(Unanswered::Failed(failure)) => !is_away(failure),
            outcome => outcome.is_ok(),
        });
        outcome
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to ask once. Whoever gives up waiting drops it, and the next one may try.
struct Turn<'a> {
    guard: &'a Guard,
    is_trial: bool,
}

impl<'a> Turn<'a> {
    fn take(guard: &'a Guard) -> Option<Self> {
        let mut record = guard.record();
        let Some(until) = record.rests_until else {
            return Some(Self { guard, is_trial: false });
        };
        if record.is_tried || Instant::now() < until {
            return None;
        }
        record.is_tried = true;
        Some(Self { guard, is_trial: true })
    }

    fn ended(self, has_answered: bool) {
        let mut record = self.guard.record();
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
            self.guard.record().is_tried = false;
        }
    }
}
