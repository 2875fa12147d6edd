//! How tools tell: money with its currency, links made from ids, and what people have written as
//! data.

use serde_json::{Value, json};
use terrace_receipts::{Claim, Kind, Lang, UNTRUSTED, claims, redact};
use uuid::Uuid;

use super::{Asker, Card, Citation};
use crate::{app::State, money, notifications};

/// Characters of a description: enough to answer, too little to bury anything in.
const DESCRIPTION: usize = 1_200;

/// An amount with its currency, for what (" per night").
pub(super) fn price(amount: i64, currency: &str, per: &str) -> Value {
    json!({ "text": format!("{}{per}", money::written(amount, currency)), "currency": currency })
}

/// What people have written, as data.
pub(super) fn quoted(text: &str) -> Value {
    json!({ UNTRUSTED: kept_in(text, Lang::English) })
}

/// What people have written: cut, and without ways out of the conversation. A listing that says "call
/// me" or "see my page" is told without the number and the page.
pub(super) fn kept_in(text: &str, language: Lang) -> String {
    let cut: String = text.chars().take(DESCRIPTION).collect();
    let plain: String =
        cut.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    redact(&plain, &ways_out(&plain), language)
}

/// Links, addresses and numbers to call: what leads out of the conversation.
pub(super) fn ways_out(text: &str) -> Vec<Claim> {
    let leads_out =
        |claim: &Claim| matches!(claim.kind, Kind::Link | Kind::Email | Kind::Telephone);
    claims(text).into_iter().filter(leads_out).collect()
}

/// The page of a listing on the brand's own site, by its id: a slug is made of a title, in which an
/// advertiser may have written a number to call.
pub(super) fn page(state: &State, id: Uuid) -> String {
    notifications::front_end(&state.profile, &format!("/properties/{id}"))
}

/// A listing of a list, in a few lines.
pub(super) fn card(state: &State, card: &Card, more: Value) -> Value {
    let specs = serde_json::to_value(&card.physical_specs).unwrap_or_default();
    let mut told = json!({
        "property_id": card.id,
        "title": quoted(&card.title),
        "url": page(state, card.id),
        "offered_for": card.transaction_type,
        "type": card.property_type,
        "price": price(card.price, &card.currency, period(&card.transaction_type)),
        "province": card.province,
        "district": card.district,
        "max_guests": card.max_guests,
    });
    if let Some(night) = card.price_per_night {
        told["price_by_night"] = price(night, &card.currency, " per night");
    }
    for name in ["bedrooms", "bathrooms", "area_sqm", "land_sqm"] {
        if let Some(value) = specs.get(name).filter(|value| !value.is_null()) {
            told[name] = value.clone();
        }
    }
    if let (Some(told), Value::Object(more)) = (told.as_object_mut(), more) {
        told.extend(more);
        told.retain(|_, value| !value.is_null());
    }
    told
}

/// For how long the price of such an offer is.
pub(super) fn period(transaction_type: &str) -> &'static str {
    match transaction_type {
        "rent" | "lease" => " per month",
        _ => "",
    }
}

/// The listing as a source.
pub(super) fn citation(state: &State, card: &Card) -> Citation {
    Citation { kind: "property", id: card.id, title: card.title.clone(), url: page(state, card.id) }
}

/// The language of what code says itself.
pub(super) fn spoken(asker: &Asker<'_>) -> Lang {
    Lang::of_locale(asker.locale.as_str()).unwrap_or(Lang::English)
}
