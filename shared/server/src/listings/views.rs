//! How often listings are looked at: added up in the process and written from time to time, so
//! that a read costs no write. A process that dies loses what it has not yet written, some
//! seconds' worth.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// Visits that are not written down yet.
#[derive(Debug, Default)]
pub struct ViewCounter {
    waiting: Mutex<HashMap<Uuid, i32>>,
}

impl ViewCounter {
    /// Counts a visit.
    pub fn count(&self, id: Uuid) {
        self.add([(id, 1)]);
    }

    fn add(&self, visits: impl IntoIterator<Item = (Uuid, i32)>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, visits) in visits {
            let sum = waiting.entry(id).or_default();
            *sum = sum.saturating_add(visits);
        }
    }

    fn take(&self) -> HashMap<Uuid, i32> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes down what has been counted since the last time.
///
/// # Errors
/// Those of the database; what could not be written waits for the next round.
pub async fn flush(state: &State) -> Result<()> {
    // Ascending ids: instances that write at once do not wait for each other in a circle.
    const SQL: &str = "INSERT INTO property_views (property_id, day, views) \
        SELECT p.id, (now() AT TIME ZONE 'UTC')::date, n.views \
        FROM unnest($1::uuid[], $2::integer[]) AS n (id, views) JOIN properties p ON p.id = n.id \
        ORDER BY p.id \
        ON CONFLICT (property_id, day) DO UPDATE SET views = property_views.views + excluded.views";
    let taken = state.views.take();
    if taken.is_empty() {
        return Ok(());
    }
    let (ids, visits): (Vec<Uuid>, Vec<i32>) = taken.iter().map(|(id, n)| (*id, *n)).unzip();
    let written = state
        .db
        .tx(Context::system("views"), move |tx| {
            let values = [ids.clone().into(), visits.clone().into()];
            Box::pin(async move { Ok(tx.execute_raw(statement(SQL, values)).await.map(drop)?) })
        })
        .await;
    if written.is_err() {
        state.views.add(taken);
    }
    written
}
