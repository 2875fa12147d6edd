//! What is sent again to an endpoint, or for the first time: from an event on, from a time on,
//! or what failed.

use std::sync::Arc;

use actix_web::{HttpResponse, http::StatusCode, web};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    dispatch::{MESSAGE_ID, PAYLOAD, WANTED},
    model::{ReplayIn, ReplayOut},
    store, told,
};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Error, Result},
    events::feed,
    http::{
        auth::{Admin, Origin},
        body::Body,
    },
    jobs::{self, Failure, Job},
};

/// Events at once: bounds each transaction.
const BATCH: i64 = 500;

/// Sends a stretch of the feed to one endpoint again.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Replay {
    endpoint_id: Uuid,
    from_seq: i64,
    to_seq: i64,
    failed_only: bool,
}

impl Job for Replay {
    const KIND: &'static str = "webhook_replay";

    fn dedupe_key(&self) -> Option<String> {
        let Self { endpoint_id, from_seq, to_seq, failed_only } = self;
        Some(format!("{}:{endpoint_id}:{from_seq}:{to_seq}:{failed_only}", Self::KIND))
    }

    /// A run that dies half-way is done again from its beginning: what was sent meanwhile is sent
    /// twice, under the same ids.
    async fn run(self, state: Arc<State>) -> Result<(), Failure> {
        let mut from = self.from_seq;
        while from <= self.to_seq {
            let to = self.to_seq.min(from.saturating_add(BATCH - 1));
            let stretch = Self { from_seq: from, to_seq: to, ..self.clone() };
            state
                .db
                .tx(Context::system("webhooks"), move |tx| {
                    let stretch = stretch.clone();
                    Box::pin(async move { stretch.queue(tx).await })
                })
                .await?;
            from = to.saturating_add(1);
        }
        Ok(())
    }
}

impl Replay {
    async fn queue(&self, tx: &DatabaseTransaction) -> Result<()> {
        const AGAIN: &str = "SET status = 'pending', attempts = 0, next_attempt_at = now(), \
            delivered_at = NULL, locked_until = NULL, claim = NULL";
        const IDLE: &str = "(d.locked_until IS NULL OR d.locked_until <= now())";
        let sql = if self.failed_only {
            format!(
                "UPDATE webhook_deliveries d {AGAIN} WHERE d.endpoint_id = $1 AND d.seq BETWEEN $2 AND $3 \
                     AND d.status IN ('failed', 'dead') AND {IDLE}"
            )
        } else {
            format!(
                "INSERT INTO webhook_deliveries AS d (endpoint_id, event_type, payload, message_id, seq, subject_id) \
                 SELECT w.id, e.kind, {PAYLOAD}, {MESSAGE_ID}, e.seq, e.subject_id \
                   FROM events e JOIN webhook_endpoints w ON w.id = $1 AND {WANTED} \
                  WHERE e.seq BETWEEN $2 AND $3 ORDER BY e.seq \
                 ON CONFLICT (message_id) DO UPDATE {AGAIN} WHERE {IDLE}"
            )
        };
        let values = [self.endpoint_id.into(), self.from_seq.into(), self.to_seq.into()];
        tx.execute_raw(statement(sql, values)).await?;
        Ok(())
    }
}

/// Queues a replay in the caller's transaction.
///
/// # Errors
/// `404` where there is no such endpoint, `422` where it is not said what is meant.
pub(crate) async fn queue(
    tx: &DatabaseTransaction,
    endpoint_id: Uuid,
    asked: &ReplayIn,
) -> Result<ReplayOut> {
    #[derive(FromQueryResult)]
    struct First {
        seq: Option<i64>,
    }
    let ReplayIn { from_seq, since, failed_only } = asked;
    store::get(tx, endpoint_id).await?;
    let to_seq = feed::sequence(tx).await?;
    let from_seq = match (from_seq, since, failed_only) {
        (Some(_), Some(_), _) => {
            let detail = "Give a number or a time, not both.";
            return Err(Error::field("/since", "invalid", detail));
        }
        (Some(seq), None, _) => *seq,
        (None, Some(since), _) => {
            let sql = "SELECT min(seq) AS seq FROM events WHERE at >= $1 AND seq IS NOT NULL";
            let first: Option<First> = store::one(tx, sql, [(*since).into()]).await?;
            first.and_then(|first| first.seq).unwrap_or(to_seq.saturating_add(1))
        }
        (None, None, true) => 1,
        (None, None, false) => {
            let detail = "Say from where on: from_seq or since, or failed_only.";
            return Err(Error::field("/from_seq", "required", detail));
        }
    };
    let failed_only = *failed_only;
    jobs::enqueue(tx, &Replay { endpoint_id, from_seq, to_seq, failed_only }).await?;
    Ok(ReplayOut { from_seq, to_seq })
}

/// Sends again what an endpoint missed: every event that it hears of, from a number or a time
/// on, or only what failed. Each keeps its `webhook-id`.
#[utoipa::path(
    post, path = "/api/v1/admin/webhooks/{id}/replay", operation_id = "replay_webhook", tag = "integration",
    params(("id" = Uuid, Path)),
    request_body = ReplayIn,
    responses((status = 202, body = ReplayOut)),
    security(("bearer" = [])),
)]
pub async fn replay_webhook(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<ReplayIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, asked) = (*id, body.value);
    let queued = state
        .db
        .tx(origin.0, move |tx| {
            let asked = asked.clone();
            Box::pin(async move { queue(tx, id, &asked).await })
        })
        .await?;
    Ok(told(StatusCode::ACCEPTED, &queued))
}
