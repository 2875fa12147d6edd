//! `POST /companies`, `PATCH /companies/{id}`.

use actix_web::{HttpRequest, HttpResponse, web};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult,
};
use terrace_entity::companies;
use uuid::Uuid;

use super::{
    input::{CompanyIn, CompanyPatch},
    output::{CompanyOut, Row, Select},
};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        auth::{Admin, Caller, Origin},
        body::Body,
        etag,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
    },
    listings::slug,
    people::respond,
};

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
