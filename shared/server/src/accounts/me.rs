//! `GET /me`: the caller, as this brand knows them.

use actix_web::{HttpResponse, Responder, http::header, web};
use sea_orm::EntityTrait;
use serde::Serialize;
use terrace_entity::{agents, users};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Role;
use crate::{
    app::State,
    error::{Error, Result},
    http::auth::{Caller, Origin},
    listings::model::Image,
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
    /// Their profile, for agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<MyProfile>,
}

/// What an agent says of themselves, and what the brand says of them. Changed by
/// `PATCH /agents/{id}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyProfile {
    /// Their agency.
    pub company_id: Option<Uuid>,
    /// What they say of themselves.
    pub bio: String,
    /// Languages they speak.
    pub languages: Vec<String>,
    /// Their licence.
    pub licence_number: Option<String>,
    /// LINE id.
    pub line_id: Option<String>,
    /// Their picture.
    #[schema(value_type = Option<Image>)]
    pub photo: Option<serde_json::Value>,
    /// Whether the brand has verified them.
    pub is_verified: bool,
}

impl From<agents::Model> for MyProfile {
    fn from(row: agents::Model) -> Self {
        Self {
            company_id: row.company_id,
            bio: row.bio,
            languages: row.languages,
            licence_number: row.licence_number,
            line_id: row.line_id,
            photo: row.photo,
            is_verified: row.is_verified,
        }
    }
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
    let (user, agent) = state
        .db
        .tx(origin.0, move |tx| {
            Box::pin(async move {
                Ok(users::Entity::find_by_id(id).find_also_related(agents::Entity).one(tx).await?)
            })
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
        agent: agent.filter(|_| caller.role >= Role::Agent).map(Into::into),
    }))
}
