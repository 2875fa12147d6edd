//! Publish, unpublish, restore.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use uuid::Uuid;

use super::{
    output::PropertyOut,
    service::{self, Target},
    write,
};
use crate::{
    app::State,
    error::Result,
    http::{
        auth::{Agent, Origin},
        etag,
    },
};

/// Lets everyone see a listing.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/publish", operation_id = "publish_property", tag = "listings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn publish_property(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    set_published(agent, origin, *id, state, request, true).await
}

/// Makes a listing a draft again.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/unpublish", operation_id = "unpublish_property", tag = "listings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn unpublish_property(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    set_published(agent, origin, *id, state, request, false).await
}

async fn set_published(
    agent: Agent,
    origin: Origin,
    id: Uuid,
    state: web::Data<State>,
    request: HttpRequest,
    published: bool,
) -> Result<HttpResponse> {
    let target = Target { id, caller: agent.0, seen: etag::seen_version(&request)? };
    write::change(&state, origin, target, &request, move |tx, target| {
        Box::pin(async move {
            let row = service::lock_present(tx, &target).await?;
            let (slug, first) = (row.slug.clone(), row.published_at);
            let mut change = service::next_version(row, &target.caller);
            change.is_published = Set(published);
            if published && first.is_none() {
                change.published_at = Set(Some(Utc::now()));
            }
            change.update(tx).await?;
            Ok(slug)
        })
    })
    .await
}

/// Brings back a listing that was taken away, published or not as it was.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/restore", operation_id = "restore_property", tag = "listings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn restore_property(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let target = Target { id: *id, caller: agent.0, seen: etag::seen_version(&request)? };
    write::change(&state, origin, target, &request, |tx, target| {
        Box::pin(async move {
            let row = service::lock(tx, &target).await?;
            let slug = row.slug.clone();
            let mut change = service::next_version(row, &target.caller);
            change.deleted_at = Set(None);
            change.update(tx).await?;
            Ok(slug)
        })
    })
    .await
}
