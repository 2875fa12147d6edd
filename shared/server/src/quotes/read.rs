//! `GET /quotes/{id}`.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    output::QuoteOut,
    store::{self, StoredQuote},
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
        params::Query,
    },
};

/// The language of the texts.
#[derive(Clone, Debug, Default, serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct QuoteQuery {
    /// Beats `Accept-Language`.
    #[param(example = "th")]
    pub locale: Option<String>,
}

/// A price that was given, reckoned again from the rules as they were. Whoever has its id may see
/// it: it holds no person.
#[utoipa::path(
    get, path = "/api/v1/quotes/{id}", operation_id = "get_quote", tag = "stays",
    params(("id" = Uuid, Path), QuoteQuery),
    responses((status = 200, body = QuoteOut)),
    security((), ("bearer" = [])),
)]
pub async fn get_quote(
    id: web::Path<Uuid>,
    query: Query<QuoteQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let locale = locale::negotiate(&state.profile, query.0.locale.as_deref(), &request)?;
    let stored: Option<StoredQuote> = state.db.read().one(store::select(), [(*id).into()]).await?;
    let stored = stored.ok_or_else(|| Error::not_found("quote"))?;
    let out = QuoteOut::of(stored, &locale);
    if !out.is_verified {
        metrics::counter!("terrace_quotes_not_recomputed_total").increment(1);
        tracing::error!(quote = %out.id, "a stored quote does not come out the same");
    }
    let body = serde_json::to_vec(&out).map_err(Error::internal)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}
