//! `GET /companies`, `GET /companies/{id}`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::output::{CompanyList, CompanyOut, Row, Select};
use crate::{
    app::State,
    error::{Error, Result},
    http::{auth::MaybeCaller, page, params::Query},
    people::{After, cut, page_size, pattern, respond},
};

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
        conditions.add("c.name ILIKE {}", [pattern(&q)?.into()]);
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
