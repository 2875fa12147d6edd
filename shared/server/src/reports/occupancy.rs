//! `GET /admin/reports/occupancy`.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{Datelike, Months, NaiveDate};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    revenue, table,
    tally::{OccupancyRow, Tally},
};
use crate::{
    app::State,
    availability::Now,
    db::{Context, Db, statement},
    error::{Code, Error, FieldError, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Agent, Caller, Origin},
        etag, locale, page,
        params::{Day, Query},
    },
    listings::{filters::Conditions, model::Currency},
};

/// The most months that a report is of.
const MOST_MONTHS: u32 = 24;

/// How it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Pages of listings.
    #[default]
    Json,
    /// All listings as one table, safe to open in a spreadsheet.
    Csv,
}

/// What a report is of.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct OccupancyQuery {
    /// First day; the first of this year if missing.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = Date, example = "2026-01-01")]
    pub from: Option<Day>,
    /// The day after the last, 24 months after `from` at most; twelve months after it if missing.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = Date, example = "2027-01-01")]
    pub to: Option<Day>,
    /// Only this listing.
    pub property_id: Option<Uuid>,
    /// `json` or `csv`.
    pub format: Format,
    /// Listings a page, 1..100; a table has all of them.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Days, and whose listings.
#[derive(Clone, Debug)]
pub struct Asked {
    /// First day.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
    /// Only this listing.
    pub property_id: Option<Uuid>,
    /// Only listings of this agent.
    pub agent_id: Option<Uuid>,
}

impl Asked {
    /// Days that are sensible; missing ones are those of this year.
    ///
    /// # Errors
    /// `400` where they are in the wrong order, or too far apart.
    pub fn days(
        from: Option<Day>,
        to: Option<Day>,
        today: NaiveDate,
    ) -> Result<(NaiveDate, NaiveDate)> {
        let new_year = NaiveDate::from_ymd_opt(today.year(), 1, 1).unwrap_or(today);
        let from = from.map_or(new_year, |Day(day)| day);
        let after = |months| from.checked_add_months(Months::new(months)).unwrap_or(from);
        let to = to.map_or_else(|| after(12), |Day(day)| day);
        if from < to && to <= after(MOST_MONTHS) {
            return Ok((from, to));
        }
        let detail = format!("Must be after from, by {MOST_MONTHS} months at most.");
        Err(Error::parameter("to", detail))
    }

    fn of(query: &OccupancyQuery, caller: &Caller, today: NaiveDate) -> Result<Self> {
        let (from, to) = Self::days(query.from, query.to, today)?;
        // Of bookings, an agent is shown those of listings that they are in charge of: the same
        // listings are in the report, and no other would be without its bookings.
        let agent_id = (!caller.is_admin()).then_some(caller.user_id);
        Ok(Self { from, to, property_id: query.property_id, agent_id })
    }
}

/// How full a listing was, and what it brought.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ListingOccupancy {
    /// The listing.
    pub property_id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Its title, in the brand's own language.
    pub title: String,
    /// Of all amounts.
    #[schema(value_type = Currency)]
    pub currency: String,
    /// Each month; the first and the last only as far as was asked for.
    pub months: Vec<OccupancyRow>,
    /// All of them: what they come to.
    pub total: OccupancyRow,
}

/// Listings by their slugs.
#[derive(Debug, Serialize, ToSchema)]
pub struct OccupancyReport {
    /// First day.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
    /// The listings.
    pub items: Vec<ListingOccupancy>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// How full listings were month by month, and what they brought: an agent's own, or all of them
/// for an admin.
#[utoipa::path(
    get, path = "/api/v1/admin/reports/occupancy", operation_id = "get_occupancy", tag = "stays",
    params(OccupancyQuery),
    responses((status = 200, content((OccupancyReport = "application/json"), (String = "text/csv")))),
    security(("bearer" = [])),
)]
pub async fn get_occupancy(
    agent: Agent,
    origin: Origin,
    query: Query<OccupancyQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(query) = query;
    let asked = Asked::of(&query, &agent.0, Now::of(&state.profile).today)?;
    if query.format == Format::Csv {
        only_pages(&query)?;
        return table::answer(state.into_inner(), asked, origin.0).await;
    }
    let report = page_of(&state, origin.0, &asked, &query).await?;
    let body = serde_json::to_vec(&report).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

fn only_pages(query: &OccupancyQuery) -> Result<()> {
    let given = [("limit", query.limit.is_some()), ("cursor", query.cursor.is_some())];
    let wrong = given.into_iter().filter(|(_, is_given)| *is_given);
    let fields: Vec<_> =
        wrong.map(|(name, _)| FieldError::new(name, "invalid", "A table has no pages.")).collect();
    match fields.is_empty() {
        true => Ok(()),
        false => Err(Error { fields, ..Error::new(Code::InvalidParameter) }),
    }
}

async fn page_of(
    state: &State,
    context: Context,
    asked: &Asked,
    query: &OccupancyQuery,
) -> Result<OccupancyReport> {
    let size = page::size(query.limit)?;
    let name = page::fingerprint(asked);
    let after: Option<String> =
        query.cursor.as_deref().map(|cursor| page::decode(&name, cursor)).transpose()?;
    let items = listings(&state.db, context, asked, after, size + 1).await?;
    if items.is_empty() && asked.property_id.is_some() {
        return Err(Error::not_found("listing let by the night"));
    }
    let (items, next_cursor) = page::cut(items, size, &name, |item| item.slug.clone())?;
    Ok(OccupancyReport { from: asked.from, to: asked.to, items, next_cursor })
}

/// So many listings after a slug.
pub(crate) async fn listings(
    db: &Db,
    context: Context,
    asked: &Asked,
    after: Option<String>,
    most: u64,
) -> Result<Vec<ListingOccupancy>> {
    let (sql, values) = occupancy_statement(asked, after.as_deref(), most);
    let wanted = asked.clone();
    let read = db.tx(context, move |tx| {
        let (sql, values, wanted) = (sql.clone(), values.clone(), wanted.clone());
        Box::pin(async move {
            let rows = rows(tx, sql, values).await?;
            let mut ids: Vec<Uuid> = rows.iter().map(|row| row.property_id).collect();
            ids.dedup();
            let nights = revenue::by_listing(tx, &wanted, ids).await?;
            Ok((rows, nights))
        })
    });
    let (mut rows, nights) = read.await?;
    for row in &mut rows {
        let of_listing = nights.get(&row.property_id);
        let within = of_listing.into_iter().flatten().filter(|(night, _)| row.has(**night));
        row.tally = row.tally.with_revenue(within.map(|(_, amount)| amount).sum());
    }
    Ok(gathered(rows, asked))
}

async fn rows(tx: &DatabaseTransaction, sql: String, values: Vec<Value>) -> Result<Vec<Row>> {
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| Row::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// A listing's month.
#[derive(Debug, FromQueryResult)]
struct Row {
    property_id: Uuid,
    slug: String,
    title: String,
    currency: String,
    starts: NaiveDate,
    ends: NaiveDate,
    #[sea_orm(nested)]
    tally: Tally,
}

impl Row {
    fn has(&self, night: NaiveDate) -> bool {
        self.starts <= night && night < self.ends
    }
}

fn gathered(rows: Vec<Row>, asked: &Asked) -> Vec<ListingOccupancy> {
    rows.chunk_by(|one, next| one.property_id == next.property_id)
        .filter_map(|months| {
            let first = months.first()?;
            Some(ListingOccupancy {
                property_id: first.property_id,
                slug: first.slug.clone(),
                title: first.title.clone(),
                currency: first.currency.clone(),
                months: months.iter().map(|row| row.tally.row(row.starts, row.ends)).collect(),
                total: months.iter().map(|row| row.tally).sum::<Tally>().row(asked.from, asked.to),
            })
        })
        .collect()
}

/// The one statement behind a report, and its values; public so that its plan can be looked at.
/// What the bookings brought is not in it: that is found night by night.
#[doc(hidden)]
#[must_use]
pub fn occupancy_statement(asked: &Asked, after: Option<&str>, most: u64) -> (String, Vec<Value>) {
    let Asked { from, to, property_id, agent_id } = asked;
    let mut conditions = Conditions::default();
    // What was never on the market had no night to sell.
    conditions.add(
        "p.transaction_type = 'rent' AND p.deleted_at IS NULL AND p.published_at IS NOT NULL",
        [],
    );
    if let Some(agent) = agent_id {
        conditions.add("p.agent_id = {}", [(*agent).into()]);
    }
    if let Some(property) = property_id {
        conditions.add("p.id = {}", [(*property).into()]);
    }
    if let Some(after) = after {
        conditions.add("p.slug > {}", [after.into()]);
    }
    let (from, to) = (conditions.bind((*from).into()), conditions.bind((*to).into()));
    let here = crate::db::LOCAL_NOW.replace("now()", "b.created_at");
    let sql = format!(
        "WITH listing AS MATERIALIZED (\
            SELECT p.id, p.slug, p.title, p.currency FROM properties p WHERE {} ORDER BY p.slug LIMIT {most}), \
         month AS MATERIALIZED (\
            SELECT greatest(m::date, {from}::date) AS starts, \
                least((m + interval '1 month')::date, {to}::date) AS ends \
            FROM generate_series(date_trunc('month', {from}::date::timestamp), {to}::date::timestamp - interval '1 day', \
                interval '1 month') m), \
         sold AS (\
            SELECT b.property_id, m.starts, sum(n.until - n.past) AS sold, \
                sum(n.until - n.past) FILTER (WHERE b.currency = l.currency) AS priced, \
                count(*) FILTER (WHERE n.past = 0) AS bookings, \
                sum(b.check_in - {here}::date) FILTER (WHERE n.past = 0) AS lead_days \
            FROM listing l JOIN bookings b ON b.property_id = l.id AND b.status IN ('confirmed', 'completed') \
                AND b.check_in < {to}::date AND b.check_out > {from}::date \
            JOIN month m ON b.check_in < m.ends AND b.check_out > m.starts \
            CROSS JOIN LATERAL (SELECT greatest(b.check_in, m.starts) - b.check_in AS past, \
                least(b.check_out, m.ends) - b.check_in AS until) n \
            GROUP BY 1, 2), \
         kept AS (\
            SELECT s.property_id, m.starts, \
                sum(n.nights) FILTER (WHERE s.kind = 'block') AS blocked, \
                sum(n.nights) FILTER (WHERE s.kind = 'external') AS elsewhere \
            FROM listing l JOIN stays s ON s.property_id = l.id AND s.kind IN ('block', 'external') \
                AND s.during && daterange({from}::date, {to}::date) \
            JOIN month m ON s.during && daterange(m.starts, m.ends) \
            CROSS JOIN LATERAL (SELECT least(upper(s.during), m.ends) - greatest(lower(s.during), m.starts) AS nights) n \
            GROUP BY 1, 2) \
         SELECT l.id AS property_id, l.slug, l.title, l.currency::text, m.starts, m.ends, \
            (m.ends - m.starts)::bigint AS nights, coalesce(k.blocked, 0) AS blocked, \
            coalesce(k.elsewhere, 0) AS elsewhere, coalesce(s.sold, 0) AS sold, \
            coalesce(s.priced, 0) AS priced, \
            coalesce(s.bookings, 0) AS bookings, coalesce(s.lead_days, 0) AS lead_days \
         FROM listing l CROSS JOIN month m \
         LEFT JOIN sold s ON s.property_id = l.id AND s.starts = m.starts \
         LEFT JOIN kept k ON k.property_id = l.id AND k.starts = m.starts \
         ORDER BY l.slug, m.starts",
        conditions.sql()
    );
    (sql, conditions.into_values())
}
