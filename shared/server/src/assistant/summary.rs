//! `GET /admin/chat/summary`: how answering went, day by day.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use sea_orm::{FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::State,
    error::Result,
    http::{
        answer::private,
        auth::{Admin, Origin},
        params::{Moment, Query},
    },
    search::history::reports::{rows, stretch},
};

/// A stretch of time.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AnswersQuery {
    /// From this moment on (RFC 3339); 30 days before `to` if missing.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Moment>,
    /// Before this moment (RFC 3339); now if missing.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Moment>,
}

/// A day's answers.
#[derive(Debug, Serialize, FromQueryResult, ToSchema)]
pub struct AnswersDay {
    /// The day, in the brand's time zone.
    pub day: NaiveDate,
    /// How many there were.
    pub answers: i64,
    /// By the model, to their end.
    pub by_model: i64,
    /// Where the model was away or had spent what it may, so that the guide answered.
    pub degraded: i64,
    /// That did not come to their end.
    pub failed: i64,
    /// Milliseconds to the first words that half of them did not exceed.
    pub p50_first_ms: Option<i32>,
    /// Milliseconds to the first words that nineteen of twenty did not exceed.
    pub p95_first_ms: Option<i32>,
    /// Tokens that the model spent.
    pub tokens: i64,
    /// What they cost, minor units of the brand's currency: `assistant.million_tokens_cost`.
    pub cost: i64,
    /// Sentences that were left out, because nothing backed them or they were in another language.
    pub blocked: i64,
    /// Calls of tools that came to nothing.
    pub tool_errors: i64,
    /// Conversations that were handed over to a person.
    pub handoffs: i64,
    /// Answers that helped, as their askers say.
    pub helpful: i64,
    /// Answers that did not.
    pub unhelpful: i64,
}

/// Days, the first one first; a day without answers is not there.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswersSummary {
    /// The days.
    pub items: Vec<AnswersDay>,
}

/// How answering went, day by day.
#[utoipa::path(
    get, path = "/api/v1/admin/chat/summary", operation_id = "get_chat_summary", tag = "assistant",
    params(AnswersQuery),
    responses((status = 200, body = AnswersSummary)),
    security(("bearer" = [])),
)]
pub async fn get_chat_summary(
    _admin: Admin,
    origin: Origin,
    query: Query<AnswersQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let zone = String::from(state.profile.market.timezone);
    let price = state.profile.assistant.million_tokens_cost;
    let (sql, values) = summary_statement(&query.0, &zone, price)?;
    let items = rows(&state.db, origin.0, sql, values).await?;
    Ok(private(&AnswersSummary { items }))
}

/// The one statement behind it; public so that a test can look at its plan.
///
/// # Errors
/// `400` for a stretch of time that cannot be.
#[doc(hidden)]
pub fn summary_statement(
    query: &AnswersQuery,
    zone: &str,
    million_tokens_cost: u32,
) -> Result<(String, Vec<Value>)> {
    // The platform's own notes are no answers.
    const SQL: &str = "WITH handed AS (\
            SELECT (c.handed_over_at AT TIME ZONE $3)::date AS day, count(*) AS handoffs FROM chat_conversations c \
            WHERE c.handed_over_at >= $1 AND c.handed_over_at < $2 GROUP BY 1), \
        made AS (\
            SELECT (m.created_at AT TIME ZONE $3)::date AS day, count(*) AS answers, \
                count(*) FILTER (WHERE m.state = 'done' AND m.made_by <> 'guide' AND NOT m.parts @> '{\"degraded\": true}') AS by_model, \
                count(*) FILTER (WHERE m.parts @> '{\"degraded\": true}') AS degraded, \
                count(*) FILTER (WHERE m.state = 'failed') AS failed, \
                percentile_disc(0.5) WITHIN GROUP (ORDER BY m.first_ms) AS p50_first_ms, \
                percentile_disc(0.95) WITHIN GROUP (ORDER BY m.first_ms) AS p95_first_ms, \
                sum(m.tokens)::bigint AS tokens, sum(m.blocked)::bigint AS blocked, sum(m.tool_errors)::bigint AS tool_errors, \
                count(*) FILTER (WHERE m.is_helpful) AS helpful, count(*) FILTER (WHERE NOT m.is_helpful) AS unhelpful \
            FROM chat_messages m WHERE m.author = 'assistant' AND m.created_at >= $1 AND m.created_at < $2 \
                AND m.made_by IS DISTINCT FROM 'platform' GROUP BY 1) \
        SELECT day, coalesce(answers, 0) AS answers, coalesce(by_model, 0) AS by_model, coalesce(degraded, 0) AS degraded, \
            coalesce(failed, 0) AS failed, p50_first_ms, p95_first_ms, coalesce(tokens, 0) AS tokens, \
            (coalesce(tokens, 0)::numeric * $4 / 1000000)::bigint AS cost, coalesce(blocked, 0) AS blocked, \
            coalesce(tool_errors, 0) AS tool_errors, coalesce(handoffs, 0) AS handoffs, \
            coalesce(helpful, 0) AS helpful, coalesce(unhelpful, 0) AS unhelpful \
        FROM made FULL JOIN handed USING (day) ORDER BY day";
    let AnswersQuery { from, to } = query;
    let (from, to) = stretch(*from, *to)?;
    let price = i64::from(million_tokens_cost);
    Ok((SQL.to_owned(), vec![from.into(), to.into(), zone.into(), price.into()]))
}
