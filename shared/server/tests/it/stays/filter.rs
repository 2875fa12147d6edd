//! Lists find for a stay what could be booked for it, and nothing else.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde_json::json;
use terrace_server::availability::{Now, Stay, Terms, require_free, rules};
use terrace_testkit::{Listing, TestApp, spawn_app, with_query};

use super::{connect, day, home, set_rules};

/// Numbers that look like chance, and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// None in half of all throws.
    fn weekdays(&mut self) -> Vec<u64> {
        match self.below(2) {
            0 => Vec::new(),
            _ => (1..=7).filter(|_| self.below(2) == 0).collect(),
        }
    }
}

/// A listing, what it asks of stays, and what occupies it.
struct Room {
    listing: Listing,
    terms: Terms,
    taken: Vec<(NaiveDate, NaiveDate)>,
}

impl Room {
    fn can_be_had(&self, stay: Stay, now: Now) -> bool {
        let until = self.terms.occupied_until(stay.check_out);
        let is_free = !self.taken.iter().any(|(from, to)| *from < until && stay.check_in < *to);
        is_free && self.terms.violations(&stay, now).is_empty()
    }
}

/// A listing with rules, seasons and stays at random within the next sixty days.
async fn room(app: &TestApp, nth: u64, dice: &mut Dice) -> Room {
    let agent = app.agent("somchai").await;
    let min = 1 + dice.below(4);
    let max = (dice.below(3) > 0).then(|| min + dice.below(8));
    let details = json!({"min_nights": min, "max_nights": max, "max_guests": 1 + dice.below(4)});
    let mut listing = home(&agent, &format!("room-{nth}"), details).await;
    let until = ["00:00", "23:59", "23:59"][usize::try_from(dice.below(3)).unwrap()];
    let booking_rules = json!({
        "arrival_days": dice.weekdays(), "departure_days": dice.weekdays(),
        "notice_days": dice.below(8), "preparation_days": dice.below(4),
        "notice_until": until,
        "window_days": (dice.below(2) == 0).then(|| 20 + dice.below(30)),
    });
    set_rules(&agent, &mut listing, booking_rules).await;
    let id = listing.id;
    let mut at = dice.below(20);
    for _ in 0..dice.below(3) {
        let to = at + 1 + dice.below(15);
        let days: Vec<_> = dice.weekdays().iter().map(ToString::to_string).collect();
        app.execute(format!(
            "INSERT INTO rates (property_id, during, price_per_night, min_nights, arrival_days, notice_days) \
             VALUES ('{id}', '[{},{})', 1, {}, '{{{}}}', {})",
            day(at), day(to), 1 + dice.below(6), days.join(","), dice.below(12)
        ))
        .await;
        at = to + dice.below(10);
    }
    let mut taken = Vec::new();
    let mut at = dice.below(10);
    for _ in 0..dice.below(6) {
        let to = at + 1 + dice.below(8);
        let (kind, expires) = match dice.below(4) {
            0 => ("hold", "now() + interval '1 hour'"),
            // Nobody's any more.
            1 => ("hold", "now() - interval '1 hour'"),
            _ => ("block", "NULL"),
        };
        app.execute(format!(
            "INSERT INTO stays (property_id, during, kind, expires_at) \
             VALUES ('{id}', '[{},{})', '{kind}', {expires})",
            day(at),
            day(to)
        ))
        .await;
        if !expires.contains('-') {
            taken.push((day(at), day(to)));
        }
        at = to + dice.below(6);
    }
    let terms = rules::load(&connect(app).await, id, day(0), day(200)).await.unwrap();
    Room { listing, terms, taken }
}

async fn found(app: &TestApp, path: &str, parameters: &[(&str, &str)]) -> BTreeSet<String> {
    let reply = app.anonymous().get(&with_query(path, parameters)).await.expect(200);
    let items = reply.at("/items");
    items.as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_is_found_can_be_had_and_what_is_not_cannot() {
    let app = spawn_app("bestays").await;
    let mut dice = Dice(20_261_127);
    let mut rooms = Vec::new();
    for nth in 0..24 {
        rooms.push(room(&app, nth, &mut dice).await);
    }
    let db = connect(&app).await;
    let now = Now::of(&app.profile);
    let (mut hits, mut misses) = (0, 0);
    for nth in 0..160 {
        let check_in = day(0) + Days::new(dice.below(55));
        let check_out = check_in + Days::new(1 + dice.below(9));
        let guests = i32::try_from(1 + dice.below(3)).unwrap();
        let stay = Stay { check_in, check_out, guests };
        let expected: BTreeSet<String> = rooms
            .iter()
            .filter(|room| room.can_be_had(stay, now))
            .map(|room| room.listing.slug.clone())
            .collect();
        let (from, to, number) = (check_in.to_string(), check_out.to_string(), guests.to_string());
        let asked = [("check_in", from.as_str()), ("check_out", &to), ("guests", &number)];
        let listed = [&asked[..], &[("limit", "100")]].concat();
        assert_eq!(found(&app, "/api/v1/properties", &listed).await, expected, "{stay:?}");
        hits += expected.len();
        misses += rooms.len() - expected.len();
        // What a quote or a booking would be told, of one room each time.
        let room = &rooms[nth % rooms.len()];
        let allowed = rules::check(&db, room.listing.id, &stay, now).await.is_ok();
        let until = room.terms.occupied_until(check_out);
        let free = require_free(&db, room.listing.id, check_in, until, None).await.is_ok();
        assert_eq!(allowed && free, expected.contains(&room.listing.slug), "{stay:?}");
    }
    // Neither everything nor nothing: the comparison has something to compare.
    assert!(hits > 100 && misses > 100, "{hits} found, {misses} not");
}

/// The map, the search and the alerts ask the same question in the same words.
#[tokio::test]
async fn every_way_to_find_asks_the_same() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let free = home(&agent, "free", json!({})).await;
    let mut weekend = home(&agent, "asks-for-notice", json!({})).await;
    set_rules(&agent, &mut weekend, json!({"notice_days": 60})).await;
    let taken = home(&agent, "taken", json!({})).await;
    let _ = agent.post(&taken.at("blocks"), super::week()).await.expect(201);
    app.settled().await;
    let (from, to) = (day(31).to_string(), day(33).to_string());
    let stay = [("check_in", from.as_str()), ("check_out", &to), ("guests", "2")];
    assert_eq!(found(&app, "/api/v1/properties", &stay).await, BTreeSet::from(["free".to_owned()]));
    let around = [&stay[..], &[("bbox", "97,5,106,21"), ("zoom", "22")]].concat();
    let map = app.anonymous().get(&with_query("/api/v1/properties/map", &around)).await.expect(200);
    assert_eq!(map.at("/total"), 1);
    let body =
        json!({"query": "villa", "filters": {"check_in": from, "check_out": to, "guests": 2}});
    let search = app.anonymous().post("/api/v1/search", body).await.expect(200);
    let ids: Vec<_> =
        search.at("/items").as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert_eq!(ids, [json!(free.id)]);
}
