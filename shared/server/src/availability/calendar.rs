//! `GET /properties/{id}/availability`.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use sea_orm::{FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    booking_rules::{self, BookingRules},
    days::{self, DayOut, DaysOut, Kind, MARGIN, Occupation},
    rules::{JOINS, TermsRow, columns},
    terms::{Now, Terms, minus, plus},
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::MaybeCaller,
        etag, locale,
        params::{Day, Query},
    },
    listings::{
        filters::Conditions,
        model::Currency,
        output::Json,
        query::{self, Sight},
    },
};

/// Days that a calendar has where nobody says how many.
const DAYS: i32 = 92;

/// The most months that are answered at once.
const MOST_MONTHS: u32 = 24;

/// Of which days.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct CalendarQuery {
    /// First day; today if missing.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = Date, example = "2026-12-01")]
    pub from: Option<Day>,
    /// The day after the last, 24 months after `from` at most; 92 days after it if missing.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = Date, example = "2027-01-01")]
    pub to: Option<Day>,
}

impl CalendarQuery {
    /// First day and the day after the last.
    ///
    /// # Errors
    /// `400` where they are in the wrong order, or too far apart.
    pub fn days(&self, today: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
        let from = self.from.map_or(today, |Day(day)| day);
        let to = self.to.map_or_else(|| plus(from, DAYS), |Day(day)| day);
        let last = from.checked_add_months(chrono::Months::new(MOST_MONTHS));
        if to <= from || last.is_some_and(|last| to > last) {
            let detail = format!("Must be after from, by {MOST_MONTHS} months at most.");
            return Err(Error::parameter("to", detail));
        }
        Ok((from, to))
    }
}

/// A listing's calendar.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AvailabilityOut)]
pub struct CalendarOut {
    /// The listing.
    pub property_id: Uuid,
    /// First day.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
    /// The day that it is where the listing is.
    pub today: NaiveDate,
    /// Of all prices.
    #[schema(value_type = Currency)]
    pub currency: String,
    /// Longest stay, nights.
    pub max_nights: Option<i32>,
    /// Guests that it sleeps.
    pub max_guests: Option<i32>,
    /// What it asks of stays; null where it is not let by the night.
    #[schema(value_type = Option<BookingRules>)]
    pub booking_rules: Option<Json>,
    /// Every day.
    pub days: Vec<DayOut>,
    /// Stretches of free nights.
    pub free: Vec<DaysOut>,
    /// What occupies the days, for those who manage the listing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stays: Option<Vec<OccupationOut>>,
}

/// What occupies days, as those see it who manage the listing.
#[derive(Debug, Serialize, ToSchema)]
pub struct OccupationOut {
    /// Id; a block can be taken away by it.
    pub id: Uuid,
    /// What it is.
    pub kind: Kind,
    /// First day.
    pub from: NaiveDate,
    /// The day of departure; after the last day of what is no stay.
    pub to: NaiveDate,
    /// Days after `to` in which it is made ready.
    pub preparation_days: i32,
    /// The booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<Uuid>,
    /// The imported calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar_id: Option<Uuid>,
    /// Why a block is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl From<Occupation> for OccupationOut {
    fn from(stay: Occupation) -> Self {
        let Occupation { id, from, to, preparation_days, kind, booking_id, calendar_id, note } =
            stay;
        let to = minus(to, preparation_days);
        Self { id, kind, from, to, preparation_days, booking_id, calendar_id, note }
    }
}

/// A row of [`calendar_statement`].
#[derive(Debug, FromQueryResult)]
struct Row {
    currency: String,
    is_theirs: bool,
    booking_rules: Option<String>,
    stays: String,
    #[sea_orm(nested)]
    terms: TermsRow,
}

/// A listing's calendar: which nights are free, what they cost, and where stays can begin and end.
/// Who occupies a day, and through whom they booked, is told only to those who manage the listing.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}/availability", operation_id = "get_availability", tag = "stays",
    params(("id" = Uuid, Path), CalendarQuery),
    responses((status = 200, body = CalendarOut)),
    security((), ("bearer" = [])),
)]
pub async fn get_availability(
    id: web::Path<Uuid>,
    query: Query<CalendarQuery>,
    caller: MaybeCaller,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let sight = Sight::of(caller.0.as_ref());
    let out = calendar(&state, *id, &sight, query.0).await?;
    let body = serde_json::to_vec(&out).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let reuse = if matches!(sight, Sight::Public) { Reuse::AfterAsking } else { Reuse::Never };
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, reuse))
}

/// A listing's calendar, as this reader sees it.
///
/// # Errors
/// `400` for days that cannot be, `404` where they see no such listing.
pub(crate) async fn calendar(
    state: &State,
    id: Uuid,
    sight: &Sight,
    asked: CalendarQuery,
) -> Result<CalendarOut> {
    let now = Now::of(&state.profile);
    let (from, to) = asked.days(now.today)?;
    let (sql, values) = calendar_statement(id, sight, from, to);
    let row: Option<Row> = state.db.read().one(sql, values).await?;
    row.ok_or_else(|| Error::not_found("listing"))?.into_out(id, (from, to), now)
}

/// The one statement behind a calendar, and its values; public so that its plan can be looked at
/// and its speed be measured.
#[doc(hidden)]
#[must_use]
pub fn calendar_statement(
    id: Uuid,
    sight: &Sight,
    from: NaiveDate,
    to: NaiveDate,
) -> (String, Vec<Value>) {
    let mut conditions = Conditions::default();
    conditions.add("p.id = {}", [id.into()]);
    query::see(&mut conditions, sight);
    let is_theirs = match sight {
        Sight::Public => "false".to_owned(),
        Sight::Own(caller) => {
            format!("coalesce({}, false)", query::owned(&mut conditions, caller))
        }
        Sight::All => "true".to_owned(),
    };
    let first = conditions.bind(minus(from, MARGIN).into());
    let last = conditions.bind(plus(to, MARGIN).into());
    let sql = format!(
        "SELECT p.currency::text, {is_theirs} AS is_theirs, {} AS booking_rules, \
         (SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'from', lower(s.during), \
             'to', upper(s.during), 'preparation_days', s.preparation_days, 'kind', s.kind, \
             'booking_id', s.booking_id, 'calendar_id', s.calendar_id, 'note', s.note) \
             ORDER BY s.during), '[]')::text \
           FROM stays s WHERE s.property_id = p.id AND s.during && daterange({first}, {last}) \
             AND (s.expires_at IS NULL OR s.expires_at > now())) AS stays, {} \
         FROM properties p {JOINS} WHERE {}",
        booking_rules::SELECT,
        columns(&first, &last),
        conditions.sql()
    );
    (sql, conditions.into_values())
}

impl Row {
    fn into_out(
        self,
        property_id: Uuid,
        (from, to): (NaiveDate, NaiveDate),
        now: Now,
    ) -> Result<CalendarOut> {
        let Self { currency, is_theirs, booking_rules, stays, terms } = self;
        let terms: Option<Terms> = terms.into_terms()?;
        let stays: Vec<Occupation> = serde_json::from_str(&stays).map_err(Error::internal)?;
        let days = days::calendar(terms.as_ref(), &stays, from..to, now);
        let shown = stays.into_iter().filter(|stay| stay.from < to && from < stay.to);
        Ok(CalendarOut {
            property_id,
            from,
            to,
            today: now.today,
            currency,
            max_nights: terms.as_ref().and_then(|terms| terms.max_nights),
            max_guests: terms.as_ref().and_then(|terms| terms.max_guests),
            booking_rules: Json::optional(booking_rules)?,
            free: days::free(&days),
            days,
            stays: is_theirs.then(|| shown.map(OccupationOut::from).collect()),
        })
    }
}
