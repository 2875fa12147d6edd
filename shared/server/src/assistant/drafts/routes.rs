//! `GET /chat/drafts/{token}` and `POST /chat/drafts/{token}/confirm`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web,
};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::{Summary, store};
use crate::{
    app::State,
    bookings::place::create_booking,
    error::{Code, Error, Result},
    http::{
        auth::{MaybeCaller, Origin},
        body::{self, Body},
        idempotency::IdempotencyKey,
    },
    leads::receive::create_lead,
    visitors::Keeper,
};

/// What the assistant has drafted.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssistantDraftOut {
    /// What would be done: `hold`, `booking_request`, `lead` or `viewing`.
    #[schema(example = "hold")]
    pub action: String,
    /// What to show before somebody confirms: made by the server of what would be sent.
    #[schema(inline)]
    pub(crate) summary: Summary,
    /// The same as text.
    pub text: String,
    /// Until when it can be confirmed.
    pub expires_at: DateTime<Utc>,
}

/// What a draft would do. Only for whom it was drafted.
#[utoipa::path(
    get, path = "/api/v1/chat/drafts/{token}", operation_id = "get_draft", tag = "assistant",
    params(("token" = String, Path)),
    responses((status = 200, body = AssistantDraftOut)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn get_draft(
    keeper: Keeper,
    token: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let store::Found { draft, expires_at, .. } =
        store::find(&state, &token, keeper.owner.id()).await?;
    let text = draft.summary.text();
    let out = AssistantDraftOut { action: draft.action, summary: draft.summary, text, expires_at };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(out))
}

/// Does what was drafted, once: by the same way as `POST /bookings` and `POST /leads`, whose answer
/// it gives. What has changed meanwhile is refused as there, and nothing is done.
#[utoipa::path(
    post, path = "/api/v1/chat/drafts/{token}/confirm", operation_id = "confirm_draft", tag = "assistant",
    params(("token" = String, Path)),
    responses((status = 201, body = crate::bookings::output::PlacedOut)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn confirm_draft(
    keeper: Keeper,
    caller: MaybeCaller,
    origin: Origin,
    token: web::Path<String>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let owner = keeper.owner.id();
    let found = store::find(&state, &token, owner).await?;
    let key = IdempotencyKey::of_draft(found.id, owner);
    let (body, digest) = (&found.draft.body, found.digest);
    let done = match found.draft.action.as_str() {
        "hold" | "booking_request" => {
            let body = Body { value: read(body)?, digest };
            create_booking(caller, origin, key, body, state, request).await?
        }
        _ => {
            let body = Body { value: read(body)?, digest };
            create_lead(caller, origin, key, body, state, request).await?
        }
    };
    match done.headers().contains_key(HeaderName::from_static("idempotent-replayed")) {
        false => Ok(done),
        true => Err(Error::new(Code::WrongState)
            .with_detail("This draft has been confirmed already. Ask the assistant for another.")),
    }
}

/// The stored body, read as if it had just come in.
fn read<T: DeserializeOwned + Validate<Context = ()>>(body: &serde_json::Value) -> Result<T> {
    let value: T = body::parse(body.to_string().as_bytes())?;
    value.validate().map_err(|report| Error::invalid(body::fields(&report)))?;
    Ok(value)
}
