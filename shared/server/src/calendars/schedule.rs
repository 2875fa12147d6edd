//! When feeds are read.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sync::sync;
use crate::{
    app::State,
    db::{Context, statement},
    error::{Code, Result},
    jobs::{self, Failure, Job, doubling},
};

/// Reads one feed.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct SyncCalendar {
    pub(crate) calendar_id: Uuid,
}

impl Job for SyncCalendar {
    const KIND: &'static str = "sync_calendar";
    const MAX_ATTEMPTS: i32 = 3;
    /// They wait for others most of the time, and what is not waiting is done one by one.
    const AT_ONCE: Option<usize> = Some(4);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("sync_calendar:{}", self.calendar_id))
    }

    fn delay(attempts: u32) -> Duration {
        doubling(attempts, Duration::from_secs(10), Duration::from_secs(300))
    }

    async fn run(self, state: Arc<State>) -> Result<(), Failure> {
        match sync(&state, Context::system("calendars"), self.calendar_id, false).await {
            // That a channel is away is written down, and no failure of ours.
            Ok(_) => Ok(()),
            // Taken away, or switched off, since it was queued.
            Err(error) if error.code == Code::NotFound => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Queues the feeds that are due.
///
/// # Errors
/// Those of the database.
pub(crate) async fn due(state: &State) -> Result<()> {
    // So many at once; the next round takes the rest. Until its job has run, a feed is not due.
    const SQL: &str = "UPDATE calendars SET next_sync_at = now() + interval '15 minutes' WHERE id IN ( \
            SELECT c.id FROM calendars c JOIN properties p ON p.id = c.property_id AND p.deleted_at IS NULL \
             WHERE c.direction = 'import' AND c.is_active AND c.next_sync_at <= now() \
             ORDER BY c.next_sync_at LIMIT 200 FOR UPDATE OF c SKIP LOCKED) RETURNING id";
    #[derive(FromQueryResult)]
    struct Due {
        id: Uuid,
    }
    state
        .db
        .tx(Context::system("calendars"), |tx| {
            Box::pin(async move {
                for row in tx.query_all_raw(statement(SQL, [])).await? {
                    let Due { id } = Due::from_query_result(&row, "")?;
                    jobs::enqueue(tx, &SyncCalendar { calendar_id: id }).await?;
                }
                Ok(())
            })
        })
        .await
}
