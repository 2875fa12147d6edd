//! `GET /admin/search/queries`: what people ask, added up.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::State,
    db::{Context, Db, statement},
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Admin, Origin},
        etag, locale, page,
        params::{Moment, Query},
    },
};

/// Days that a report may span.
const LONGEST: TimeDelta = TimeDelta::days(400);

/// Days that it spans if nothing is said.
const USUAL: TimeDelta = TimeDelta::days(30);

/// Which questions.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = SearchKind)]
pub enum Kind {
    /// The most frequent first.
    #[default]
    Top,
    /// Those that found nothing, the most frequent first.
    Zero,
    /// The slowest first, by the slowest twentieth of their searches.
    Slow,
    /// Those that found something of which nothing was opened, the most frequent first.
    Abandoned,
}

impl Kind {
    /// What orders the questions, and which there are. A rare text may say who asked it: it is told
    /// only where three have asked it. What finds nothing is told from the first time, because
    /// that is what somebody can mend; the texts are those that do not look personal.
    fn order(self) -> (&'static str, &'static str) {
        match self {
            Self::Top => ("searches", "askers >= 3"),
            Self::Zero => ("zero", "zero > 0"),
            Self::Slow => ("p95_took_ms", "askers >= 3"),
            Self::Abandoned => ("abandoned", "abandoned > 0 AND askers >= 3"),
        }
    }
}

/// A stretch of time, and which questions of it.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct QueriesQuery {
    /// From this moment on (RFC 3339); 30 days before `to` if missing.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Moment>,
    /// Before this moment (RFC 3339); now if missing.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Moment>,
    /// Which questions; `top` if missing.
    pub kind: Kind,
    /// Those that were answered in this language.
    #[param(example = "th")]
    pub locale: Option<String>,
    /// Questions at once, 1..100.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before, with the same `from` and `to`.
    pub cursor: Option<String>,
}

/// A question, and how it went.
#[derive(Debug, Serialize, Deserialize, FromQueryResult, ToSchema)]
pub struct AskedQuery {
    /// Its words, in lower case.
    pub query: String,
    /// How often it was asked.
    pub searches: i64,
    /// By how many people with an account.
    pub people: i64,
    /// By about how many in all: people, and visitors of a day.
    pub askers: i64,
    /// Share of the searches that found nothing, 0..1.
    pub zero_share: f64,
    /// Hits that were opened.
    pub clicks: i64,
    /// Share of the searches of which something was opened, 0..1.
    pub click_through: f64,
    /// Where what was opened stood, on average, from 1; null where nothing was.
    pub mean_position: Option<f64>,
    /// Milliseconds that nineteen of twenty searches did not exceed.
    pub p95_took_ms: i32,
    /// When it was asked last.
    pub last_at: DateTime<Utc>,
    /// What the page is ordered by.
    #[serde(skip)]
    rank: i64,
}

/// A page of questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueriesOut {
    /// The questions.
    pub items: Vec<AskedQuery>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// What people ask, added up.
#[utoipa::path(
    get, path = "/api/v1/admin/search/queries", operation_id = "list_search_queries", tag = "search",
    params(QueriesQuery),
    responses((status = 200, body = QueriesOut)),
    security(("bearer" = [])),
)]
pub async fn list_search_queries(
    _admin: Admin,
    origin: Origin,
    query: Query<QueriesQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let found = queries(&state.db, origin.0, &query.0).await?;
    let body = serde_json::to_vec(&found).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// A page of questions, for whoever may see them.
///
/// # Errors
/// `400` for a stretch of time, a page size or a cursor that cannot be; those of the database.
pub(crate) async fn queries(db: &Db, context: Context, query: &QueriesQuery) -> Result<QueriesOut> {
    let (sql, values) = queries_statement(query)?;
    let rows: Vec<AskedQuery> = rows(db, context, sql, values).await?;
    let list = identity(query);
    let (items, next_cursor) =
        page::cut(rows, page::size(query.limit)?, &list, |row| (row.rank, row.query.clone()))?;
    Ok(QueriesOut { items, next_cursor })
}

pub(crate) async fn rows<T: FromQueryResult + Send + 'static>(
    db: &Db,
    context: Context,
    sql: String,
    values: Vec<Value>,
) -> Result<Vec<T>> {
    db.tx(context, move |tx| {
        let statement = statement(sql.clone(), values.clone());
        Box::pin(async move {
            let rows = tx.query_all_raw(statement).await?;
            Ok(rows.iter().map(|row| T::from_query_result(row, "")).collect::<Result<_, _>>()?)
        })
    })
    .await
}

fn identity(query: &QueriesQuery) -> String {
    let QueriesQuery { from, to, kind, locale, limit: _, cursor: _ } = query;
    page::fingerprint(&(from, to, kind, locale))
}

/// The stretch of time that is meant.
///
/// # Errors
/// `400` where it has no length, or too much.
pub(crate) fn stretch(
    from: Option<Moment>,
    to: Option<Moment>,
) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let to = to.map_or_else(Utc::now, |Moment(to)| to);
    let from = from.map_or(to - USUAL, |Moment(from)| from);
    if from >= to {
        return Err(Error::parameter("from", "Must be before `to`."));
    }
    if to - from > LONGEST {
        let detail = format!("Must be at most {} days before `to`.", LONGEST.num_days());
        return Err(Error::parameter("from", detail));
    }
    Ok((from, to))
}

/// The one statement behind a page; public so that a test can look at its plan.
///
/// # Errors
/// `400` for a stretch of time, a page size or a cursor that cannot be.
#[doc(hidden)]
pub fn queries_statement(query: &QueriesQuery) -> Result<(String, Vec<Value>)> {
    let size = page::size(query.limit)?;
    let (from, to) = stretch(query.from, query.to)?;
    let mut values: Vec<Value> = vec![from.into(), to.into()];
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let spoken = match &query.locale {
        Some(locale) => format!("AND h.locale = {}", bind(locale.as_str().into())),
        None => String::new(),
    };
    let (rank, which) = query.kind.order();
    let after: Option<(i64, String)> =
        query.cursor.as_deref().map(|cursor| page::decode(&identity(query), cursor)).transpose()?;
    let after = match after {
        Some((last, text)) => {
            let (last, text) = (bind(last.into()), bind(text.into()));
            format!("AND ({rank} < {last} OR {rank} = {last} AND query > {text})")
        }
        None => String::new(),
    };
    let sql = format!(
        "WITH opened AS MATERIALIZED (\
            SELECT c.search_id, count(*) AS clicks, sum(c.position) AS positions FROM search_clicks c \
            WHERE c.at >= $1 AND c.at < $2 + interval '1 hour' GROUP BY c.search_id), \
         asked AS (\
            SELECT h.normalised, h.at, h.user_id, h.is_repeat, h.total, h.took_ms, o.clicks, o.positions \
            FROM search_history h LEFT JOIN opened o ON o.search_id = h.id \
            WHERE h.at >= $1 AND h.at < $2 AND h.normalised IS NOT NULL {spoken}), \
         told AS (\
            SELECT normalised AS query, count(*) AS searches, count(DISTINCT user_id) AS people, \
                count(DISTINCT user_id) + count(*) FILTER (WHERE user_id IS NULL AND NOT is_repeat) AS askers, \
                count(*) FILTER (WHERE total = 0) AS zero, \
                count(*) FILTER (WHERE total > 0 AND clicks IS NULL) AS abandoned, \
                coalesce(sum(clicks), 0)::bigint AS clicks, \
                count(clicks)::double precision / count(*) AS click_through, \
                sum(positions)::double precision / sum(clicks)::double precision AS mean_position, \
                percentile_disc(0.95) WITHIN GROUP (ORDER BY took_ms) AS p95_took_ms, max(at) AS last_at \
            FROM asked GROUP BY normalised) \
         SELECT query, searches, people, askers, zero::double precision / searches AS zero_share, clicks, \
            click_through, mean_position, p95_took_ms, last_at, {rank}::bigint AS rank \
         FROM told WHERE {which} {after} ORDER BY {rank} DESC, query LIMIT {}",
        size + 1
    );
    Ok((sql, values))
}
