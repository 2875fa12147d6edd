//! The log of an endpoint, tests, and single deliveries sent again.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    endpoints::page_size,
    model::{DeliveryList, DeliveryOut, DeliveryState},
    shown, store, told,
};
use crate::{
    app::State,
    error::{Code, Error, Result},
    http::{
        auth::{Admin, Origin},
        page,
        params::{AnyOf, Query},
    },
};

/// What is shown of a delivery.
pub(crate) const COLUMNS: &str = "d.id, d.endpoint_id, d.message_id, nullif(d.seq, 0) AS seq, d.event_type, \
    d.subject_id, d.status::text AS status, d.attempts, \
    CASE WHEN d.status IN ('pending', 'failed') THEN d.next_attempt_at END AS next_attempt_at, \
    d.last_attempt_at, d.response_status, d.latency_ms, d.response_excerpt, d.last_error, \
    d.delivered_at, d.created_at, d.payload";

/// A page of the log.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// `pending`, `delivered`, `failed`, `dead`; any of them, separated by commas.
    #[param(value_type = Option<String>, example = "failed,dead")]
    pub status: AnyOf<DeliveryState>,
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

type After = Option<(DateTime<Utc>, Uuid)>;

/// What was sent to an endpoint and what it said, newest first.
#[utoipa::path(
    get, path = "/api/v1/admin/webhooks/{id}/deliveries", operation_id = "list_webhook_deliveries",
    tag = "integration",
    params(("id" = Uuid, Path), DeliveryQuery),
    responses((status = 200, body = DeliveryList)),
    security(("bearer" = [])),
)]
pub async fn list_webhook_deliveries(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    query: Query<DeliveryQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(DeliveryQuery { status, limit, cursor }) = query;
    let (id, size) = (*id, page_size(limit)?);
    let states: Vec<String> = status.0.iter().map(|state| state.name().to_owned()).collect();
    let list = page::fingerprint(&(id, &states));
    let after: After = cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let mut items = state
        .db
        .tx(origin.0, move |tx| {
            let states = states.clone();
            Box::pin(async move {
                store::get(tx, id).await?;
                log(tx, id, states, after, size + 1).await
            })
        })
        .await?;
    let more = items.len() as u64 > size;
    items.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let next_cursor = match items.last() {
        Some(last) if more => Some(page::encode(&list, &(last.created_at, last.id))?),
        _ => None,
    };
    shown(&state, &request, &DeliveryList { items, next_cursor })
}

async fn log(
    tx: &DatabaseTransaction,
    endpoint: Uuid,
    states: Vec<String>,
    after: After,
    most: u64,
) -> Result<Vec<DeliveryOut>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook_deliveries d WHERE d.endpoint_id = $1 \
             AND (cardinality($2::text[]) = 0 OR d.status = ANY($2::delivery_status[])) \
             AND ($3::timestamptz IS NULL OR (d.created_at, d.id) < ($3, $4)) \
         ORDER BY d.created_at DESC, d.id DESC LIMIT {most}"
    );
    let (at, id) = after.unzip();
    store::all(tx, sql, [endpoint.into(), states.into(), at.into(), id.into()]).await
}

/// Sends `webhook.test` to an endpoint, whatever kinds it hears of.
#[utoipa::path(
    post, path = "/api/v1/admin/webhooks/{id}/test", operation_id = "test_webhook", tag = "integration",
    params(("id" = Uuid, Path)),
    responses((status = 202, body = DeliveryOut), (status = 409, description = "It is switched off")),
    security(("bearer" = [])),
)]
pub async fn test_webhook(
    admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, actor) = (*id, admin.0.user_id);
    let delivery = state
        .db
        .tx(origin.0, move |tx| Box::pin(async move { queue_test(tx, id, actor).await }))
        .await?;
    Ok(told(StatusCode::ACCEPTED, &delivery))
}

async fn queue_test(tx: &DatabaseTransaction, endpoint: Uuid, actor: Uuid) -> Result<DeliveryOut> {
    if !store::get(tx, endpoint).await?.is_active {
        return Err(Error::new(Code::Conflict)
            .with_detail("The webhook is switched off; switch it on first."));
    }
    let id = Uuid::now_v7();
    // Its subject is itself: it waits for nothing, and nothing waits for it.
    let payload = serde_json::json!({
        "type": "webhook.test",
        "timestamp": Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        "data": { "seq": null, "subject_type": "webhook", "subject_id": endpoint, "actor": actor },
    });
    let sql = format!(
        "INSERT INTO webhook_deliveries AS d (id, endpoint_id, event_type, payload, message_id, seq, subject_id) \
         VALUES ($1, $2, 'webhook.test', $3, $4, 0, $1) RETURNING {COLUMNS}"
    );
    let message_id = format!("test_{}", id.simple());
    let values = [id.into(), endpoint.into(), payload.into(), message_id.into()];
    store::one(tx, sql, values).await?.ok_or_else(store::unknown)
}

/// Sends a delivery again, under the same `webhook-id`.
#[utoipa::path(
    post, path = "/api/v1/admin/deliveries/{id}/replay", operation_id = "replay_delivery", tag = "integration",
    params(("id" = Uuid, Path)),
    responses((status = 202, body = DeliveryOut), (status = 409, description = "It is being sent")),
    security(("bearer" = [])),
)]
pub async fn replay_delivery(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let id = *id;
    let delivery =
        state.db.tx(origin.0, move |tx| Box::pin(async move { send_again(tx, id).await })).await?;
    Ok(told(StatusCode::ACCEPTED, &delivery))
}

async fn send_again(tx: &DatabaseTransaction, id: Uuid) -> Result<DeliveryOut> {
    let sql = format!(
        "UPDATE webhook_deliveries d SET status = 'pending', attempts = 0, next_attempt_at = now(), \
             delivered_at = NULL, locked_until = NULL, claim = NULL \
         WHERE d.id = $1 AND (d.locked_until IS NULL OR d.locked_until <= now()) RETURNING {COLUMNS}"
    );
    if let Some(delivery) = store::one(tx, sql, [id.into()]).await? {
        return Ok(delivery);
    }
    let sql = format!("SELECT {COLUMNS} FROM webhook_deliveries d WHERE d.id = $1");
    match store::one::<DeliveryOut>(tx, sql, [id.into()]).await? {
        Some(_) => Err(Error::new(Code::Conflict).with_detail("It is being sent just now.")),
        None => Err(Error::not_found("delivery")),
    }
}
