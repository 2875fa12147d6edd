//! What time alone does to bookings. Nothing depends on it being done on time: a hold that has run
//! out is over for everybody at once, and its dates go to whoever asks next.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use super::{
    change::{self, Begun},
    machine::{self, Command, Party},
    party::{Scope, today},
    row::{self, Changes},
};
use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// Rows of one round; the next one takes the rest.
const ROUND: i64 = 200;

/// Writes down that holds and requests have run out, and tells their guests.
///
/// # Errors
/// Those of the database.
pub async fn expire(state: &Arc<State>) -> Result<()> {
    const SQL: &str = "SELECT id FROM bookings WHERE status IN ('requested', 'held') AND hold_expires_at <= now() \
                       ORDER BY hold_expires_at LIMIT $1";
    each(state, SQL, vec![ROUND.into()], Command::Expire).await
}

/// Completes the stays of guests who have left, and forgets where bookings were placed from.
///
/// # Errors
/// Those of the database.
pub async fn complete(state: &Arc<State>) -> Result<()> {
    const LEFT: &str = "SELECT id FROM bookings WHERE status = 'confirmed' AND check_out <= $2 \
                        ORDER BY check_out LIMIT $1";
    const FORGET: &str = "UPDATE bookings SET placed_from = NULL WHERE id IN (SELECT id FROM bookings \
        WHERE placed_from IS NOT NULL AND created_at < now() - interval '1 day' LIMIT 5000 FOR UPDATE SKIP LOCKED)";
    let values = vec![ROUND.into(), today(&state.profile).into()];
    each(state, LEFT, values, Command::Complete).await?;
    state
        .db
        .tx(Context::system("bookings"), |tx| {
            Box::pin(async move {
                tx.execute_raw(statement(FORGET, [])).await?;
                Ok(())
            })
        })
        .await
}

async fn each(
    state: &Arc<State>,
    sql: &'static str,
    values: Vec<sea_orm::Value>,
    command: Command,
) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Due {
        id: Uuid,
    }
    let due = state
        .db
        .tx(Context::system("bookings"), move |tx| {
            let statement = statement(sql, values.clone());
            Box::pin(async move {
                let rows = tx.query_all_raw(statement).await?;
                Ok(rows
                    .iter()
                    .map(|row| Due::from_query_result(row, ""))
                    .collect::<Result<Vec<_>, _>>()?)
            })
        })
        .await?;
    let mut failed = None;
    for Due { id } in due {
        let wired = state.clone();
        let done = state
            .db
            .tx(Context::system("bookings"), move |tx| {
                let state = wired.clone();
                Box::pin(async move { one(tx, &state, id, command).await })
            })
            .await;
        // One that cannot be done must not keep the others waiting for ever.
        failed = done.err().or(failed);
    }
    failed.map_or(Ok(()), Err)
}

async fn one(tx: &DatabaseTransaction, state: &State, id: Uuid, command: Command) -> Result<()> {
    let booking = row::lock(tx, &Scope::All, id).await?;
    let facts = booking.facts(today(&state.profile));
    // Somebody may have been quicker: another process, or the guest.
    let Ok(step) = machine::step(booking.status()?, command, Party::System, &facts) else {
        return Ok(());
    };
    let begun = Begun { booking, step, party: Party::System, facts };
    change::take(tx, state, &begun, Changes::default()).await
}
