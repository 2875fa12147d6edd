//! `GET /me`: the caller, as this brand knows them.

use actix_web::{HttpResponse, Responder, http::header, web};
use sea_orm::EntityTrait;
use serde::Serialize;
use terrace_entity::users;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Role;
use crate::{
    app::State,
    error::{Error, Result},
    http::auth::{Caller, Origin},
};

/// The caller's own account.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeOut {
    /// The person's id at this brand.
    pub id: Uuid,
    /// Their address, if the identity provider told it.
    pub email: Option<String>,
    /// The name shown to others.
    pub display_name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// The agent's id, for agents.
    pub agent_id: Option<Uuid>,
    /// Preferred language.
    pub locale: Option<String>,
}

/// The caller's own account.
#[utoipa::path(
    get, path = "/api/v1/me", operation_id = "get_me", tag = "accounts",
    responses((status = 200, body = MeOut)),
    security(("bearer" = [])),
)]
pub async fn get_me(
    caller: Caller,
    origin: Origin,
    state: web::Data<State>,
) -> Result<impl Responder> {
    let id = caller.user_id;
    let user = state
        .db
        .tx(origin.0, move |tx| {
            Box::pin(async move { Ok(users::Entity::find_by_id(id).one(tx).await?) })
        })
        .await?
        .ok_or_else(|| Error::not_found("account"))?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(MeOut {
        id: user.id,
        email: user.email,
        display_name: user.display_name,
        role: caller.role,
        agent_id: caller.agent_id,
        locale: user.locale,
    }))
}
