//! Conditional requests: `If-None-Match` saves a body, `If-Match` saves a colleague's change.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag, Header, IfNoneMatch},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::error::{Code, Error, Result};

/// The tag of one listing in one language: its version tells both readers and writers apart.
#[must_use]
pub fn of_version(version: i32, locale: &str) -> EntityTag {
    EntityTag::new_strong(format!("{version}-{locale}"))
}

/// The tag of a computed answer: a digest of its bytes.
#[must_use]
pub fn of_bytes(bytes: &[u8]) -> EntityTag {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    EntityTag::new_strong(URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16]))
}

/// Whether the client holds this very answer already.
#[must_use]
pub fn unchanged(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(items)) => items.iter().any(|item| item.weak_eq(tag)),
        Err(_) => false,
    }
}

/// `304` for a client that holds the answer already.
#[must_use]
pub fn not_modified(tag: EntityTag) -> HttpResponse {
    HttpResponse::NotModified().insert_header(ETag(tag)).finish()
}

/// The tag that a writer has seen, from `If-Match`.
///
/// # Errors
/// `428` where the header is missing.
pub fn seen(request: &HttpRequest) -> Result<&str> {
    let Some(value) = request.headers().get(header::IF_MATCH) else {
        return Err(Error::new(Code::PreconditionRequired)
            .with_detail("Send the ETag of the version that you are changing as `If-Match`."));
    };
    let text = value.to_str().unwrap_or_default();
    Ok(text.trim().trim_start_matches("W/").trim_matches('"'))
}

/// The same, where it is a version's.
///
/// # Errors
/// `428` where the header is missing, `412` where it cannot be a version of ours.
pub fn seen_version(request: &HttpRequest) -> Result<i32> {
    let tag = seen(request)?;
    tag.split('-').next().and_then(|version| version.parse().ok()).ok_or_else(stale)
}

/// `412`: the version is not the one that is stored.
#[must_use]
pub fn stale() -> Error {
    Error::new(Code::VersionMismatch)
        .with_detail("Read it again and repeat the change on the current version.")
}
