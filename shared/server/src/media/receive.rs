//! `PUT /media/uploads/{token}`: the local storage's own signed address.
//!
//! The address is the right to send one file, so no token of a person is asked for. The file
//! goes to the disk as it comes, and counts for nothing until it is whole and the right one.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use futures_util::StreamExt;
use sea_orm::FromQueryResult;

use super::storage::Claims;
use crate::{
    app::State,
    error::{Code, Error, FieldError, Result},
};

/// A client that sends nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(15);

/// Takes the file of a ticket. Only where pictures are kept in a folder; a bucket takes its
/// uploads itself.
#[utoipa::path(
    put, path = "/api/v1/media/uploads/{token}", operation_id = "put_media_upload", tag = "media",
    params(("token" = String, Path, description = "The signed part of the ticket's address")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream",
        description = "The file, with the ticket's headers"),
    responses((status = 204), (status = 410, description = "410: the ticket has ended")),
    security(()),
)]
pub async fn put_media_upload(
    token: web::Path<String>,
    body: web::Payload,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let missing = || Error::not_found("upload");
    let local = state.media.storage.local().ok_or_else(missing)?;
    let claims = local.claims(&token).await?.ok_or_else(missing)?;
    if claims.has_expired() {
        return Err(Error::new(Code::UploadExpired).with_detail("Ask for a new ticket."));
    }
    check_headers(&claims, &request)?;
    let stem = awaited(&state, &claims).await?;
    receive(&state, &claims, &stem, body).await?;
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}

fn check_headers(claims: &Claims, request: &HttpRequest) -> Result<()> {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    if text(header::CONTENT_TYPE) != Some(claims.content_type.as_str()) {
        let detail = format!("The ticket is for `Content-Type: {}`.", claims.content_type);
        return Err(Error::new(Code::UnsupportedMediaType).with_detail(detail));
    }
    if text(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Error::new(Code::UnsupportedMediaType)
            .with_detail("Send the file without Content-Encoding."));
    }
    match text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok()) {
        Some(length) if length == claims.bytes => Ok(()),
        _ => {
            let detail = format!("The ticket is for {} bytes.", claims.bytes);
            Err(mismatch("Content-Length", detail))
        }
    }
}

fn mismatch(pointer: &'static str, detail: impl Into<String>) -> Error {
    let detail = detail.into();
    let mut error = Error::new(Code::UploadMismatch);
    error.fields.push(FieldError::new(pointer, "mismatch", detail));
    error
}

/// The stem of an upload that still waits for its file.
async fn awaited(state: &State, claims: &Claims) -> Result<String> {
    #[derive(FromQueryResult)]
    struct Row {
        storage_key: String,
        state: String,
    }
    let sql = "SELECT storage_key, state::text FROM media WHERE id = $1 AND deleted_at IS NULL";
    let row: Option<Row> = state.db.read().one(sql, [claims.id.into()]).await?;
    let row = row.ok_or_else(|| Error::not_found("upload"))?;
    if row.state == "pending" {
        Ok(row.storage_key)
    } else {
        Err(Error::new(Code::Conflict).with_detail("The file has been sent already."))
    }
}

async fn receive(state: &State, claims: &Claims, stem: &str, mut body: web::Payload) -> Result<()> {
    let local = state.media.storage.local().ok_or_else(|| Error::not_found("upload"))?;
    let mut incoming = local.receive().await?;
    let mut digest = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let mut length = 0;
    let whole = async {
        while let Some(chunk) = tokio::time::timeout(PATIENCE, body.next())
            .await
            .map_err(|_| broken("The file stopped coming."))?
        {
            let chunk = chunk.map_err(|_| broken("The file ended before it was whole."))?;
            length += chunk.len() as u64;
            if length > claims.bytes || claims.has_expired() {
                break;
            }
            digest.update(&chunk);
            incoming.write(&chunk).await?;
        }
        if claims.has_expired() {
            return Err(Error::new(Code::UploadExpired).with_detail("Ask for a new ticket."));
        }
        if length != claims.bytes {
            let detail = format!("The ticket is for {} bytes.", claims.bytes);
            return Err(mismatch("Content-Length", detail));
        }
        if !claims.is_of(digest.finish().as_ref()) {
            return Err(mismatch("body", "The file is not the one that the ticket is for."));
        }
        Ok(())
    };
    match whole.await {
        Ok(()) => incoming.keep(stem).await,
        Err(error) => {
            incoming.discard().await;
            Err(error)
        }
    }
}

fn broken(detail: &'static str) -> Error {
    Error::new(Code::MalformedRequest).with_detail(detail)
}
