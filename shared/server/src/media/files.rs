//! `GET /media/files/{stem}/{file}`: the pictures themselves.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag},
    web,
};

use super::storage::Key;
use crate::{
    app::State,
    error::{Error, Result},
    http::etag,
};

/// A picture's address is never given to another picture.
pub(super) const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Larger than any picture that we write.
const MOST_BYTES: u64 = 16 << 20;

/// A picture. Its address cannot be guessed, and what is behind it never changes.
#[utoipa::path(
    get, path = "/api/v1/media/files/{stem}/{file}", operation_id = "get_media_file", tag = "media",
    params(("stem" = String, Path, example = "0c8e6a2f9d7b4a51b8a3d5f1e2c49706"),
        ("file" = String, Path, example = "640.webp")),
    responses((status = 200, content_type = "image/webp", body = Vec<u8>)),
    security(()),
)]
pub async fn get_media_file(
    path: web::Path<(String, String)>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let missing = || Error::not_found("picture");
    let (stem, file) = path.into_inner();
    let key = Key::of_address(&stem, &file).ok_or_else(missing)?;
    let tag = EntityTag::new_strong(format!("{stem}-{file}"));
    if etag::unchanged(&request, &tag) {
        return Ok(HttpResponse::NotModified()
            .insert_header(ETag(tag))
            .insert_header((header::CACHE_CONTROL, FOR_EVER))
            .finish());
    }
    let picture = state.media.storage.read(&key, MOST_BYTES).await?.ok_or_else(missing)?;
    Ok(HttpResponse::Ok()
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, FOR_EVER))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header(("cross-origin-resource-policy", "cross-origin"))
        .content_type("image/webp")
        .body(picture))
}
