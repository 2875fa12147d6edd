//! Homes: searching, and one of them.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Asker, Found, cut, refusal};
use crate::{
    listings::{output::PropertyItem, read},
    money::written,
    search::{find, input::SearchIn},
};

/// Homes that a search returns to a model.
const FEW: u64 = 5;

pub(super) fn search_parameters() -> Value {
    json!({"type": "object", "additionalProperties": false, "required": ["query"], "properties": {
        "query": {"type": "string", "description": "What is wanted, in the asker's own words and language", "maxLength": 500}}})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::assistant) struct Search {
    pub(in crate::assistant) query: String,
}

pub(in crate::assistant) async fn search(asker: &Asker, search: Search) -> Result<Found, String> {
    let query: String = search.query.chars().take(500).collect();
    let asked = SearchIn { limit: FEW, ..SearchIn::of_words(&query) };
    let found = find::find(&asker.state, &asked, &asker.locale).await.map_err(refusal)?;
    let understood: Vec<&str> =
        found.understood.chips.iter().map(|chip| chip.label.as_str()).collect();
    let homes: Vec<Value> = found.items.iter().map(|hit| card(&hit.item)).collect();
    Ok(Found {
        content: json!({"understood_as": understood, "total": found.total, "homes": homes}),
        properties: found.items.iter().map(|hit| hit.item.id).collect(),
        citations: Vec::new(),
    })
}

fn card(item: &PropertyItem) -> Value {
    let specs = serde_json::to_value(&item.physical_specs).unwrap_or_default();
    let spoken = |amount: Option<i64>| amount.map(|amount| written(amount, &item.currency));
    json!({
        "id": item.id,
        "title_by_its_owner": cut(&item.title, 160),
        "offer": item.transaction_type, "kind": item.property_type,
        "price": written(item.price, &item.currency),
        "price_per_night": spoken(item.price_per_night), "price_per_month": spoken(item.price_per_month),
        "bedrooms": specs.get("bedrooms"), "bathrooms": specs.get("bathrooms"), "area_sqm": specs.get("area_sqm"),
        "max_guests": item.max_guests, "province": item.province, "district": item.district,
    })
}

pub(super) fn get_parameters() -> Value {
    json!({"type": "object", "additionalProperties": false, "required": ["id"], "properties": {
        "id": {"type": "string", "description": "The id of a home, as a search gave it"}}})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Get {
    id: Uuid,
}

/// What of a listing a model is told; the rest is for programs, or for nobody.
const TOLD: [&str; 13] = [
    "transaction_type",
    "property_type",
    "physical_specs",
    "land",
    "deed_land",
    "location_details",
    "amenities",
    "policies",
    "lease_details",
    "sale_details",
    "business_details",
    "investment_details",
    "booking_rules",
];

pub(super) async fn get(asker: &Asker, get: Get) -> Result<Found, String> {
    let page =
        read::public(&asker.state, &get.id.to_string(), &asker.locale).await.map_err(refusal)?;
    let listing: Value =
        serde_json::from_slice(&page.body).map_err(|_| "It cannot be read.".to_owned())?;
    let text = |name: &str| listing.get(name).and_then(Value::as_str).unwrap_or_default();
    let currency = text("currency").to_owned();
    let amount = |value: Option<&Value>| {
        value.and_then(Value::as_i64).map(|amount| written(amount, &currency))
    };
    let mut told: serde_json::Map<String, Value> = TOLD
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), listing.get(name)?.clone())))
        .collect();
    told.insert("title_by_its_owner".to_owned(), cut(text("title"), 160).into());
    told.insert("description_by_its_owner".to_owned(), cut(text("description"), 1200).into());
    for name in ["rent_price", "sale_price", "lease_price"] {
        told.insert(name.to_owned(), amount(listing.get(name)).into());
    }
    // Amounts of what follows are minor units, which nobody speaks in.
    if let Some(rental) = listing.get("rental_details").and_then(Value::as_object) {
        let spoken = rental.iter().map(|(name, value)| {
            let is_money = ["price", "fee", "deposit"].iter().any(|word| name.contains(word));
            let value = if is_money { amount(Some(value)).into() } else { value.clone() };
            (name.clone(), value)
        });
        told.insert("rental_details".to_owned(), Value::Object(spoken.collect()));
    }
    for name in ["sale_details", "lease_details", "business_details", "investment_details"] {
        if let Some(details) = told.get_mut(name).and_then(Value::as_object_mut) {
            for (field, value) in details.iter_mut() {
                if ["price", "fee_", "amount", "revenue", "profit", "ticket"]
                    .iter()
                    .any(|word| field.contains(word))
                {
                    *value = amount(Some(value)).into();
                }
            }
        }
    }
    Ok(Found { content: told.into(), properties: vec![page.id], citations: Vec::new() })
}
