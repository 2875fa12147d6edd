//! Takes away what has had its time.

use sea_orm::ConnectionTrait;

use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// So many rows at once: the statement stays short.
const AT_ONCE: u64 = 5_000;

/// One process at a time: two that take away the same rows in another order would wait for each
/// other.
const ALONE: &str =
    "SELECT pg_try_advisory_xact_lock(hashtextextended('terrace.search_history', 0)) AS alone";

const OLD: &str = "DELETE FROM search_history WHERE id IN (SELECT id FROM search_history \
    WHERE at < now() - make_interval(days => $1) ORDER BY at LIMIT 5000)";

/// Takes away the searches, and their clicks, that are older than the profile allows; all of them
/// where it allows none.
///
/// # Errors
/// Those of the database.
pub async fn sweep(state: &State) -> Result<()> {
    let days = i32::try_from(state.profile.search.history_days).unwrap_or(i32::MAX);
    let mut swept = 0;
    loop {
        let rows = state
            .db
            .tx(Context::system("retention"), move |tx| {
                Box::pin(async move {
                    let row = tx.query_one_raw(statement(ALONE, [])).await?;
                    let alone =
                        row.map(|row| row.try_get("", "alone")).transpose()?.unwrap_or(false);
                    if !alone {
                        return Ok(0);
                    }
                    Ok(tx.execute_raw(statement(OLD, [days.into()])).await?.rows_affected())
                })
            })
            .await?;
        swept += rows;
        if rows < AT_ONCE {
            break;
        }
    }
    if swept > 0 {
        tracing::info!(what = "searches", rows = swept, "swept what has had its time");
    }
    Ok(())
}
