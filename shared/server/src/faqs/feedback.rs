//! `POST /faqs/{id}/feedback`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::Utc;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::input::FaqFeedbackIn;
use crate::{
    app::State,
    error::{Error, Result},
    http::{body::Body, client},
};

/// Says whether an answer helped. Of one client one word a day counts for each answer; who said it
/// is not kept.
#[utoipa::path(
    post, path = "/api/v1/faqs/{id}/feedback", operation_id = "rate_faq", tag = "faqs",
    params(("id" = Uuid, Path)),
    request_body = FaqFeedbackIn,
    responses((status = 204)),
    security(()),
)]
pub async fn rate_faq(
    id: web::Path<Uuid>,
    body: Body<FaqFeedbackIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    #[derive(FromQueryResult)]
    struct There {
        id: Uuid,
    }
    const SQL: &str = "SELECT id FROM faq_documents WHERE id = $1 AND is_published";
    let there: Option<There> = state.db.read().one(SQL, [(*id).into()]).await?;
    let There { id } = there.ok_or_else(|| Error::not_found("question"))?;
    let client = client::address(&request, &state.profile.server.trusted_proxies)
        .map(|address| client::counted_as(address).to_string());
    state.faqs.rated(Utc::now().date_naive(), id, client, body.value.helpful);
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}
