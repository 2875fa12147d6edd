//! Takes up events and sends deliveries, for as long as the instance is not told to stop.

use std::{sync::Arc, time::Duration};

use sea_orm::FromQueryResult;
use tokio::task::JoinSet;

use super::{attempt::attempt, claim, dispatch};
use crate::{app::State, error::Result, events::feed};

/// How long an idle sender waits before it looks again. A look is one statement; in return
/// nothing on the write path has to call out (`NOTIFY` makes commits wait for each other).
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Deliveries under way at once, in each process: they wait for others and cost little.
const MOST: usize = 64;

/// Works until the instance is told to stop, then lets the deliveries under way end.
pub(crate) async fn work(state: Arc<State>) {
    let mut sending = JoinSet::new();
    while !state.is_draining() {
        while sending.try_join_next().is_some() {}
        match round(&state, MOST.saturating_sub(sending.len())).await {
            Ok(claimed) => {
                for delivery in claimed {
                    let state = state.clone();
                    sending.spawn(async move { attempt(&state, delivery).await });
                }
            }
            Err(error) => {
                tracing::warn!(%error, "webhooks cannot be sent; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        // One that ends makes room for the next, and may be what others waited for.
        tokio::select! {
            Some(_) = sending.join_next() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
    while sending.join_next().await.is_some() {}
}

/// What there is to do.
#[derive(FromQueryResult)]
struct Look {
    unnumbered: bool,
    waiting: bool,
    due: bool,
}

async fn round(state: &State, free: usize) -> Result<Vec<claim::Claimed>> {
    const LOOK: &str = "SELECT EXISTS (SELECT FROM events WHERE seq IS NULL) AS unnumbered, \
        EXISTS (SELECT FROM event_cursors c JOIN event_cursors h ON h.name = 'head' AND h.seq > c.seq \
                 WHERE c.name = 'webhooks') AS waiting, \
        EXISTS (SELECT FROM webhook_endpoints e CROSS JOIN LATERAL (SELECT FROM webhook_deliveries d \
                    WHERE d.endpoint_id = e.id AND d.status IN ('pending', 'failed') \
                      AND d.next_attempt_at <= now() LIMIT 1) d \
                 WHERE e.is_active) AS due";
    let look: Option<Look> = state.db.platform_rows("webhooks", LOOK, []).await?.pop();
    let Some(Look { unnumbered, waiting, mut due }) = look else {
        return Ok(Vec::new());
    };
    if unnumbered {
        feed::advance(state).await?;
    }
    if unnumbered || waiting {
        while dispatch::dispatch(state).await? {}
        due = true;
    }
    if due && free > 0 { claim::claim(state, free).await } else { Ok(Vec::new()) }
}
