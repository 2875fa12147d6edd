//! Sees to it that a change made by another process (an instance beside this one, an import, an
//! operator) is soon seen here too: whatever the feed says has changed is forgotten.

use std::{sync::Arc, time::Duration};

use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::{app::State, error::Result};

/// How often the feed is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Events read at once.
const BATCH: usize = 1000;

/// The end of the feed, found before the first page is remembered; none while the database is
/// away.
pub(crate) async fn begin(state: &State) -> Option<i64> {
    tokio::time::timeout(Duration::from_secs(1), head(state)).await.ok()?.ok()
}

/// Follows the feed for as long as it is polled. A database that is away is asked again; pages
/// then are as old as `cache.ttl_seconds` at most, as without this. Where nothing is remembered,
/// there is nothing to follow for.
pub(crate) async fn follow(state: Arc<State>, mut seen: Option<i64>) {
    if !state.listings.is_enabled() {
        return;
    }
    loop {
        tokio::time::sleep(EVERY).await;
        let last = match seen {
            Some(seen) => catch_up(&state, seen).await,
            // Pages were remembered that may be older than the end: away with them.
            None => head(&state).await.inspect(|_| state.listings.forget_all()),
        };
        match last {
            Ok(last) => seen = Some(last),
            Err(error) => tracing::debug!(%error, "the feed cannot be followed now"),
        }
    }
}

#[derive(FromQueryResult)]
struct Head {
    seq: i64,
}

async fn head(state: &State) -> Result<i64> {
    const SQL: &str = "SELECT seq FROM event_cursors WHERE name = 'head'";
    let head: Option<Head> = state.db.read().one(SQL, []).await?;
    Ok(head.map_or(0, |head| head.seq))
}

#[derive(FromQueryResult)]
struct Change {
    seq: i64,
    is_listing: bool,
    id: Uuid,
    slug: Option<String>,
    version: Option<i32>,
}

/// Forgets what has changed since the last number that was seen, and says what the last one is
/// now.
async fn catch_up(state: &State, mut seen: i64) -> Result<i64> {
    const SQL: &str = "SELECT seq, subject_type = 'listing' AS is_listing, subject_id AS id, \
                           data ->> 'slug' AS slug, (data ->> 'version')::int AS version \
                       FROM events WHERE seq > $1 ORDER BY seq LIMIT 1000";
    loop {
        let changes: Vec<Change> = state.db.read().all(SQL, [seen.into()]).await?;
        let full = changes.len() == BATCH;
        for change in changes {
            seen = change.seq;
            if change.is_listing {
                let slug = change.slug.unwrap_or_default();
                let version = change.version.unwrap_or(i32::MAX);
                state.listings.forget_before(&state.profile, change.id, &slug, version).await;
            }
        }
        if !full {
            return Ok(seen);
        }
    }
}
