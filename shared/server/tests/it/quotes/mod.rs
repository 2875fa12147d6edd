//! Prices that are given, and kept to.

mod coupons;
mod given;
mod hostile;
mod recomputed;
mod settled;

use chrono::{Days, NaiveDate, Utc};
use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, Reply, listing};

/// So many days from today, where the brand is.
pub(crate) fn day(ahead: u64) -> NaiveDate {
    let bangkok = chrono::FixedOffset::east_opt(7 * 3600).unwrap();
    let today = Utc::now().with_timezone(&bangkok).date_naive();
    today.checked_add_days(Days::new(ahead)).unwrap()
}

/// A stay of so many nights from a day ahead, for two.
pub(crate) fn nights(ahead: u64, nights: u64) -> Value {
    json!({"check_in": day(ahead), "check_out": day(ahead + nights), "guests": 2})
}

/// A villa at THB 4,200 a night and nothing else.
pub(crate) fn villa() -> Value {
    let details = json!({"price_per_night": 420_000, "max_guests": 6});
    listing::with(listing::rent(), json!({"rental_details": details}))
}

pub(crate) async fn price(caller: &Caller, listing: &Listing, stay: Value) -> Reply {
    caller.post(&listing.at("quote"), stay).await
}

/// Replaces a part of a listing, whatever it was.
pub(crate) async fn put(agent: &Caller, listing: &Listing, part: &str, body: Value) -> Reply {
    let etag = agent.get(&listing.at(part)).await.expect(200).etag();
    agent.put(&listing.at(part), body).if_match(etag).await
}

/// Kind, quantity and amount of each line.
pub(crate) fn lines(quote: &Reply) -> Vec<(String, i64, i64)> {
    let lines = quote.at("/lines");
    let lines = lines.as_array().unwrap().iter();
    lines
        .map(|line| {
            let number = |name: &str| line[name].as_i64().unwrap();
            (line["kind"].as_str().unwrap().to_owned(), number("quantity"), number("amount"))
        })
        .collect()
}
