//! What became of a listing: its prices and its life, out of the append-only events.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    filters::Conditions,
    query::{self, Sight},
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::MaybeCaller,
        etag, locale, page,
        params::Query,
    },
};

/// Which part of the history.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Events at once, 1..100.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Something that happened to a listing.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryItem {
    /// What.
    #[schema(example = "listing.price_changed")]
    pub kind: String,
    /// When.
    pub at: DateTime<Utc>,
    /// For a changed price: what it was, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// For a changed price: what it is since, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
    /// For a changed price: the currency of what it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_currency: Option<String>,
    /// For a price: its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Which version it made; for those who manage the listing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Who did it; for those who manage the listing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<Uuid>,
}

/// A page of a listing's history, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryOut {
    /// What happened.
    pub items: Vec<HistoryItem>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(Debug, FromQueryResult)]
struct Row {
    is_theirs: bool,
    id: Option<i64>,
    kind: Option<String>,
    at: Option<DateTime<Utc>>,
    actor: Option<Uuid>,
    data: Option<serde_json::Value>,
}

/// A listing's prices and its life. Everyone sees what was public: prices, publication and
/// withdrawal since it was first published; those who manage it see all.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}/history", operation_id = "get_property_history", tag = "listings",
    params(("id" = Uuid, Path), HistoryQuery),
    responses((status = 200, body = HistoryOut)),
    security((), ("bearer" = [])),
)]
pub async fn get_property_history(
    id: web::Path<Uuid>,
    query: Query<HistoryQuery>,
    caller: MaybeCaller,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(HistoryQuery { limit, cursor }) = query;
    let size = page::size(limit)?;
    let list = page::fingerprint(&*id);
    let before: Option<i64> =
        cursor.as_deref().map(|cursor| page::decode(&list, cursor)).transpose()?;
    let sight = Sight::of(caller.0.as_ref());
    let (sql, values) = statement(*id, &sight, before, size);
    let rows: Vec<Row> = state.db.read().all(sql, values).await?;
    // The listing alone is a row, too: without one there is no listing to see.
    if rows.is_empty() {
        return Err(Error::not_found("listing"));
    }
    let (rows, next_cursor) = page::cut(rows, size, &list, |row| row.id)?;
    let items = rows.into_iter().filter_map(Row::into_item).collect();
    let body = serde_json::to_vec(&HistoryOut { items, next_cursor }).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let reuse = if matches!(sight, Sight::Public) { Reuse::AfterAsking } else { Reuse::Never };
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, reuse))
}

/// One statement: may they see the listing, do they manage it, and what happened.
fn statement(id: Uuid, sight: &Sight, before: Option<i64>, size: u64) -> (String, Vec<Value>) {
    let mut conditions = Conditions::default();
    conditions.add("p.id = {}", [id.into()]);
    query::see(&mut conditions, sight);
    let theirs = match sight {
        Sight::All => "true".to_owned(),
        Sight::Own(caller) => format!("coalesce({}, false)", query::owned(&mut conditions, caller)),
        Sight::Public => "false".to_owned(),
    };
    let before = conditions.bind(before.unwrap_or(i64::MAX).into());
    let sql = format!(
        "SELECT {theirs} AS is_theirs, e.id, e.kind, e.at, e.actor, e.data FROM properties p \
         LEFT JOIN LATERAL (SELECT e.id, e.kind, e.at, e.actor, e.data FROM events e \
           WHERE e.subject_id = p.id AND e.subject_type = 'listing' AND e.id < {before} \
             AND ({theirs} OR e.kind IN ('listing.price_changed', 'listing.published', 'listing.unpublished') \
               AND e.id >= (SELECT min(f.id) FROM events f \
                 WHERE f.subject_id = p.id AND f.kind = 'listing.published')) \
           ORDER BY e.id DESC LIMIT {}) e ON true \
         WHERE {} ORDER BY e.id DESC",
        size + 1,
        conditions.sql()
    );
    (sql, conditions.into_values())
}

impl Row {
    fn into_item(self) -> Option<HistoryItem> {
        let Self { is_theirs, id: _, kind, at, actor, data } = self;
        let data = data.unwrap_or_default();
        let number = |name: &str| data.get(name).and_then(serde_json::Value::as_i64);
        let text =
            |name: &str| data.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        Some(HistoryItem {
            kind: kind?,
            at: at?,
            from: number("from"),
            to: number("to").or_else(|| number("price")),
            from_currency: text("from_currency"),
            currency: text("currency"),
            version: number("version").filter(|_| is_theirs),
            actor: actor.filter(|_| is_theirs),
        })
    }
}
