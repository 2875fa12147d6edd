//! Homes: found, told, and found around.

use actix_web::web::Data;
use chrono::NaiveDate;
use garde::Validate;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Answer, Asker, Card, say};
use crate::{
    app::State,
    error::{Error, Result},
    listings::read,
    search::{find::find, input::SearchIn},
};

/// Homes of an answer.
const MOST: u64 = 6;

/// What is looked for.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    /// What they want, in their own words and language: place, kind, budget, wishes.
    #[garde(length(chars, max = 500))]
    #[serde(default)]
    query: String,
    /// rent, sale, lease, business or investment.
    #[garde(length(max = 20))]
    transaction_type: Option<String>,
    /// villa, house, condo, apartment, ...
    #[garde(length(max = 40))]
    property_type: Option<String>,
    /// At least so many bedrooms.
    #[garde(range(min = 0, max = 100))]
    bedrooms_min: Option<i64>,
    /// First night of a stay, with check_out: only what is free.
    #[garde(skip)]
    check_in: Option<NaiveDate>,
    /// Day of departure.
    #[garde(skip)]
    check_out: Option<NaiveDate>,
    /// Guests that it must sleep.
    #[garde(range(min = 1, max = 500))]
    guests: Option<i64>,
}

/// One home.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct One {
    /// Its property_id from another tool.
    #[garde(skip)]
    property_id: Uuid,
}

/// Around what.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nearby {
    /// The home to look around.
    #[garde(skip)]
    property_id: Option<Uuid>,
    /// Or a point: degrees north.
    #[garde(range(min = -90.0, max = 90.0))]
    lat: Option<f64>,
    /// Degrees east.
    #[garde(range(min = -180.0, max = 180.0))]
    lng: Option<f64>,
    /// How far, km; 5 where it is missing.
    #[garde(range(min = 0.1, max = 50.0))]
    radius_km: Option<f64>,
}

pub(super) async fn search(
    state: &Data<State>,
    asker: &Asker<'_>,
    asked: Search,
) -> Result<Answer> {
    let Search {
        query,
        transaction_type,
        property_type,
        bedrooms_min,
        check_in,
        check_out,
        guests,
    } = asked;
    let filters = [
        ("transaction_type", transaction_type.map(Value::from)),
        ("property_type", property_type.map(Value::from)),
        ("bedrooms_min", bedrooms_min.map(Value::from)),
        ("check_in", check_in.map(|day| json!(day))),
        ("check_out", check_out.map(|day| json!(day))),
        ("guests", guests.map(Value::from)),
    ];
    let found = find(state, &wanted(query, filters), &asker.locale).await?;
    let items: Vec<Card> = found.items.into_iter().map(|hit| hit.item).collect();
    let homes: Vec<Value> = items.iter().map(|card| say::card(state, card, Value::Null)).collect();
    let wider: Vec<Value> = found
        .relaxations
        .iter()
        .take(3)
        .map(|wider| json!({ "if": wider.label, "homes": wider.count }))
        .collect();
    let content = json!({
        "homes": homes, "found": found.total, "found_is_exact": found.total_is_exact,
        "would_find_more": wider,
    });
    Ok(told(state, content, items))
}

pub(super) async fn nearby(
    state: &Data<State>,
    asker: &Asker<'_>,
    asked: Nearby,
) -> Result<Answer> {
    let (lat, lng) = match (asked.property_id, asked.lat, asked.lng) {
        (Some(id), None, None) => {
            let home = read::told(state, &id.to_string(), &asker.sight(), &asker.locale).await?;
            let at = |name: &str| home["location_details"][name].as_f64();
            at("lat").zip(at("lng")).ok_or_else(|| {
                Error::field("/property_id", "not_placed", "It is not known where this home is.")
            })?
        }
        (None, Some(lat), Some(lng)) => (lat, lng),
        _ => {
            let detail = "Give a property_id, or lat and lng.";
            return Err(Error::field("/property_id", "required", detail));
        }
    };
    let filters = [
        ("near", Some(json!(format!("{lat},{lng}")))),
        ("radius_km", Some(json!(asked.radius_km.unwrap_or(5.0)))),
    ];
    let found = find(state, &wanted(String::new(), filters), &asker.locale).await?;
    let mut items: Vec<(Card, Option<f64>)> = found
        .items
        .into_iter()
        .map(|hit| hit.item)
        .filter(|card| Some(card.id) != asked.property_id)
        .map(|card| {
            let away = card.lat.zip(card.lng).map(|at| kilometres((lat, lng), at));
            (card, away)
        })
        .collect();
    items.sort_by(|(_, a), (_, b)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let homes: Vec<Value> = items
        .iter()
        .map(|(card, away)| {
            let away = away.map(|km| format!("{km:.1} km"));
            say::card(state, card, json!({ "distance": away }))
        })
        .collect();
    let content = json!({ "homes": homes, "distances": "as the crow flies" });
    Ok(told(state, content, items.into_iter().map(|(card, _)| card).collect()))
}

pub(super) async fn get(state: &Data<State>, asker: &Asker<'_>, asked: One) -> Result<Answer> {
    let id = asked.property_id;
    let home = read::told(state, &id.to_string(), &asker.sight(), &asker.locale).await?;
    let cards = read::cards(state, vec![id], &asker.locale).await?;
    let card: Vec<Card> = cards.into_values().collect();
    let mut content = match card.first() {
        Some(card) => say::card(state, card, Value::Null),
        // A draft of theirs has no card that everyone sees.
        None => json!({ "property_id": id, "title": say::quoted(text(&home, "title")) }),
    };
    content["description"] = say::quoted(text(&home, "description"));
    for name in ["amenities", "policies", "display"] {
        content[name] = home[name].clone();
    }
    content["land"] = home["land"]["text"].clone();
    let place = &home["location_details"];
    content["location"] = json!({
        "province": place["province"], "district": place["district"],
        "subdistrict": place["subdistrict"], "address": place["address"],
    });
    let specs = &home["physical_specs"];
    for name in ["floors", "furnished", "parking", "year_built"] {
        content[name] = specs[name].clone();
    }
    let currency = text(&home, "currency");
    let rental = &home["rental_details"];
    for (name, per) in [
        ("price_per_night", " per night"),
        ("price_per_week", " per week"),
        ("price_per_month", " per month"),
        ("cleaning_fee", ""),
        ("deposit", ""),
    ] {
        if let Some(amount) = rental[name].as_i64() {
            content["stay"][name] = say::price(amount, currency, per);
        }
    }
    for name in ["min_nights", "max_nights", "max_guests", "instant_book"] {
        if !rental[name].is_null() {
            content["stay"][name] = rental[name].clone();
        }
    }
    if let Some(fields) = content.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    Ok(told(state, content, card))
}

fn told(state: &State, content: Value, properties: Vec<Card>) -> Answer {
    let citations = properties.iter().map(|card| say::citation(state, card)).collect();
    Answer { content, properties, citations, draft: None }
}

fn wanted<const N: usize>(query: String, filters: [(&str, Option<Value>); N]) -> SearchIn {
    let filters: Map<String, Value> =
        filters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    SearchIn {
        query,
        filters,
        without: Vec::new(),
        locale: None,
        limit: MOST,
        offset: 0,
        remember: false,
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The great circle between two points, by the haversine.
fn kilometres((lat, lng): (f64, f64), (to_lat, to_lng): (f64, f64)) -> f64 {
    const EARTH_KM: f64 = 6_371.0;
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let a =
        half(lat, to_lat) + lat.to_radians().cos() * to_lat.to_radians().cos() * half(lng, to_lng);
    2.0 * EARTH_KM * a.sqrt().min(1.0).asin()
}
