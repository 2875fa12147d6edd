//! The log is not kept for ever.

use sea_orm::ConnectionTrait;

use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// So many rows at once: the statement stays short, and the next round takes the rest. What was
/// given up can be sent again for as long as what was delivered can be looked up.
const OLD: &str = "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries \
    WHERE status IN ('delivered', 'dead') AND updated_at < now() - interval '30 days' \
    LIMIT 5000 FOR UPDATE SKIP LOCKED)";

/// A secret whose time is over is forgotten.
const REPLACED: &str = "UPDATE webhook_endpoints SET previous_secret = NULL, previous_secret_until = NULL \
    WHERE previous_secret_until < now()";

/// One round.
///
/// # Errors
/// Those of the database.
pub(crate) async fn sweep(state: &State) -> Result<()> {
    state
        .db
        .tx(Context::system("retention"), |tx| {
            Box::pin(async move {
                tx.execute_raw(statement(REPLACED, [])).await?;
                tx.execute_raw(statement(OLD, [])).await?;
                Ok(())
            })
        })
        .await
}
