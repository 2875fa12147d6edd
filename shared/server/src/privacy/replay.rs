//! After a backup was restored: who had been erased since it was made is erased again.
//!
//! Whoever restores a database calls this before anybody is served from it. It may be called at
//! any time and as often as one likes: what is gone is gone, and rows from after an erasure are not
//! touched.

use serde::Serialize;
use uuid::Uuid;

use super::{
    erase::{self, Mode},
    ledger::Ledger,
    subject::Who,
};
use crate::{app::State, db::Context, error::Error};

/// How it went.
#[derive(Debug, Default, Serialize)]
pub struct Replayed {
    /// Erasures in the ledger.
    pub erasures: usize,
    /// Of which somebody was back.
    pub again: usize,
    /// Rows that were removed or blanked.
    pub rows: i64,
    /// What did not work; the others were done.
    pub failed: Vec<Failed>,
    /// Lines of the ledger that cannot be read.
    pub unreadable: Vec<usize>,
}

impl Replayed {
    /// Whether everybody in the ledger is gone for certain.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.failed.is_empty() && self.unreadable.is_empty()
    }
}

/// Somebody who is still there.
#[derive(Debug, Serialize)]
pub struct Failed {
    /// Their erasure.
    pub id: Uuid,
    /// Why.
    pub error: String,
}

/// Erases everybody in the ledger again. `told` hears how many were done.
///
/// # Errors
/// Where the ledger cannot be read. What concerns one person is told in the outcome.
pub async fn replay(state: &State, mut told: impl FnMut(usize, usize)) -> anyhow::Result<Replayed> {
    let ledger = Ledger::of(&state.profile);
    let entries = tokio::task::spawn_blocking(move || ledger.read()).await??;
    let erasures = entries.entries.len();
    let mut replayed = Replayed { erasures, unreadable: entries.unreadable, ..Replayed::default() };
    for (nth, entry) in entries.entries.into_iter().enumerate() {
        let id = entry.id;
        let context = Context::system("terrace subject replay");
        match erase::erase(state, context, Who::Erased(entry), Mode::Replay).await {
            Ok(erased) => {
                let rows: i64 = erased
                    .places
                    .iter()
                    .filter(|place| place.outcome != erase::Outcome::Kept)
                    .map(|place| place.count)
                    .sum();
                replayed.again += usize::from(rows > 0);
                replayed.rows += rows;
            }
            Err(error) => replayed.failed.push(Failed { id, error: explain(&error) }),
        }
        told(nth + 1, erasures);
    }
    Ok(replayed)
}

fn explain(error: &Error) -> String {
    match &error.database {
        Some(refusal) if refusal.constraint == "users_in_charge" => {
            "is in charge of listings or open leads again: reassign them, then replay".to_owned()
        }
        _ => error.to_string(),
    }
}
