//! `GET /product`: the brand as its front end needs to know it.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
        params::Query,
    },
    listings::read::LocaleQuery,
};

/// The brand: name, look, languages, currency, what it offers, how to reach it.
#[utoipa::path(
    get, path = "/api/v1/product", operation_id = "get_product", tag = "platform",
    params(LocaleQuery),
    responses((status = 200, body = Object)),
    security(()),
)]
pub async fn get_product(
    query: Query<LocaleQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let locale = locale::negotiate(&state.profile, query.0.locale.as_deref(), &request)?;
    let body = serde_json::to_vec(&state.profile.public(&locale)).map_err(Error::internal)?;
    Ok(answer(
        &request,
        etag::of_bytes(&body),
        body,
        &locale,
        Reuse::For(state.profile.cache.max_age),
    ))
}
