//! From events about listings to alerts.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Serialize;
use terrace_understanding::Amenities;
use uuid::Uuid;

use super::{letters, record};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Error, Result},
};

/// Events taken up at once: bounds how long the cursor's row is held.
const BATCH: i64 = 200;

/// Takes up what has been numbered since the last time.
///
/// # Errors
/// Those of the database.
pub(crate) async fn follow(state: &Arc<State>) -> Result<()> {
    loop {
        let wired = state.clone();
        let catalogue = state.catalogue().await?;
        let more = state.db.tx(Context::system("alerts"), move |tx| {
            let (state, catalogue) = (wired.clone(), catalogue.clone());
            Box::pin(async move { one_batch(tx, &state, catalogue.spoken()).await })
        });
        if !more.await? {
            return Ok(());
        }
    }
}

/// What happened to a listing that everyone sees now.
#[derive(Clone, Debug, FromQueryResult, Serialize)]
pub(super) struct News {
    pub(super) id: Uuid,
    /// When it was published last, if that is among the events.
    announced_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When the last of them happened.
    changed_at: chrono::DateTime<chrono::Utc>,
    /// The price that everyone saw before, where it changed.
    price_before: Option<i64>,
}

/// Several may try at once: the cursor's row is the lock, and who does not get it has nothing to
/// do. Says whether there may be more.
async fn one_batch(tx: &DatabaseTransaction, state: &State, spoken: &Amenities) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Stretch {
        after: i64,
        head: i64,
    }
    // The head's numbers are without gaps and committed, so every event up to it can be seen.
    const CURSOR: &str = "SELECT c.seq AS after, (SELECT h.seq FROM event_cursors h WHERE h.name = 'head') AS head \
        FROM event_cursors c WHERE c.name = 'alerts' FOR UPDATE SKIP LOCKED";
    let Some(row) = tx.query_one_raw(statement(CURSOR, [])).await? else {
        return Ok(false);
    };
    let Stretch { after, head } = Stretch::from_query_result(&row, "")?;
    let to = head.min(after + BATCH);
    if to <= after {
        return Ok(false);
    }
    let news = news(tx, after, to).await?;
    if !news.is_empty() {
        let found = record::record(tx, &state.profile, spoken, &news).await?;
        letters::send(tx, state, &found).await?;
    }
    let advance = "UPDATE event_cursors SET seq = $1 WHERE name = 'alerts'";
    tx.execute_raw(statement(advance, [to.into()])).await?;
    Ok(to < head)
}

/// Folded by listing: what is told is how things stand, not every step on the way. What counts as
/// the price before is what everyone saw: for a listing that was away, its price when it went.
async fn news(tx: &DatabaseTransaction, after: i64, to: i64) -> Result<Vec<News>> {
    const SQL: &str = "SELECT e.subject_id AS id, max(e.at) AS changed_at, \
            max(e.at) FILTER (WHERE e.kind IN ('listing.published', 'listing.restored')) AS announced_at, \
            (array_agg((seen.data ->> 'from')::bigint ORDER BY e.seq) FILTER (WHERE seen.data ->> 'from_currency' = p.currency))[1] \
              AS price_before \
        FROM events e JOIN properties p ON p.id = e.subject_id AND p.is_published AND p.deleted_at IS NULL \
          LEFT JOIN LATERAL ( \
            SELECT e.data WHERE e.kind = 'listing.price_changed' AND (SELECT b.kind = 'listing.published' FROM events b \
                WHERE b.subject_id = e.subject_id AND b.id < e.id AND b.kind IN ('listing.published', 'listing.unpublished') \
                ORDER BY b.id DESC LIMIT 1) \
            UNION ALL (SELECT c.data FROM events c WHERE e.kind = 'listing.published' AND c.subject_id = e.subject_id \
                AND c.kind = 'listing.price_changed' AND c.id < e.id \
                AND c.id > (SELECT max(u.id) FROM events u WHERE u.subject_id = e.subject_id \
                    AND u.id < e.id AND u.kind = 'listing.unpublished') \
                ORDER BY c.id LIMIT 1)) seen ON true \
        WHERE e.seq > $1 AND e.seq <= $2 AND e.subject_type = 'listing' \
        GROUP BY e.subject_id ORDER BY e.subject_id";
    let rows = tx.query_all_raw(statement(SQL, [after.into(), to.into()])).await?;
    let news: Result<_, _> = rows.iter().map(|row| News::from_query_result(row, "")).collect();
    news.map_err(Error::from)
}
