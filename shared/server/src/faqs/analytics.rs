//! `GET /admin/faqs/analytics`: what became of the answers.

use actix_web::{HttpResponse, http::header, web};
use chrono::{NaiveDate, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    app::State,
    db::{Context, Db, statement},
    error::{Error, Result},
    http::{
        auth::{Admin, Origin},
        params::{Day, Query},
    },
};

/// Days that can be asked for at once.
const MOST_DAYS: i64 = 400;

/// Which days.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FaqAnalyticsQuery {
    /// The first day (UTC); 29 days before the last one if missing.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    /// The last day (UTC); today if missing.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
}

/// What became of a document.
#[derive(Debug, Serialize, FromQueryResult, ToSchema)]
pub struct FaqFigures {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Whether everyone sees it.
    pub is_published: bool,
    /// How often it came first in an answer that was given with confidence.
    pub matched: i64,
    /// How often it was opened.
    pub viewed: i64,
    /// How many said that it helped.
    pub helpful: i64,
    /// How many said that it did not.
    pub unhelpful: i64,
}

/// How searching went.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqAnalytics {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Questions that were asked.
    pub searches: i64,
    /// Of those, how many found no answer: see `GET /admin/faqs/gaps`.
    pub no_answer: i64,
    /// Documents that anything became of: those that fail their readers first, then by matches.
    pub items: Vec<FaqFigures>,
}

/// What became of the answers: which ones are found, opened, and of use.
#[utoipa::path(
    get, path = "/api/v1/admin/faqs/analytics", operation_id = "get_faq_analytics", tag = "faqs",
    params(FaqAnalyticsQuery),
    responses((status = 200, body = FaqAnalytics)),
    security(("bearer" = [])),
)]
pub async fn get_faq_analytics(
    _admin: Admin,
    origin: Origin,
    query: Query<FaqAnalyticsQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let Query(FaqAnalyticsQuery { from, to }) = query;
    let to = to.map_or_else(|| Utc::now().date_naive(), |day| day.0);
    let from = from.map_or_else(|| to - TimeDelta::days(29), |day| day.0);
    if from > to || (to - from).num_days() >= MOST_DAYS {
        let detail = format!("Must be `to` or up to {} days before it.", MOST_DAYS - 1);
        return Err(Error::parameter("from", detail));
    }
    let out = analytics(&state.db, origin.0, from, to).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(out))
}

async fn analytics(
    db: &Db,
    context: Context,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<FaqAnalytics> {
    #[derive(FromQueryResult)]
    struct Totals {
        searches: i64,
        no_answer: i64,
    }
    const TOTALS: &str = "SELECT coalesce(sum(searches), 0)::bigint AS searches, coalesce(sum(no_answer), 0)::bigint AS no_answer \
        FROM faq_search_days WHERE day BETWEEN $1 AND $2";
    const ITEMS: &str = "SELECT d.id, d.slug, d.is_published, n.matched, n.viewed, n.helpful, n.unhelpful \
        FROM (SELECT document_id, sum(matched) AS matched, sum(viewed) AS viewed, sum(helpful) AS helpful, \
                sum(unhelpful) AS unhelpful \
              FROM faq_days WHERE day BETWEEN $1 AND $2 GROUP BY document_id) n \
        JOIN faq_documents d ON d.id = n.document_id \
        ORDER BY greatest(n.unhelpful - n.helpful, 0) DESC, n.matched DESC, n.viewed DESC, d.slug LIMIT 1000";
    db.tx(context, move |tx| {
        Box::pin(async move {
            let days: [Value; 2] = [from.into(), to.into()];
            let totals = tx.query_one_raw(statement(TOTALS, days.clone())).await?;
            let totals = totals.map(|row| Totals::from_query_result(&row, "")).transpose()?;
            let Totals { searches, no_answer } =
                totals.unwrap_or(Totals { searches: 0, no_answer: 0 });
            let rows = tx.query_all_raw(statement(ITEMS, days)).await?;
            let items = rows.iter().map(|row| FaqFigures::from_query_result(row, ""));
            let items = items.collect::<Result<_, _>>()?;
            Ok(FaqAnalytics { from, to, searches, no_answer, items })
        })
    })
    .await
}
