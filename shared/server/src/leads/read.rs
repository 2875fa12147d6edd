//! `GET /leads` and `GET /leads/{id}`.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    output::{
        ITEM_COLUMNS, ITEM_SOURCES, ItemRow, LeadEventOut, LeadItem, LeadList, LeadOut, LeadTaskOut,
    },
    query::{Filters, LeadQuery, Scope},
};
use crate::{
    app::State,
    db::{Context, Db, statement},
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Agent, Origin},
        etag, locale, page,
        params::Query,
    },
};

/// Where a page ends.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct After {
    created_at: DateTime<Utc>,
    id: Uuid,
}

impl After {
    pub(super) fn row(row: &ItemRow) -> Self {
        Self { created_at: row.created_at, id: row.id }
    }
}

/// Leads, newest first: an agent's own, or all of them for an admin.
#[utoipa::path(
    get, path = "/api/v1/leads", operation_id = "list_leads", tag = "leads",
    params(LeadQuery),
    responses((status = 200, body = LeadList)),
    security(("bearer" = [])),
)]
pub async fn list_leads(
    agent: Agent,
    origin: Origin,
    query: Query<LeadQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let list = page_of(&state, origin.0, Scope::of(&agent.0), &query.0).await?;
    let body = serde_json::to_vec(&list).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

async fn page_of(
    state: &State,
    context: Context,
    scope: Scope,
    query: &LeadQuery,
) -> Result<LeadList> {
    let size = page::size(query.limit)?;
    let filters = query.filters();
    filters.check()?;
    let name = page::fingerprint(&filters);
    let after: Option<After> =
        query.cursor.as_deref().map(|cursor| page::decode(&name, cursor)).transpose()?;
    let country = state.profile.market.country.to_string();
    let count = query.count;
    let (rows, total) = state
        .db
        .tx(context, move |tx| {
            let (filters, scope, after) = (filters.clone(), scope.clone(), after.clone());
            let country = country.clone();
            Box::pin(async move {
                let total = match count {
                    true => Some(total(tx, &filters, &scope, &country).await?),
                    false => None,
                };
                let rows = rows(tx, &filters, &scope, &country, after.as_ref(), size + 1).await?;
                Ok((rows, total))
            })
        })
        .await?;
    let (rows, next_cursor) = page::cut(rows, size, &name, After::row)?;
    Ok(LeadList { items: rows.into_iter().map(LeadItem::from).collect(), next_cursor, total })
}

/// So many rows after a place, newest first: one statement.
pub(super) async fn rows(
    tx: &DatabaseTransaction,
    filters: &Filters,
    scope: &Scope,
    country: &str,
    after: Option<&After>,
    most: u64,
) -> Result<Vec<ItemRow>> {
    let mut conditions = filters.conditions(scope, country);
    if let Some(After { created_at, id }) = after {
        conditions.add("(l.created_at, l.id) < ({}, {})", [(*created_at).into(), (*id).into()]);
    }
    let sql = format!(
        "SELECT {ITEM_COLUMNS} FROM {ITEM_SOURCES} WHERE {} \
         ORDER BY l.created_at DESC, l.id DESC LIMIT {most}",
        conditions.sql()
    );
    let rows = tx.query_all_raw(statement(sql, conditions.into_values())).await?;
    Ok(rows.iter().map(|row| ItemRow::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

async fn total(
    tx: &DatabaseTransaction,
    filters: &Filters,
    scope: &Scope,
    country: &str,
) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Total {
        total: i64,
    }
    let conditions = filters.conditions(scope, country);
    let sql = format!("SELECT count(*) AS total FROM leads l WHERE {}", conditions.sql());
    let row = tx.query_one_raw(statement(sql, conditions.into_values())).await?;
    let total = row.map(|row| Total::from_query_result(&row, "")).transpose()?;
    Ok(total.map_or(0, |row| row.total))
}

/// A lead with its history and its tasks.
#[utoipa::path(
    get, path = "/api/v1/leads/{id}", operation_id = "get_lead", tag = "leads",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = LeadOut)),
    security(("bearer" = [])),
)]
pub async fn get_lead(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, scope) = (*id, Scope::of(&agent.0));
    let lead = state
        .db
        .tx(origin.0, move |tx| {
            let scope = scope.clone();
            Box::pin(async move { whole(tx, &scope, id).await })
        })
        .await?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let body = serde_json::to_vec(&lead).map_err(Error::internal)?;
    Ok(answer(&request, tag(&lead), body, &locale, Reuse::Never))
}

/// The version counts everything about a lead, its history and tasks too.
pub(super) fn tag(lead: &LeadOut) -> actix_web::http::header::EntityTag {
    etag::of_version(lead.item.version, "lead")
}

/// A lead as its transaction sees it.
///
/// # Errors
/// `404` where it is not there, or not the caller's to see.
pub(super) async fn whole(tx: &DatabaseTransaction, scope: &Scope, id: Uuid) -> Result<LeadOut> {
    #[derive(FromQueryResult)]
    struct Message {
        message: String,
    }
    const EVENTS: &str = "SELECT id, kind, actor_id, note, data, created_at FROM ( \
            SELECT * FROM lead_events WHERE lead_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200) e \
        ORDER BY created_at, id";
    const TASKS: &str = "SELECT id, title, due_at, done_at, assignee_id, created_at FROM lead_tasks \
        WHERE lead_id = $1 ORDER BY done_at IS NOT NULL, due_at NULLS LAST, created_at, id LIMIT 200";
    let (condition, values) = scope.condition(2);
    let sql = format!(
        "SELECT {ITEM_COLUMNS}, l.message FROM {ITEM_SOURCES} WHERE l.id = $1 AND {condition}"
    );
    let values = std::iter::once(id.into()).chain(values);
    let row = tx.query_one_raw(statement(sql, values)).await?;
    let row = row.ok_or_else(|| Error::not_found("lead"))?;
    let item = LeadItem::from(ItemRow::from_query_result(&row, "")?);
    let Message { message } = Message::from_query_result(&row, "")?;
    let events = tx.query_all_raw(statement(EVENTS, [id.into()])).await?;
    let events: Result<_, _> =
        events.iter().map(|row| LeadEventOut::from_query_result(row, "")).collect();
    let tasks = tx.query_all_raw(statement(TASKS, [id.into()])).await?;
    let tasks: Result<_, _> =
        tasks.iter().map(|row| LeadTaskOut::from_query_result(row, "")).collect();
    LeadOut::new(item, message, events?, tasks?)
}

/// The newest leads, for an operator.
///
/// # Errors
/// Those of the database.
pub async fn newest(
    db: &Db,
    filters: Filters,
    country: String,
    most: u64,
) -> Result<Vec<LeadItem>> {
    let rows = db
        .tx(Context::system("leads list"), move |tx| {
            let (filters, country) = (filters.clone(), country.clone());
            Box::pin(async move { rows(tx, &filters, &Scope::All, &country, None, most).await })
        })
        .await?;
    Ok(rows.into_iter().map(LeadItem::from).collect())
}
