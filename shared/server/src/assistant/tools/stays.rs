//! Stays: which nights are free, and what they cost.

use actix_web::web::Data;
use chrono::NaiveDate;
use garde::Validate;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Answer, Asker, say};
use crate::{
    app::State,
    availability::calendar::{CalendarQuery, calendar},
    error::Result,
    http::params::Day,
    listings::read,
    quotes::{create, output::QuoteOut},
};

/// Of which days.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Days {
    /// The home.
    #[garde(skip)]
    property_id: Uuid,
    /// First day (YYYY-MM-DD); today if missing.
    #[garde(skip)]
    from: Option<NaiveDate>,
    /// The day after the last; three months later if missing.
    #[garde(skip)]
    to: Option<NaiveDate>,
}

/// A stay to be priced.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Quote {
    /// The home.
    #[garde(skip)]
    property_id: Uuid,
    /// The first night (YYYY-MM-DD).
    #[garde(custom(create::calendar_day))]
    check_in: NaiveDate,
    /// The day of leaving (YYYY-MM-DD).
    #[garde(custom(create::calendar_day))]
    check_out: NaiveDate,
    /// People who sleep there.
    #[garde(range(min = 1, max = 1000))]
    guests: i32,
    /// Code of a coupon, if they have one.
    #[garde(length(chars, min = 1, max = 40))]
    coupon: Option<String>,
}

/// Stretches of free nights that are told.
const STRETCHES: usize = 20;

pub(super) async fn check(state: &Data<State>, asker: &Asker<'_>, asked: Days) -> Result<Answer> {
    let days = CalendarQuery { from: asked.from.map(Day), to: asked.to.map(Day) };
    let out = calendar(state, asked.property_id, &asker.sight(), days).await?;
    let free: Vec<Value> = out
        .free
        .iter()
        .take(STRETCHES)
        .map(|free| json!({ "from": free.from, "to": free.to, "nights": (free.to - free.from).num_days() }))
        .collect();
    let least = out.days.iter().filter_map(|day| day.min_nights).min();
    let dearest = out.days.iter().filter_map(|day| day.price).max();
    let cheapest = out.days.iter().filter_map(|day| day.price).min();
    let night =
        |amount: Option<i64>| amount.map(|amount| say::price(amount, &out.currency, " per night"));
    let content = json!({
        "property_id": out.property_id, "from": out.from, "to": out.to, "today": out.today,
        "free": free, "min_nights": least, "max_nights": out.max_nights, "max_guests": out.max_guests,
        "cheapest_night": night(cheapest), "dearest_night": night(dearest),
        "is_let_by_the_night": out.booking_rules.is_some(),
    });
    with_card(state, asker, asked.property_id, content).await
}

pub(super) async fn quote(state: &Data<State>, asker: &Asker<'_>, asked: Quote) -> Result<Answer> {
    let Quote { property_id, check_in, check_out, guests, coupon } = asked;
    let stay = terrace_pricing::Stay { check_in, check_out, guests, coupon };
    let stored = create::give(state, asker.context(), asker.sight(), property_id, stay).await?;
    let content = told(&QuoteOut::of(stored, &asker.locale));
    with_card(state, asker, property_id, content).await
}

/// A price, line by line.
pub(super) fn told(quote: &QuoteOut) -> Value {
    let money = |amount: i64| say::price(amount, &quote.currency, "");
    let lines: Vec<Value> = quote
        .lines
        .iter()
        .map(|line| json!({ "text": line.text, "amount": money(line.amount)["text"] }))
        .collect();
    let payments: Vec<Value> = quote
        .payments
        .iter()
        .map(|payment| json!({ "on": payment.on, "amount": money(payment.amount)["text"] }))
        .collect();
    json!({
        "quote_id": quote.id, "property_id": quote.property_id,
        "check_in": quote.check_in, "check_out": quote.check_out,
        "nights": quote.nights, "guests": quote.guests,
        "lines": lines, "total": money(quote.total), "deposit": money(quote.deposit),
        "due_now": money(quote.due_now), "due_later": money(quote.due_later),
        "payments": payments, "price_is_kept_until": quote.valid_until,
    })
}

async fn with_card(
    state: &Data<State>,
    asker: &Asker<'_>,
    id: Uuid,
    content: Value,
) -> Result<Answer> {
    let cards = read::cards(state, vec![id], &asker.locale).await?;
    let properties: Vec<_> = cards.into_values().collect();
    let citations = properties.iter().map(|card| say::citation(state, card)).collect();
    Ok(Answer { content, properties, citations, draft: None })
}
