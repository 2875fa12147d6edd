//! `POST /properties/{id}/media` and `POST /media/{id}/complete`.

use actix_web::{HttpResponse, http::header, web};
use uuid::Uuid;

use super::{
    input::MediaIn,
    output::{MediaOut, MediaState, TicketOut},
    service,
    storage::Key,
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        auth::{Agent, Origin},
        body::Body,
    },
};

/// Asks for an address to send one picture to. The address takes this very file, once, for a few
/// minutes; then say that it is complete.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/media", operation_id = "create_media", tag = "media",
    params(("id" = Uuid, Path)),
    request_body = MediaIn,
    responses((status = 201, body = TicketOut)),
    security(("bearer" = [])),
)]
pub async fn create_media(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<MediaIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (listing, caller, input) = (*id, agent.0, body.value);
    let upload = service::plan(&state.profile.media, &input)?;
    let wired = state.clone();
    let (opened, filename) = (upload.clone(), input.filename);
    // Asked outside of the transaction, and before it: where the storage is away no row is made.
    if state.media.storage.size(&Key::quarantine(&upload.stem)).await?.is_some() {
        return Err(Error::internal(anyhow::anyhow!("a random key is taken")));
    }
    let remaining = state
        .db
        .tx(origin.0, move |tx| {
            let (state, caller) = (wired.clone(), caller.clone());
            let (upload, filename) = (opened.clone(), filename.clone());
            Box::pin(async move {
                let limits = &state.profile.media;
                service::open(tx, &caller, listing, &upload, filename, limits).await
            })
        })
        .await?;
    let address = state.media.storage.address(&upload)?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/media/{}", upload.id)))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(TicketOut {
            id: upload.id,
            method: "PUT",
            url: address.url,
            headers: address.headers.into_iter().collect(),
            expires_at: upload.expires_at,
            remaining,
        }))
}

/// Says that the file has been sent: pictures are made of it in the background. Saying so again
/// changes nothing.
#[utoipa::path(
    post, path = "/api/v1/media/{id}/complete", operation_id = "complete_media", tag = "media",
    params(("id" = Uuid, Path)),
    responses((status = 202, body = MediaOut),
        (status = 409, description = "409: the file is not there"),
        (status = 422, description = "422: the file has another length than was announced")),
    security(("bearer" = [])),
)]
pub async fn complete_media(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let mut row = service::find(&state, &agent.0, *id).await?;
    if row.state()? == MediaState::Pending {
        service::arrived(&state.media.storage, &row).await?;
        service::begin(&state, origin.0, *id, None).await?;
        row = service::find(&state, &agent.0, *id).await?;
    }
    Ok(HttpResponse::Accepted()
        .insert_header((header::LOCATION, format!("/api/v1/media/{}", *id)))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(row.into_out(&state.media.storage)?))
}
