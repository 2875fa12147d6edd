//! A part of a listing that is read and written whole: its tag is a digest of its content.

use actix_web::{
    HttpResponse,
    http::header::{self, ETag, EntityTag},
};
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    http::{auth::Caller, etag},
    listings::service::lock_managed,
};

/// Locks the listing, if this caller manages it and it has not been taken away.
///
/// # Errors
/// `404` where it is not there or not theirs to see, `403` where they may not change it.
pub(super) async fn lock(tx: &DatabaseTransaction, caller: &Caller, id: Uuid) -> Result<()> {
    match lock_managed(tx, caller, id).await?.deleted_at {
        None => Ok(()),
        Some(_) => Err(Error::not_found("listing")),
    }
}

/// The tag of some content.
///
/// # Errors
/// `500` where it cannot be written as JSON.
pub(super) fn tag(content: &impl Serialize) -> Result<EntityTag> {
    Ok(etag::of_bytes(&serde_json::to_vec(content).map_err(Error::internal)?))
}

/// Refuses to overwrite what the writer has not seen.
///
/// # Errors
/// `412` where it is not what is stored.
pub(super) fn expect(seen: &str, stored: &impl Serialize) -> Result<()> {
    if tag(stored)?.tag() == seen { Ok(()) } else { Err(etag::stale()) }
}

/// The content with its tag.
///
/// # Errors
/// `500` where it cannot be written as JSON.
pub(super) fn respond(content: &impl Serialize) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok()
        .insert_header(ETag(tag(content)?))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(content))
}
