//! Prices that nobody booked are not kept for ever.

use sea_orm::ConnectionTrait;

use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// So many rows at once: the statement stays short, and the next round takes the rest. A quote that
/// a booking or an offer cites is kept for as long as that. Without a lock, which would need the right to
/// rewrite quotes; nobody has it.
const UNUSED: &str = "DELETE FROM quotes WHERE id IN (SELECT q.id FROM quotes q \
    WHERE q.valid_until < now() - make_interval(days => $1) \
      AND NOT EXISTS (SELECT FROM bookings b WHERE b.quote_id = q.id) \
      AND NOT EXISTS (SELECT FROM booking_offers o WHERE o.quote_id = q.id) \
    ORDER BY q.valid_until LIMIT 5000)";

/// One round.
///
/// # Errors
/// Those of the database.
pub(crate) async fn sweep(state: &State) -> Result<()> {
    let days = i32::try_from(state.profile.quotes.keep_days).unwrap_or(i32::MAX);
    let rows = state
        .db
        .tx(Context::system("retention"), move |tx| {
            let statement = statement(UNUSED, [days.into()]);
            Box::pin(async move { Ok(tx.execute_raw(statement).await?.rows_affected()) })
        })
        .await?;
    if rows > 0 {
        tracing::info!(rows, "swept quotes that nobody booked");
    }
    Ok(())
}
