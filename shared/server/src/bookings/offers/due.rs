//! Renewals that are offered by themselves, some days before a stay of a month or longer ends.

use std::sync::Arc;

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{
    super::{
        party::{Scope, today},
        row as booking_row,
    },
    make,
};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Code, Error, Result},
};

/// Stays of one round, in no order: those that cannot go on are in nobody's way.
const ROUND: i64 = 100;

/// So many months at once: whoever wants another number is offered it by the host.
const MONTHS: u32 = 1;

/// Offers a month more to guests whose stay ends soon, if the brand does that. Once for each day
/// of leaving, whatever becomes of the offer. Where the nights are taken, or have no price, nothing is
/// offered.
///
/// # Errors
/// Those of the database.
pub async fn offer(state: &Arc<State>) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Due {
        id: Uuid,
    }
    const SQL: &str = "SELECT b.id FROM bookings b JOIN tenancies t ON t.booking_id = b.id AND t.notice_by IS NULL \
        WHERE b.status = 'confirmed' AND b.check_in <= $1 AND b.check_out > $1 AND b.check_out <= $2 \
          AND NOT EXISTS (SELECT FROM booking_offers o WHERE o.booking_id = b.id AND o.kind = 'renewal' \
              AND o.check_in = b.check_out) \
        ORDER BY random() LIMIT $3";
    let days = state.profile.bookings.renewal_days;
    if days == 0 {
        return Ok(());
    }
    let today = today(&state.profile);
    let soon = today + TimeDelta::days(days.into());
    let due = state
        .db
        .tx(Context::system("renewals"), move |tx| {
            let due = statement(SQL, [today.into(), soon.into(), ROUND.into()]);
            Box::pin(async move {
                let rows = tx.query_all_raw(due).await?;
                Ok(rows
                    .iter()
                    .map(|row| Due::from_query_result(row, ""))
                    .collect::<Result<Vec<_>, _>>()?)
            })
        })
        .await?;
    let mut failed = None;
    for Due { id } in due {
        match one(state, id).await {
            // Taken, without a price, too long: the host is free to offer something else.
            Err(Error { code, .. }) if code.status() < 500 && code != Code::Internal => {}
            Err(error) => failed = Some(error),
            Ok(()) => {}
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn one(state: &Arc<State>, id: Uuid) -> Result<()> {
    let wired = state.clone();
    state
        .db
        .tx(Context::system("renewals"), move |tx| {
            let state = wired.clone();
            Box::pin(async move {
                let booking = booking_row::lock(tx, &Scope::All, id).await?;
                make::renewal(tx, &state, &booking, MONTHS, None).await.map(drop)
            })
        })
        .await
}
