//! `GET` and `PUT /properties/{id}/pricing`: what the price of a stay depends on besides prices.

use actix_web::{HttpRequest, HttpResponse, web};
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::whole;
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        auth::{Agent, Origin},
        body::Body,
        etag,
    },
    listings::{details::MOST, service::managed},
};

/// What the price of a stay depends on besides prices, in minor units of the listing's currency.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PricingTerms {
    /// Per night of the weekend, where it differs; seasons have their own.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub weekend_price_per_night: Option<i64>,
    /// ISO weekdays (1 = Monday) whose nights cost the weekend's price.
    #[garde(length(max = 7), inner(range(min = 1, max = 7)))]
    #[schema(max_items = 7)]
    #[serde(default = "friday_and_saturday")]
    pub weekend_nights: Vec<i16>,
    /// Guests who are in the price; goes with `extra_guest_fee`.
    #[garde(inner(range(min = 1, max = 1000)))]
    #[schema(minimum = 1, maximum = 1000)]
    pub included_guests: Option<i32>,
    /// Each guest beyond them, each night.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub extra_guest_fee: Option<i64>,
    /// What nights of public holidays cost more, hundredths of a percent.
    #[garde(range(min = 0, max = 20_000))]
    #[schema(minimum = 0, maximum = 20_000)]
    #[serde(default)]
    pub holiday_surcharge_bps: i32,
    /// For stays of a month or longer: the deposit in months of rent, instead of the amount.
    #[garde(inner(range(min = 0, max = 12)))]
    #[schema(minimum = 0, maximum = 12)]
    pub deposit_months: Option<i32>,
    /// For stays of a month or longer: months that are paid at once; the others as they begin.
    #[garde(inner(range(min = 1, max = 12)))]
    #[schema(minimum = 1, maximum = 12)]
    pub advance_months: Option<i32>,
}

fn friday_and_saturday() -> Vec<i16> {
    vec![5, 6]
}

impl Default for PricingTerms {
    fn default() -> Self {
        Self {
            weekend_price_per_night: None,
            weekend_nights: friday_and_saturday(),
            included_guests: None,
            extra_guest_fee: None,
            holiday_surcharge_bps: 0,
            deposit_months: None,
            advance_months: None,
        }
    }
}

/// The terms of a listing, for those who manage it.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}/pricing", operation_id = "get_pricing", tag = "stays",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = PricingTerms)),
    security(("bearer" = [])),
)]
pub async fn get_pricing(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (caller, id) = (agent.0, *id);
    let terms = state
        .db
        .tx(origin.0, move |tx| {
            let caller = caller.clone();
            Box::pin(async move {
                managed(tx, id, &caller).await?;
                read(tx, id).await
            })
        })
        .await?;
    whole::respond(&terms)
}

/// Replaces the terms of a listing. Prices that were given before are kept to.
#[utoipa::path(
    put, path = "/api/v1/properties/{id}/pricing", operation_id = "put_pricing", tag = "stays",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the terms being replaced")),
    request_body = PricingTerms,
    responses((status = 200, body = PricingTerms)),
    security(("bearer" = [])),
)]
pub async fn put_pricing(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<PricingTerms>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (caller, id, seen) = (agent.0, *id, etag::seen(&request)?.to_owned());
    let terms = sound(body.value)?;
    let terms = state
        .db
        .tx(origin.0, move |tx| {
            let (caller, seen, terms) = (caller.clone(), seen.clone(), terms.clone());
            Box::pin(async move {
                whole::lock(tx, &caller, id).await?;
                whole::expect(&seen, &read(tx, id).await?)?;
                write(tx, id, &terms).await?;
                read(tx, id).await
            })
        })
        .await?;
    whole::respond(&terms)
}

/// Terms that go together, each day said once.
///
/// # Errors
/// `422` where one of two is missing.
pub(crate) fn sound(mut terms: PricingTerms) -> Result<PricingTerms> {
    let missing = match (terms.included_guests, terms.extra_guest_fee) {
        (Some(_), None) => "/extra_guest_fee",
        (None, Some(_)) => "/included_guests",
        _ => {
            terms.weekend_nights.sort_unstable();
            terms.weekend_nights.dedup();
            return Ok(terms);
        }
    };
    let detail = "included_guests and extra_guest_fee go together.";
    Err(Error::field(missing, "required", detail))
}

async fn read(tx: &DatabaseTransaction, id: Uuid) -> Result<PricingTerms> {
    const SQL: &str = "SELECT to_jsonb(t) - '{property_id,created_at,updated_at}'::text[] AS terms \
                       FROM pricing_terms t WHERE t.property_id = $1";
    #[derive(FromQueryResult)]
    struct Row {
        terms: serde_json::Value,
    }
    let Some(row) = tx.query_one_raw(statement(SQL, [id.into()])).await? else {
        return Ok(PricingTerms::default());
    };
    serde_json::from_value(Row::from_query_result(&row, "")?.terms).map_err(Error::internal)
}

/// Replaces the terms of a listing; whether they were others.
///
/// # Errors
/// Those of the database.
pub(crate) async fn write(tx: &DatabaseTransaction, id: Uuid, terms: &PricingTerms) -> Result<u64> {
    const COLUMNS: &str = "weekend_price_per_night, weekend_nights, included_guests, extra_guest_fee, \
                           holiday_surcharge_bps, deposit_months, advance_months";
    let of = |prefix: &str| {
        COLUMNS.split(", ").map(|column| format!("{prefix}{column}")).collect::<Vec<_>>().join(", ")
    };
    let (given, new, old) = (of("g."), of("excluded."), of("t."));
    let sql = format!(
        "INSERT INTO pricing_terms AS t (property_id, {COLUMNS}) SELECT $1, {given} \
         FROM jsonb_populate_record(NULL::pricing_terms, $2::jsonb) g \
         ON CONFLICT (property_id) DO UPDATE SET ({COLUMNS}) = ROW({new}) \
         WHERE ROW({new}) IS DISTINCT FROM ROW({old})"
    );
    let json = serde_json::to_value(terms).map_err(Error::internal)?;
    Ok(tx.execute_raw(statement(sql, [id.into(), json.into()])).await?.rows_affected())
}
