//! Which listings, and what is to be done to them.

use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    error::{Error, FieldError, Result},
    http::params::{AnyOf, from_str},
    listings::{
        filters::{BoundingBox, ListQuery, Point, Scope, Sort},
        model::{Furnished, ListingStatus, PropertyType, TransactionType},
    },
};

/// Listings changed at once, at most.
pub(super) const MOST_AT_ONCE: u64 = 500;

/// A change of many listings. A run carries `expected_hash` (or at least `expected_count`) of the
/// dry run that it follows.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkIn {
    /// Which listings.
    #[garde(dive)]
    pub filter: BulkFilter,
    /// What is done to them.
    #[garde(skip)]
    pub action: BulkAction,
    /// Only tells what would change; the default.
    #[garde(skip)]
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub dry_run: bool,
    /// How many listings the dry run matched.
    #[garde(skip)]
    pub expected_count: Option<u64>,
    /// `hash` of the dry run.
    #[garde(inner(length(max = 100)))]
    #[schema(max_length = 100)]
    pub expected_hash: Option<String>,
    /// Refused where more match, 1..500.
    #[garde(range(min = 1, max = MOST_AT_ONCE))]
    #[serde(default = "most")]
    #[schema(minimum = 1, maximum = 500, default = 500)]
    pub limit: u64,
}

fn yes() -> bool {
    true
}

fn most() -> u64 {
    MOST_AT_ONCE
}

/// What is done: a name, or a name with what it needs.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = json!({"change_price": {"percent": 10, "round_to": 10_000}}))]
pub enum BulkAction {
    /// Lets everyone see them.
    Publish,
    /// Makes them drafts again.
    Unpublish,
    /// Puts them out of the way.
    Archive,
    /// Changes their prices.
    ChangePrice(ChangePrice),
    /// Puts another agent in charge.
    Reassign(NewAgent),
}

/// Each price by so much: half up to the minor unit, then half up to a multiple of `round_to`.
/// For rent these are the price of a month and those of a night, a week and a month in
/// `rental_details`; for the others the one price that counts.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePrice {
    /// Per cent, -50..100.
    #[schema(minimum = -50, maximum = 100)]
    pub percent: i64,
    /// Minor units.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub round_to: Option<i64>,
}

/// Who takes over.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgent {
    /// The agent.
    pub agent_id: Uuid,
}

/// The filters of `GET /properties` by their names, with lists as lists; and `ids`. What was taken
/// away is left out.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BulkFilter {
    /// These listings.
    #[garde(length(max = 500))]
    #[schema(max_items = 500)]
    pub ids: Vec<Uuid>,
    /// Where they stand.
    #[garde(length(max = 50))]
    pub status: Vec<ListingStatus>,
    /// Agents in charge.
    #[garde(length(max = 50))]
    pub agent_id: Vec<Uuid>,
    /// Agencies.
    #[garde(length(max = 50))]
    pub company_id: Vec<Uuid>,
    /// What is offered.
    #[garde(length(max = 50))]
    pub transaction_type: Vec<TransactionType>,
    /// What they are.
    #[garde(length(max = 50))]
    pub property_type: Vec<PropertyType>,
    /// Lowest price, minor units.
    #[garde(skip)]
    pub price_min: Option<i64>,
    /// Highest price, minor units.
    #[garde(skip)]
    pub price_max: Option<i64>,
    /// Lowest price of a night, minor units.
    #[garde(skip)]
    pub price_per_night_min: Option<i64>,
    /// Highest price of a night, minor units.
    #[garde(skip)]
    pub price_per_night_max: Option<i64>,
    /// Number of bedrooms.
    #[garde(length(max = 50))]
    pub bedrooms: Vec<i16>,
    /// At least so many bedrooms.
    #[garde(skip)]
    pub bedrooms_min: Option<i16>,
    /// At most so many bedrooms.
    #[garde(skip)]
    pub bedrooms_max: Option<i16>,
    /// Number of bathrooms.
    #[garde(length(max = 50))]
    pub bathrooms: Vec<f64>,
    /// At least so many bathrooms.
    #[garde(skip)]
    pub bathrooms_min: Option<f64>,
    /// At most so many bathrooms.
    #[garde(skip)]
    pub bathrooms_max: Option<f64>,
    /// Usable area, m², at least.
    #[garde(skip)]
    pub area_min: Option<f64>,
    /// Usable area, m², at most.
    #[garde(skip)]
    pub area_max: Option<f64>,
    /// Area of the plot, m², at least.
    #[garde(skip)]
    pub land_min: Option<f64>,
    /// Area of the plot, m², at most.
    #[garde(skip)]
    pub land_max: Option<f64>,
    /// How much furniture comes with it.
    #[garde(length(max = 3))]
    pub furnished: Vec<Furnished>,
    /// Provinces.
    #[garde(length(max = 50))]
    pub province: Vec<String>,
    /// Districts.
    #[garde(length(max = 50))]
    pub district: Vec<String>,
    /// Amenities, any of them.
    #[garde(length(max = 50))]
    pub amenities: Vec<String>,
    /// Amenities, all of them.
    #[garde(length(max = 50))]
    pub amenities_all: Vec<String>,
    /// Tags, any of them.
    #[garde(length(max = 50))]
    pub tags: Vec<String>,
    /// Box on the map: west,south,east,north in degrees.
    #[garde(skip)]
    #[schema(value_type = Option<String>)]
    #[serde(deserialize_with = "from_str")]
    pub bbox: Option<BoundingBox>,
    /// Point on the map: lat,lng in degrees.
    #[garde(skip)]
    #[schema(value_type = Option<String>)]
    #[serde(deserialize_with = "from_str")]
    pub near: Option<Point>,
    /// Distance from `near`, km.
    #[garde(skip)]
    pub radius_km: Option<f64>,
    /// First night of a stay.
    #[garde(skip)]
    #[schema(value_type = Option<String>)]
    pub check_in: Option<NaiveDate>,
    /// Day of departure.
    #[garde(skip)]
    #[schema(value_type = Option<String>)]
    pub check_out: Option<NaiveDate>,
    /// Guests that they must sleep.
    #[garde(skip)]
    pub guests: Option<i32>,
    /// Only highlights, or only others.
    #[garde(skip)]
    pub featured: Option<bool>,
}

impl BulkIn {
    /// What must fit together; returns the ids and the other filters.
    ///
    /// # Errors
    /// `422` that names each field at fault.
    pub(super) fn check(&self) -> Result<(Vec<Uuid>, ListQuery)> {
        if let BulkAction::ChangePrice(ChangePrice { percent, round_to }) = self.action {
            let at = "/action/change_price";
            if !(-50..=100).contains(&percent) {
                return Err(Error::field(
                    format!("{at}/percent"),
                    "out_of_range",
                    "Must be -50..100.",
                ));
            }
            if round_to.is_some_and(|step| !(1..=1_000_000_000).contains(&step)) {
                let detail = "Must be 1..1000000000.";
                return Err(Error::field(format!("{at}/round_to"), "out_of_range", detail));
            }
        }
        if !self.dry_run && self.expected_hash.is_none() && self.expected_count.is_none() {
            let detail = "A run names the hash (or the count) of the dry run that it follows.";
            return Err(Error::field("/expected_hash", "required", detail));
        }
        let (ids, query) = self.filter.clone().into_query();
        query.check().map_err(|error| {
            let fields = error.fields.into_iter();
            Error::invalid(
                fields
                    .map(|field| FieldError {
                        pointer: format!("/filter/{}", field.pointer),
                        ..field
                    })
                    .collect(),
            )
        })?;
        Ok((ids, query))
    }
}

impl BulkFilter {
    fn into_query(self) -> (Vec<Uuid>, ListQuery) {
        let Self {
            ids,
            status,
            agent_id,
            company_id,
            transaction_type,
            property_type,
            price_min,
            price_max,
            price_per_night_min,
            price_per_night_max,
            bedrooms,
            bedrooms_min,
            bedrooms_max,
            bathrooms,
            bathrooms_min,
            bathrooms_max,
            area_min,
            area_max,
            land_min,
            land_max,
            furnished,
            province,
            district,
            amenities,
            amenities_all,
            tags,
            bbox,
            near,
            radius_km,
            check_in,
            check_out,
            guests,
            featured,
        } = self;
        let query = ListQuery {
            transaction_type: AnyOf(transaction_type),
            property_type: AnyOf(property_type),
            price_min,
            price_max,
            price_per_night_min,
            price_per_night_max,
            bedrooms: AnyOf(bedrooms),
            bedrooms_min,
            bedrooms_max,
            bathrooms: AnyOf(bathrooms),
            bathrooms_min,
            bathrooms_max,
            area_min,
            area_max,
            land_min,
            land_max,
            furnished: AnyOf(furnished),
            province: AnyOf(province),
            district: AnyOf(district),
            amenities: AnyOf(amenities),
            amenities_all: AnyOf(amenities_all),
            tags: AnyOf(tags),
            bbox,
            near,
            radius_km,
            check_in,
            check_out,
            guests,
            featured,
            agent_id: AnyOf(agent_id),
            company_id: AnyOf(company_id),
            status: AnyOf(status),
            scope: Scope::All,
            sort: Sort::Newest,
            limit: None,
            cursor: None,
            count: false,
            locale: None,
            understood: Vec::new(),
        };
        (ids, query)
    }
}
