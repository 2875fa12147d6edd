//! What a client may say of a listing, and what must fit together before the database sees it.

use garde::Validate;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    details::{BusinessDetails, InvestmentDetails, LeaseDetails, MOST, RentalDetails, SaleDetails},
    model::{
        Amenities, ContactInfo, Currency, Image, LocationDetails, PhysicalSpecs, Policies,
        PropertyType, TransactionType,
    },
};
use crate::error::{Error, FieldError, Result};

/// A new listing. The block of details that belongs to the transaction type may be there; the
/// others may not.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PropertyIn {
    /// Address part of its page; made of the title where it is missing.
    #[garde(inner(length(chars, min = 3, max = 120), custom(listing_slug)))]
    #[schema(example = "sea-view-villa-rawai", min_length = 3, max_length = 120)]
    pub slug: Option<String>,
    /// Title in the brand's default language.
    #[garde(length(chars, min = 3, max = 200), custom(not_blank))]
    #[schema(min_length = 3, max_length = 200)]
    pub title: String,
    /// Description in the brand's default language.
    #[garde(length(chars, max = 10_000))]
    #[schema(max_length = 10_000)]
    #[serde(default)]
    pub description: String,
    /// What is offered; one of the brand's own types.
    #[garde(skip)]
    pub transaction_type: TransactionType,
    /// What it is.
    #[garde(skip)]
    pub property_type: PropertyType,
    /// For rent: price of a month, or of thirty nights.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub rent_price: Option<i64>,
    /// For sale, business and investment.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub sale_price: Option<i64>,
    /// For lease: price of a month.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub lease_price: Option<i64>,
    /// Of all prices; the brand's own where it is missing.
    #[garde(skip)]
    pub currency: Option<Currency>,
    /// Measures.
    #[garde(dive)]
    #[serde(default)]
    pub physical_specs: PhysicalSpecs,
    /// Where it is.
    #[garde(dive)]
    #[serde(default)]
    pub location_details: LocationDetails,
    /// Amenities by category.
    #[garde(dive)]
    #[serde(default)]
    pub amenities: Amenities,
    /// House rules.
    #[garde(length(max = 100))]
    #[schema(value_type = Object)]
    #[serde(default)]
    pub policies: Policies,
    /// Whom to ask.
    #[garde(dive)]
    #[serde(default)]
    pub contact_info: ContactInfo,
    /// The picture shown first.
    #[garde(dive)]
    pub cover_image: Option<Image>,
    /// All other pictures, in order.
    #[garde(length(max = 100), dive)]
    #[schema(max_items = 100)]
    #[serde(default)]
    pub images: Vec<Image>,
    /// Free words.
    #[garde(length(max = 30), inner(length(chars, min = 1, max = 40)))]
    #[schema(max_items = 30)]
    #[serde(default)]
    pub tags: Vec<String>,
    /// Shown as a highlight.
    #[garde(skip)]
    #[serde(default)]
    pub is_featured: bool,
    /// Higher comes first, 0..999.
    #[garde(range(min = 0, max = 999))]
    #[schema(minimum = 0, maximum = 999)]
    #[serde(default)]
    pub listing_priority: i16,
    /// The agent in charge; only an admin may name another than themselves.
    #[garde(skip)]
    pub agent_id: Option<Uuid>,
    /// The agency.
    #[garde(skip)]
    pub company_id: Option<Uuid>,
    /// What its agent calls it. Two listings that share one are proposed as duplicates.
    #[garde(inner(length(chars, min = 1, max = 60), custom(not_blank)))]
    #[schema(example = "RW-1024", min_length = 1, max_length = 60)]
    pub reference: Option<String>,
    /// For rent.
    #[garde(dive)]
    pub rental_details: Option<RentalDetails>,
    /// For lease.
    #[garde(dive)]
    pub lease_details: Option<LeaseDetails>,
    /// For sale.
    #[garde(dive)]
    pub sale_details: Option<SaleDetails>,
    /// For businesses.
    #[garde(dive)]
    pub business_details: Option<BusinessDetails>,
    /// For projects.
    #[garde(dive)]
    pub investment_details: Option<InvestmentDetails>,
}

/// Changes to a listing: a field that is missing stays, `null` empties it, a value replaces it
/// whole.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PropertyPatch {
    /// Address part of its page.
    #[garde(inner(length(chars, min = 3, max = 120), custom(listing_slug)))]
    #[schema(min_length = 3, max_length = 120)]
    pub slug: Option<String>,
    /// Title in the brand's default language.
    #[garde(inner(length(chars, min = 3, max = 200), custom(not_blank)))]
    #[schema(min_length = 3, max_length = 200)]
    pub title: Option<String>,
    /// Description in the brand's default language.
    #[garde(inner(length(chars, max = 10_000)))]
    #[schema(max_length = 10_000)]
    pub description: Option<String>,
    /// What it is.
    #[garde(skip)]
    pub property_type: Option<PropertyType>,
    /// For rent: price of a month, or of thirty nights.
    #[garde(inner(inner(range(min = 1, max = MOST))))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64, value_type = Option<i64>)]
    #[serde(deserialize_with = "present")]
    pub rent_price: Option<Option<i64>>,
    /// For sale, business and investment.
    #[garde(inner(inner(range(min = 1, max = MOST))))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64, value_type = Option<i64>)]
    #[serde(deserialize_with = "present")]
    pub sale_price: Option<Option<i64>>,
    /// For lease: price of a month.
    #[garde(inner(inner(range(min = 1, max = MOST))))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64, value_type = Option<i64>)]
    #[serde(deserialize_with = "present")]
    pub lease_price: Option<Option<i64>>,
    /// Of all prices.
    #[garde(skip)]
    pub currency: Option<Currency>,
    /// Measures.
    #[garde(dive)]
    pub physical_specs: Option<PhysicalSpecs>,
    /// Where it is.
    #[garde(dive)]
    pub location_details: Option<LocationDetails>,
    /// Amenities by category.
    #[garde(dive)]
    pub amenities: Option<Amenities>,
    /// House rules.
    #[garde(inner(length(max = 100)))]
    #[schema(value_type = Option<Object>)]
    pub policies: Option<Policies>,
    /// Whom to ask.
    #[garde(dive)]
    pub contact_info: Option<ContactInfo>,
    /// The picture shown first.
    #[garde(dive)]
    #[schema(value_type = Option<Image>)]
    #[serde(deserialize_with = "present")]
    pub cover_image: Option<Option<Image>>,
    /// All other pictures, in order.
    #[garde(dive, custom(few))]
    #[schema(max_items = 100)]
    pub images: Option<Vec<Image>>,
    /// Free words.
    #[garde(inner(length(max = 30), inner(length(chars, min = 1, max = 40))))]
    #[schema(max_items = 30)]
    pub tags: Option<Vec<String>>,
    /// Shown as a highlight.
    #[garde(skip)]
    pub is_featured: Option<bool>,
    /// Higher comes first, 0..999.
    #[garde(inner(range(min = 0, max = 999)))]
    #[schema(minimum = 0, maximum = 999)]
    pub listing_priority: Option<i16>,
    /// The agent in charge; only an admin may change it.
    #[garde(skip)]
    #[schema(value_type = Option<Uuid>)]
    #[serde(deserialize_with = "present")]
    pub agent_id: Option<Option<Uuid>>,
    /// The agency.
    #[garde(skip)]
    #[schema(value_type = Option<Uuid>)]
    #[serde(deserialize_with = "present")]
    pub company_id: Option<Option<Uuid>>,
    /// What its agent calls it.
    #[garde(inner(inner(length(chars, min = 1, max = 60), custom(not_blank))))]
    #[schema(min_length = 1, max_length = 60, value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub reference: Option<Option<String>>,
    /// For rent.
    #[garde(dive)]
    pub rental_details: Option<RentalDetails>,
    /// For lease.
    #[garde(dive)]
    pub lease_details: Option<LeaseDetails>,
    /// For sale.
    #[garde(dive)]
    pub sale_details: Option<SaleDetails>,
    /// For businesses.
    #[garde(dive)]
    pub business_details: Option<BusinessDetails>,
    /// For projects.
    #[garde(dive)]
    pub investment_details: Option<InvestmentDetails>,
}

/// Tells `null` (Some(None)) from a field that is not there (None).
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// As many pictures as a new listing may have.
fn few(images: &Option<Vec<Image>>, (): &()) -> garde::Result {
    match images {
        Some(images) if images.len() > 100 => Err(garde::Error::new("length is greater than 100")),
        _ => Ok(()),
    }
}

/// Something that can be seen; the database knows ASCII's blanks only.
pub(crate) fn not_blank(text: &str, (): &()) -> garde::Result {
    if text.trim().is_empty() {
        return Err(garde::Error::new("must not be blank"));
    }
    Ok(())
}

/// Lower-case ASCII words joined by single hyphens; never shaped like an id, so that "id or
/// slug" in a path has one meaning.
pub(crate) fn slug_form(text: &str, (): &()) -> garde::Result {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let sound = |word: &str| !word.is_empty() && word.chars().all(letter);
    if text.split('-').all(sound) && uuid::Uuid::parse_str(text).is_err() {
        Ok(())
    } else {
        Err(garde::Error::new("must be lower-case letters and digits, joined by single hyphens"))
    }
}

/// As [`slug_form`], and not `map`: that is another page beside those of listings.
pub(crate) fn listing_slug(text: &str, context: &()) -> garde::Result {
    if text == "map" {
        return Err(garde::Error::new("must not be map, which is a page of its own"));
    }
    slug_form(text, context)
}

/// The details of one kind of offer, ready to be stored.
#[derive(Clone, Debug)]
pub enum Details {
    /// `rental_details`.
    Rental(RentalDetails),
    /// `lease_details`.
    Lease(LeaseDetails),
    /// `sale_details`.
    Sale(SaleDetails),
    /// `business_details`.
    Business(BusinessDetails),
    /// `investment_details`.
    Investment(InvestmentDetails),
}

/// The five optional blocks of an input, of which at most one may be there.
#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    pub(crate) rental: Option<RentalDetails>,
    pub(crate) lease: Option<LeaseDetails>,
    pub(crate) sale: Option<SaleDetails>,
    pub(crate) business: Option<BusinessDetails>,
    pub(crate) investment: Option<InvestmentDetails>,
}

impl Blocks {
    /// The block that belongs to this transaction type.
    ///
    /// # Errors
    /// `422` that names each block which belongs to another, and what in a block does not fit.
    pub(crate) fn of(self, transaction: TransactionType) -> Result<Option<Details>> {
        let Self { rental, lease, sale, business, investment } = self;
        let present = [
            ("rental_details", TransactionType::Rent, rental.map(Details::Rental)),
            ("lease_details", TransactionType::Lease, lease.map(Details::Lease)),
            ("sale_details", TransactionType::Sale, sale.map(Details::Sale)),
            ("business_details", TransactionType::Business, business.map(Details::Business)),
            (
                "investment_details",
                TransactionType::Investment,
                investment.map(Details::Investment),
            ),
        ];
        let mut chosen: Option<Details> = None;
        let mut misplaced = Vec::new();
        for (name, belongs_to, details) in present {
            match details {
                Some(details) if belongs_to == transaction => chosen = Some(details),
                Some(_) => misplaced.push(FieldError::new(
                    format!("/{name}"),
                    "misplaced",
                    format!(
                        "Belongs to {} only, not to {}.",
                        belongs_to.name(),
                        transaction.name()
                    ),
                )),
                None => {}
            }
        }
        if !misplaced.is_empty() {
            return Err(Error::invalid(misplaced));
        }
        if let Some(details) = &mut chosen {
            details.settle()?;
            details.check()?;
        }
        Ok(chosen)
    }
}

impl Details {
    fn settle(&mut self) -> Result<()> {
        match self {
            Self::Sale(sale) => sale.settle(),
            _ => Ok(()),
        }
    }

    fn check(&self) -> Result<()> {
        let ordered = |at: &str, low: Option<i32>, high: Option<i32>| match (low, high) {
            (Some(low), Some(high)) if low > high => {
                Err(Error::field(at, "out_of_order", format!("Must be at least {low}.")))
            }
            _ => Ok(()),
        };
        match self {
            Self::Rental(rental) => {
                ordered("/rental_details/max_nights", Some(rental.min_nights), rental.max_nights)
            }
            Self::Lease(lease) => {
                let at = "/lease_details/max_term_months";
                ordered(at, lease.min_term_months, lease.max_term_months)
            }
            Self::Sale(SaleDetails {
                foreign_quota: Some(false),
                foreign_quota_left_bps: Some(1..),
                ..
            }) => Err(Error::field(
                "/sale_details/foreign_quota_left_bps",
                "contradicts",
                "There is some of the quota left, but foreign_quota says that there is none.",
            )),
            Self::Investment(InvestmentDetails {
                target_amount: Some(target),
                min_ticket: Some(ticket),
                ..
            }) if ticket > target => Err(Error::field(
                "/investment_details/min_ticket",
                "out_of_order",
                "Must not be more than target_amount.",
            )),
            _ => Ok(()),
        }
    }
}

/// The longest lease of a home that can be registered at once: section 540 of the Civil and
/// Commercial Code.
const LONGEST_LEASE_MONTHS: i32 = 360;

/// The longest term that this kind of property may be leased for.
///
/// # Errors
/// `422` for a longer one.
pub(crate) fn require_term(property: PropertyType, details: Option<&Details>) -> Result<()> {
    let residential = matches!(
        property,
        PropertyType::Villa
            | PropertyType::Condo
            | PropertyType::Apartment
            | PropertyType::Townhouse
            | PropertyType::House
    );
    let Some(Details::Lease(lease)) = details.filter(|_| residential) else {
        return Ok(());
    };
    for (name, months) in
        [("min_term_months", lease.min_term_months), ("max_term_months", lease.max_term_months)]
    {
        if months > Some(LONGEST_LEASE_MONTHS) {
            return Err(Error::field(
                format!("/lease_details/{name}"),
                "too_long",
                "A home is leased for 360 months at most; what is promised for later belongs into renewal_note.",
            ));
        }
    }
    Ok(())
}

/// The price that a transaction cannot do without.
///
/// # Errors
/// `422` that names it.
pub(crate) fn require_price(
    transaction: TransactionType,
    rent: Option<i64>,
    sale: Option<i64>,
    lease: Option<i64>,
) -> Result<()> {
    let (name, price) = match transaction {
        TransactionType::Rent => ("rent_price", rent),
        TransactionType::Lease => ("lease_price", lease),
        TransactionType::Sale | TransactionType::Business | TransactionType::Investment => {
            ("sale_price", sale)
        }
    };
    match price {
        Some(_) => Ok(()),
        None => Err(Error::field(
            format!("/{name}"),
            "required",
            format!("A listing for {} needs it.", transaction.name()),
        )),
    }
}
