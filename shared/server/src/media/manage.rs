//! `GET /media/{id}`, `GET` and `PATCH /properties/{id}/media`, `DELETE /media/{id}`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use super::{
    attach::{self, Pictures},
    input::MediaPatch,
    output::{COLUMNS, MediaList, MediaOut, MediaRow, MediaState, Progress},
    remove::RemoveMedia,
    service,
};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        auth::{Agent, Origin},
        body::Body,
        etag,
    },
    jobs,
    listings::{
        output::PropertyOut,
        service::{self as listings, Target, lock_managed, lock_present, manages},
        write,
    },
};

/// One upload, for those who manage its listing.
#[utoipa::path(
    get, path = "/api/v1/media/{id}", operation_id = "get_media", tag = "media",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = MediaOut)),
    security(("bearer" = [])),
)]
pub async fn get_media(
    agent: Agent,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let row = service::find(&state, &agent.0, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(row.into_out(&state.media.storage)?))
}

/// All uploads of a listing and how far each has come, for those who manage it.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}/media", operation_id = "list_property_media", tag = "media",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = MediaList)),
    security(("bearer" = [])),
)]
pub async fn list_property_media(
    agent: Agent,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let version = managed_version(&state, &agent, *id).await?;
    let sql = format!(
        "SELECT {COLUMNS} FROM media m JOIN properties p ON p.id = m.property_id \
         WHERE m.property_id = $1 AND m.deleted_at IS NULL ORDER BY position, m.created_at, m.id"
    );
    let rows: Vec<MediaRow> = state.db.read().all(sql, [id.into_inner().into()]).await?;
    let items = rows
        .into_iter()
        .map(|row| row.into_out(&state.media.storage))
        .collect::<Result<Vec<_>>>()?;
    let now = Utc::now();
    let counts = |item: &&MediaOut| match item.state {
        MediaState::Rejected => false,
        MediaState::Pending => item.expires_at >= now,
        MediaState::Processing | MediaState::Ready => true,
    };
    let used = i64::try_from(items.iter().filter(counts).count()).unwrap_or(i64::MAX);
    let list = MediaList {
        version,
        progress: Progress::of(&items),
        remaining: (i64::from(state.profile.media.per_listing) - used).max(0),
        items,
    };
    Ok(HttpResponse::Ok()
        .insert_header(header::ETag(etag::of_version(version, "media")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(list))
}

async fn managed_version(state: &State, agent: &Agent, id: Uuid) -> Result<i32> {
    #[derive(FromQueryResult)]
    struct Row {
        version: i32,
        agent_id: Option<Uuid>,
        created_by: Option<Uuid>,
        is_published: bool,
        deleted_at: Option<DateTime<Utc>>,
    }
    let sql = "SELECT version, agent_id, created_by, is_published, deleted_at FROM properties \
               WHERE id = $1";
    let row: Option<Row> = state.db.read().one(sql, [id.into()]).await?;
    let row = row.ok_or_else(|| Error::not_found("listing"))?;
    let is_visible = row.is_published && row.deleted_at.is_none();
    manages(&agent.0, row.agent_id.or(row.created_by), is_visible)?;
    match row.deleted_at {
        None => Ok(row.version),
        Some(_) => Err(Error::not_found("listing")),
    }
}

/// Changes the order of a listing's pictures, its cover, and what they show.
#[utoipa::path(
    patch, path = "/api/v1/properties/{id}/media", operation_id = "update_property_media", tag = "media",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    request_body = MediaPatch,
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn update_property_media(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<MediaPatch>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let target = Target { id: *id, caller: agent.0, seen: etag::seen_version(&request)? };
    let patch = body.value;
    write::change(&state, origin, target, &request, move |tx, target| {
        let patch = patch.clone();
        Box::pin(async move {
            let row = lock_present(tx, &target).await?;
            let slug = row.slug.clone();
            let mut pictures = Pictures::of(&row)?;
            pictures.rearrange(&patch)?;
            attach::store_texts(tx, patch.alt.iter().map(|(id, texts)| (*id, texts))).await?;
            let mut change = listings::next_version(row, &target.caller);
            pictures.write(&mut change)?;
            change.update(tx).await?;
            Ok(slug)
        })
    })
    .await
}

/// Takes a picture away, from the listing at once and from the storage soon after.
#[utoipa::path(
    delete, path = "/api/v1/media/{id}", operation_id = "delete_media", tag = "media",
    params(("id" = Uuid, Path)),
    responses((status = 204)),
    security(("bearer" = [])),
)]
pub async fn delete_media(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, caller) = (*id, agent.0);
    let row = service::find(&state, &caller, id).await?;
    let (listing, stem) = (row.property_id, row.storage_key);
    let slug = state
        .db
        .tx(origin.0, move |tx| {
            let (caller, stem) = (caller.clone(), stem.clone());
            Box::pin(async move {
                let row = lock_managed(tx, &caller, listing).await?;
                if !mark_deleted(tx, id).await? {
                    return Err(Error::not_found("picture"));
                }
                jobs::enqueue(tx, &RemoveMedia { stem }).await?;
                let slug = row.slug.clone();
                let mut pictures = Pictures::of(&row)?;
                if pictures.take(id) {
                    attach::update(tx, row, &pictures, Some(caller.user_id)).await?;
                }
                Ok(slug)
            })
        })
        .await?;
    state.listings.forget(&state.profile, listing, &[&slug]).await;
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}

async fn mark_deleted(tx: &DatabaseTransaction, id: Uuid) -> Result<bool> {
    const SQL: &str = "UPDATE media SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL";
    Ok(tx.execute_raw(statement(SQL, [id.into()])).await?.rows_affected() == 1)
}
