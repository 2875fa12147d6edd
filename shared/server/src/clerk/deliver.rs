//! `POST /webhooks/clerk`: the realm's own door. The signature is the right to enter.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::Utc;

use super::{inbox, signature, told};
use crate::{
    app::State,
    error::{Code, Error, Result},
    http::body,
    inbound::Forged,
};

/// Far more than any delivery about a person has.
const LONGEST: usize = 262_144;

/// Takes what Clerk delivers. Answered once it is written down; what follows from it happens a
/// moment later, once, however often and in whatever order it is delivered.
#[utoipa::path(
    post, path = "/webhooks/clerk", operation_id = "receive_clerk_event", tag = "accounts",
    params(
        ("svix-id" = String, Header, description = "The delivery's name, the same for every repetition"),
        ("svix-timestamp" = String, Header, description = "When it was sent, in seconds"),
        ("svix-signature" = String, Header, description = "`v1,…` over `id.timestamp.body`, the bytes as they are"),
    ),
    request_body(content = Object, content_type = "application/json", description = "The event, as Clerk sends it"),
    responses((status = 204, description = "It is written down; it need not be sent again")),
    security(()),
)]
pub async fn receive_clerk_event(
    payload: web::Payload,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let keys = &state.clerk.keys;
    if keys.is_empty() {
        return Err(Error::not_found("resource"));
    }
    let bytes = body::read(payload.into_inner(), LONGEST).await?;
    let now = Utc::now();
    let id = signature::verify(keys, request.headers(), &bytes, now).map_err(refused)?;
    let delivery = match told::read(&bytes, now) {
        Ok(delivery) => delivery,
        Err(unreadable) => {
            // Theirs, and not understood: somebody must look, and they send it again for a day.
            inbox::set_aside(&state, id).await?;
            return Err(refused(unreadable));
        }
    };
    let is_new = inbox::store(&state, id, delivery).await?;
    count(if is_new { "new" } else { "repeated" });
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}

fn refused(forged: Forged) -> Error {
    count(forged.as_str());
    Error::new(Code::MalformedRequest)
        .with_detail("This is no delivery that was signed for this site a moment ago.")
}

fn count(outcome: &'static str) {
    metrics::counter!("terrace_realm_deliveries_total", "outcome" => outcome).increment(1);
}
