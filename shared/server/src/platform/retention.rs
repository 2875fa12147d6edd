//! Takes away what has had its time.

use std::time::Duration;

use sea_orm::ConnectionTrait;

use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// How often.
const EVERY: Duration = Duration::from_secs(600);

/// So many rows at once: the statement stays short, and the next round takes the rest.
const EXPIRED_KEYS: &str = "DELETE FROM idempotency_keys WHERE (scope, key) IN \
    (SELECT scope, key FROM idempotency_keys WHERE expires_at < now() LIMIT 5000 \
     FOR UPDATE SKIP LOCKED)";

/// Sweeps for as long as it is polled. Several instances may: each takes what the others have
/// not.
pub async fn sweep(state: &State) {
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tick.tick().await;
        match once(state).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "swept expired idempotency keys"),
            Err(error) => tracing::warn!(%error, "sweeping failed; the next round tries again"),
        }
    }
}

async fn once(state: &State) -> Result<u64> {
    state
        .db
        .tx(Context::system("retention"), |tx| {
            Box::pin(async move {
                Ok(tx.execute_raw(statement(EXPIRED_KEYS, [])).await?.rows_affected())
            })
        })
        .await
}
