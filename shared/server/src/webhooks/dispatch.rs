//! From events to deliveries.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};

use super::store;
use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// Events taken up at once: bounds how long the cursor's row is held.
const BATCH: i64 = 500;

/// What is sent of an event. One expression for dispatch and replay: what is sent again is what
/// was sent.
pub(super) const PAYLOAD: &str = "jsonb_build_object('type', e.kind, \
    'timestamp', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
    'data', e.data || jsonb_build_object('seq', e.seq, 'subject_type', e.subject_type, \
        'subject_id', e.subject_id, 'actor', e.actor))";

/// The receiver's `webhook-id`: made of the event and the endpoint, and so the same whenever it
/// is made.
pub(super) const MESSAGE_ID: &str = "format('evt_%s_%s', e.id, replace(w.id::text, '-', ''))";

/// Whether an endpoint wants to hear of an event.
pub(super) const WANTED: &str = "(cardinality(w.event_types) = 0 \
    OR w.event_types && ARRAY[e.kind, e.subject_type || '.*', '*'])";

/// Takes up what has been numbered since the last time; says whether there may be more. Several
/// may try at once: the cursor's row is the lock, and who does not get it has nothing to do.
///
/// # Errors
/// Those of the database.
pub(crate) async fn dispatch(state: &State) -> Result<bool> {
    state
        .db
        .tx(Context::system("webhooks"), |tx| Box::pin(async move { one_batch(tx).await }))
        .await
}

async fn one_batch(tx: &DatabaseTransaction) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Stretch {
        after: i64,
        head: i64,
    }
    // The head's numbers are without gaps and committed, so every event up to it can be seen.
    let sql = "SELECT c.seq AS after, (SELECT h.seq FROM event_cursors h WHERE h.name = 'head') AS head \
               FROM event_cursors c WHERE c.name = 'webhooks' FOR UPDATE SKIP LOCKED";
    let Some(Stretch { after, head }) = store::one(tx, sql, []).await? else {
        return Ok(false);
    };
    let to = head.min(after + BATCH);
    if to <= after {
        return Ok(false);
    }
    let insert = format!(
        "INSERT INTO webhook_deliveries (endpoint_id, event_type, payload, message_id, seq, subject_id) \
         SELECT w.id, e.kind, {PAYLOAD}, {MESSAGE_ID}, e.seq, e.subject_id \
           FROM events e JOIN webhook_endpoints w ON w.is_active AND w.starts_after < e.seq AND {WANTED} \
          WHERE e.seq > $1 AND e.seq <= $2 ORDER BY e.seq, w.id \
         ON CONFLICT (message_id) DO NOTHING"
    );
    tx.execute_raw(statement(insert, [after.into(), to.into()])).await?;
    let advance = "UPDATE event_cursors SET seq = $1 WHERE name = 'webhooks'";
    tx.execute_raw(statement(advance, [to.into()])).await?;
    Ok(to < head)
}
