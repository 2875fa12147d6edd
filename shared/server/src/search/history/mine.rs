//! `GET` and `DELETE /me/searches`: what is kept of the caller's own searches.

use actix_web::{HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::reports::rows;
use crate::{
    app::State,
    db::statement,
    error::Result,
    http::{
        auth::{Caller, Origin},
        page,
        params::Query,
    },
};

/// Which page.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct MySearchesQuery {
    /// Searches at once, 1..100.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A search of the caller's.
#[derive(Debug, Serialize, FromQueryResult, ToSchema)]
pub struct MySearch {
    /// Its id: `search_id` of its answer.
    pub id: Uuid,
    /// When it was asked.
    pub at: DateTime<Utc>,
    /// `words`, `filters` (without words), or `withheld` (its words looked personal).
    #[schema(example = "words")]
    pub kind: String,
    /// Its words, where they are kept.
    pub query: Option<String>,
    /// Language of the answer.
    pub locale: String,
    /// Its filters, as a list's parameters.
    #[schema(value_type = Object)]
    pub filters: serde_json::Value,
    /// Ids of what was understood of it.
    #[schema(value_type = Vec<String>)]
    pub chips: serde_json::Value,
    /// How many listings it found.
    pub total: i32,
    /// Whether there were no more than `total`.
    pub total_is_exact: bool,
    /// Milliseconds that it took.
    pub took_ms: i32,
    /// Whether it had to do without the model.
    pub degraded: bool,
    /// What was opened: `property_id`, `position`, `at`.
    #[schema(value_type = Vec<Object>)]
    pub clicks: serde_json::Value,
}

/// A page of the caller's searches, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct MySearchesOut {
    /// The searches.
    pub items: Vec<MySearch>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// What is kept of the caller's searches, the newest first.
#[utoipa::path(
    get, path = "/api/v1/me/searches", operation_id = "list_my_searches", tag = "search",
    params(MySearchesQuery),
    responses((status = 200, body = MySearchesOut)),
    security(("bearer" = [])),
)]
pub async fn list_my_searches(
    caller: Caller,
    origin: Origin,
    query: Query<MySearchesQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    const LIST: &str = "my searches";
    let Query(MySearchesQuery { limit, cursor }) = query;
    let size = page::size(limit)?;
    let after: Option<(DateTime<Utc>, Uuid)> =
        cursor.map(|cursor| page::decode(LIST, &cursor)).transpose()?;
    let mut values: Vec<Value> = vec![caller.user_id.into()];
    let narrow = match after {
        Some((at, id)) => {
            values.extend([at.into(), id.into()]);
            "AND (h.at, h.id) < ($2, $3)"
        }
        None => "",
    };
    // The owner is asked for, besides the row's own policy: an admin's shows everybody's.
    let sql = format!(
        "SELECT h.id, h.at, h.kind, h.query, h.locale, h.filters, h.chips, h.total, h.total_is_exact, h.took_ms, \
            h.degraded, coalesce((SELECT jsonb_agg(jsonb_build_object('property_id', c.property_id, \
                'position', c.position, 'at', c.at) ORDER BY c.at, c.property_id) \
                FROM search_clicks c WHERE c.search_id = h.id), '[]') AS clicks \
         FROM search_history h WHERE h.user_id = $1 {narrow} ORDER BY h.at DESC, h.id DESC LIMIT {}",
        size + 1
    );
    let found: Vec<MySearch> = rows(&state.db, origin.0, sql, values).await?;
    let (items, next_cursor) = page::cut(found, size, LIST, |row| (row.at, row.id))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(MySearchesOut { items, next_cursor }))
}

/// Forgets the caller's searches. One that another instance has answered within the last seconds
/// may come in afterwards.
#[utoipa::path(
    delete, path = "/api/v1/me/searches", operation_id = "forget_my_searches", tag = "search",
    responses((status = 204)),
    security(("bearer" = [])),
)]
pub async fn forget_my_searches(
    caller: Caller,
    origin: Origin,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    const SQL: &str = "DELETE FROM search_history WHERE user_id = $1";
    let user_id = caller.user_id;
    state.history.buffer.forget(user_id);
    state
        .db
        .tx(origin.0, move |tx| {
            Box::pin(async move {
                Ok(tx.execute_raw(statement(SQL, [user_id.into()])).await.map(drop)?)
            })
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
