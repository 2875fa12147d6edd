//! What bookings are made of: homes that may be booked at once, guests, quotes.

use std::sync::Arc;

use anyhow::Context;
use chrono::{Days, FixedOffset, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::{
    http::{Ask, Clients, Reply},
    run::together,
    stage::Brand,
    writes::listing,
};

/// Connections for what is only prepared.
pub(crate) const PREPARERS: usize = 8;

/// A published home.
pub(crate) type Home = Arc<str>;

/// A stay that somebody wants.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) home: Home,
    /// Days from today, half-open.
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// Who wants it.
    pub(crate) guest: Arc<str>,
    /// Stands in the booking, and is the key.
    pub(crate) mark: String,
}

/// So many homes, made and published by the agent.
pub(crate) async fn homes(brand: &Brand, count: usize) -> anyhow::Result<Vec<Home>> {
    let made = together(PREPARERS, 0..count, async |nth| {
        let body = listing(&format!("Home {nth}"));
        Ok(published(&brand.clients, &brand.agent, &body).await?.text("/id").into())
    });
    made.await.into_iter().collect()
}

/// A listing, made and published by an agent: what its making was answered.
pub(crate) async fn published(
    clients: &Clients,
    agent: &Arc<str>,
    body: &Value,
) -> anyhow::Result<Reply> {
    let create = Ask::post("/api/v1/properties", body).by(agent);
    let draft = clients.must(&create).await?.expect(201)?;
    let publish = Ask::post_empty(format!("/api/v1/properties/{}/publish", draft.text("/id")));
    let publish = publish.by(agent).if_match(draft.etag.clone());
    clients.must(&publish).await?.expect(200)?;
    Ok(draft)
}

/// People whom the server has not seen, by a name that is theirs in this run.
pub(crate) fn guests(brand: &Brand, what: &str, count: usize) -> anyhow::Result<Vec<Arc<str>>> {
    (0..count).map(|nth| brand.token(&format!("{what}-{nth}"))).collect()
}

/// A day from today on, where the brand is.
pub(crate) fn day(from_today: u64) -> NaiveDate {
    // Bangkok has no summer time.
    let zone = FixedOffset::east_opt(7 * 3600);
    let today =
        zone.map_or(Utc::now().date_naive(), |zone| Utc::now().with_timezone(&zone).date_naive());
    today + Days::new(from_today)
}

/// A price for a stay: what a booking cites.
pub(crate) async fn quote(
    brand: &Brand,
    home: &Home,
    from: u64,
    to: u64,
) -> anyhow::Result<String> {
    let stay = json!({"check_in": day(from), "check_out": day(to), "guests": 2});
    let ask = Ask::post(format!("/api/v1/properties/{home}/quote"), &stay);
    Ok(brand.clients.must(&ask).await?.expect(201)?.text("/id"))
}

/// What is to be asked to book at a price.
pub(crate) fn book(quote: &str, guest: &Arc<str>, mark: &str) -> Ask {
    let body = json!({"quote_id": quote, "guest": {"name": "Prove", "note": mark}});
    Ask::post("/api/v1/bookings", &body).by(guest).keyed(mark)
}

/// What is to be asked for a stay: a quote is made for it first.
async fn booking(brand: &Brand, wish: &Wish) -> anyhow::Result<Ask> {
    let quote = quote(brand, &wish.home, wish.from, wish.to).await?;
    Ok(book(&quote, &wish.guest, &wish.mark))
}

/// The same for many.
pub(crate) async fn bookings(brand: &Brand, wishes: &[Wish]) -> anyhow::Result<Vec<Ask>> {
    let mut asks = Vec::with_capacity(wishes.len());
    for some in wishes.chunks(PREPARERS) {
        let quoted = futures_util::future::join_all(some.iter().map(|wish| booking(brand, wish)));
        asks.extend(quoted.await.into_iter().collect::<anyhow::Result<Vec<_>>>()?);
    }
    Ok(asks)
}

/// What is to be asked to do something with a booking that an answer told of.
pub(crate) fn act(made: &Reply, what: &str, who: &Arc<str>) -> Ask {
    let path = format!("/api/v1/bookings/{}/{what}", made.text("/id"));
    Ask::post(path, &json!({})).by(who).if_match(made.etag.clone())
}

/// Pairs of stays that occupy one day of one home. Those that run out are let go by who comes next.
pub(crate) const OVERLAPS: &str = "SELECT count(*) FROM stays a JOIN stays b \
    ON a.property_id = b.property_id AND a.id < b.id AND a.during && b.during";

/// Homes and days for so many stays of one night that do not concern each other.
pub(crate) async fn wishes(brand: &Brand, what: &str, count: usize) -> anyhow::Result<Vec<Wish>> {
    const NIGHTS: usize = 240;
    let homes = homes(brand, count.div_ceil(NIGHTS)).await?;
    let guests = guests(brand, what, count)?;
    let wish = |(nth, guest): (usize, Arc<str>)| {
        let from = u64::try_from(10 + nth % NIGHTS)?;
        Ok(Wish {
            home: homes.get(nth / NIGHTS).context("a home")?.clone(),
            from,
            to: from + 1,
            guest,
            mark: format!("{what}-{nth:06}"),
        })
    };
    guests.into_iter().enumerate().map(wish).collect()
}
