//! Reads one feed and does what follows from it.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::json;
use uuid::Uuid;

use super::{
    apply::{self, Applied, End},
    fetch::{Failed, Fetched, Seen, fetch},
    letters,
};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Error, Result},
    events::{self, Event},
    jobs,
};

/// How often a feed is read. Channels themselves ask every one to three hours.
pub(crate) const EVERY: Duration = Duration::from_secs(30 * 60);

/// After a failure, and at most after many.
const AGAIN: (Duration, Duration) = (Duration::from_secs(15 * 60), Duration::from_secs(4 * 3600));

/// All of a feed is asked for once a day, changed or not: what lay beyond the horizon comes within.
const WHOLE: TimeDelta = TimeDelta::hours(24);

/// A feed that could not be read for so long is told of.
const SILENCE: TimeDelta = TimeDelta::hours(24);

/// How a reading ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The feed is as it was.
    Unchanged,
    /// It was read.
    Read(Applied),
    /// It could not be read; nothing changed.
    Failed(Failed),
    /// Another reading that began later was quicker, or the calendar is gone.
    Overtaken,
}

/// A feed that is about to be read.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Begun {
    pub(crate) id: Uuid,
    pub(crate) property_id: Uuid,
    pub(crate) url: String,
    etag: Option<String>,
    last_modified: Option<String>,
    last_read_at: Option<DateTime<Utc>>,
    pub(crate) attempt: i32,
    has_missing: bool,
}

/// Reads a feed. With `accept_missing` what it names no more is gone at once.
///
/// # Errors
/// `404` where there is no such feed, `409` where it is off; those of the database. That the feed
/// could not be read is an outcome.
pub(crate) async fn sync(
    state: &Arc<State>,
    context: Context,
    id: Uuid,
    accept_missing: bool,
) -> Result<Outcome> {
    let now = state.calendars.now();
    let begun = state
        .db
        .tx(context.clone(), move |tx| Box::pin(async move { begin(tx, id, now).await }))
        .await?;
    // Whoever has something missing is asked for all of it: only the whole feed says so again.
    let is_whole = accept_missing
        || begun.has_missing
        || begun.last_read_at.is_none_or(|at| now - at >= WHOLE);
    let seen = match is_whole {
        true => Seen::default(),
        false => Seen { etag: begun.etag.clone(), last_modified: begun.last_modified.clone() },
    };
    let fetched = fetch(&state.calendars, &begun.url, seen).await;
    // Nothing is decided by the time at which a slow channel was asked.
    let at = super::plan::Circumstances {
        today: state.calendars.today(),
        now: state.calendars.now(),
        accept_missing,
    };
    match fetched {
        Ok(Fetched::Unchanged) => unchanged(state, context, begun, at.now).await,
        Ok(Fetched::Feed { feed, seen }) => {
            let (shared, feed, reading) = (state.clone(), Arc::new(feed), begun.clone());
            let end = state
                .db
                .tx(context.clone(), move |tx| {
                    let (state, feed) = (shared.clone(), feed.clone());
                    let (begun, seen) = (reading.clone(), seen.clone());
                    Box::pin(async move { apply::apply(tx, &state, &begun, &feed, seen, at).await })
                })
                .await?;
            match end {
                End::Done(applied) => Ok(Outcome::Read(applied)),
                End::Overtaken => Ok(Outcome::Overtaken),
                End::Full => {
                    let failed = terrace_ical::Refusal::TooManyDates.into();
                    note_failure(state, context, begun, failed, at.now).await
                }
            }
        }
        Err(failed) => note_failure(state, context, begun, failed, at.now).await,
    }
}

async fn begin(tx: &DatabaseTransaction, id: Uuid, now: DateTime<Utc>) -> Result<Begun> {
    const SQL: &str = "UPDATE calendars c SET attempt = attempt + 1, last_tried_at = $2, \
            next_sync_at = greatest(next_sync_at, now() + interval '5 minutes') \
        FROM properties p WHERE c.id = $1 AND c.direction = 'import' AND c.is_active \
            AND p.id = c.property_id AND p.deleted_at IS NULL \
        RETURNING c.id, c.property_id, c.url, c.etag, c.last_modified, c.last_read_at, c.attempt, \
            EXISTS (SELECT FROM calendar_events e WHERE e.calendar_id = c.id AND e.missing_since IS NOT NULL) \
                AS has_missing";
    let row = tx.query_one_raw(statement(SQL, [id.into(), now.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("feed that is read"))?;
    Ok(Begun::from_query_result(&row, "")?)
}

/// The other side says that nothing has changed.
async fn unchanged(
    state: &Arc<State>,
    context: Context,
    begun: Begun,
    now: DateTime<Utc>,
) -> Result<Outcome> {
    const SQL: &str = "UPDATE calendars SET last_synced_at = $3, last_result = 'unchanged', last_error = NULL, \
            failure_count = 0, warned_at = NULL, next_sync_at = now() + make_interval(secs => $4) \
        WHERE id = $1 AND attempt = $2";
    let wait = schedule(EVERY);
    let changed = state
        .db
        .tx(context, move |tx| {
            let values = [begun.id.into(), begun.attempt.into(), now.into(), wait.into()];
            Box::pin(
                async move { Ok(tx.execute_raw(statement(SQL, values)).await?.rows_affected()) },
            )
        })
        .await?;
    Ok(if changed == 1 { Outcome::Unchanged } else { Outcome::Overtaken })
}

/// Writes down that a feed could not be read. What it took stays taken.
async fn note_failure(
    state: &Arc<State>,
    context: Context,
    begun: Begun,
    failed: Failed,
    now: DateTime<Utc>,
) -> Result<Outcome> {
    tracing::info!(calendar = %begun.id, code = failed.code, "a calendar could not be read");
    let (shared, told) = (state.clone(), failed.clone());
    let noted = state
        .db
        .tx(context, move |tx| {
            let (state, begun, failed) = (shared.clone(), begun.clone(), told.clone());
            Box::pin(async move { fail(tx, &state, &begun, &failed, now).await })
        })
        .await?;
    Ok(if noted { Outcome::Failed(failed) } else { Outcome::Overtaken })
}

async fn fail(
    tx: &DatabaseTransaction,
    state: &State,
    begun: &Begun,
    failed: &Failed,
    now: DateTime<Utc>,
) -> Result<bool> {
    const SQL: &str = "UPDATE calendars SET last_result = $3, last_error = $4, failure_count = failure_count + 1 \
        WHERE id = $1 AND attempt = $2 \
        RETURNING failure_count, warned_at IS NULL AND coalesce(last_synced_at, created_at) <= $5 AS is_silent";
    const WAIT: &str = "UPDATE calendars SET next_sync_at = now() + make_interval(secs => $2), \
            warned_at = CASE WHEN $3 THEN $4 ELSE warned_at END WHERE id = $1";
    #[derive(FromQueryResult)]
    struct Row {
        failure_count: i32,
        is_silent: bool,
    }
    let values = [
        begun.id.into(),
        begun.attempt.into(),
        failed.code.into(),
        failed.words.as_str().into(),
        (now - SILENCE).into(),
    ];
    let Some(row) = tx.query_one_raw(statement(SQL, values)).await? else {
        return Ok(false);
    };
    let Row { failure_count, is_silent } = Row::from_query_result(&row, "")?;
    let failures = u32::try_from(failure_count).unwrap_or(1);
    let wait = schedule(jobs::doubling(failures, AGAIN.0, AGAIN.1));
    let values = [begun.id.into(), wait.into(), is_silent.into(), now.into()];
    tx.execute_raw(statement(WAIT, values)).await?;
    if is_silent {
        let data = json!({ "property_id": begun.property_id, "result": failed.code });
        events::record(tx, Event { kind: "calendar.failing", subject_id: begun.id, data }).await?;
        letters::failing(tx, &state.profile, begun, failed, now).await?;
    }
    Ok(true)
}

/// A wait in seconds, a tenth more or less: feeds that were made together are not read together.
pub(super) fn schedule(wait: Duration) -> f64 {
    let part = f64::from(Uuid::new_v4().as_bytes()[0]) / 255.0;
    wait.as_secs_f64() * (0.9 + part / 5.0)
}
