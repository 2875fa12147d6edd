//! `POST /properties/{id}/quote`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{Datelike, Days, NaiveDate};
use garde::Validate;
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use terrace_pricing::Stay;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{output::QuoteOut, service, store::StoredQuote};
use crate::{
    app::State,
    availability::{self, Now, require_free, rules},
    db::Context,
    error::{Error, Result},
    http::{
        auth::{MaybeCaller, Origin},
        body::Body,
        locale,
    },
    listings::{input::not_blank, query::Sight},
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
/// Whoever is in charge of a draft sees what it would cost; nobody can book that.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/quote", operation_id = "create_quote", tag = "stays",
    params(("id" = Uuid, Path)),
    request_body = QuoteIn,
    responses((status = 201, body = QuoteOut)),
    security((), ("bearer" = [])),
)]
pub async fn create_quote(
    caller: MaybeCaller,
    id: web::Path<Uuid>,
    origin: Origin,
    body: Body<QuoteIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let id = *id;
    let QuoteIn { check_in, check_out, guests, coupon } = body.value;
    let stay = Stay { check_in, check_out, guests, coupon };
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let stored = give(&state, origin.0, Sight::of(caller.0.as_ref()), id, stay).await?;
    let out = QuoteOut::of(stored, &locale);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/quotes/{}", out.id)))
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(out))
}

/// Gives a price for nights that are free and that the rules allow, and keeps it.
///
/// # Errors
/// `404`, `409` and `422` as for the route.
pub(crate) async fn give(
    state: &web::Data<State>,
    context: Context,
    sight: Sight,
    id: Uuid,
    stay: Stay,
) -> Result<StoredQuote> {
    let wired = state.clone();
    let given = state.db.tx(context, move |tx| {
        let (state, stay, sight) = (wired.clone(), stay.clone(), sight.clone());
        Box::pin(async move {
            let until = allowed(tx, &state, id, &sight, &stay).await?;
            let priced = service::price(tx, &state, id, &stay).await?.open_to_all()?;
            require_free(tx, id, stay.check_in, until, None).await?;
            service::keep(tx, &state, id, priced).await
        })
    });
    given.await
}

/// The day until which a stay would keep the listing, preparation included, if its rules allow it.
async fn allowed(
    db: &impl ConnectionTrait,
    state: &State,
    id: Uuid,
    sight: &Sight,
    stay: &Stay,
) -> Result<NaiveDate> {
    let Stay { check_in, check_out, guests, .. } = *stay;
    let terms = rules::load_seen(db, id, sight, check_in, check_out).await?;
    let asked = availability::Stay { check_in, check_out, guests };
    let broken = terms.violations(&asked, Now::of(&state.profile));
    if !broken.is_empty() {
        return Err(Error::invalid(broken));
    }
    let preparation = u64::try_from(terms.preparation_days).unwrap_or(0);
    Ok(check_out.checked_add_days(Days::new(preparation)).unwrap_or(check_out))
}
