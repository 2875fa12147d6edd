//! Takes away what has had its time.

use sea_orm::ConnectionTrait;

use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
    search::history,
};

/// So many rows at once: the statement stays short, and the next round takes the rest.
const EXPIRED_KEYS: &str = "DELETE FROM idempotency_keys WHERE (scope, key) IN \
    (SELECT scope, key FROM idempotency_keys WHERE expires_at < now() LIMIT 5000 \
     FOR UPDATE SKIP LOCKED)";

/// A message is kept for so long as somebody may ask whether it was sent.
const OLD_NOTIFICATIONS: &str = "DELETE FROM notifications WHERE id IN \
    (SELECT id FROM notifications WHERE created_at < now() - interval '180 days' \
     ORDER BY created_at LIMIT 5000 FOR UPDATE SKIP LOCKED)";

/// One round.
///
/// # Errors
/// Those of the database.
pub(crate) async fn sweep(state: &State) -> Result<()> {
    for (what, sql) in [("idempotency keys", EXPIRED_KEYS), ("notifications", OLD_NOTIFICATIONS)] {
        let rows = state
            .db
            .tx(Context::system("retention"), move |tx| {
                Box::pin(
                    async move { Ok(tx.execute_raw(statement(sql, [])).await?.rows_affected()) },
                )
            })
            .await?;
        if rows > 0 {
            tracing::info!(what, rows, "swept what has had its time");
        }
    }
    history::retention::sweep(state).await
}
