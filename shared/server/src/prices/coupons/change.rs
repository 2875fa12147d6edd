//! `POST /admin/coupons`, `PATCH` and `DELETE /admin/coupons/{id}`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag},
    web,
};
use uuid::Uuid;

use super::{
    model::{CouponIn, CouponOut, CouponPatch},
    store,
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        auth::{Admin, Origin},
        body::Body,
        etag,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
    },
};

fn tag(coupon: &CouponOut) -> EntityTag {
    EntityTag::new_strong(coupon.version.to_string())
}

pub(super) fn shown(coupon: &CouponOut) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ETag(tag(coupon)))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(coupon)
}

/// Makes a coupon.
#[utoipa::path(
    post, path = "/api/v1/admin/coupons", operation_id = "create_coupon", tag = "stays",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = CouponIn,
    responses((status = 201, body = CouponOut)),
    security(("bearer" = [])),
)]
pub async fn create_coupon(
    admin: Admin,
    origin: Origin,
    key: IdempotencyKey,
    body: Body<CouponIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let claim = key.claim("create_coupon", &admin.0, body.digest);
    let input = body.value;
    input.check()?;
    let language = state.profile.locales.default.to_string();
    let answer = state
        .db
        .tx(origin.0, move |tx| {
            let (claim, input, language) = (claim.clone(), input.clone(), language.clone());
            Box::pin(async move {
                if let Some(claim) = &claim
                    && let Some(answer) = claim.take(tx).await?
                {
                    return Ok(answer);
                }
                let answer = created(&store::insert(tx, input).await?, language)?;
                if let Some(claim) = &claim {
                    claim.keep(tx, &answer).await?;
                }
                Ok(answer)
            })
        })
        .await?;
    Ok(answer.into())
}

fn created(coupon: &CouponOut, language: String) -> Result<Answer> {
    Ok(Answer {
        status: 201,
        body: serde_json::to_string(coupon).map_err(Error::internal)?,
        headers: AnswerHeaders {
            etag: tag(coupon).to_string(),
            location: format!("/api/v1/admin/coupons/{}", coupon.id),
            language,
        },
        replayed: false,
    })
}

/// Changes when and how often a coupon can be used. Prices that were given with it are kept to.
#[utoipa::path(
    patch, path = "/api/v1/admin/coupons/{id}", operation_id = "update_coupon", tag = "stays",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    request_body = CouponPatch,
    responses((status = 200, body = CouponOut)),
    security(("bearer" = [])),
)]
pub async fn update_coupon(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<CouponPatch>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, seen, patch) = (*id, etag::seen_version(&request)?, body.value);
    let coupon = state
        .db
        .tx(origin.0, move |tx| {
            let patch = patch.clone();
            Box::pin(async move { store::change(tx, id, seen, patch).await })
        })
        .await?;
    Ok(shown(&coupon))
}

/// Takes a coupon away. One with which prices were given can only be switched off.
#[utoipa::path(
    delete, path = "/api/v1/admin/coupons/{id}", operation_id = "delete_coupon", tag = "stays",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 204)),
    security(("bearer" = [])),
)]
pub async fn delete_coupon(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, seen) = (*id, etag::seen_version(&request)?);
    state
        .db
        .tx(origin.0, move |tx| Box::pin(async move { store::delete(tx, id, seen).await }))
        .await?;
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}
