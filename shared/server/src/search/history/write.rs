//! Writes down what waits.

use std::{sync::Arc, time::Duration};

use chrono::{TimeDelta, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::buffer::{Asked, Click, lost};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Code, Error, Result},
};

/// How much a process that dies may lose.
const EVERY: Duration = Duration::from_secs(2);

/// For so long a click waits for its search, which another instance may not have written yet.
const PATIENCE: TimeDelta = TimeDelta::seconds(30);

/// A repeated attempt, after one whose outcome was not known, finds its rows there. Who has gone
/// meanwhile leaves nothing behind.
const SEARCHES: &str = "INSERT INTO search_history (id, at, user_id, kind, query, normalised, locale, filters, chips, \
        total, total_is_exact, took_ms, degraded, is_repeat) \
    SELECT n.* FROM jsonb_to_recordset($1) AS n (id uuid, at timestamptz, user_id uuid, kind text, query text, \
        normalised text, locale text, filters jsonb, chips jsonb, total integer, total_is_exact boolean, \
        took_ms integer, degraded boolean, is_repeat boolean) \
    WHERE n.user_id IS NULL OR EXISTS (SELECT FROM users u WHERE u.id = n.user_id AND u.deleted_at IS NULL) \
    ON CONFLICT (id) DO NOTHING";

/// In the order of their keys: instances that write at once do not wait for each other in a circle.
const CLICKS: &str = "WITH asked AS MATERIALIZED (\
        SELECT n.*, h.at AS asked_at FROM jsonb_to_recordset($1) AS n (search_id uuid, property_id uuid, \
            position integer, at timestamptz) JOIN search_history h ON h.id = n.search_id), \
    written AS (INSERT INTO search_clicks (search_id, property_id, position, at) \
        SELECT DISTINCT ON (a.search_id, a.property_id) a.search_id, a.property_id, a.position, a.at \
        FROM asked a JOIN properties p ON p.id = a.property_id WHERE a.at < a.asked_at + interval '1 hour' \
        ORDER BY a.search_id, a.property_id, a.at ON CONFLICT (search_id, property_id) DO NOTHING) \
    SELECT DISTINCT search_id FROM asked";

/// Writes down what waits, from time to time. Each process writes what it has been asked itself:
/// this is no job for a worker elsewhere.
pub async fn keep(state: Arc<State>) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = flush(&state).await {
            tracing::warn!(%error, "searches were not written down");
        }
    }
}

/// Writes down what waits, in one transaction.
///
/// # Errors
/// Those of the database. What could not be written waits for the next round, unless the database
/// refuses it.
pub async fn flush(state: &State) -> Result<()> {
    let (searches, clicks) = state.history.buffer.take();
    if searches.is_empty() && clicks.is_empty() {
        return Ok(());
    }
    match write(state, &searches, &clicks).await {
        Ok(known) => {
            let since = Utc::now() - PATIENCE;
            let wait = clicks.into_iter().filter(|click| !known.contains(&click.search_id));
            state.history.buffer.clicks(wait.filter(|click| click.at > since));
            Ok(())
        }
        Err(error) => {
            if error.code == Code::Unavailable {
                state.history.buffer.searches(searches);
                state.history.buffer.clicks(clicks);
            } else {
                lost(searches.len(), "searches");
                lost(clicks.len(), "clicks");
            }
            Err(error)
        }
    }
}

/// Ids of searches that have rows, of those that clicks name.
async fn write(state: &State, searches: &[Asked], clicks: &[Click]) -> Result<Vec<Uuid>> {
    let searches = serde_json::to_value(searches).map_err(Error::internal)?;
    let clicks = serde_json::to_value(clicks).map_err(Error::internal)?;
    state
        .db
        .tx(Context::system("search history"), move |tx| {
            let searches = statement(SEARCHES, [searches.clone().into()]);
            let clicks = statement(CLICKS, [clicks.clone().into()]);
            Box::pin(async move {
                tx.execute_raw(searches).await?;
                let rows = tx.query_all_raw(clicks).await?;
                let known = rows.iter().map(|row| row.try_get::<Uuid>("", "search_id"));
                Ok(known.collect::<Result<_, _>>()?)
            })
        })
        .await
}
