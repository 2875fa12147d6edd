//! One attempt, and what came of it.

use std::time::{Duration, Instant};

use chrono::Utc;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::json;
use terrace_outbound::{
    Failure, Method, Read, Request, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use uuid::Uuid;

use super::{
    claim::Claimed,
    schedule::{self, PATIENCE_DAYS},
    signature, store,
};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Error, Result},
    events::{self, Event},
};

/// Of an answer, only so much is read.
const READ: usize = 4096;

/// Of that, so many characters are kept.
const KEPT: usize = 1000;

/// "Never again", says the receiver.
const GONE: i16 = 410;

/// What came of an attempt.
#[derive(Clone, Debug, Default)]
struct Outcome {
    status: Option<i16>,
    excerpt: Option<String>,
    latency_ms: i32,
    /// Why it failed; none where it was delivered.
    error: Option<String>,
}

/// Sends a delivery and records the outcome. What is not recorded is sent again.
pub(super) async fn attempt(state: &State, claimed: Claimed) {
    let started = Instant::now();
    let mut outcome = send(state, &claimed).await;
    let took = started.elapsed();
    outcome.latency_ms = i32::try_from(took.as_millis()).unwrap_or(i32::MAX);
    let result = if outcome.error.is_none() { "delivered" } else { "failed" };
    metrics::histogram!("terrace_webhook_duration_seconds", "outcome" => result)
        .record(took.as_secs_f64());
    if let Some(error) = &outcome.error {
        let (webhook, message) = (claimed.endpoint_id, &claimed.message_id);
        tracing::warn!(%webhook, message, attempt = claimed.attempts, error, "webhook not delivered");
    }
    let message = claimed.message_id.clone();
    let recorded = state
        .db
        .tx(Context::system("webhooks"), move |tx| {
            let (claimed, outcome) = (claimed.clone(), outcome.clone());
            Box::pin(async move { record(tx, &claimed, outcome).await })
        })
        .await;
    if let Err(error) = recorded {
        tracing::warn!(message, %error, "a delivery's outcome was not recorded; it is sent again");
    }
}

async fn send(state: &State, claimed: &Claimed) -> Outcome {
    let failed = |error: String| Outcome { error: Some(error), ..Outcome::default() };
    let request = match request(claimed) {
        Ok(request) => request,
        Err(error) => return failed(error.to_string()),
    };
    match state.outbound.send(request, Read::First(READ)).await {
        Ok(answer) => Outcome {
            status: i16::try_from(answer.status.as_u16()).ok(),
            excerpt: excerpt(&answer.body),
            error: (!answer.status.is_success()).then(|| format!("answered {}", answer.status)),
            latency_ms: 0,
        },
        Err(Failure::Unreachable(reason)) => failed(format!("not reached: {reason}")),
        Err(failure) => failed(failure.to_string()),
    }
}

fn request(claimed: &Claimed) -> Result<Request> {
    let url = Url::parse(&claimed.url).map_err(Error::internal)?;
    let timestamp = Utc::now().timestamp();
    let mut secrets = vec![claimed.secret.as_str()];
    secrets.extend(claimed.previous_secret.as_deref());
    let signature = signature::sign(&secrets, &claimed.message_id, timestamp, &claimed.body)?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("webhook-id", claimed.message_id.clone()),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", signature),
    ] {
        let value = HeaderValue::from_str(&value).map_err(Error::internal)?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(Request { method: Method::POST, url, headers, body: claimed.body.clone().into() })
}

/// The beginning of an answer, as text that PostgreSQL keeps.
fn excerpt(body: &[u8]) -> Option<String> {
    let text: String =
        String::from_utf8_lossy(body).chars().filter(|c| *c != '\0').take(KEPT).collect();
    (!text.is_empty()).then_some(text)
}

async fn record(tx: &DatabaseTransaction, claimed: &Claimed, outcome: Outcome) -> Result<()> {
    let delivered = outcome.error.is_none();
    let gone = outcome.status == Some(GONE);
    // The endpoint before its deliveries, as whoever claims does.
    if delivered {
        let sql = "UPDATE webhook_endpoints SET failing_since = NULL \
                   WHERE id = $1 AND failing_since IS NOT NULL";
        tx.execute_raw(statement(sql, [claimed.endpoint_id.into()])).await?;
    } else {
        note_failure(tx, claimed.endpoint_id, gone).await?;
    }
    let wait = if delivered { None } else { schedule::wait(claimed.attempts) };
    let status = match (delivered, wait) {
        (true, _) => "delivered",
        (false, Some(_)) => "failed",
        (false, None) => "dead",
    };
    finish(tx, claimed, outcome, status, wait).await
}

/// Remembers since when nothing but failure came, and switches the endpoint off when that is
/// too long, or when it said so itself.
async fn note_failure(tx: &DatabaseTransaction, endpoint: Uuid, gone: bool) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Failing {
        for_too_long: bool,
        is_active: bool,
    }
    let sql = "UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, now()) WHERE id = $1 \
               RETURNING is_active, failing_since <= now() - make_interval(days => $2) AS for_too_long";
    let values = [endpoint.into(), PATIENCE_DAYS.into()];
    let Some(Failing { for_too_long, is_active }) = store::one(tx, sql, values).await? else {
        return Ok(());
    };
    let reason = match (gone, for_too_long) {
        (true, _) => "gone",
        (false, true) => "failing",
        (false, false) => return Ok(()),
    };
    if !is_active {
        return Ok(());
    }
    let sql = "UPDATE webhook_endpoints SET is_active = false, disabled_reason = $2 WHERE id = $1";
    tx.execute_raw(statement(sql, [endpoint.into(), reason.into()])).await?;
    tracing::warn!(webhook = %endpoint, reason, "webhook switched off");
    let data = json!({ "reason": reason });
    events::record(tx, Event { kind: "webhook.disabled", subject_id: endpoint, data }).await
}

/// Closes the delivery or sets its next attempt. What follows about the same subject goes by the
/// same clock: it need not be looked at before.
async fn finish(
    tx: &DatabaseTransaction,
    claimed: &Claimed,
    outcome: Outcome,
    status: &str,
    wait: Option<Duration>,
) -> Result<()> {
    let sql = "WITH done AS ( \
            UPDATE webhook_deliveries SET status = $3::delivery_status, locked_until = NULL, claim = NULL, \
                delivered_at = CASE WHEN $3 = 'delivered' THEN now() END, \
                next_attempt_at = now() + make_interval(secs => $4), \
                response_status = $5, latency_ms = $6, response_excerpt = $7, last_error = $8 \
            WHERE id = $1 AND claim = $2 \
            RETURNING id, endpoint_id, subject_id, seq, next_attempt_at) \
        UPDATE webhook_deliveries d SET next_attempt_at = done.next_attempt_at FROM done \
         WHERE d.endpoint_id = done.endpoint_id AND d.subject_id = done.subject_id \
           AND d.seq > done.seq AND d.status IN ('pending', 'failed') AND d.locked_until IS NULL \
           AND d.next_attempt_at <> done.next_attempt_at";
    let Outcome { status: response, excerpt, latency_ms, error } = outcome;
    let error = error.map(|text| text.chars().take(KEPT).collect::<String>());
    let values = [
        claimed.id.into(),
        claimed.claim.into(),
        status.into(),
        wait.unwrap_or_default().as_secs_f64().into(),
        response.into(),
        latency_ms.into(),
        excerpt.into(),
        error.into(),
    ];
    tx.execute_raw(statement(sql, values)).await?;
    Ok(())
}
