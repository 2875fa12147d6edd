//! The filters of a list, from query parameters to SQL conditions.

use std::fmt::Write;

use chrono::{Datelike, NaiveDate};
use sea_orm::Value;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    area::DEFAULT_RADIUS_KM,
    model::{Furnished, ListingStatus, PropertyType, TransactionType},
};
use crate::{
    availability::terms::{MOST_NIGHTS, MOST_PREPARATION, WINDOW_DAYS, iso_weekday, plus},
    db::LOCAL_NOW,
    error::{Code, Error, FieldError, Result},
    http::{
        page,
        params::{AnyOf, from_str},
    },
};

pub use super::area::{BoundingBox, Point};

/// Filters, order and page of `GET /properties`. Filters narrow together; a comma means any of
/// the values.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// rent, sale, lease, business, investment.
    #[param(value_type = String, example = "rent")]
    pub transaction_type: AnyOf<TransactionType>,
    /// villa, condo, apartment, ...
    #[param(value_type = String, example = "villa,house")]
    pub property_type: AnyOf<PropertyType>,
    /// Lowest price, minor units. For rent and lease the price of a month.
    pub price_min: Option<i64>,
    /// Highest price, minor units.
    pub price_max: Option<i64>,
    /// Lowest price of a night, minor units. Only what is let by the night has one.
    pub price_per_night_min: Option<i64>,
    /// Highest price of a night, minor units.
    pub price_per_night_max: Option<i64>,
    /// Number of bedrooms; 0 is a studio.
    #[param(value_type = String, example = "2,3")]
    pub bedrooms: AnyOf<i16>,
    /// At least so many bedrooms.
    pub bedrooms_min: Option<i16>,
    /// At most so many bedrooms.
    pub bedrooms_max: Option<i16>,
    /// Number of bathrooms.
    #[param(value_type = String)]
    pub bathrooms: AnyOf<f64>,
    /// At least so many bathrooms.
    pub bathrooms_min: Option<f64>,
    /// At most so many bathrooms.
    pub bathrooms_max: Option<f64>,
    /// Usable area, m², at least.
    pub area_min: Option<f64>,
    /// Usable area, m², at most.
    pub area_max: Option<f64>,
    /// Area of the plot, m², at least. A rai is 1,600 m².
    pub land_min: Option<f64>,
    /// Area of the plot, m², at most.
    pub land_max: Option<f64>,
    /// How much furniture comes with it: fully, partly, unfurnished. What does not say is not found.
    #[param(value_type = String, example = "fully,partly")]
    pub furnished: AnyOf<Furnished>,
    /// Provinces, as `GET /facets` names them.
    #[param(value_type = String, example = "Phuket")]
    pub province: AnyOf<String>,
    /// Districts, as `GET /facets` names them.
    #[param(value_type = String)]
    pub district: AnyOf<String>,
    /// Amenities, any of them.
    #[param(value_type = String, example = "private_pool,sea_view")]
    pub amenities: AnyOf<String>,
    /// Amenities, all of them.
    #[param(value_type = String)]
    pub amenities_all: AnyOf<String>,
    /// Tags, any of them.
    #[param(value_type = String)]
    pub tags: AnyOf<String>,
    /// Box on the map: west,south,east,north in degrees.
    #[param(value_type = Option<String>, example = "98.2,7.7,98.5,8.2")]
    #[serde(deserialize_with = "from_str")]
    pub bbox: Option<BoundingBox>,
    /// Point on the map: lat,lng in degrees.
    #[param(value_type = Option<String>, example = "13.73,100.58")]
    #[serde(deserialize_with = "from_str")]
    pub near: Option<Point>,
    /// Distance from `near`, km; 5 where it is missing.
    #[param(minimum = 0.1, maximum = 500.0)]
    pub radius_km: Option<f64>,
    /// First night of a stay: with `check_out`, only what could be booked now for these nights.
    #[param(value_type = Option<String>, example = "2026-12-24")]
    pub check_in: Option<NaiveDate>,
    /// Day of departure.
    #[param(value_type = Option<String>, example = "2026-12-28")]
    pub check_out: Option<NaiveDate>,
    /// Guests that it must sleep.
    #[param(minimum = 1, maximum = 500)]
    pub guests: Option<i32>,
    /// Only highlights, or only others.
    pub featured: Option<bool>,
    /// Agents in charge.
    #[param(value_type = String)]
    pub agent_id: AnyOf<Uuid>,
    /// Agencies.
    #[param(value_type = String)]
    pub company_id: AnyOf<Uuid>,
    /// Where they stand: draft, in_review, published, archived. With `scope=all`, `in_review` and
    /// `sort=oldest` it is the queue of an admin who reviews.
    #[param(value_type = String, example = "in_review")]
    pub status: AnyOf<ListingStatus>,
    /// `public` (default): what everyone sees. `own`: an agent's own, drafts too. `all`: an
    /// admin's, drafts and deleted too.
    pub scope: Scope,
    /// Order.
    pub sort: Sort,
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
    /// Adds `total`.
    pub count: bool,
    /// Language of the texts.
    #[param(example = "th")]
    pub locale: Option<String>,
    /// What was understood from words, beside the parameters: of each group one must hold.
    #[param(ignore)]
    #[serde(skip)]
    pub understood: Vec<Vec<ListQuery>>,
}

/// Whose listings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Published ones.
    #[default]
    Public,
    /// The calling agent's own, drafts too.
    Own,
    /// All there are, for admins.
    All,
}

/// Orders of a list; each ends in the id, so that it is total and stable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Priority, then newest.
    #[default]
    Recommended,
    /// Newest first.
    Newest,
    /// Oldest first; among drafts, who has waited longest for a review.
    Oldest,
    /// Cheapest first.
    PriceAsc,
    /// Dearest first.
    PriceDesc,
}

impl ListQuery {
    /// Rows a page.
    ///
    /// # Errors
    /// `400` outside 1..100.
    pub fn page_size(&self) -> Result<u64> {
        page::size(self.limit)
    }

    /// What must fit together.
    ///
    /// # Errors
    /// `400` that names each parameter at fault.
    pub fn check(&self) -> Result<()> {
        let mut wrong = Vec::new();
        let mut refuse = |name: &str, detail: &str| {
            wrong.push(FieldError::new(name, "invalid", detail));
        };
        let out_of_order = |low: Option<f64>, high: Option<f64>| matches!((low, high), (Some(l), Some(h)) if l > h);
        #[expect(clippy::cast_precision_loss, reason = "only compared")]
        let price = |price: Option<i64>| price.map(|price| price as f64);
        let ranges = [
            ("price_max", price(self.price_min), price(self.price_max)),
            (
                "price_per_night_max",
                price(self.price_per_night_min),
                price(self.price_per_night_max),
            ),
            ("bedrooms_max", self.bedrooms_min.map(f64::from), self.bedrooms_max.map(f64::from)),
            ("bathrooms_max", self.bathrooms_min, self.bathrooms_max),
            ("area_max", self.area_min, self.area_max),
            ("land_max", self.land_min, self.land_max),
        ];
        for (name, low, high) in ranges {
            if out_of_order(low, high) {
                refuse(name, "Must not be below the minimum.");
            }
            if [low, high].iter().flatten().any(|bound| !bound.is_finite() || *bound < 0.0) {
                refuse(name.trim_end_matches("_max"), "Must not be negative.");
            }
        }
        if self.radius_km.is_some_and(|km| !(0.1..=500.0).contains(&km)) {
            refuse("radius_km", "Must be 0.1..500.");
        }
        if self.radius_km.is_some() && self.near.is_none() {
            refuse("radius_km", "Needs near.");
        }
        if self.guests.is_some_and(|guests| !(1..=500).contains(&guests)) {
            refuse("guests", "Must be 1..500.");
        }
        for (name, day) in [("check_in", self.check_in), ("check_out", self.check_out)] {
            if day.is_some_and(|day| !(1..=9999).contains(&day.year())) {
                refuse(name, "Must be a day of the years 1..9999.");
            }
        }
        match (self.check_in, self.check_out) {
            (Some(from), Some(to)) if !(1..=366).contains(&(to - from).num_days()) => {
                refuse("check_out", "Must be 1..366 nights after check_in.");
            }
            (Some(_), None) => refuse("check_out", "Needed with check_in."),
            (None, Some(_)) => refuse("check_in", "Needed with check_out."),
            _ => {}
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error { fields: wrong, ..Error::new(Code::InvalidParameter) })
    }

    /// Everything that makes this list another one than the next; binds cursors to it.
    #[must_use]
    pub fn identity(&self) -> impl std::fmt::Debug + use<> {
        Self { limit: None, cursor: None, count: false, locale: None, ..self.clone() }
    }

    /// Whether how many rows match depends on the values asked for. Where it does not, a
    /// prepared plan is as good as any, and planning costs more than the page itself.
    #[must_use]
    pub fn is_selective(&self) -> bool {
        let mut conditions = Conditions::default();
        self.apply(&mut conditions);
        !conditions.values.is_empty()
    }

    /// Adds the filters to a statement over `properties p`.
    pub(crate) fn apply(&self, conditions: &mut Conditions) {
        conditions.any_name("p.transaction_type", self.transaction_type.0.iter().map(|t| t.name()));
        conditions.any_name("p.property_type", self.property_type.0.iter().map(|t| t.name()));
        conditions.range("p.price", self.price_min, self.price_max);
        conditions.any("p.bedrooms", &self.bedrooms.0, "smallint");
        conditions.range("p.bedrooms", self.bedrooms_min, self.bedrooms_max);
        conditions.any("p.bathrooms", &self.bathrooms.0, "double precision");
        conditions.range("p.bathrooms", self.bathrooms_min, self.bathrooms_max);
        conditions.range("p.area_sqm", self.area_min, self.area_max);
        // As the index has it.
        if self.land_min.or(self.land_max).is_some() {
            conditions.add("p.physical_specs ->> 'land_sqm' IS NOT NULL", []);
        }
        let land = "(p.physical_specs ->> 'land_sqm')::double precision";
        conditions.range(land, self.land_min, self.land_max);
        let furnished = self.furnished.0.iter().map(|degree| degree.name());
        conditions.any_name("p.physical_specs ->> 'furnished'", furnished);
        conditions.any("p.province", &self.province.0, "text");
        conditions.any("p.district", &self.district.0, "text");
        conditions.set("p.amenity_slugs && {}::text[]", &self.amenities.0);
        conditions.set("p.amenity_slugs @> {}::text[]", &self.amenities_all.0);
        conditions.set("p.tags && {}::text[]", &self.tags.0);
        conditions.any("p.agent_id", &self.agent_id.0, "uuid");
        conditions.any("p.company_id", &self.company_id.0, "uuid");
        conditions.any_name("p.status", self.status.0.iter().map(|status| status.name()));
        if let Some(featured) = self.featured {
            conditions.add("p.is_featured = {}", [featured.into()]);
        }
        if let Some(bbox) = self.bbox {
            bbox.apply(conditions);
        }
        if let Some(point) = self.near {
            point.apply(conditions, self.radius_km.unwrap_or(DEFAULT_RADIUS_KM));
        }
        self.apply_stay(conditions);
        for group in &self.understood {
            conditions.any_of(group);
        }
    }

    /// Free for these nights, allowed by the listing's rules, large enough, and at such a price of
    /// a night.
    fn apply_stay(&self, conditions: &mut Conditions) {
        if let (Some(from), Some(to)) = (self.check_in, self.check_out) {
            apply_nights(conditions, from, to);
        }
        let guests = self.guests.map(|guests| ("r.max_guests >= {}", guests.into()));
        let lowest = self.price_per_night_min.map(|low| ("r.price_per_night >= {}", low.into()));
        let highest = self.price_per_night_max.map(|high| ("r.price_per_night <= {}", high.into()));
        let (terms, values): (Vec<_>, Vec<_>) =
            [guests, lowest, highest].into_iter().flatten().unzip();
        if !terms.is_empty() {
            conditions.add(
                &format!(
                    "EXISTS (SELECT FROM rental_details r WHERE r.property_id = p.id AND {})",
                    terms.join(" AND ")
                ),
                values,
            );
        }
    }
}

/// Narrows to listings `p` that somebody could book now for these nights: what
/// `availability::Terms` says, as SQL, and nothing in the way. A test holds the two against each
/// other.
fn apply_nights(conditions: &mut Conditions, from: NaiveDate, to: NaiveDate) {
    let nights = i32::try_from((to - from).num_days()).unwrap_or(i32::MAX);
    let arrives = conditions.bind(iso_weekday(from).into());
    let leaves = conditions.bind(iso_weekday(to).into());
    let nights = conditions.bind(nights.into());
    // No preparation reaches further: a range without the listing's own days of it is a condition
    // of the index, whichever way the planner goes. What is beyond them is then left out.
    let until = conditions.bind(plus(to, MOST_PREPARATION).into());
    let (from, to) = (conditions.bind(from.into()), conditions.bind(to.into()));
    // Nothing in the text takes a place of its own: each value is named where it is bound.
    let allowed = format!(
        "p.transaction_type = 'rent' AND EXISTS (SELECT FROM rental_details r \
           LEFT JOIN rates q ON q.property_id = r.property_id AND q.during @> {from}::date \
           WHERE r.property_id = p.id \
             AND {nights}::int BETWEEN greatest(r.min_nights, q.min_nights) AND coalesce(r.max_nights, {MOST_NIGHTS}) \
             AND {from}::date >= {LOCAL_NOW}::date + greatest(r.notice_days, q.notice_days, 0) \
                 + (r.notice_until IS NOT NULL AND {LOCAL_NOW}::time >= r.notice_until)::int \
             AND {to}::date <= {LOCAL_NOW}::date + coalesce(r.window_days, {WINDOW_DAYS}) + 1 \
             AND CASE WHEN cardinality(q.arrival_days) > 0 THEN {arrives}::smallint = ANY (q.arrival_days) \
                 ELSE cardinality(r.arrival_days) = 0 OR {arrives}::smallint = ANY (r.arrival_days) END \
             AND (cardinality(r.departure_days) = 0 OR {leaves}::smallint = ANY (r.departure_days)) \
             AND r.max_guests IS NOT NULL)"
    );
    let free = format!(
        "NOT EXISTS (SELECT FROM stays s WHERE s.property_id = p.id \
           AND s.during && daterange({from}::date, {until}::date) \
           AND lower(s.during) < {to}::date + coalesce((SELECT r.preparation_days FROM rental_details r \
               WHERE r.property_id = p.id), 0) \
           AND (s.expires_at IS NULL OR s.expires_at > now()))"
    );
    conditions.add(&allowed, []);
    conditions.add(&free, []);
}

/// Conditions joined by AND, with their values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition; each `{}` in it takes the next value.
    pub(crate) fn add(&mut self, template: &str, values: impl IntoIterator<Item = Value>) {
        if !self.sql.is_empty() {
            self.sql.push_str(" AND ");
        }
        let mut values = values.into_iter();
        for (nth, part) in template.split("{}").enumerate() {
            if nth > 0
                && let Some(value) = values.next()
            {
                let place = self.bind(value);
                self.sql.push_str(&place);
            }
            self.sql.push_str(part);
        }
    }

    /// Adds that the filters of one of these hold.
    pub(crate) fn any_of(&mut self, queries: &[ListQuery]) {
        let expression = self.aside(queries);
        if !self.sql.is_empty() {
            self.sql.push_str(" AND ");
        }
        self.sql.push_str(&expression);
    }

    /// That the filters of one of these hold, as an expression for another place of the same
    /// statement; its values are here.
    pub(crate) fn aside(&mut self, queries: &[ListQuery]) -> String {
        let before = std::mem::take(&mut self.sql);
        let parts: Vec<String> = queries
            .iter()
            .map(|query| {
                query.apply(self);
                let part = std::mem::take(&mut self.sql);
                // One without filters holds always.
                if part.is_empty() { "true".to_owned() } else { part }
            })
            .collect();
        self.sql = before;
        format!("(({}))", parts.join(") OR ("))
    }

    /// Takes a value and says what it is called in the statement.
    pub(crate) fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// Names of our own closed sets stand in the statement itself: the planner then knows how
    /// common they are, and one name can use an index in order.
    pub(crate) fn any_name(
        &mut self,
        column: &str,
        names: impl ExactSizeIterator<Item = &'static str>,
    ) {
        if names.len() == 0 {
            return;
        }
        let mut list = String::new();
        for (nth, name) in names.enumerate() {
            let comma = if nth == 0 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(list, "{comma}'{name}'");
        }
        let condition = if list.contains(',') {
            format!("{column} IN ({list})")
        } else {
            format!("{column} = {list}")
        };
        self.add(&condition, []);
    }

    fn any<T: Clone + Into<Value>>(&mut self, column: &str, values: &[T], kind: &str) {
        match values {
            [] => {}
            [one] => self.add(&format!("{column} = {{}}::{kind}"), [one.clone().into()]),
            many => {
                let places: Vec<_> = many.iter().map(|_| "{}").collect();
                self.add(
                    &format!("{column} IN ({})", places.join(", ")),
                    many.iter().cloned().map(Into::into),
                );
            }
        }
    }

    fn range<T: Into<Value>>(&mut self, column: &str, low: Option<T>, high: Option<T>) {
        if let Some(low) = low {
            self.add(&format!("{column} >= {{}}"), [low.into()]);
        }
        if let Some(high) = high {
            self.add(&format!("{column} <= {{}}"), [high.into()]);
        }
    }

    fn set(&mut self, template: &str, values: &[String]) {
        if !values.is_empty() {
            self.add(template, [values.to_vec().into()]);
        }
    }

    /// The text, after `WHERE`.
    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    /// The text so far. What is added from now on is another one, over the same values.
    pub(super) fn take_sql(&mut self) -> String {
        std::mem::take(&mut self.sql)
    }

    /// The values so far, in the order of their places.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }

    /// The values, in the order of their places.
    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values
    }
}
