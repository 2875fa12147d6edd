//! `GET /holidays`.

use std::{collections::BTreeMap, str::FromStr};

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
        params::Query,
    },
    quotes::{create::calendar_day, today},
};

/// Of which days, in which language.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct HolidayQuery {
    /// First day; today where it is not said.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = Date, example = "2027-01-01")]
    pub from: Option<CalendarDay>,
    /// The day after the last one; a year later where it is not said.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = Date, example = "2028-01-01")]
    pub to: Option<CalendarDay>,
    /// Beats `Accept-Language`.
    #[param(example = "th")]
    pub locale: Option<String>,
}

/// A day that somebody may mean.
#[derive(Clone, Copy, Debug)]
pub struct CalendarDay(pub NaiveDate);

impl FromStr for CalendarDay {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = "Must be a date such as 2027-01-01.";
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| form)?;
        calendar_day(&day, &()).map_err(|_| "Must be a day of the years 2000 to 2200.")?;
        Ok(Self(day))
    }
}

/// A public holiday.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolidayOut {
    /// The day; its night is the one that begins on it.
    pub day: NaiveDate,
    /// In the language of the answer.
    #[schema(example = "Songkran")]
    pub name: String,
    /// `fixed`, `lunar`, `substitute` (for one that fell on a weekend) or `special`.
    pub kind: String,
    /// False: reckoned ahead, not yet announced by the government.
    pub is_certain: bool,
}

/// Public holidays of the brand's country.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolidayList {
    /// By day.
    pub items: Vec<HolidayOut>,
}

#[derive(FromQueryResult)]
struct Row {
    day: NaiveDate,
    name: serde_json::Value,
    kind: String,
    is_certain: bool,
}

/// Public holidays of the brand's country. Listings may cost more on them.
#[utoipa::path(
    get, path = "/api/v1/holidays", operation_id = "list_holidays", tag = "stays",
    params(HolidayQuery),
    responses((status = 200, body = HolidayList)),
    security((), ("bearer" = [])),
)]
pub async fn list_holidays(
    query: Query<HolidayQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    const SQL: &str = "SELECT h.day, h.name, h.kind, h.is_certain FROM holidays h \
                       WHERE h.country = $1 AND h.day >= $2 AND h.day < $3 ORDER BY h.day LIMIT 1000";
    let Query(HolidayQuery { from, to, locale: asked }) = query;
    let locale = locale::negotiate(&state.profile, asked.as_deref(), &request)?;
    let from = from.map_or_else(|| today(&state), |CalendarDay(day)| day);
    let year = || terrace_pricing::add_months(from, 12);
    let to = to.map_or_else(year, |CalendarDay(day)| day);
    if to <= from {
        return Err(Error::parameter("to", "Must be after from."));
    }
    let country = state.profile.market.country.as_str();
    let rows: Vec<Row> = state.db.read().all(SQL, [country.into(), from.into(), to.into()]).await?;
    let items = rows.into_iter().map(|Row { day, name, kind, is_certain }| {
        let mut names: BTreeMap<String, String> =
            serde_json::from_value(name).map_err(Error::internal)?;
        let name = names
            .remove(locale.as_str())
            .or_else(|| names.remove(locale.language()))
            .or_else(|| names.remove("en"));
        Ok(HolidayOut { day, name: name.unwrap_or_default(), kind, is_certain })
    });
    let list = HolidayList { items: items.collect::<Result<_>>()? };
    let body = serde_json::to_vec(&list).map_err(Error::internal)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::AfterAsking))
}
