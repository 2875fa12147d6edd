//! The one statement behind a map.

use sea_orm::{FromQueryResult, Value};
use terrace_product::{Locale, Locales};
use uuid::Uuid;

use super::grid::Grid;
use crate::{
    http::auth::Caller,
    listings::{
        filters::{Conditions, ListQuery},
        query::{chain, matching, translated},
    },
};

/// From this zoom on a map is of houses and not of towns: every place stands for itself, and
/// only what lies at the very same place (a tower) is one entry.
const PLACES_FROM: u8 = 17;

/// Places that a map shows one by one; where there are more, its squares gather them.
const MOST_PLACES: u16 = 500;

/// More entries than there can be. It cuts nothing: it keeps the planner from taking every
/// listing for an entry, which would look dear enough to be compiled first.
const MOST_ENTRIES: u16 = 1000;

/// An entry of a map: what lies in one square or at one place.
#[derive(Debug, FromQueryResult)]
pub(super) struct CellRow {
    pub(super) n: i64,
    pub(super) lat: f64,
    pub(super) lng: f64,
    pub(super) low: Option<i64>,
    pub(super) high: Option<i64>,
    pub(super) west: f64,
    pub(super) south: f64,
    pub(super) east: f64,
    pub(super) north: f64,
    /// Of what is there alone.
    pub(super) id: Option<Uuid>,
    pub(super) slug: Option<String>,
    pub(super) title: Option<String>,
    pub(super) price: Option<i64>,
    pub(super) currency: Option<String>,
    pub(super) price_per_night: Option<i64>,
    pub(super) cover_image: Option<String>,
}

/// The entries of a map: statement and values.
///
/// Everything is gathered by numbers that one index holds; only what is alone in its square is
/// looked up and joined with its texts, one by one: the planner cannot know how few they are.
/// Prices in another currency than the brand's are in no range.
pub(super) fn entries(
    query: &ListQuery,
    zoom: u8,
    grid: &Grid,
    currency: &str,
    caller: Option<&Caller>,
    locales: &Locales,
    locale: &Locale,
) -> (String, Vec<Value>) {
    let mut conditions: Conditions = matching(query, caller);
    let filters = conditions.sql().to_owned();
    let rows = conditions.bind(grid.rows.clone().into());
    let columns = conditions.bind(grid.columns.clone().into());
    // Longitude 180 is the far edge of the last column.
    let per_row = grid.columns.len() + 1;
    let square = format!(
        "width_bucket(p.lat, {rows}::double precision[]) * {per_row} \
         + width_bucket(p.lng, {columns}::double precision[])"
    );
    let gathered = |by: &str| {
        format!(
            "SELECT {square} AS square, count(*) AS n, sum(p.lat) AS lats, sum(p.lng) AS lngs, \
             min(p.price) FILTER (WHERE p.currency = '{currency}') AS low, \
             max(p.price) FILTER (WHERE p.currency = '{currency}') AS high, \
             min(p.lng) AS west, min(p.lat) AS south, max(p.lng) AS east, max(p.lat) AS north, \
             any_value(p.id) AS id FROM properties p WHERE {filters} GROUP BY {by}"
        )
    };
    let cells = if zoom >= PLACES_FROM && grid.zoom == zoom {
        let places = gathered("square, p.lat, p.lng");
        format!(
            "WITH places AS ({places}), \
             crowd AS (SELECT count(*) > {MOST_PLACES} AS gathers FROM places), \
             cells AS MATERIALIZED (SELECT square, sum(n)::bigint AS n, sum(lats) AS lats, sum(lngs) AS lngs, \
                 min(low) AS low, max(high) AS high, min(west) AS west, min(south) AS south, \
                 max(east) AS east, max(north) AS north, any_value(id) AS id FROM places, crowd \
                 GROUP BY square, CASE WHEN NOT gathers THEN west END, CASE WHEN NOT gathers THEN south END)"
        )
    } else {
        format!("WITH cells AS MATERIALIZED ({})", gathered("square"))
    };
    let translated = translated(&mut conditions, chain(locales, locale), &["title"]);
    let sql = format!(
        "{cells} SELECT c.n, c.lats / c.n AS lat, c.lngs / c.n AS lng, c.low, c.high, \
         c.west, c.south, c.east, c.north, one.* FROM (SELECT * FROM cells LIMIT {MOST_ENTRIES}) c \
         LEFT JOIN LATERAL (SELECT p.id, p.slug, coalesce(t.title, p.title) AS title, p.price, \
             p.currency::text, r.price_per_night, p.cover_image::text \
             FROM properties p LEFT JOIN rental_details r ON r.property_id = p.id {translated} \
             WHERE c.n = 1 AND p.id = c.id LIMIT 1) one ON true \
         ORDER BY c.square, c.west, c.south"
    );
    (sql, conditions.into_values())
}
