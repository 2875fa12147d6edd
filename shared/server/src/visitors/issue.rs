//! `POST /visitors`: a token for somebody without an account.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{keeper::Owner, token};
use crate::{app::State, db::Context, error::Result, http::auth::Origin};

/// A visitor's token.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitorOut {
    /// Send it as `Visitor-Token`. Keep it like a password: whoever has it sees the lists.
    pub token: String,
    /// When it ends. Ask again with it before, and the lists go on.
    pub expires_at: DateTime<Utc>,
}

/// Makes a visitor, or gives one who sends their `Visitor-Token` a fresh token. Nothing is kept
/// until they put something on a list.
#[utoipa::path(
    post, path = "/api/v1/visitors", operation_id = "create_visitor", tag = "lists",
    params(("Visitor-Token" = Option<String>, Header, description = "The token to be replaced by a fresh one")),
    responses((status = 201, body = VisitorOut)),
    security((), ("bearer" = [])),
)]
pub async fn create_visitor(
    origin: Origin,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let id = match token::of_request(&request)? {
        Some(id) => {
            // As the visitor, whoever has signed in meanwhile.
            let context =
                Context { user_id: None, visitor_id: Some(id), role: "anonymous", ..origin.0 };
            let open = state
                .db
                .tx(context, move |tx| Box::pin(async move { Owner::Visitor(id).enter(tx).await }));
            open.await?;
            id
        }
        None => Uuid::new_v4(),
    };
    let now = Utc::now();
    let visitor = VisitorOut {
        token: token::issue(&state.signer, id, now),
        expires_at: now + token::lasts(&state),
    };
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(visitor))
}
