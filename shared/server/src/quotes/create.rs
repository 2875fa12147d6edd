//! `POST /properties/{id}/quote`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{Datelike, NaiveDate};
use garde::Validate;
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use terrace_pricing::Stay;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{output::QuoteOut, service};
use crate::{
    app::State,
    db::statement,
    error::{Code, Error, Result},
    http::{
        auth::{MaybeCaller, Origin},
        body::Body,
        locale,
    },
    listings::{filters::Conditions, input::not_blank, query::Sight, query::see},
};

/// What is asked for.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteIn {
    /// The first night.
    #[garde(custom(calendar_day))]
    #[schema(example = "2026-12-24")]
    pub check_in: NaiveDate,
    /// The day of leaving; not slept.
    #[garde(custom(calendar_day))]
    #[schema(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// People who sleep there.
    #[garde(range(min = 1, max = 1000))]
    #[schema(minimum = 1, maximum = 1000)]
    pub guests: i32,
    /// Code of a coupon.
    #[garde(inner(length(chars, min = 1, max = 40), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 40)]
    pub coupon: Option<String>,
}

/// A day that somebody may mean.
pub(crate) fn calendar_day(day: &NaiveDate, (): &()) -> garde::Result {
    if (2000..=2200).contains(&day.year()) {
        return Ok(());
    }
    Err(garde::Error::new("must be a day of the years 2000 to 2200"))
}

/// Gives the price of a stay, line by line, and keeps to it for a while. Nothing is booked by it.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/quote", operation_id = "create_quote", tag = "stays",
    params(("id" = Uuid, Path)),
    request_body = QuoteIn,
    responses((status = 201, body = QuoteOut)),
    security((), ("bearer" = [])),
)]
pub async fn create_quote(
    id: web::Path<Uuid>,
    caller: MaybeCaller,
    origin: Origin,
    body: Body<QuoteIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let id = *id;
    let QuoteIn { check_in, check_out, guests, coupon } = body.value;
    let stay = Stay { check_in, check_out, guests, coupon };
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let sight = Sight::of(caller.0.as_ref());
    let wired = state.clone();
    let stored = state
        .db
        .tx(origin.0, move |tx| {
            let (state, stay, sight) = (wired.clone(), stay.clone(), sight.clone());
            Box::pin(async move {
                visible(tx, id, &sight).await?;
                let priced = service::price(tx, &state, id, &stay).await?;
                free(tx, id, &stay).await?;
                service::keep(tx, &state, id, priced).await
            })
        })
        .await?;
    let out = QuoteOut::of(stored, &locale);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/quotes/{}", out.id)))
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(out))
}

/// A listing that the caller may not see has no price.
async fn visible(db: &impl ConnectionTrait, id: Uuid, sight: &Sight) -> Result<()> {
    let mut conditions = Conditions::default();
    conditions.add("p.id = {}", [id.into()]);
    see(&mut conditions, sight);
    let sql = format!("SELECT 1 FROM properties p WHERE {}", conditions.sql());
    let found = db.query_one_raw(statement(sql, conditions.into_values())).await?;
    found.map(drop).ok_or_else(|| Error::not_found("listing"))
}

async fn free(db: &impl ConnectionTrait, id: Uuid, stay: &Stay) -> Result<()> {
    const SQL: &str = "SELECT 1 FROM stays s WHERE s.property_id = $1 AND s.during && daterange($2, $3) \
                       AND (s.expires_at IS NULL OR s.expires_at > now()) LIMIT 1";
    let values = [id.into(), stay.check_in.into(), stay.check_out.into()];
    match db.query_one_raw(statement(SQL, values)).await? {
        None => Ok(()),
        Some(_) => Err(Error::new(Code::DatesTaken).with_detail(
            "Some of these nights are taken. Look at the availability of the listing.",
        )),
    }
}
