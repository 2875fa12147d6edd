//! Whether a listing's rules allow a stay.

use chrono::{Datelike, NaiveDate, NaiveTime};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

use super::{
    occupy::{require_nothing, taken},
    terms::{Now, Season, Stay, Terms},
};
use crate::{
    db::statement,
    error::{Code, Error, Result},
    http::params::{OUT_OF_YEARS, YEARS},
    listings::{
        filters::Conditions,
        query::{self, Sight},
    },
};

/// Whether the rules of a published listing allow a stay. Whether its nights are free is another
/// question: see [`super::require_free`].
///
/// # Errors
/// `404` where there is no such listing for everyone to see, `409` where it is not let by the
/// night, `422` with every rule that the stay breaks: `past`, `notice`, `window`, `arrival_day`,
/// `departure_day`, `min_nights`, `max_nights`, `guests`, or `out_of_range`.
pub async fn check(
    tx: &impl ConnectionTrait,
    property_id: Uuid,
    stay: &Stay,
    now: impl Into<Now>,
) -> Result<()> {
    for (field, day) in [("/check_in", stay.check_in), ("/check_out", stay.check_out)] {
        if !YEARS.contains(&day.year()) {
            return Err(Error::field(field, "out_of_range", OUT_OF_YEARS));
        }
    }
    let terms = load(tx, property_id, stay.check_in, stay.check_out).await?;
    allow(&terms, stay, now.into())
}

/// The same of a stay that also has to be free until a day, preparation included. Asked under the
/// listing's turn, after which neither changes.
///
/// # Errors
/// As for [`check`]; `409 dates_taken` that names the days.
pub(crate) async fn check_free(
    tx: &impl ConnectionTrait,
    property_id: Uuid,
    stay: &Stay,
    until: NaiveDate,
    now: impl Into<Now>,
) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        #[sea_orm(nested)]
        terms: TermsRow,
        taken: String,
    }
    let (sql, values) = free_statement(property_id, stay, until);
    let row = tx.query_one_raw(statement(sql, values)).await?;
    let row = row.ok_or_else(|| Error::not_found("listing"))?;
    let Row { terms, taken } = Row::from_query_result(&row, "")?;
    require_nothing(&taken)?;
    allow(&terms.into_terms()?.ok_or_else(not_let)?, stay, now.into())
}

/// The statement of [`check_free`].
pub(crate) fn free_statement(
    property_id: Uuid,
    stay: &Stay,
    until: NaiveDate,
) -> (String, Vec<Value>) {
    let mut conditions = of_listing(property_id, &Sight::Public);
    let (from, to) = bind_days(&mut conditions, stay.check_in, stay.check_out);
    let until = conditions.bind(until.into());
    let taken = taken("p.id", &format!("daterange({from}, {until})"), "NULL::uuid");
    let columns = columns(&from, &to);
    let sql =
        format!("SELECT {columns}, {taken} FROM properties p {JOINS} WHERE {}", conditions.sql());
    (sql, conditions.into_values())
}

fn allow(terms: &Terms, stay: &Stay, now: Now) -> Result<()> {
    let broken = terms.violations(stay, now);
    if broken.is_empty() { Ok(()) } else { Err(Error::invalid(broken)) }
}

/// What a published listing asks of stays that begin within these days.
///
/// # Errors
/// `404` where there is no such listing for everyone to see, `409` where it is not let by the
/// night.
pub async fn load(
    tx: &impl ConnectionTrait,
    property_id: Uuid,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Terms> {
    load_seen(tx, property_id, &Sight::Public, from, to).await
}

/// The same of a listing that this caller may see: whoever is in charge of a draft tries it out.
///
/// # Errors
/// As for [`load`].
pub async fn load_seen(
    tx: &impl ConnectionTrait,
    property_id: Uuid,
    sight: &Sight,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Terms> {
    let mut conditions = of_listing(property_id, sight);
    let (from, to) = bind_days(&mut conditions, from, to);
    let sql = format!(
        "SELECT {} FROM properties p {JOINS} WHERE {}",
        columns(&from, &to),
        conditions.sql()
    );
    let row = tx.query_one_raw(statement(sql, conditions.into_values())).await?;
    let row = row.ok_or_else(|| Error::not_found("listing"))?;
    let terms = TermsRow::from_query_result(&row, "")?.into_terms()?;
    terms.ok_or_else(not_let)
}

fn of_listing(property_id: Uuid, sight: &Sight) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.add("p.id = {} AND p.deleted_at IS NULL", [property_id.into()]);
    query::see(&mut conditions, sight);
    conditions
}

/// An empty or reversed stay is refused by its terms, not by the range.
fn bind_days(conditions: &mut Conditions, from: NaiveDate, to: NaiveDate) -> (String, String) {
    (conditions.bind(from.into()), conditions.bind(to.max(from).into()))
}

fn not_let() -> Error {
    Error::new(Code::WrongState).with_detail("This listing is not let by the night.")
}

/// What [`columns`] needs beside a listing `p`.
pub(super) const JOINS: &str = "LEFT JOIN rental_details r ON r.property_id = p.id \
                                LEFT JOIN pricing_terms w ON w.property_id = p.id";

/// What [`TermsRow`] is made of, from a listing `p` and its [`JOINS`]; of the seasons those that
/// touch the days `from` to `to`, both included.
pub(super) fn columns(from: &str, to: &str) -> String {
    format!(
        "(p.transaction_type = 'rent' AND r.property_id IS NOT NULL) AS is_let, \
         r.price_per_night, w.weekend_price_per_night, w.weekend_nights, r.min_nights, r.max_nights, r.max_guests, r.arrival_days, \
         r.departure_days, r.notice_days, r.notice_until, r.window_days, r.preparation_days, \
         (SELECT coalesce(jsonb_agg(jsonb_build_object('from', lower(q.during), 'to', upper(q.during), \
             'price_per_night', q.price_per_night, 'weekend_price_per_night', q.weekend_price_per_night, 'min_nights', q.min_nights, \
             'arrival_days', q.arrival_days, 'notice_days', q.notice_days) ORDER BY q.during), '[]')::text \
           FROM rates q WHERE q.property_id = p.id AND q.during && daterange({from}, {to}, '[]')) AS seasons"
    )
}

/// A listing's terms as the database has them.
#[derive(Debug, FromQueryResult)]
pub(super) struct TermsRow {
    is_let: bool,
    price_per_night: Option<i64>,
    weekend_price_per_night: Option<i64>,
    weekend_nights: Option<Vec<i16>>,
    min_nights: Option<i32>,
    max_nights: Option<i32>,
    max_guests: Option<i32>,
    arrival_days: Option<Vec<i16>>,
    departure_days: Option<Vec<i16>>,
    notice_days: Option<i32>,
    notice_until: Option<NaiveTime>,
    window_days: Option<i32>,
    preparation_days: Option<i16>,
    seasons: String,
}

impl TermsRow {
    /// None where the listing is not let by the night.
    pub(super) fn into_terms(self) -> Result<Option<Terms>> {
        if !self.is_let {
            return Ok(None);
        }
        let seasons: Vec<Season> = serde_json::from_str(&self.seasons).map_err(Error::internal)?;
        Ok(Some(Terms {
            price_per_night: self.price_per_night,
            weekend_price_per_night: self.weekend_price_per_night,
            weekend_nights: self.weekend_nights.unwrap_or_default(),
            min_nights: self.min_nights.unwrap_or(1),
            max_nights: self.max_nights,
            max_guests: self.max_guests,
            arrival_days: self.arrival_days.unwrap_or_default(),
            departure_days: self.departure_days.unwrap_or_default(),
            notice_days: self.notice_days.unwrap_or_default(),
            notice_until: self.notice_until,
            window_days: self.window_days,
            preparation_days: self.preparation_days.unwrap_or_default(),
            seasons,
        }))
    }
}
