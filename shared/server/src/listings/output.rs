//! Listings as a client sees them. JSONB columns pass from the database to the wire as they
//! are, without being taken apart and put together again.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use terrace_product::{Locale, Profile};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    dates,
    details::{BusinessDetails, InvestmentDetails, LeaseDetails, RentalDetails, SaleDetails},
    land::LandOut,
    model::{
        Amenities, ContactInfo, Currency, Image, ListingStatus, LocationDetails, PhysicalSpecs,
        PropertyType, TransactionType,
    },
};
use crate::{
    availability::booking_rules::BookingRules,
    error::{Error, Result},
};

/// JSON text of the database's own making.
#[derive(Clone, Debug)]
pub struct Json(Box<RawValue>);

impl Json {
    pub(crate) fn new(text: String) -> Result<Self> {
        RawValue::from_string(text).map(Self).map_err(Error::internal)
    }

    pub(crate) fn optional(text: Option<String>) -> Result<Option<Self>> {
        text.map(Self::new).transpose()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A listing.
#[derive(Debug, Serialize, ToSchema)]
pub struct PropertyOut {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Grows with every change; the number in the ETag.
    pub version: i32,
    /// Language that was asked for; each text falls back on its own.
    #[schema(example = "th")]
    pub locale: String,
    /// The language that each text is in; a text that the listing does not have is not there.
    #[schema(value_type = Object, example = json!({"title": "th", "description": "en"}))]
    pub languages: BTreeMap<String, String>,
    /// The texts that are not in the language asked for.
    #[schema(example = json!(["description"]))]
    pub fallbacks: Vec<String>,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// What is offered.
    #[schema(value_type = TransactionType)]
    pub transaction_type: String,
    /// What it is.
    #[schema(value_type = PropertyType)]
    pub property_type: String,
    /// The price that counts for its transaction type, minor units.
    pub price: i64,
    /// Of all prices.
    #[schema(value_type = Currency)]
    pub currency: String,
    /// Price of a month, or of thirty nights.
    pub rent_price: Option<i64>,
    /// Price of a sale, a business or an investment.
    pub sale_price: Option<i64>,
    /// Price of a month of a lease.
    pub lease_price: Option<i64>,
    /// Measures.
    #[schema(value_type = PhysicalSpecs)]
    pub physical_specs: Json,
    /// The plot, in both measures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub land: Option<LandOut>,
    /// The plot as the deed of a sale has it, in both measures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deed_land: Option<LandOut>,
    /// Dates in words, in the era of the language: Buddhist in Thai.
    pub display: DisplayOut,
    /// Where it is.
    #[schema(value_type = LocationDetails)]
    pub location_details: Json,
    /// Amenities by category.
    #[schema(value_type = Amenities)]
    pub amenities: Json,
    /// House rules.
    #[schema(value_type = Object)]
    pub policies: Json,
    /// Whom to ask.
    #[schema(value_type = Option<ContactInfo>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_info: Option<Json>,
    /// The picture shown first.
    #[schema(value_type = Option<Image>)]
    pub cover_image: Option<Json>,
    /// All other pictures, in order.
    #[schema(value_type = Vec<Image>)]
    pub images: Json,
    /// Free words.
    pub tags: Vec<String>,
    /// Where it stands.
    #[schema(value_type = ListingStatus)]
    pub status: String,
    /// Since when it waits for a reviewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<DateTime<Utc>>,
    /// What a reviewer wants changed before it is submitted again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejection_reason: Option<String>,
    /// Whether everyone sees it.
    pub is_published: bool,
    /// Shown as a highlight.
    pub is_featured: bool,
    /// Higher comes first.
    pub listing_priority: i16,
    /// First published.
    pub published_at: Option<DateTime<Utc>>,
    /// The agent in charge.
    pub agent_id: Option<Uuid>,
    /// The agency.
    pub company_id: Option<Uuid>,
    /// What its agent calls it.
    pub reference: Option<String>,
    /// For rent.
    #[schema(value_type = Option<RentalDetails>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rental_details: Option<Json>,
    /// For lease.
    #[schema(value_type = Option<LeaseDetails>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease_details: Option<Json>,
    /// For sale.
    #[schema(value_type = Option<SaleDetails>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale_details: Option<Json>,
    /// For businesses.
    #[schema(value_type = Option<BusinessDetails>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_details: Option<Json>,
    /// For projects.
    #[schema(value_type = Option<InvestmentDetails>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub investment_details: Option<Json>,
    /// For stays: on which days guests come and go, and how long before they book.
    #[schema(value_type = Option<BookingRules>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_rules: Option<Json>,
    /// Made.
    pub created_at: DateTime<Utc>,
    /// Last changed.
    pub updated_at: DateTime<Utc>,
    /// Taken away; only those who manage it see it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime<Utc>>,
    /// The moment that this is of, where an earlier one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<DateTime<Utc>>,
    /// What is not told of an earlier moment, because its history is not kept: personal data.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["contact_info"]))]
    pub left_out: Vec<&'static str>,
}

/// Dates in words.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct DisplayOut {
    /// Year of completion.
    #[schema(example = "พ.ศ. 2562")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year_built: Option<String>,
    /// First published, in the brand's time zone.
    #[schema(example = "26 พฤศจิกายน 2569")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_on: Option<String>,
    /// When a project is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_on: Option<String>,
}

/// A row of `query::one`.
#[derive(Debug, FromQueryResult)]
pub(super) struct PropertyRow {
    pub(super) id: Uuid,
    pub(super) slug: String,
    pub(super) version: i32,
    pub(super) languages: String,
    pub(super) reference: Option<String>,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) transaction_type: String,
    pub(super) property_type: String,
    pub(super) price: i64,
    pub(super) currency: String,
    pub(super) rent_price: Option<i64>,
    pub(super) sale_price: Option<i64>,
    pub(super) lease_price: Option<i64>,
    pub(super) physical_specs: String,
    pub(super) location_details: String,
    pub(super) amenities: String,
    pub(super) policies: String,
    pub(super) contact_info: Option<String>,
    pub(super) cover_image: Option<String>,
    pub(super) images: String,
    pub(super) tags: Vec<String>,
    pub(super) status: String,
    pub(super) submitted_at: Option<DateTime<Utc>>,
    pub(super) rejection_reason: Option<String>,
    pub(super) is_published: bool,
    pub(super) is_featured: bool,
    pub(super) listing_priority: i16,
    pub(super) published_at: Option<DateTime<Utc>>,
    pub(super) agent_id: Option<Uuid>,
    pub(super) company_id: Option<Uuid>,
    pub(super) details: Option<String>,
    pub(super) booking_rules: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) deleted_at: Option<DateTime<Utc>>,
}

impl PropertyRow {
    pub(super) fn into_out(self, profile: &Profile, locale: &Locale) -> Result<PropertyOut> {
        let languages: BTreeMap<String, String> =
            serde_json::from_str(&self.languages).map_err(Error::internal)?;
        let elsewhere = languages.iter().filter(|(_, language)| *language != locale.as_str());
        let specs = Facts::of(Some(&self.physical_specs))?;
        let deed = Facts::of(self.details.as_deref())?;
        let timezone = profile.market.timezone.tz();
        let land = |sqm: Option<f64>| sqm.map(|sqm| LandOut::of(sqm, locale));
        let mut out = PropertyOut {
            fallbacks: elsewhere.map(|(field, _)| field.clone()).collect(),
            languages,
            land: land(specs.land_sqm),
            deed_land: land(deed.land_sqm),
            display: DisplayOut {
                year_built: specs
                    .year_built
                    .filter(|year| (1.0..=9999.0).contains(year))
                    .map(|year| dates::year(year as u16, locale)),
                published_on: self
                    .published_at
                    .map(|at| dates::day(at.with_timezone(&timezone).date_naive(), locale)),
                completion_on: deed.completion_on.map(|day| dates::day(day, locale)),
            },
            reference: self.reference,
            as_of: None,
            left_out: Vec::new(),
            id: self.id,
            slug: self.slug,
            version: self.version,
            locale: locale.as_str().to_owned(),
            title: self.title,
            description: self.description,
            property_type: self.property_type,
            price: self.price,
            currency: self.currency,
            rent_price: self.rent_price,
            sale_price: self.sale_price,
            lease_price: self.lease_price,
            physical_specs: Json::new(self.physical_specs)?,
            location_details: Json::new(self.location_details)?,
            amenities: Json::new(self.amenities)?,
            policies: Json::new(self.policies)?,
            contact_info: Json::optional(self.contact_info)?,
            cover_image: Json::optional(self.cover_image)?,
            images: Json::new(self.images)?,
            tags: self.tags,
            status: self.status,
            submitted_at: self.submitted_at,
            rejection_reason: self.rejection_reason,
            is_published: self.is_published,
            is_featured: self.is_featured,
            listing_priority: self.listing_priority,
            published_at: self.published_at,
            agent_id: self.agent_id,
            company_id: self.company_id,
            rental_details: None,
            lease_details: None,
            sale_details: None,
            business_details: None,
            investment_details: None,
            booking_rules: Json::optional(self.booking_rules)?,
            created_at: self.created_at,
            updated_at: self.updated_at,
            deleted_at: self.deleted_at,
            transaction_type: self.transaction_type,
        };
        let details = Json::optional(self.details)?;
        match out.transaction_type.parse::<TransactionType>() {
            Ok(TransactionType::Rent) => out.rental_details = details,
            Ok(TransactionType::Lease) => out.lease_details = details,
            Ok(TransactionType::Sale) => out.sale_details = details,
            Ok(TransactionType::Business) => out.business_details = details,
            Ok(TransactionType::Investment) => out.investment_details = details,
            Err(unknown) => return Err(Error::internal(anyhow::anyhow!(unknown))),
        }
        Ok(out)
    }
}

/// What the measures and the details say that is told in words, too.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Facts {
    land_sqm: Option<f64>,
    year_built: Option<f64>,
    completion_on: Option<NaiveDate>,
}

impl Facts {
    fn of(json: Option<&str>) -> Result<Self> {
        json.map_or(Ok(Self::default()), |json| serde_json::from_str(json).map_err(Error::internal))
    }
}

/// A page of listings.
#[derive(Debug, Serialize, ToSchema)]
pub struct PropertyList {
    /// The rows.
    pub items: Vec<PropertyItem>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// All rows that match, with `?count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// A listing on a card: what a list shows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PropertyItem {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Title.
    pub title: String,
    /// What is offered.
    #[schema(value_type = TransactionType)]
    pub transaction_type: String,
    /// What it is.
    #[schema(value_type = PropertyType)]
    pub property_type: String,
    /// The price that counts for its transaction type, minor units.
    pub price: i64,
    /// Of all prices.
    #[schema(value_type = Currency)]
    pub currency: String,
    /// For stays: per night.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_per_night: Option<i64>,
    /// For stays: per calendar month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_per_month: Option<i64>,
    /// For stays: guests that it sleeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_guests: Option<i32>,
    /// Measures.
    #[schema(value_type = PhysicalSpecs)]
    pub physical_specs: Json,
    /// Province.
    pub province: Option<String>,
    /// District.
    pub district: Option<String>,
    /// Latitude, degrees.
    pub lat: Option<f64>,
    /// Longitude, degrees.
    pub lng: Option<f64>,
    /// The picture shown first.
    #[schema(value_type = Option<Image>)]
    pub cover_image: Option<Json>,
    /// Free words.
    pub tags: Vec<String>,
    /// Shown as a highlight.
    pub is_featured: bool,
    /// Where it stands; other than published only for those who manage it.
    #[schema(value_type = ListingStatus)]
    pub status: String,
    /// Since when it waits for a reviewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<DateTime<Utc>>,
    /// Whether everyone sees it; false only for those who manage it.
    pub is_published: bool,
    /// First published.
    pub published_at: Option<DateTime<Utc>>,
    /// Last changed.
    pub updated_at: DateTime<Utc>,
    /// Taken away; only those who manage it see it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A row of `query::cards`.
#[derive(Debug, FromQueryResult)]
pub(crate) struct CardRow {
    id: Uuid,
    slug: String,
    title: String,
    transaction_type: String,
    property_type: String,
    price: i64,
    currency: String,
    price_per_night: Option<i64>,
    price_per_month: Option<i64>,
    max_guests: Option<i32>,
    physical_specs: String,
    province: Option<String>,
    district: Option<String>,
    lat: Option<f64>,
    lng: Option<f64>,
    cover_image: Option<String>,
    tags: Vec<String>,
    is_featured: bool,
    status: String,
    submitted_at: Option<DateTime<Utc>>,
    is_published: bool,
    listing_priority: i16,
    published_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

/// A row of `query::page`.
#[derive(Debug, FromQueryResult)]
pub(super) struct ItemRow {
    #[sea_orm(nested)]
    card: CardRow,
    pub(super) listed_at: DateTime<Utc>,
    pub(super) total: Option<i64>,
}

impl ItemRow {
    pub(super) fn id(&self) -> Uuid {
        self.card.id
    }

    pub(super) fn price(&self) -> i64 {
        self.card.price
    }

    pub(super) fn listing_priority(&self) -> i16 {
        self.card.listing_priority
    }
}

impl TryFrom<ItemRow> for PropertyItem {
    type Error = Error;

    fn try_from(row: ItemRow) -> Result<Self> {
        row.card.try_into()
    }
}

impl TryFrom<CardRow> for PropertyItem {
    type Error = Error;

    fn try_from(row: CardRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            slug: row.slug,
            title: row.title,
            transaction_type: row.transaction_type,
            property_type: row.property_type,
            price: row.price,
            currency: row.currency,
            price_per_night: row.price_per_night,
            price_per_month: row.price_per_month,
            max_guests: row.max_guests,
            physical_specs: Json::new(row.physical_specs)?,
            province: row.province,
            district: row.district,
            lat: row.lat,
            lng: row.lng,
            cover_image: Json::optional(row.cover_image)?,
            tags: row.tags,
            is_featured: row.is_featured,
            status: row.status,
            submitted_at: row.submitted_at,
            is_published: row.is_published,
            published_at: row.published_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        })
    }
}
