//! `/admin/webhooks`: the endpoints themselves.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;
use terrace_outbound::Refusal;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    model::{WebhookIn, WebhookList, WebhookOut, WebhookPatch, WebhookSecretOut},
    shown, signature, store, told,
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        auth::{Admin, Origin},
        body::Body,
        etag,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
        locale, page,
        params::Query,
    },
};

/// A page of endpoints.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct WebhookQuery {
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Rows of a page.
pub(super) fn page_size(limit: Option<u64>) -> Result<u64> {
    match limit.unwrap_or(24) {
        size @ 1..=100 => Ok(size),
        _ => Err(Error::parameter("limit", "Must be 1..100.")),
    }
}

/// The address as it is stored, if it may be called.
async fn check_url(state: &State, url: &str) -> Result<String> {
    let mut url = state.outbound.check(url).await.map_err(|refusal| {
        let code = match &refusal {
            Refusal::NotPublic => "not_public",
            Refusal::Unknown => "unknown_host",
            _ => "invalid",
        };
        Error::field("/url", code, format!("It {refusal}."))
    })?;
    url.set_fragment(None);
    if url.as_str().len() > 2000 {
        return Err(Error::field("/url", "invalid", "It is too long."));
    }
    Ok(url.into())
}

/// The endpoints, oldest first.
#[utoipa::path(
    get, path = "/api/v1/admin/webhooks", operation_id = "list_webhooks", tag = "integration",
    params(WebhookQuery),
    responses((status = 200, body = WebhookList)),
    security(("bearer" = [])),
)]
pub async fn list_webhooks(
    _admin: Admin,
    origin: Origin,
    query: Query<WebhookQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    const LIST: &str = "webhooks";
    let Query(WebhookQuery { limit, cursor }) = query;
    let size = page_size(limit)?;
    let after: Option<Uuid> = cursor.map(|cursor| page::decode(LIST, &cursor)).transpose()?;
    let mut items = state
        .db
        .tx(origin.0, move |tx| Box::pin(async move { store::list(tx, after, size + 1).await }))
        .await?;
    let more = items.len() as u64 > size;
    items.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let next_cursor = match items.last() {
        Some(last) if more => Some(page::encode(LIST, &last.id)?),
        _ => None,
    };
    shown(&state, &request, &WebhookList { items, next_cursor })
}

/// Makes an endpoint. The answer shows its secret, once. It hears of what happens from now on.
#[utoipa::path(
    post, path = "/api/v1/admin/webhooks", operation_id = "create_webhook", tag = "integration",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = WebhookIn,
    responses((status = 201, body = WebhookSecretOut)),
    security(("bearer" = [])),
)]
pub async fn create_webhook(
    admin: Admin,
    origin: Origin,
    key: IdempotencyKey,
    body: Body<WebhookIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let claim = key.claim("create_webhook", &admin.0, body.digest);
    let language = locale::negotiate(&state.profile, None, &request)?.to_string();
    let mut input = body.value;
    input.url = check_url(&state, &input.url).await?;
    let (secret, by) = (signature::new_secret()?, admin.0.user_id);
    let answer = state
        .db
        .tx(origin.0, move |tx| {
            let (claim, input) = (claim.clone(), input.clone());
            let (secret, language) = (secret.clone(), language.clone());
            Box::pin(async move {
                if let Some(claim) = &claim
                    && let Some(answer) = claim.take(tx).await?
                {
                    return Ok(answer);
                }
                let webhook = store::create(tx, input, &secret, by).await?;
                let answer = created(WebhookSecretOut { webhook, secret }, language)?;
                if let Some(claim) = &claim {
                    claim.keep(tx, &answer).await?;
                }
                Ok(answer)
            })
        })
        .await?;
    Ok(answer.into())
}

fn created(made: WebhookSecretOut, language: String) -> Result<Answer> {
    let body = serde_json::to_string(&made).map_err(Error::internal)?;
    let headers = AnswerHeaders {
        etag: etag::of_bytes(body.as_bytes()).to_string(),
        location: format!("/api/v1/admin/webhooks/{}", made.webhook.id),
        language,
    };
    Ok(Answer { status: 201, body, headers, replayed: false })
}

/// One endpoint.
#[utoipa::path(
    get, path = "/api/v1/admin/webhooks/{id}", operation_id = "get_webhook", tag = "integration",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = WebhookOut)),
    security(("bearer" = [])),
)]
pub async fn get_webhook(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let id = *id;
    let found =
        state.db.tx(origin.0, move |tx| Box::pin(async move { store::get(tx, id).await })).await?;
    shown(&state, &request, &found)
}

/// Changes an endpoint, or switches it off and on. Switched on, it gets what waited.
#[utoipa::path(
    patch, path = "/api/v1/admin/webhooks/{id}", operation_id = "update_webhook", tag = "integration",
    params(("id" = Uuid, Path)),
    request_body = WebhookPatch,
    responses((status = 200, body = WebhookOut)),
    security(("bearer" = [])),
)]
pub async fn update_webhook(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<WebhookPatch>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, mut patch) = (*id, body.value);
    if let Some(url) = &mut patch.url {
        *url = check_url(&state, url).await?;
    }
    let changed = state
        .db
        .tx(origin.0, move |tx| {
            let patch = patch.clone();
            Box::pin(async move { store::change(tx, id, patch).await })
        })
        .await?;
    Ok(told(StatusCode::OK, &changed))
}

/// Takes an endpoint away, and the log of its deliveries.
#[utoipa::path(
    delete, path = "/api/v1/admin/webhooks/{id}", operation_id = "delete_webhook", tag = "integration",
    params(("id" = Uuid, Path)),
    responses((status = 204)),
    security(("bearer" = [])),
)]
pub async fn delete_webhook(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let id = *id;
    state.db.tx(origin.0, move |tx| Box::pin(async move { store::delete(tx, id).await })).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives an endpoint a new secret, shown once. For a day both sign, so that the receiver may
/// change over without missing anything.
#[utoipa::path(
    post, path = "/api/v1/admin/webhooks/{id}/rotate-secret", operation_id = "rotate_webhook_secret",
    tag = "integration",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = WebhookSecretOut)),
    security(("bearer" = [])),
)]
pub async fn rotate_webhook_secret(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, secret) = (*id, signature::new_secret()?);
    let fresh = secret.clone();
    let webhook = state
        .db
        .tx(origin.0, move |tx| {
            let fresh = fresh.clone();
            Box::pin(async move { store::rotate(tx, id, &fresh).await })
        })
        .await?;
    Ok(told(StatusCode::OK, &WebhookSecretOut { webhook, secret }))
}
