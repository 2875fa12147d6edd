//! What was done, step by step, and who watches.

use std::time::Instant;

use serde::Serialize;

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done now.
    Done,
    /// There was nothing left to do.
    WasThere,
    /// It does not apply here; the detail says why.
    Skipped,
}

impl Outcome {
    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::WasThere => "was there",
            Self::Skipped => "skipped",
        }
    }

    /// [`Outcome::Done`] if something was made, else [`Outcome::WasThere`].
    pub(super) fn made(made: bool) -> Self {
        if made { Self::Done } else { Self::WasThere }
    }
}

/// A step that has ended.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// What it was about.
    pub step: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What there is now, or why nothing was done.
    pub detail: String,
    /// How long it took, in milliseconds.
    pub ms: u64,
}

/// Somebody who watches.
pub trait Watch {
    /// This is under way; so much of so much is done, where that is known.
    fn working(&self, on: &str, done: Option<(u64, u64)>);
}

/// The steps of one command.
pub struct Steps<'w> {
    watch: &'w dyn Watch,
    done: Vec<Step>,
    begun: Instant,
}

impl std::fmt::Debug for Steps<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Steps").field("done", &self.done).finish_non_exhaustive()
    }
}

impl<'w> Steps<'w> {
    /// None done yet.
    #[must_use]
    pub fn new(watch: &'w dyn Watch) -> Self {
        Self { watch, done: Vec::new(), begun: Instant::now() }
    }

    /// What has ended, in order; also after an error, up to there.
    #[must_use]
    pub fn done(&self) -> &[Step] {
        &self.done
    }

    pub(super) fn begin(&mut self, step: &str) {
        self.begun = Instant::now();
        self.watch.working(step, None);
    }

    pub(super) fn working(&self, on: &str, done: usize, of: usize) {
        let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
        self.watch.working(on, Some((number(done), number(of))));
    }

    pub(super) fn end(&mut self, step: &'static str, outcome: Outcome, detail: impl Into<String>) {
        let ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.done.push(Step { step, outcome, detail: detail.into(), ms });
    }
}
