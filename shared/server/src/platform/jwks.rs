//! `/.well-known/jwks.json`: the public keys of the development realm.

use actix_web::{HttpResponse, http::header, web};

use crate::{
    app::State,
    error::{Error, Result},
};

/// Public keys of the development realm; absent where tokens come from an identity provider.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", operation_id = "get_jwks", tag = "platform",
    responses((status = 200, body = Object)),
    security(()),
)]
pub async fn get_jwks(state: web::Data<State>) -> Result<HttpResponse> {
    let keys = state.realm.jwks().ok_or_else(|| Error::not_found("key set"))?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=300")).json(keys))
}
