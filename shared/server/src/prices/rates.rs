//! `GET` and `PUT /properties/{id}/rates`: the seasons of a listing, all at once.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::whole;
use crate::{
    app::State,
    db::statement,
    error::{Error, FieldError, Result},
    events::{self, Event},
    http::{
        auth::{Agent, Origin},
        body::Body,
        etag,
    },
    listings::{details::MOST, input::not_blank, service::managed},
    quotes::create::calendar_day,
};

/// Days that a season has at most; ten years, as the database says.
const LONGEST: i64 = 3660;

/// The seasons of a listing. Nights outside of them have the prices of the listing itself.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// By their first night; no two share one.
    #[garde(length(max = 200), dive)]
    #[schema(max_items = 200)]
    pub seasons: Vec<SeasonRate>,
}

/// A stretch of nights with prices of its own, in minor units of the listing's currency.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeasonRate {
    /// What it is called; guests see it.
    #[garde(inner(length(chars, min = 1, max = 120), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 120, example = "High season")]
    pub label: Option<String>,
    /// First night.
    #[garde(custom(calendar_day))]
    pub from: NaiveDate,
    /// The day after the last night.
    #[garde(custom(calendar_day))]
    pub to: NaiveDate,
    /// Per night.
    #[garde(range(min = 1, max = MOST))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub price_per_night: i64,
    /// Per night of the weekend, where it differs.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub weekend_price_per_night: Option<i64>,
    /// Per seven nights; where it is missing, this season has no weeks.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub price_per_week: Option<i64>,
    /// Per calendar month; where it is missing, this season has no months.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub price_per_month: Option<i64>,
    /// Shortest stay that begins in it, nights.
    #[garde(range(min = 1, max = 366))]
    #[schema(minimum = 1, maximum = 366)]
    #[serde(default = "one")]
    pub min_nights: i32,
    /// ISO weekdays (1 = Monday) on which guests may arrive; empty: any.
    #[garde(length(max = 7), inner(range(min = 1, max = 7)))]
    #[schema(max_items = 7)]
    #[serde(default)]
    pub arrival_days: Vec<i16>,
    /// Days ahead that it must be booked.
    #[garde(range(min = 0, max = 365))]
    #[schema(minimum = 0, maximum = 365)]
    #[serde(default)]
    pub notice_days: i32,
}

fn one() -> i32 {
    1
}

/// The seasons of a listing, for those who manage it.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}/rates", operation_id = "get_rates", tag = "stays",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = Rates)),
    security(("bearer" = [])),
)]
pub async fn get_rates(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (caller, id) = (agent.0, *id);
    let rates = state
        .db
        .tx(origin.0, move |tx| {
            let caller = caller.clone();
            Box::pin(async move {
                managed(tx, id, &caller).await?;
                read(tx, id).await
            })
        })
        .await?;
    whole::respond(&rates)
}

/// Replaces the seasons of a listing. Prices that were given before are kept to.
#[utoipa::path(
    put, path = "/api/v1/properties/{id}/rates", operation_id = "put_rates", tag = "stays",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the seasons being replaced")),
    request_body = Rates,
    responses((status = 200, body = Rates)),
    security(("bearer" = [])),
)]
pub async fn put_rates(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<Rates>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (caller, id, seen) = (agent.0, *id, etag::seen(&request)?.to_owned());
    let seasons = in_order(body.value.seasons)?;
    let rates = state
        .db
        .tx(origin.0, move |tx| {
            let (caller, seen, seasons) = (caller.clone(), seen.clone(), seasons.clone());
            Box::pin(async move {
                whole::lock(tx, &caller, id).await?;
                whole::expect(&seen, &read(tx, id).await?)?;
                replace(tx, id, &seasons).await?;
                let data = json!({"seasons": seasons.len()});
                events::record(tx, Event { kind: "listing.rates_changed", subject_id: id, data })
                    .await?;
                read(tx, id).await
            })
        })
        .await?;
    whole::respond(&rates)
}

/// Seasons by their first night, if each has one and no two share one.
///
/// # Errors
/// `422` that names every season at fault, by its place in what was sent.
pub(crate) fn in_order(seasons: Vec<SeasonRate>) -> Result<Vec<SeasonRate>> {
    let mut wrong = Vec::new();
    let mut placed: Vec<_> = seasons.into_iter().enumerate().collect();
    for (nth, season) in &placed {
        let detail = match (season.to - season.from).num_days() {
            ..=0 => "Must be after from.".to_owned(),
            days if days > LONGEST => format!("A season has {LONGEST} nights at most."),
            _ => continue,
        };
        wrong.push(FieldError::new(format!("/seasons/{nth}/to"), "invalid", detail));
    }
    placed.sort_by_key(|(_, season)| season.from);
    for pair in placed.windows(2) {
        if let [(before, earlier), (nth, later)] = pair
            && later.from < earlier.to
        {
            let detail =
                format!("Shares nights with /seasons/{before}, which ends on {}.", earlier.to);
            wrong.push(FieldError::new(format!("/seasons/{nth}/from"), "overlaps", detail));
        }
    }
    match wrong.is_empty() {
        true => Ok(placed.into_iter().map(|(_, season)| season).collect()),
        false => Err(Error::invalid(wrong)),
    }
}

async fn read(tx: &DatabaseTransaction, id: Uuid) -> Result<Rates> {
    const SQL: &str = "SELECT coalesce(jsonb_agg(jsonb_build_object('label', r.label, 'from', lower(r.during), \
          'to', upper(r.during), 'price_per_night', r.price_per_night, \
          'weekend_price_per_night', r.weekend_price_per_night, 'price_per_week', r.price_per_week, \
          'price_per_month', r.price_per_month, 'min_nights', r.min_nights, 'arrival_days', r.arrival_days, \
          'notice_days', r.notice_days) ORDER BY lower(r.during)), '[]') AS seasons \
        FROM rates r WHERE r.property_id = $1";
    #[derive(FromQueryResult)]
    struct Row {
        seasons: serde_json::Value,
    }
    let row = tx.query_one_raw(statement(SQL, [id.into()])).await?;
    let row = row.ok_or_else(|| Error::internal(anyhow::anyhow!("no seasons were read")))?;
    let Row { seasons } = Row::from_query_result(&row, "")?;
    Ok(Rates { seasons: serde_json::from_value(seasons).map_err(Error::internal)? })
}

/// Replaces the seasons of a listing; how many rows went and came. What is the same stays as it is:
/// the audit trail tells what was changed.
///
/// # Errors
/// Those of the database.
pub(crate) async fn replace(
    tx: &DatabaseTransaction,
    id: Uuid,
    seasons: &[SeasonRate],
) -> Result<u64> {
    const COLUMNS: &str = "label, during, price_per_night, weekend_price_per_night, price_per_week, price_per_month, \
                           min_nights, arrival_days, notice_days";
    const GIVEN: &str = "SELECT s.label, daterange(s.\"from\", s.\"to\") AS during, s.price_per_night, \
          s.weekend_price_per_night, s.price_per_week, s.price_per_month, s.min_nights, s.arrival_days, s.notice_days \
        FROM jsonb_to_recordset($2::text::jsonb) AS s (label text, \"from\" date, \"to\" date, price_per_night bigint, \
          weekend_price_per_night bigint, price_per_week bigint, price_per_month bigint, min_nights integer, \
          arrival_days smallint[], notice_days integer)";
    let given = serde_json::to_string(seasons).map_err(Error::internal)?;
    let of_rates = COLUMNS.split(", ").map(|column| format!("r.{column}"));
    let of_rates = of_rates.collect::<Vec<_>>().join(", ");
    let delete = format!(
        "DELETE FROM rates r WHERE r.property_id = $1 AND NOT EXISTS (SELECT FROM ({GIVEN}) g \
         WHERE ROW(g.*) IS NOT DISTINCT FROM ROW({of_rates}))"
    );
    let insert = format!(
        "INSERT INTO rates (property_id, {COLUMNS}) SELECT $1, g.* FROM ({GIVEN}) g \
         WHERE NOT EXISTS (SELECT FROM rates r WHERE r.property_id = $1 AND r.during = g.during)"
    );
    let mut changed = 0;
    for sql in [delete, insert] {
        let done = tx.execute_raw(statement(sql, [id.into(), given.clone().into()])).await?;
        changed += done.rows_affected();
    }
    Ok(changed)
}
