//! `GET /admin/users`, `GET /admin/users/{id}`, `PATCH /admin/users/{id}`: who may do what.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use garde::Validate;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QuerySelect,
    sea_query::LockType,
};
use serde::{Deserialize, Serialize};
use terrace_entity::{agents, enums::UserRole, users};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{charge::Charge, cut, page_size, pattern, respond};
use crate::{
    accounts::Role,
    app::State,
    db::statement,
    error::{Code, Error, Result},
    http::{
        auth::{Admin, Origin},
        body::Body,
        page,
        params::{AnyOf, Query},
    },
    listings::filters::Conditions,
};

/// A person as those who run the brand see them.
#[derive(Debug, FromQueryResult, Serialize, ToSchema)]
pub struct UserOut {
    /// Id.
    pub id: Uuid,
    /// Address, if the identity provider told it.
    pub email: Option<String>,
    /// The name shown to others.
    pub display_name: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// What they may do.
    #[schema(value_type = Role)]
    pub role: String,
    /// What the identity provider says they may do; null where it says nothing.
    #[schema(value_type = Option<Role>)]
    pub realm_role: Option<String>,
    /// Whether the brand gave the role itself: it stands, whatever the identity provider says.
    pub role_is_override: bool,
    /// Whether they may do anything.
    pub is_active: bool,
    /// Preferred language.
    pub locale: Option<String>,
    /// Their agency, for agents.
    pub company_id: Option<Uuid>,
    /// Whether the brand has verified them, for agents.
    pub is_verified: Option<bool>,
    /// Listings they are in charge of, those that were taken away included.
    pub listings: i64,
    /// Leads of theirs that are neither won nor lost.
    pub open_leads: i64,
    /// First seen.
    pub created_at: DateTime<Utc>,
    /// The identity provider has no such account any more: nobody signs in with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<DateTime<Utc>>,
    /// Gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A page of people.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserList {
    /// Newest first.
    pub items: Vec<UserOut>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Which people.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// user, agent, admin.
    #[param(value_type = String, example = "agent,admin")]
    pub role: AnyOf<Role>,
    /// Whether they may do anything.
    pub is_active: Option<bool>,
    /// A part of the name or the address.
    #[param(max_length = 100)]
    pub q: Option<String>,
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

async fn find(
    tx: &DatabaseTransaction,
    conditions: Conditions,
    limit: u64,
) -> Result<Vec<UserOut>> {
    let sql = format!(
        "SELECT u.id, u.email, u.display_name, u.phone, u.role::text, u.auth_role::text AS realm_role, \
         u.role_is_override, u.is_active, u.locale, a.company_id, a.is_verified, u.created_at, u.closed_at, u.deleted_at, \
         (SELECT count(*) FROM properties p WHERE p.agent_id = u.id) AS listings, \
         (SELECT count(*) FROM leads l WHERE l.assigned_agent_id = u.id \
            AND l.status NOT IN ('won', 'lost')) AS open_leads \
         FROM users u LEFT JOIN agents a ON a.user_id = u.id WHERE {} \
         ORDER BY u.id DESC LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.query_all_raw(statement(sql, conditions.into_values())).await?;
    Ok(rows.iter().map(|row| UserOut::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

async fn one(tx: &DatabaseTransaction, id: Uuid) -> Result<UserOut> {
    let mut conditions = Conditions::default();
    conditions.add("u.id = {}", [id.into()]);
    find(tx, conditions, 1).await?.pop().ok_or_else(|| Error::not_found("person"))
}

/// The brand's people, newest first.
#[utoipa::path(
    get, path = "/api/v1/admin/users", operation_id = "list_users", tag = "people",
    params(UserQuery),
    responses((status = 200, body = UserList)),
    security(("bearer" = [])),
)]
pub async fn list_users(
    admin: Admin,
    origin: Origin,
    query: Query<UserQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(UserQuery { role, is_active, q, limit, cursor }) = query;
    let size = page_size(limit)?;
    let list = page::fingerprint(&("users", &role, is_active, &q));
    let after = cursor.map(|cursor| page::decode::<Uuid>(&list, &cursor)).transpose()?;
    let mut conditions = Conditions::default();
    conditions.add("true", []);
    conditions.any_name("u.role", role.0.iter().map(|role| role.name()));
    if let Some(is_active) = is_active {
        conditions.add("u.is_active = {}", [is_active.into()]);
    }
    if let Some(q) = q {
        let pattern = pattern(&q)?;
        conditions.add(
            "(u.display_name ILIKE {} OR u.email ILIKE {})",
            [pattern.clone().into(), pattern.into()],
        );
    }
    if let Some(id) = after {
        conditions.add("u.id < {}", [id.into()]);
    }
    let mut items = state
        .db
        .tx(origin.0, move |tx| {
            let conditions = conditions.clone();
            Box::pin(async move { find(tx, conditions, size + 1).await })
        })
        .await?;
    let more = cut(&mut items, size);
    let next_cursor = match items.last() {
        Some(last) if more => Some(page::encode(&list, &last.id)?),
        _ => None,
    };
    respond(&state, &request, Some(&admin.0), &UserList { items, next_cursor })
}

/// One person.
#[utoipa::path(
    get, path = "/api/v1/admin/users/{id}", operation_id = "get_user", tag = "people",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = UserOut)),
    security(("bearer" = [])),
)]
pub async fn get_user(
    admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let id = *id;
    let out = state.db.tx(origin.0, move |tx| Box::pin(async move { one(tx, id).await })).await?;
    respond(&state, &request, Some(&admin.0), &out)
}

/// What a person may do.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UserPatch {
    /// What they may do, whatever the identity provider says. Whoever becomes an agent gets a
    /// profile.
    #[garde(skip)]
    pub role: Option<Role>,
    /// `false`: what the identity provider says counts again. `true`: the role they have stands.
    #[garde(skip)]
    pub role_is_override: Option<bool>,
    /// Whether they may do anything.
    #[garde(skip)]
    pub is_active: Option<bool>,
}

/// Changes what a person may do: not one's own, and not as long as listings or open leads would
/// be left with nobody in charge.
#[utoipa::path(
    patch, path = "/api/v1/admin/users/{id}", operation_id = "update_user", tag = "people",
    params(("id" = Uuid, Path)),
    request_body = UserPatch,
    responses((status = 200, body = UserOut)),
    security(("bearer" = [])),
)]
pub async fn update_user(
    admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<UserPatch>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (caller, id, patch) = (admin.0, *id, body.value);
    let own = caller.user_id;
    let (subject, out) = state
        .db
        .tx(origin.0, move |tx| {
            let patch = patch.clone();
            Box::pin(async move {
                let subject = change(tx, own, id, patch).await?;
                Ok((subject, one(tx, id).await?))
            })
        })
        .await?;
    state.people.invalidate(&subject).await;
    respond(&state, &request, Some(&caller), &out)
}

/// Returns by which name the person is remembered between requests.
async fn change(tx: &DatabaseTransaction, own: Uuid, id: Uuid, patch: UserPatch) -> Result<String> {
    // Whoever puts this person in charge of something holds their row until they commit, so that
    // what is counted below is all there is. The same is asked by a trigger, for every other path.
    let found = users::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(tx).await?;
    let row =
        found.filter(|row| row.deleted_at.is_none()).ok_or_else(|| Error::not_found("person"))?;
    let (old_role, old_active) = (Role::from(row.role), row.is_active);
    let was_override = row.role_is_override;
    let (role, is_override) = match (patch.role, patch.role_is_override) {
        (Some(_), Some(false)) => {
            return Err(Error::field(
                "/role_is_override",
                "conflict",
                "A role that is given stands: leave this out, or leave out the role.",
            ));
        }
        (Some(role), _) => (role, true),
        (None, Some(false)) => (row.auth_role.map_or(Role::User, Role::from), false),
        (None, given) => (old_role, given.unwrap_or(was_override)),
    };
    let is_active = patch.is_active.unwrap_or(old_active);
    if (role, is_override, is_active) == (old_role, was_override, old_active) {
        return Ok(row.auth_subject);
    }
    if id == own {
        return Err(Error::new(Code::Forbidden)
            .with_detail("Nobody changes what they may do themselves: ask another admin."));
    }
    let works = |role: Role, is_active: bool| is_active && role >= Role::Agent;
    if works(old_role, old_active) && !works(role, is_active) {
        let pointer = if is_active { "/role" } else { "/is_active" };
        Charge::of(tx, id).await?.refuse(pointer)?;
    }
    let subject = row.auth_subject.clone();
    let change = users::ActiveModel {
        role: if role == old_role { NotSet } else { Set(stored(role)) },
        role_is_override: if is_override == was_override { NotSet } else { Set(is_override) },
        is_active: if is_active == old_active { NotSet } else { Set(is_active) },
        ..row.into()
    };
    change.update(tx).await?;
    if role == Role::Agent {
        let row = agents::ActiveModel { user_id: Set(id), ..Default::default() };
        agents::Entity::insert(row)
            .on_conflict_do_nothing_on([agents::Column::UserId])
            .exec(tx)
            .await?;
    }
    Ok(subject)
}

fn stored(role: Role) -> UserRole {
    match role {
        Role::User => UserRole::User,
        Role::Agent => UserRole::Agent,
        Role::Admin => UserRole::Admin,
    }
}
