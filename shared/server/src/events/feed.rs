//! The feed: every event once, numbered without gaps, in an order in which a reader who asks for
//! what comes after the last number it saw misses none.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    app::State,
    db::{Context, statement},
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Admin, Origin},
        etag, locale,
        params::Query,
    },
};

/// Events numbered at once: bounds how long the head's row is held.
const BATCH: i32 = 1000;

/// An event of the feed.
#[derive(Clone, Debug, FromQueryResult, Serialize, ToSchema)]
pub struct EventOut {
    /// Its number: one more than that of the event before it.
    pub seq: i64,
    /// What happened.
    #[schema(example = "listing.published")]
    pub kind: String,
    /// What it happened to.
    #[schema(example = "listing")]
    pub subject_type: String,
    /// Its id.
    pub subject_id: Uuid,
    /// Who did it; none for the platform itself.
    pub actor: Option<Uuid>,
    /// When.
    pub at: DateTime<Utc>,
    /// What a listener needs to know.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
}

/// A stretch of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventList {
    /// In the order of their numbers.
    pub items: Vec<EventOut>,
    /// Ask for this next: the last number seen, whether or not there were events.
    pub next_after: i64,
}

/// Where to read on.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// The last number seen; 0 is before the first.
    #[param(minimum = 0)]
    pub after: i64,
    /// Events at once.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: i64,
}

impl Default for FeedQuery {
    fn default() -> Self {
        Self { after: 0, limit: 100 }
    }
}

/// What happened, in order: ask again with `next_after`, and nothing is missed or seen twice.
#[utoipa::path(
    get, path = "/api/v1/admin/events", operation_id = "list_events", tag = "integration",
    params(FeedQuery),
    responses((status = 200, body = EventList)),
    security(("bearer" = [])),
)]
pub async fn list_events(
    _admin: Admin,
    origin: Origin,
    query: Query<FeedQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(FeedQuery { after, limit }) = query;
    if after < 0 {
        return Err(Error::parameter("after", "Must be 0 or more."));
    }
    if !(1..=1000).contains(&limit) {
        return Err(Error::parameter("limit", "Must be 1..1000."));
    }
    let items = state
        .db
        .tx(origin.0, move |tx| {
            Box::pin(async move {
                sequence(tx).await?;
                since(tx, after, limit).await
            })
        })
        .await?;
    let next_after = items.last().map_or(after, |event| event.seq);
    let body = serde_json::to_vec(&EventList { items, next_after }).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// Numbers what has committed since the last time; says what the last number is.
///
/// # Errors
/// Those of the database.
pub async fn sequence(tx: &DatabaseTransaction) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Head {
        seq: i64,
    }
    let sql = "SELECT sequence_events($1) AS seq";
    let row = tx.query_one_raw(statement(sql, [BATCH.into()])).await?;
    let row = row.ok_or_else(|| Error::internal(anyhow::anyhow!("a function has a value")))?;
    Ok(Head::from_query_result(&row, "")?.seq)
}

/// The events after a number.
///
/// # Errors
/// Those of the database.
pub async fn since(tx: &DatabaseTransaction, after: i64, limit: i64) -> Result<Vec<EventOut>> {
    const SQL: &str = "SELECT seq, kind, subject_type, subject_id, actor, at, data FROM events \
                       WHERE seq > $1 ORDER BY seq LIMIT $2";
    let rows = tx.query_all_raw(statement(SQL, [after.into(), limit.into()])).await?;
    Ok(rows.iter().map(|row| EventOut::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// Keeps the feed up to date where nobody reads it.
///
/// # Errors
/// Those of the database.
pub(crate) async fn advance(state: &State) -> Result<()> {
    state
        .db
        .tx(Context::system("event feed"), |tx| {
            Box::pin(async move { sequence(tx).await.map(drop) })
        })
        .await
}
