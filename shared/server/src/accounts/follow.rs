//! Sees to it that a change of a person that another process made (an instance beside this one, an
//! operator's command) is soon seen here too: a token that was revoked is refused by every instance
//! within two seconds.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;

use crate::{app::State, error::Result};

/// How often it is asked who has changed.
const EVERY: Duration = Duration::from_millis(500);

/// A row says when its transaction began and is seen when it ended: so far back is looked each
/// time, far beyond the longest transaction of a request.
const OVERLAP: chrono::Duration = chrono::Duration::seconds(20);

/// More than so many at once, and everybody is forgotten.
const MOST: usize = 1000;

#[derive(FromQueryResult)]
struct Changed {
    auth_subject: String,
    updated_at: DateTime<Utc>,
    asked_at: DateTime<Utc>,
}

/// Follows the changes for as long as it is polled. While the database is away nobody is believed
/// to be what is remembered of them (see [`super::PeopleCache`]).
pub(crate) async fn follow(state: Arc<State>) {
    let mut seen = Seen::default();
    loop {
        let asked = Instant::now();
        match catch_up(&state, &mut seen).await {
            Ok(()) => state.people.heard(asked),
            Err(error) => tracing::debug!(%error, "who has changed cannot be asked now"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// How far the changes have been looked at.
#[derive(Default)]
struct Seen {
    /// By the database's clock; none before the first answer.
    until: Option<DateTime<Utc>>,
    /// What was seen within the overlap.
    lately: HashMap<String, DateTime<Utc>>,
}

async fn catch_up(state: &State, seen: &mut Seen) -> Result<()> {
    // One row at least, for the time.
    const SQL: &str = "SELECT coalesce(u.auth_subject, '') AS auth_subject, \
            coalesce(u.updated_at, n.asked_at) AS updated_at, n.asked_at \
        FROM (SELECT clock_timestamp() AS asked_at) n LEFT JOIN \
            (SELECT auth_subject, updated_at FROM users WHERE updated_at > $1 ORDER BY updated_at DESC LIMIT 1001) u \
            ON true";
    let from = seen.until.map_or(DateTime::UNIX_EPOCH, |until| until - OVERLAP);
    let rows: Vec<Changed> = state.db.platform_rows("accounts", SQL, [from.into()]).await?;
    let asked_at = rows.first().map(|row| row.asked_at);
    if rows.len() > MOST {
        state.people.forget_all();
    } else {
        for row in rows.iter().filter(|row| !row.auth_subject.is_empty()) {
            if seen.lately.get(&row.auth_subject) != Some(&row.updated_at) {
                seen.lately.insert(row.auth_subject.clone(), row.updated_at);
                state.people.invalidate(&row.auth_subject).await;
            }
        }
    }
    seen.until = asked_at.or(seen.until);
    let Some(until) = seen.until else { return Ok(()) };
    seen.lately.retain(|_, at| *at > until - OVERLAP * 2);
    Ok(())
}
