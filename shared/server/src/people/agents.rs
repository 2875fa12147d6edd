//! `GET /agents`, `GET /agents/{id}`, `PATCH /agents/{id}`: who stands behind the listings.

use actix_web::{HttpRequest, HttpResponse, web};
use garde::Validate;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QuerySelect,
};
use serde::{Deserialize, Serialize};
use terrace_entity::agents;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{After, cut, page_size, present, respond};
use crate::{
    app::State,
    db::statement,
    error::{Code, Error, FieldError, Result},
    http::{
        auth::{Agent, Caller, MaybeCaller, Origin},
        body::Body,
        page,
        params::{AnyOf, Query},
    },
    listings::{
        filters::Conditions,
        model::{Image, is_locale},
        output::Json,
    },
};

/// An agent as everyone sees them. Their listings: `GET /properties?agent_id=`.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentOut {
    /// Id: the same as the person's.
    pub id: Uuid,
    /// Name.
    pub display_name: Option<String>,
    /// What they say of themselves.
    pub bio: String,
    /// Languages they speak.
    #[schema(example = json!(["th", "en"]))]
    pub languages: Vec<String>,
    /// Their licence.
    pub licence_number: Option<String>,
    /// LINE id.
    pub line_id: Option<String>,
    /// Their picture.
    #[schema(value_type = Option<Image>)]
    pub photo: Option<Json>,
    /// Whether the brand has verified who they are and what licence they hold.
    pub is_verified: bool,
    /// Their agency, if it is active.
    pub company: Option<AgentCompany>,
    /// Published listings.
    pub listings: i64,
}

/// An agent's agency.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentCompany {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Name.
    pub name: String,
}

/// A page of agents.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentList {
    /// By name.
    pub items: Vec<AgentOut>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    display_name: Option<String>,
    bio: String,
    languages: Vec<String>,
    licence_number: Option<String>,
    line_id: Option<String>,
    photo: Option<String>,
    is_verified: bool,
    company_id: Option<Uuid>,
    company_slug: Option<String>,
    company_name: Option<String>,
    listings: i64,
}

impl Row {
    fn into_out(self) -> Result<AgentOut> {
        let company = match (self.company_id, self.company_slug, self.company_name) {
            (Some(id), Some(slug), Some(name)) => Some(AgentCompany { id, slug, name }),
            _ => None,
        };
        Ok(AgentOut {
            id: self.id,
            display_name: self.display_name,
            bio: self.bio,
            languages: self.languages,
            licence_number: self.licence_number,
            line_id: self.line_id,
            photo: Json::optional(self.photo)?,
            is_verified: self.is_verified,
            company,
            listings: self.listings,
        })
    }
}

/// Who works for the brand now.
const ACTIVE: &str =
    "u.is_active AND u.deleted_at IS NULL AND u.closed_at IS NULL AND u.role <> 'user'";

/// Unnamed agents stand before the others.
const NAME: &str = "coalesce(u.display_name, '')";

fn select(conditions: Conditions, tail: &str) -> (String, Vec<sea_orm::Value>) {
    let sql = format!(
        "SELECT u.id, u.display_name, a.bio, a.languages, a.licence_number, a.line_id, \
         a.photo::text, a.is_verified, c.id AS company_id, c.slug AS company_slug, \
         c.name AS company_name, (SELECT count(*) FROM properties p WHERE p.agent_id = u.id \
            AND p.is_published AND p.deleted_at IS NULL) AS listings \
         FROM agents a JOIN users u ON u.id = a.user_id \
         LEFT JOIN companies c ON c.id = a.company_id AND c.is_active WHERE {} {tail}",
        conditions.sql()
    );
    (sql, conditions.into_values())
}

/// Which agents.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AgentQuery {
    /// Agencies, any of them.
    #[param(value_type = String)]
    pub company_id: AnyOf<Uuid>,
    /// Languages, any of them.
    #[param(value_type = String, example = "th,en")]
    pub language: AnyOf<String>,
    /// Whether the brand has verified them.
    pub is_verified: Option<bool>,
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Active agents by name.
#[utoipa::path(
    get, path = "/api/v1/agents", operation_id = "list_agents", tag = "people",
    params(AgentQuery),
    responses((status = 200, body = AgentList)),
    security((), ("bearer" = [])),
)]
pub async fn list_agents(
    query: Query<AgentQuery>,
    caller: MaybeCaller,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(AgentQuery { company_id, language, is_verified, limit, cursor }) = query;
    let size = page_size(limit)?;
    let list = page::fingerprint(&("agents", &company_id, &language, is_verified));
    let after = cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let mut conditions = Conditions::default();
    conditions.add(ACTIVE, []);
    if !company_id.0.is_empty() {
        conditions.add("a.company_id = ANY({}::uuid[])", [company_id.0.into()]);
    }
    if !language.0.is_empty() {
        conditions.add("a.languages && {}::text[]", [language.0.into()]);
    }
    if let Some(is_verified) = is_verified {
        conditions.add("a.is_verified = {}", [is_verified.into()]);
    }
    if let Some(After { name, id }) = after {
        conditions.add(&format!("({NAME}, u.id) > ({{}}, {{}})"), [name.into(), id.into()]);
    }
    let (sql, values) = select(conditions, &format!("ORDER BY {NAME}, u.id LIMIT {}", size + 1));
    let mut rows: Vec<Row> = state.db.search().all(sql, values).await?;
    let more = cut(&mut rows, size);
    let next_cursor = match rows.last() {
        Some(last) if more => {
            let name = last.display_name.as_deref().unwrap_or_default();
            Some(page::encode(&list, &(name, last.id))?)
        }
        _ => None,
    };
    let items = rows.into_iter().map(Row::into_out).collect::<Result<_>>()?;
    respond(&state, &request, caller.0.as_ref(), &AgentList { items, next_cursor })
}

/// One agent.
#[utoipa::path(
    get, path = "/api/v1/agents/{id}", operation_id = "get_agent", tag = "people",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = AgentOut)),
    security((), ("bearer" = [])),
)]
pub async fn get_agent(
    id: web::Path<Uuid>,
    caller: MaybeCaller,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let mut conditions = Conditions::default();
    conditions.add(ACTIVE, []);
    conditions.add("u.id = {}", [(*id).into()]);
    let (sql, values) = select(conditions, "");
    let row: Option<Row> = state.db.read().one(sql, values).await?;
    let out = row.ok_or_else(|| Error::not_found("agent"))?.into_out()?;
    respond(&state, &request, caller.0.as_ref(), &out)
}

/// Changes to an agent's profile: a field that is missing stays, `null` empties it.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AgentPatch {
    /// What they say of themselves.
    #[garde(inner(length(chars, max = 10_000)))]
    #[schema(max_length = 10_000)]
    pub bio: Option<String>,
    /// Languages they speak.
    #[garde(inner(length(max = 30), inner(custom(language))))]
    #[schema(max_items = 30, example = json!(["th", "en"]))]
    pub languages: Option<Vec<String>>,
    /// Their licence. Whoever changes their own is no longer verified.
    #[garde(inner(inner(length(chars, min = 1, max = 100))))]
    #[schema(min_length = 1, max_length = 100, value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub licence_number: Option<Option<String>>,
    /// LINE id.
    #[garde(inner(inner(length(chars, min = 1, max = 100))))]
    #[schema(min_length = 1, max_length = 100, value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub line_id: Option<Option<String>>,
    /// Their picture.
    #[garde(dive)]
    #[schema(value_type = Option<Image>)]
    #[serde(deserialize_with = "present")]
    pub photo: Option<Option<Image>>,
    /// Their agency; for admins.
    #[garde(skip)]
    #[schema(value_type = Option<Uuid>)]
    #[serde(deserialize_with = "present")]
    pub company_id: Option<Option<Uuid>>,
    /// Whether the brand has verified them; for admins.
    #[garde(skip)]
    pub is_verified: Option<bool>,
}

fn language(text: &str, (): &()) -> garde::Result {
    if is_locale(text) {
        return Ok(());
    }
    Err(garde::Error::new("must be a language such as \"th\" or \"pt-BR\""))
}

/// Changes an agent's profile: one's own, or anybody's as an admin.
#[utoipa::path(
    patch, path = "/api/v1/agents/{id}", operation_id = "update_agent", tag = "people",
    params(("id" = Uuid, Path)),
    request_body = AgentPatch,
    responses((status = 200, body = AgentOut)),
    security(("bearer" = [])),
)]
pub async fn update_agent(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<AgentPatch>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (caller, id, patch) = (agent.0, *id, body.value);
    allowed(&caller, id, &patch)?;
    let is_admin = caller.is_admin();
    let out = state
        .db
        .tx(origin.0, move |tx| {
            let patch = patch.clone();
            Box::pin(async move {
                let found = agents::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
                let row = found.ok_or_else(|| Error::not_found("agent"))?;
                change(row, patch, is_admin)?.update(tx).await.map_err(name_the_field)?;
                read_back(tx, id).await
            })
        })
        .await?;
    respond(&state, &request, Some(&caller), &out)
}

/// One's own profile, and of it what is not an admin's to say.
fn allowed(caller: &Caller, id: Uuid, patch: &AgentPatch) -> Result<()> {
    if caller.is_admin() {
        return Ok(());
    }
    if caller.user_id != id {
        return Err(Error::new(Code::Forbidden).with_detail("This profile is another agent's."));
    }
    let fields: Vec<_> = [
        ("/company_id", patch.company_id.is_some()),
        ("/is_verified", patch.is_verified.is_some()),
    ]
    .into_iter()
    .filter(|(_, given)| *given)
    .map(|(at, _)| FieldError::new(at, "forbidden", "Only an admin may say this."))
    .collect();
    if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
}

fn change(row: agents::Model, patch: AgentPatch, is_admin: bool) -> Result<agents::ActiveModel> {
    let AgentPatch { bio, languages, licence_number, line_id, photo, company_id, is_verified } =
        patch;
    // What was verified is the licence: a new one has been seen by nobody.
    let unseen = licence_number.as_ref().is_some_and(|licence| *licence != row.licence_number);
    let is_verified = if unseen && !is_admin { Some(false) } else { is_verified };
    Ok(agents::ActiveModel {
        bio: bio.map_or(NotSet, Set),
        languages: languages.map_or(NotSet, |mut languages| {
            let mut seen = std::collections::HashSet::new();
            languages.retain(|language| seen.insert(language.clone()));
            Set(languages)
        }),
        licence_number: licence_number.map_or(NotSet, Set),
        line_id: line_id.map_or(NotSet, Set),
        photo: match photo {
            Some(photo) => {
                Set(photo.map(serde_json::to_value).transpose().map_err(Error::internal)?)
            }
            None => NotSet,
        },
        company_id: company_id.map_or(NotSet, Set),
        is_verified: is_verified.map_or(NotSet, Set),
        ..row.into()
    })
}

fn name_the_field(error: sea_orm::DbErr) -> Error {
    Error::from(error).on_constraint("agents_company_id_fkey", || {
        Error::field("/company_id", "unknown", "There is no such company.")
    })
}

async fn read_back(tx: &DatabaseTransaction, id: Uuid) -> Result<AgentOut> {
    let mut conditions = Conditions::default();
    conditions.add("u.id = {}", [id.into()]);
    let (sql, values) = select(conditions, "");
    let row = tx.query_one_raw(statement(sql, values)).await?;
    let row = row.ok_or_else(|| Error::not_found("agent"))?;
    Row::from_query_result(&row, "")?.into_out()
}
