//! `GET /companies`, `GET /companies/{id}`, `POST`, `PATCH`: agencies.

use actix_web::{HttpRequest, HttpResponse, web};
use garde::Validate;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult,
};
use serde::{Deserialize, Serialize};
use terrace_entity::companies;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{After, cut, page_size, pattern, present};
use crate::{
    accounts::Role,
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Admin, Caller, MaybeCaller, Origin},
        body::Body,
        etag,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
        locale, page,
        params::Query,
    },
    listings::{
        filters::Conditions,
        input::{not_blank, slug_form},
        model::{Image, LocationDetails},
        output::Json,
        slug,
    },
};

/// An agency.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompanyOut {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Name.
    pub name: String,
    /// What it says of itself.
    pub description: String,
    /// Its own site.
    pub website: Option<String>,
    /// Its mark.
    #[schema(value_type = Option<Image>)]
    pub logo: Option<Json>,
    /// Whether the brand vouches for it.
    pub is_verified: bool,
    /// Active agents.
    pub agents: i64,
    /// Published listings.
    pub listings: i64,
    /// For its own agents and for admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office: Option<CompanyOffice>,
}

/// What its own agents and admins see of an agency.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompanyOffice {
    /// Whether others see it at all.
    pub is_active: bool,
    /// Address for mail.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// In the register of companies.
    pub registration_number: Option<String>,
    /// Where it is.
    #[schema(value_type = LocationDetails)]
    pub address: Json,
}

/// A page of agencies.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompanyList {
    /// By name.
    pub items: Vec<CompanyOut>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    slug: String,
    name: String,
    description: String,
    website: Option<String>,
    logo: Option<String>,
    is_verified: bool,
    agents: i64,
    listings: i64,
    is_inside: bool,
    is_active: bool,
    email: Option<String>,
    phone: Option<String>,
    registration_number: Option<String>,
    address: String,
}

impl Row {
    fn into_out(self) -> Result<CompanyOut> {
        let office = match self.is_inside {
            false => None,
            true => Some(CompanyOffice {
                is_active: self.is_active,
                email: self.email,
                phone: self.phone,
                registration_number: self.registration_number,
                address: Json::new(self.address)?,
            }),
        };
        Ok(CompanyOut {
            id: self.id,
            slug: self.slug,
            name: self.name,
            description: self.description,
            website: self.website,
            logo: Json::optional(self.logo)?,
            is_verified: self.is_verified,
            agents: self.agents,
            listings: self.listings,
            office,
        })
    }
}

/// The statement of companies `c` that this caller may see; conditions are added to it.
struct Select {
    conditions: Conditions,
    inside: String,
}

impl Select {
    fn by(caller: Option<&Caller>) -> Self {
        let mut conditions = Conditions::default();
        let inside = match caller {
            Some(caller) if caller.is_admin() => "true".to_owned(),
            Some(caller) if caller.role >= Role::Agent => {
                let id = conditions.bind(caller.user_id.into());
                format!(
                    "coalesce(c.id = (SELECT a.company_id FROM agents a WHERE a.user_id = {id}), false)"
                )
            }
            _ => "false".to_owned(),
        };
        conditions.add(&format!("(c.is_active OR {inside})"), []);
        Self { conditions, inside }
    }

    fn sql(self, tail: &str) -> (String, Vec<sea_orm::Value>) {
        let sql = format!(
            "SELECT c.id, c.slug, c.name, c.description, c.website, c.logo::text, c.is_verified, \
             (SELECT count(*) FROM agents a JOIN users u ON u.id = a.user_id WHERE a.company_id = c.id \
                AND u.is_active AND u.deleted_at IS NULL AND u.role <> 'user') AS agents, \
             (SELECT count(*) FROM properties p WHERE p.company_id = c.id \
                AND p.is_published AND p.deleted_at IS NULL) AS listings, \
             {} AS is_inside, c.is_active, c.email, c.phone, c.registration_number, c.address::text \
             FROM companies c WHERE {} {tail}",
            self.inside,
            self.conditions.sql()
        );
        (sql, self.conditions.into_values())
    }
}

/// Which agencies.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct CompanyQuery {
    /// Words of the name.
    #[param(max_length = 100)]
    pub q: Option<String>,
    /// Whether the brand vouches for them.
    pub is_verified: Option<bool>,
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Agencies by name. Admins see inactive ones too, and agents their own.
#[utoipa::path(
    get, path = "/api/v1/companies", operation_id = "list_companies", tag = "people",
    params(CompanyQuery),
    responses((status = 200, body = CompanyList)),
    security((), ("bearer" = [])),
)]
pub async fn list_companies(
    query: Query<CompanyQuery>,
    caller: MaybeCaller,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(CompanyQuery { q, is_verified, limit, cursor }) = query;
    let size = page_size(limit)?;
    let list = page::fingerprint(&("companies", &q, is_verified));
    let after = cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let mut select = Select::by(caller.0.as_ref());
    let conditions = &mut select.conditions;
    if let Some(q) = q {
        conditions.add("c.name ILIKE {}", [pattern(&q).into()]);
    }
    if let Some(is_verified) = is_verified {
        conditions.add("c.is_verified = {}", [is_verified.into()]);
    }
    if let Some(After { name, id }) = after {
        conditions.add("(c.name, c.id) > ({}, {})", [name.into(), id.into()]);
    }
    let (sql, values) = select.sql(&format!("ORDER BY c.name, c.id LIMIT {}", size + 1));
    let mut rows: Vec<Row> = state.db.search().all(sql, values).await?;
    let more = cut(&mut rows, size);
    let next_cursor = match rows.last() {
        Some(last) if more => Some(page::encode(&list, &(&last.name, last.id))?),
        _ => None,
    };
    let items = rows.into_iter().map(Row::into_out).collect::<Result<_>>()?;
    respond(&state, &request, caller.0.as_ref(), &CompanyList { items, next_cursor })
}

/// One agency.
#[utoipa::path(
    get, path = "/api/v1/companies/{id}", operation_id = "get_company", tag = "people",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = CompanyOut)),
    security((), ("bearer" = [])),
)]
pub async fn get_company(
    id: web::Path<Uuid>,
    caller: MaybeCaller,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let mut select = Select::by(caller.0.as_ref());
    select.conditions.add("c.id = {}", [(*id).into()]);
    let (sql, values) = select.sql("");
    let row: Option<Row> = state.db.read().one(sql, values).await?;
    let out = row.ok_or_else(|| Error::not_found("company"))?.into_out()?;
    respond(&state, &request, caller.0.as_ref(), &out)
}

pub(super) fn respond(
    state: &State,
    request: &HttpRequest,
    caller: Option<&Caller>,
    out: &impl Serialize,
) -> Result<HttpResponse> {
    let locale = locale::negotiate(&state.profile, None, request)?;
    let body = serde_json::to_vec(out).map_err(Error::internal)?;
    let reuse = if caller.is_none() { Reuse::AfterAsking } else { Reuse::Never };
    Ok(answer(request, etag::of_bytes(&body), body, &locale, reuse))
}

/// A new agency.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompanyIn {
    /// Address part of its page; made of the name where it is missing.
    #[garde(inner(length(chars, min = 3, max = 120), custom(slug_form)))]
    #[schema(min_length = 3, max_length = 120)]
    pub slug: Option<String>,
    /// Name.
    #[garde(length(chars, min = 1, max = 200), custom(not_blank))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What it says of itself.
    #[garde(length(chars, max = 10_000))]
    #[schema(max_length = 10_000)]
    #[serde(default)]
    pub description: String,
    /// In the register of companies.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(min_length = 1, max_length = 100)]
    pub registration_number: Option<String>,
    /// Address for mail; for its own agents and admins.
    #[garde(inner(email))]
    #[schema(format = "email")]
    pub email: Option<String>,
    /// Telephone; for its own agents and admins.
    #[garde(inner(length(min = 3, max = 40), ascii))]
    #[schema(min_length = 3, max_length = 40)]
    pub phone: Option<String>,
    /// Its own site.
    #[garde(inner(length(chars, max = 2000), custom(web_address)))]
    #[schema(format = "uri", max_length = 2000)]
    pub website: Option<String>,
    /// Where it is.
    #[garde(dive)]
    #[serde(default)]
    pub address: LocationDetails,
    /// Its mark.
    #[garde(dive)]
    pub logo: Option<Image>,
    /// Whether the brand vouches for it.
    #[garde(skip)]
    #[serde(default)]
    pub is_verified: bool,
}

/// Changes to an agency: a field that is missing stays, `null` empties it.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompanyPatch {
    /// Address part of its page.
    #[garde(inner(length(chars, min = 3, max = 120), custom(slug_form)))]
    #[schema(min_length = 3, max_length = 120)]
    pub slug: Option<String>,
    /// Name.
    #[garde(inner(length(chars, min = 1, max = 200), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// What it says of itself.
    #[garde(inner(length(chars, max = 10_000)))]
    #[schema(max_length = 10_000)]
    pub description: Option<String>,
    /// In the register of companies.
    #[garde(inner(inner(length(chars, min = 1, max = 100))))]
    #[schema(min_length = 1, max_length = 100, value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub registration_number: Option<Option<String>>,
    /// Address for mail.
    #[garde(inner(inner(email)))]
    #[schema(format = "email", value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub email: Option<Option<String>>,
    /// Telephone.
    #[garde(inner(inner(length(min = 3, max = 40), ascii)))]
    #[schema(min_length = 3, max_length = 40, value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub phone: Option<Option<String>>,
    /// Its own site.
    #[garde(inner(inner(length(chars, max = 2000), custom(web_address))))]
    #[schema(format = "uri", max_length = 2000, value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub website: Option<Option<String>>,
    /// Where it is.
    #[garde(dive)]
    pub address: Option<LocationDetails>,
    /// Its mark.
    #[garde(dive)]
    #[schema(value_type = Option<Image>)]
    #[serde(deserialize_with = "present")]
    pub logo: Option<Option<Image>>,
    /// Whether the brand vouches for it.
    #[garde(skip)]
    pub is_verified: Option<bool>,
    /// Whether others see it.
    #[garde(skip)]
    pub is_active: Option<bool>,
}

/// `javascript:` and its kin never get into a page through us.
fn web_address(text: &str, (): &()) -> garde::Result {
    let sound = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme))
        && url::Url::parse(text).is_ok_and(|url| url.has_host());
    if sound { Ok(()) } else { Err(garde::Error::new("must be an http or https address")) }
}

/// Makes an agency.
#[utoipa::path(
    post, path = "/api/v1/companies", operation_id = "create_company", tag = "people",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = CompanyIn,
    responses((status = 201, body = CompanyOut)),
    security(("bearer" = [])),
)]
pub async fn create_company(
    admin: Admin,
    origin: Origin,
    key: IdempotencyKey,
    body: Body<CompanyIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let caller = admin.0;
    let claim = key.claim("create_company", &caller, body.digest);
    let input = body.value;
    let language = state.profile.locales.default.to_string();
    let answer = state
        .db
        .tx(origin.0, move |tx| {
            let (caller, claim, language) = (caller.clone(), claim.clone(), language.clone());
            let input = input.clone();
            Box::pin(async move {
                if let Some(claim) = &claim
                    && let Some(answer) = claim.take(tx).await?
                {
                    return Ok(answer);
                }
                let id = insert(tx, input).await?;
                let body = serde_json::to_string(&read_back(tx, &caller, id).await?)
                    .map_err(Error::internal)?;
                let headers = AnswerHeaders {
                    etag: etag::of_bytes(body.as_bytes()).to_string(),
                    location: format!("/api/v1/companies/{id}"),
                    language,
                };
                let answer = Answer { status: 201, body, headers, replayed: false };
                if let Some(claim) = &claim {
                    claim.keep(tx, &answer).await?;
                }
                Ok(answer)
            })
        })
        .await?;
    Ok(answer.into())
}

async fn insert(tx: &DatabaseTransaction, input: CompanyIn) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let CompanyIn {
        slug,
        name,
        description,
        registration_number,
        email,
        phone,
        website,
        address,
        logo,
        is_verified,
    } = input;
    let row = companies::ActiveModel {
        id: Set(id),
        slug: Set(slug.unwrap_or_else(|| slug::of_title(&name, id))),
        name: Set(name),
        description: Set(description),
        registration_number: Set(registration_number),
        email: Set(email),
        phone: Set(phone),
        website: Set(website),
        address: Set(serde_json::to_value(address).map_err(Error::internal)?),
        logo: Set(logo.map(serde_json::to_value).transpose().map_err(Error::internal)?),
        is_verified: Set(is_verified),
        ..Default::default()
    };
    companies::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(id)
}

/// Changes an agency.
#[utoipa::path(
    patch, path = "/api/v1/companies/{id}", operation_id = "update_company", tag = "people",
    params(("id" = Uuid, Path)),
    request_body = CompanyPatch,
    responses((status = 200, body = CompanyOut)),
    security(("bearer" = [])),
)]
pub async fn update_company(
    admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<CompanyPatch>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (caller, id, patch) = (admin.0, *id, body.value);
    let known = caller.clone();
    let out = state
        .db
        .tx(origin.0, move |tx| {
            let (caller, patch) = (known.clone(), patch.clone());
            Box::pin(async move {
                let found = companies::Entity::find_by_id(id).one(tx).await?;
                let row = found.ok_or_else(|| Error::not_found("company"))?;
                change(row, patch)?.update(tx).await?;
                read_back(tx, &caller, id).await
            })
        })
        .await?;
    respond(&state, &request, Some(&caller), &out)
}

fn change(row: companies::Model, patch: CompanyPatch) -> Result<companies::ActiveModel> {
    let CompanyPatch {
        slug,
        name,
        description,
        registration_number,
        email,
        phone,
        website,
        address,
        logo,
        is_verified,
        is_active,
    } = patch;
    Ok(companies::ActiveModel {
        slug: slug.map_or(NotSet, Set),
        name: name.map_or(NotSet, Set),
        description: description.map_or(NotSet, Set),
        registration_number: registration_number.map_or(NotSet, Set),
        email: email.map_or(NotSet, Set),
        phone: phone.map_or(NotSet, Set),
        website: website.map_or(NotSet, Set),
        address: match address {
            Some(address) => Set(serde_json::to_value(address).map_err(Error::internal)?),
            None => NotSet,
        },
        logo: match logo {
            Some(logo) => {
                Set(logo.map(serde_json::to_value).transpose().map_err(Error::internal)?)
            }
            None => NotSet,
        },
        is_verified: is_verified.map_or(NotSet, Set),
        is_active: is_active.map_or(NotSet, Set),
        ..row.into()
    })
}

async fn read_back(tx: &DatabaseTransaction, caller: &Caller, id: Uuid) -> Result<CompanyOut> {
    let mut select = Select::by(Some(caller));
    select.conditions.add("c.id = {}", [id.into()]);
    let (sql, values) = select.sql("");
    let row = tx.query_one_raw(statement(sql, values)).await?;
    let row = row.ok_or_else(|| Error::not_found("company"))?;
    Row::from_query_result(&row, "")?.into_out()
}
