//! `GET /admin/search/summary`: how searching went, day by day.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use sea_orm::{FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::reports::{rows, stretch};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Admin, Origin},
        etag, locale,
        params::{Moment, Query},
    },
};

/// A stretch of time.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SummaryQuery {
    /// From this moment on (RFC 3339); 30 days before `to` if missing.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Moment>,
    /// Before this moment (RFC 3339); now if missing.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Moment>,
    /// Searches that were answered in this language.
    #[param(example = "th")]
    pub locale: Option<String>,
}

/// A day's searches: with words, with filters alone, and those whose words were not kept.
#[derive(Debug, Serialize, FromQueryResult, ToSchema)]
pub struct SearchDay {
    /// The day, in the brand's time zone.
    pub day: NaiveDate,
    /// How many there were.
    pub searches: i64,
    /// Share that found nothing, 0..1.
    pub zero_share: f64,
    /// Share that had to do without the model, 0..1.
    pub degraded_share: f64,
    /// Milliseconds that half of them did not exceed.
    pub p50_took_ms: i32,
    /// Milliseconds that nineteen of twenty did not exceed.
    pub p95_took_ms: i32,
    /// Share of which something was opened, 0..1.
    pub click_through: f64,
}

/// Days, the first one first; a day without searches is not there.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchSummaryOut {
    /// The days.
    pub items: Vec<SearchDay>,
}

/// How searching went, day by day.
#[utoipa::path(
    get, path = "/api/v1/admin/search/summary", operation_id = "get_search_summary", tag = "search",
    params(SummaryQuery),
    responses((status = 200, body = SearchSummaryOut)),
    security(("bearer" = [])),
)]
pub async fn get_search_summary(
    _admin: Admin,
    origin: Origin,
    query: Query<SummaryQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let zone = String::from(state.profile.market.timezone);
    let (sql, values) = summary_statement(&query.0, &zone)?;
    let items = rows(&state.db, origin.0, sql, values).await?;
    let body = serde_json::to_vec(&SearchSummaryOut { items }).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// The one statement behind it; public so that a test can look at its plan.
///
/// # Errors
/// `400` for a stretch of time that cannot be.
#[doc(hidden)]
pub fn summary_statement(query: &SummaryQuery, zone: &str) -> Result<(String, Vec<Value>)> {
    let SummaryQuery { from, to, locale } = query;
    let (from, to) = stretch(*from, *to)?;
    let mut values: Vec<Value> = vec![from.into(), to.into(), zone.into()];
    let spoken = match locale {
        Some(locale) => {
            values.push(locale.as_str().into());
            "AND h.locale = $4"
        }
        None => "",
    };
    let sql = format!(
        "WITH opened AS MATERIALIZED (\
            SELECT DISTINCT c.search_id FROM search_clicks c \
            WHERE c.at >= $1 AND c.at < $2 + interval '1 hour') \
         SELECT (h.at AT TIME ZONE $3)::date AS day, count(*) AS searches, \
            (count(*) FILTER (WHERE h.total = 0))::double precision / count(*) AS zero_share, \
            (count(*) FILTER (WHERE h.degraded))::double precision / count(*) AS degraded_share, \
            percentile_disc(0.5) WITHIN GROUP (ORDER BY h.took_ms) AS p50_took_ms, \
            percentile_disc(0.95) WITHIN GROUP (ORDER BY h.took_ms) AS p95_took_ms, \
            count(o.search_id)::double precision / count(*) AS click_through \
         FROM search_history h LEFT JOIN opened o ON o.search_id = h.id \
         WHERE h.at >= $1 AND h.at < $2 {spoken} GROUP BY 1 ORDER BY 1"
    );
    Ok((sql, values))
}
