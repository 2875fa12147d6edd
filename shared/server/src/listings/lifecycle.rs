//! Submit, publish, reject, archive, unpublish, restore. What leads where is in [`review`].

use actix_web::{HttpRequest, HttpResponse, web};
use garde::Validate;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    duplicates::FindDuplicates,
    editing::Editing,
    input::not_blank,
    letters::{self, Decided, Decision},
    model::ListingStatus::{Draft, InReview, Published},
    output::PropertyOut,
    readiness,
    review::{self, Action, Standing},
    service, write,
};
use crate::{
    app::State,
    error::Result,
    http::{auth::Admin, body::Body},
    jobs,
};

/// Asks an admin to look at a listing.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/submit", operation_id = "submit_property", tag = "listings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn submit_property(
    editing: Editing,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    act(editing, Action::Submit, None, state, request).await
}

/// Lets everyone see a listing.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/publish", operation_id = "publish_property", tag = "listings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn publish_property(
    editing: Editing,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    act(editing, Action::Publish, None, state, request).await
}

/// What a reviewer wants changed.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectIn {
    /// For those who manage the listing.
    #[garde(length(chars, min = 1, max = 2000), custom(not_blank))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// Sends a listing back to its author, with a reason.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/reject", operation_id = "reject_property", tag = "listings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    request_body = RejectIn,
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn reject_property(
    _admin: Admin,
    editing: Editing,
    body: Body<RejectIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    act(editing, Action::Reject, Some(body.value.reason), state, request).await
}

/// Keeps a listing, out of everyone's way.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/archive", operation_id = "archive_property", tag = "listings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn archive_property(
    editing: Editing,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    act(editing, Action::Archive, None, state, request).await
}

/// Makes a listing a draft again.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/unpublish", operation_id = "unpublish_property", tag = "listings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn unpublish_property(
    editing: Editing,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    act(editing, Action::Unpublish, None, state, request).await
}

/// Brings back a listing: one that was taken away as it was, one from the archive as a draft.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/restore", operation_id = "restore_property", tag = "listings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn restore_property(
    editing: Editing,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    act(editing, Action::Restore, None, state, request).await
}

async fn act(
    editing: Editing,
    action: Action,
    reason: Option<String>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Editing { target, origin } = editing;
    let wired = state.clone();
    write::change(&state, origin, target, &request, move |tx, target| {
        let (state, reason) = (wired.clone(), reason.clone());
        Box::pin(async move {
            let profile = &state.profile;
            let row = match action {
                Action::Restore => service::lock(tx, &target).await?,
                _ => service::lock_present(tx, &target).await?,
            };
            let standing = Standing::of(tx, &target.caller, profile.listings.review).await?;
            let from = row.status.into();
            let mut to = review::step(from, action, standing)?;
            if row.deleted_at.is_some() {
                to = from;
            }
            if action.needs_readiness() {
                readiness::require(tx, row.id, profile).await?;
            }
            let slug = row.slug.clone();
            let mut change = service::next_version(row.clone(), &target.caller);
            review::set(&mut change, &row, to, reason.clone());
            change.deleted_at = Set(None);
            change.update(tx).await?;
            let decision = match (from, to, &reason) {
                (InReview, Published, _) => Some(Decision::Published),
                (InReview, Draft, Some(reason)) => Some(Decision::Rejected(reason)),
                _ => None,
            };
            if let Some(decision) = decision {
                let decided = Decided {
                    property: row.id,
                    version: row.version + 1,
                    owner: row.agent_id.or(row.created_by),
                    by: target.caller.user_id,
                };
                letters::tell(tx, profile, decided, decision).await?;
            }
            if action == Action::Restore {
                jobs::enqueue(tx, &FindDuplicates::of(target.id)).await?;
            }
            Ok(slug)
        })
    })
    .await
}
