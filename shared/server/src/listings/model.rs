//! The parts that a listing is made of, as they stand on the wire and in its JSONB columns.

use std::collections::BTreeMap;

use garde::Validate;
use serde::{Deserialize, Serialize};
use terrace_entity::enums as stored;
use utoipa::ToSchema;

use super::land::LandThai;
use crate::words::words;

/// A closed set of words of which the database has a type.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:tt,)* }) => {
        words! { $(#[$doc])* $name { $($(#[$vdoc])* $variant = $text,)* } }

        impl From<$name> for stored::$name {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant,)* }
            }
        }

        impl From<stored::$name> for $name {
            fn from(value: stored::$name) -> Self {
                match value { $(stored::$name::$variant => Self::$variant,)* }
            }
        }
    };
}

names! {
    /// What is offered.
    TransactionType {
        /// By the night or the month.
        Rent = "rent",
        /// For ever.
        Sale = "sale",
        /// For a term of years or months.
        Lease = "lease",
        /// A going concern.
        Business = "business",
        /// A share in a project.
        Investment = "investment",
    }
}

names! {
    /// Where a listing stands on its way to the public.
    ListingStatus {
        /// Being written.
        Draft = "draft",
        /// Waiting for an admin's look.
        InReview = "in_review",
        /// Seen by everyone.
        Published = "published",
        /// Kept, and out of the way.
        Archived = "archived",
    }
}

names! {
    /// What it is.
    PropertyType {
        /// A detached house with grounds.
        Villa = "villa",
        /// A unit in a registered condominium.
        Condo = "condo",
        /// A unit in a building with one owner.
        Apartment = "apartment",
        /// A house in a row.
        Townhouse = "townhouse",
        /// A detached house.
        House = "house",
        /// Commercial premises of other kinds.
        Commercial = "commercial",
        /// Land without a building that matters.
        Land = "land",
        /// Office space.
        Office = "office",
        /// A shop.
        Retail = "retail",
        /// Storage or light industry.
        Warehouse = "warehouse",
        /// Rooms for guests.
        Hotel = "hotel",
        /// A development.
        Project = "project",
    }
}

names! {
    /// A currency that prices may be in (ISO 4217).
    Currency {
        /// Thai baht; minor unit satang.
        Thb = "THB",
        /// US dollar; minor unit cent.
        Usd = "USD",
        /// Euro; minor unit cent.
        Eur = "EUR",
        /// Pound sterling; minor unit penny.
        Gbp = "GBP",
        /// Yen; has no minor unit.
        Jpy = "JPY",
    }
}

words! {
    /// How much furniture comes with it.
    Furnished {
        /// Ready to live in.
        Fully = "fully",
        /// Some pieces.
        Partly = "partly",
        /// None.
        Unfurnished = "unfurnished",
    }
}

/// Measures. Areas are square metres.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhysicalSpecs {
    /// Number of bedrooms; 0 is a studio.
    #[garde(inner(range(max = 500)))]
    #[schema(maximum = 500)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bedrooms: Option<u16>,
    /// Number of bathrooms; halves count a room without a shower.
    #[garde(inner(range(min = 0.0, max = 500.0)))]
    #[schema(minimum = 0, maximum = 500)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bathrooms: Option<f64>,
    /// Usable area, m².
    #[garde(inner(range(min = 1.0, max = 10_000_000.0)))]
    #[schema(minimum = 1, maximum = 10_000_000)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_sqm: Option<f64>,
    /// Area of the plot, m².
    #[garde(inner(range(min = 1.0, max = 1_000_000_000.0)))]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub land_sqm: Option<f64>,
    /// The same in rai, ngan and square wah: give either, or both where they agree. Stored as
    /// `land_sqm`; answers have both measures in `land`.
    #[garde(dive)]
    #[schema(write_only)]
    #[serde(default, skip_serializing)]
    pub land_thai: Option<LandThai>,
    /// Number of floors, or the floor of a unit's building count.
    #[garde(inner(range(max = 200)))]
    #[schema(maximum = 200)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floors: Option<u16>,
    /// Year of completion, Gregorian.
    #[garde(inner(range(min = 1800, max = 2100)))]
    #[schema(minimum = 1800, maximum = 2100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year_built: Option<u16>,
    /// How much furniture comes with it.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub furnished: Option<Furnished>,
    /// Parking spaces.
    #[garde(inner(range(max = 10_000)))]
    #[schema(maximum = 10_000)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parking: Option<u16>,
}

impl PhysicalSpecs {
    /// Leaves one way of saying each thing: see [`land::settle`](super::land).
    ///
    /// # Errors
    /// `422` where two ways of saying it disagree.
    pub(crate) fn settle(&mut self) -> crate::error::Result<()> {
        super::land::settle(&mut self.land_sqm, &mut self.land_thai, "/physical_specs")
    }
}

/// Where it is. Names are those of the fallback language; translations replace them field by
/// field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocationDetails {
    /// ISO 3166-1 alpha-2.
    #[garde(inner(length(min = 2, max = 2), ascii))]
    #[schema(example = "TH", min_length = 2, max_length = 2)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Province (changwat).
    #[garde(inner(length(chars, min = 1, max = 120)))]
    #[schema(example = "Phuket", min_length = 1, max_length = 120)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub province: Option<String>,
    /// District (amphoe, khet).
    #[garde(inner(length(chars, min = 1, max = 120)))]
    #[schema(min_length = 1, max_length = 120)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// Subdistrict (tambon, khwaeng).
    #[garde(inner(length(chars, min = 1, max = 120)))]
    #[schema(min_length = 1, max_length = 120)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subdistrict: Option<String>,
    /// Street address.
    #[garde(inner(length(chars, min = 1, max = 300)))]
    #[schema(min_length = 1, max_length = 300)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Postal code.
    #[garde(inner(length(min = 3, max = 12), ascii))]
    #[schema(min_length = 3, max_length = 12)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// Latitude, WGS 84 degrees.
    #[garde(inner(range(min = -90.0, max = 90.0)))]
    #[schema(minimum = -90, maximum = 90)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Longitude, WGS 84 degrees.
    #[garde(inner(range(min = -180.0, max = 180.0)))]
    #[schema(minimum = -180, maximum = 180)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lng: Option<f64>,
}

/// Amenities by where they are; slugs of `GET /amenities`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Amenities {
    /// In the rooms.
    #[garde(length(max = 100), inner(length(min = 1, max = 60)))]
    #[schema(max_items = 100)]
    pub interior: Vec<String>,
    /// Outside, belonging to it.
    #[garde(length(max = 100), inner(length(min = 1, max = 60)))]
    #[schema(max_items = 100)]
    pub exterior: Vec<String>,
    /// Of the building.
    #[garde(length(max = 100), inner(length(min = 1, max = 60)))]
    #[schema(max_items = 100)]
    pub building: Vec<String>,
    /// Of the surroundings.
    #[garde(length(max = 100), inner(length(min = 1, max = 60)))]
    #[schema(max_items = 100)]
    pub area: Vec<String>,
}

impl Amenities {
    /// Category and its slugs.
    pub fn by_category(&self) -> [(&'static str, &[String]); 4] {
        let Self { interior, exterior, building, area } = self;
        [("interior", interior), ("exterior", exterior), ("building", building), ("area", area)]
    }
}

/// House rules: slugs of `GET /policies`, each with a value of its data type.
pub type Policies = BTreeMap<String, serde_json::Value>;

/// Whom to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactInfo {
    /// Name.
    #[garde(inner(length(chars, min = 1, max = 120)))]
    #[schema(min_length = 1, max_length = 120)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Telephone, international form.
    #[garde(inner(length(min = 3, max = 40), ascii))]
    #[schema(min_length = 3, max_length = 40)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// E-mail address.
    #[garde(inner(email))]
    #[schema(format = "email")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// LINE id.
    #[garde(inner(length(chars, min = 1, max = 60)))]
    #[schema(min_length = 1, max_length = 60)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_id: Option<String>,
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// An `https` address, or a path of this site.
    #[garde(length(min = 1, max = 500), custom(picture_address))]
    #[schema(example = "/assets/listings/villa.svg", min_length = 1, max_length = 500)]
    pub url: String,
    /// What it shows, per language.
    #[garde(custom(alternative_texts))]
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub alt: BTreeMap<String, String>,
    /// Pixels.
    #[garde(inner(range(min = 1, max = 20_000)))]
    #[schema(minimum = 1, maximum = 20_000)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[garde(inner(range(min = 1, max = 20_000)))]
    #[schema(minimum = 1, maximum = 20_000)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The upload that it was made of; everything but `alt` then follows from it.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_id: Option<uuid::Uuid>,
    /// A blurred impression to show while it loads (blurha.sh).
    #[garde(inner(length(min = 6, max = 100), ascii))]
    #[schema(min_length = 6, max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blurhash: Option<String>,
    /// The same picture in other widths, for `srcset`.
    #[garde(length(max = 10), dive)]
    #[schema(max_items = 10)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<ImageVariant>,
}

/// A picture in one width.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageVariant {
    /// An `https` address, or a path of this site.
    #[garde(length(min = 1, max = 500), custom(picture_address))]
    #[schema(min_length = 1, max_length = 500)]
    pub url: String,
    /// Pixels.
    #[garde(range(min = 1, max = 20_000))]
    #[schema(minimum = 1, maximum = 20_000)]
    pub width: u32,
}

/// `javascript:` and its kin never get into a page through us.
fn picture_address(url: &str, (): &()) -> garde::Result {
    let local = url.starts_with('/') && !url.starts_with("//");
    let remote = url.starts_with("https://") && url::Url::parse(url).is_ok();
    if local || remote {
        Ok(())
    } else {
        Err(garde::Error::new("must be an https address or a path that begins with one slash"))
    }
}

pub(crate) fn alternative_texts(alt: &BTreeMap<String, String>, (): &()) -> garde::Result {
    let sound = |(locale, text): (&String, &String)| {
        is_locale(locale) && (1..=300).contains(&text.chars().count())
    };
    if alt.len() <= 20 && alt.iter().all(sound) {
        Ok(())
    } else {
        Err(garde::Error::new("must map languages such as \"en\" to 1..300 characters"))
    }
}

/// `th`, `th-TH`.
pub(crate) fn is_locale(text: &str) -> bool {
    let (base, region) = text.split_once('-').map_or((text, None), |(b, r)| (b, Some(r)));
    let letters = |part: &str, f: fn(&u8) -> bool| part.len() == 2 && part.bytes().all(|b| f(&b));
    letters(base, u8::is_ascii_lowercase)
        && region.is_none_or(|region| letters(region, u8::is_ascii_uppercase))
}
