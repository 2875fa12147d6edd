//! Takes away what has had its time.

use sea_orm::ConnectionTrait;

use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// So many rows at once: the statement stays short, and the next round takes the rest.
const EXPIRED_KEYS: &str = "DELETE FROM idempotency_keys WHERE (scope, key) IN \
    (SELECT scope, key FROM idempotency_keys WHERE expires_at < now() LIMIT 5000 \
     FOR UPDATE SKIP LOCKED)";

/// One round.
///
/// # Errors
/// Those of the database.
pub(crate) async fn sweep(state: &State) -> Result<()> {
    let rows = state
        .db
        .tx(Context::system("retention"), |tx| {
            Box::pin(async move {
                Ok(tx.execute_raw(statement(EXPIRED_KEYS, [])).await?.rows_affected())
            })
        })
        .await?;
    if rows > 0 {
        tracing::info!(rows, "swept expired idempotency keys");
    }
    Ok(())
}
