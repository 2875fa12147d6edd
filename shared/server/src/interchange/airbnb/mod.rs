//! Inside Airbnb's listing files, both kinds. The columns are found by name.

mod amenities;
mod kinds;
mod money;
mod text;

use url::Url;

use super::{csv_rows::Row, formats::Header, record::Record};
use crate::{
    error::FieldError,
    listings::{
        catalogue::Catalogue,
        details::{MOST, RentalDetails},
        model::{ContactInfo, Currency, Image, LocationDetails, PhysicalSpecs, TransactionType},
    },
};

/// The columns without which a file is not of the summary kind.
pub(super) const SUMMARY: &[&str] = &[
    "id",
    "name",
    "neighbourhood",
    "latitude",
    "longitude",
    "room_type",
    "price",
    "minimum_nights",
];

/// The columns without which a file is not of the detailed kind.
pub(super) const DETAILED: &[&str] = &[
    "id",
    "name",
    "description",
    "picture_url",
    "neighbourhood_cleansed",
    "latitude",
    "longitude",
    "property_type",
    "room_type",
    "accommodates",
    "bathrooms_text",
    "bedrooms",
    "amenities",
    "price",
    "minimum_nights",
    "maximum_nights",
];

/// What the summary kind does not say, though its records have a value there.
pub(super) const UNSAID_BY_SUMMARY: &[&[&str]] =
    &[&["property_type"], &["rental_details", "instant_book"]];

/// A rent price is the price of this many nights.
const NIGHTS_OF_RENT: i64 = 30;
const MOST_NIGHTS: i32 = 3650;
const MOST_TITLE: usize = 200;
const MOST_DESCRIPTION: usize = 10_000;

/// What a file of one city does not say of itself.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) currency: Currency,
    pub(super) country: Option<String>,
    pub(super) province: Option<String>,
}

/// A cell, read or refused.
type Cell<T> = Result<T, FieldError>;

fn refuse<T>(column: &str, code: &'static str, detail: impl Into<String>) -> Cell<T> {
    Err(FieldError::new(column, code, detail))
}

/// Maps one row; everything that is wrong with it is named by its column.
pub(super) fn record(
    header: &Header,
    row: &Row,
    place: &Place,
    catalogue: &Catalogue,
) -> Result<Record, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let get = |column: &str| header.get(row, column);
    let id = keep(id(get("id")), &mut wrong);
    let title = keep(title(get("name")), &mut wrong);
    let kind = keep(kinds::room(get("room_type")), &mut wrong);
    let lat = keep(degrees("latitude", get("latitude"), 90.0), &mut wrong);
    let lng = keep(degrees("longitude", get("longitude"), 180.0), &mut wrong);
    let night = keep(price(get("price"), place.currency), &mut wrong);
    let min_nights = keep(min_nights(get("minimum_nights")), &mut wrong);
    let max_nights = keep(count("maximum_nights", get("maximum_nights")), &mut wrong);
    let guests = keep(count("accommodates", get("accommodates")), &mut wrong);
    let beds = keep(count("beds", get("beds")), &mut wrong);
    let bedrooms = keep(count("bedrooms", get("bedrooms")), &mut wrong);
    let bathrooms = keep(kinds::bathrooms(get("bathrooms"), get("bathrooms_text")), &mut wrong);
    let words = keep(amenities::read(get("amenities"), catalogue), &mut wrong);
    let (
        Some(id),
        Some(title),
        Some(kind),
        Some(lat),
        Some(lng),
        Some(night),
        Some(min_nights),
        Some(words),
        true,
    ) = (id, title, kind, lat, lng, night, min_nights, words, wrong.is_empty())
    else {
        return Err(wrong);
    };
    let max_nights = max_nights.flatten().map(|nights| nights.min(MOST_NIGHTS));
    let district = first_of([get("neighbourhood_cleansed"), get("neighbourhood")]);
    let group = first_of([get("neighbourhood_group_cleansed"), get("neighbourhood_group")]);
    Ok(Record {
        id: None,
        external_source: None,
        external_id: Some(id),
        slug: None,
        transaction_type: TransactionType::Rent,
        property_type: kinds::property(get("property_type"), kind),
        title,
        description: text::cut(text::from_html(get("description")), MOST_DESCRIPTION),
        rent_price: Some(night * NIGHTS_OF_RENT),
        sale_price: None,
        lease_price: None,
        currency: Some(place.currency),
        physical_specs: PhysicalSpecs {
            bedrooms: bedrooms.flatten().and_then(|rooms| u16::try_from(rooms).ok()),
            bathrooms: bathrooms.flatten(),
            ..PhysicalSpecs::default()
        },
        location_details: LocationDetails {
            country: place.country.clone(),
            province: group.or_else(|| place.province.clone()),
            district,
            lat: Some(lat),
            lng: Some(lng),
            ..LocationDetails::default()
        },
        amenities: words.amenities,
        policies: words.policies,
        contact_info: ContactInfo::default(),
        cover_image: picture(get("picture_url")),
        images: Vec::new(),
        tags: vec![kind.tag().to_owned()],
        is_featured: None,
        reference: None,
        listing_priority: None,
        is_published: None,
        agent: None,
        translations: std::collections::BTreeMap::new(),
        rental_details: Some(RentalDetails {
            price_per_night: Some(night),
            price_per_week: None,
            price_per_month: None,
            cleaning_fee: None,
            deposit: None,
            min_nights,
            max_nights: max_nights.filter(|nights| *nights >= min_nights),
            max_guests: guests.flatten().or(beds.flatten()).filter(|guests| *guests > 0),
            check_in_time: None,
            check_out_time: None,
            instant_book: get("instant_bookable") == "t",
            cancellation_policy: None,
        }),
        lease_details: None,
        sale_details: None,
        business_details: None,
        investment_details: None,
    })
}

fn keep<T>(cell: Cell<T>, wrong: &mut Vec<FieldError>) -> Option<T> {
    cell.map_err(|error| wrong.push(error)).ok()
}

fn first_of(texts: [&str; 2]) -> Option<String> {
    texts.into_iter().map(text::one_line).find(|text| !text.is_empty())
}

fn id(text: &str) -> Cell<String> {
    if text.is_empty() {
        return refuse("id", "id_missing", "The row has no id.");
    }
    Ok(text.to_owned())
}

/// One line, at most 200 characters: what is longer is cut and ends in an ellipsis.
fn title(name: &str) -> Cell<String> {
    let title = text::cut(text::one_line(name), MOST_TITLE);
    match title.chars().count() {
        0 => refuse("name", "title_missing", "The listing has no name."),
        1 | 2 => refuse("name", "title_too_short", "A title has 3 characters at least."),
        _ => Ok(title),
    }
}

/// Degrees, to six decimals: a tenth of a metre. The files repeat coordinates with noise in the
/// last digits of a double, which is no move.
fn degrees(column: &str, text: &str, most: f64) -> Cell<f64> {
    match text.parse::<f64>() {
        Ok(degrees) if degrees.abs() <= most => Ok((degrees * 1e6).round() / 1e6),
        _ => refuse(column, "coordinates_invalid", format!("Must be degrees, -{most}..{most}.")),
    }
}

fn price(text: &str, currency: Currency) -> Cell<i64> {
    if text.is_empty() {
        return refuse("price", "price_missing", "The row has no price.");
    }
    match money::minor_units(text, money::exponent(currency)) {
        Some(0) => refuse("price", "price_zero", "The price is 0."),
        Some(price) if price > MOST / NIGHTS_OF_RENT => {
            refuse("price", "price_too_high", "The price is above any that can be stored.")
        }
        Some(price) => Ok(price),
        None => refuse("price", "price_invalid", "Must be an amount such as 1234 or $1,234.00."),
    }
}

fn min_nights(text: &str) -> Cell<i32> {
    match count("minimum_nights", text)? {
        None | Some(0) => Ok(1),
        Some(nights @ 1..=366) => Ok(nights),
        Some(_) => refuse(
            "minimum_nights",
            "min_nights_too_long",
            "A stay has 366 nights at most, so it could never be booked.",
        ),
    }
}

/// A whole number that may be missing. What does not fit is as large as can be: some hosts mean
/// "for ever" by 2147483647.
fn count(column: &str, text: &str) -> Cell<Option<i32>> {
    let digits = text.strip_suffix(".0").unwrap_or(text);
    if digits.is_empty() {
        return Ok(None);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return refuse(column, "number_invalid", "Must be a whole number.");
    }
    Ok(Some(digits.parse().unwrap_or(i32::MAX)))
}

fn picture(text: &str) -> Option<Image> {
    let fits = text.len() <= 500 && Url::parse(text).is_ok_and(|url| url.scheme() == "https");
    // The API knows an https address by how it is written.
    (fits && text.starts_with("https://")).then(|| Image {
        url: text.to_owned(),
        alt: std::collections::BTreeMap::new(),
        width: None,
        height: None,
        media_id: None,
        blurhash: None,
        variants: Vec::new(),
    })
}
