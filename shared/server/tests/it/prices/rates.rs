//! Seasons, replaced as a whole.

use serde_json::{Value, json};
use terrace_testkit::{Reply, listing, spawn_app};

use crate::quotes::{day, put};

fn season(from: u64, to: u64, night: i64) -> Value {
    json!({"from": day(from), "to": day(to), "price_per_night": night})
}

fn nights(reply: &Reply) -> Vec<(String, i64)> {
    let seasons = reply.at("/seasons");
    let seasons = seasons.as_array().unwrap().iter();
    seasons
        .map(|season| {
            (
                season["from"].as_str().unwrap().to_owned(),
                season["price_per_night"].as_i64().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn the_whole_set_is_replaced_and_read_back() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create(listing::rent()).await;
    assert_eq!(agent.get(&home.at("rates")).await.expect(200).at("/seasons"), json!([]));
    let full = json!({"label": "High season", "from": day(100), "to": day(130), "price_per_night": 650_000,
        "weekend_price_per_night": 700_000, "price_per_week": 4_000_000, "price_per_month": 15_000_000,
        "min_nights": 5, "arrival_days": [5, 6], "notice_days": 3});
    // In any order; one may begin where the other ends.
    let seasons = json!({"seasons": [full, season(60, 100, 500_000), season(130, 140, 800_000)]});
    let put_once = put(&agent, &home, "rates", seasons).await.expect(200);
    let read = agent.get(&home.at("rates")).await.expect(200);
    assert_eq!(read.json(), put_once.json());
    assert_eq!(read.etag(), put_once.etag());
    assert_eq!(read.at("/seasons/1"), full);
    let usual = json!({"label": null, "from": day(60), "to": day(100), "price_per_night": 500_000,
        "weekend_price_per_night": null, "price_per_week": null, "price_per_month": null,
        "min_nights": 1, "arrival_days": [], "notice_days": 0});
    assert_eq!(read.at("/seasons/0"), usual);

    // What is the same stays as it is, and what is not is replaced.
    let ids = "SELECT id::text FROM rates ORDER BY lower(during)";
    let before: Vec<String> = app.values(ids).await;
    let dearer = json!({"seasons": [usual, season(100, 130, 660_000)]});
    let after = put(&agent, &home, "rates", dearer).await.expect(200);
    let at = |ahead| day(ahead).to_string();
    assert_eq!(nights(&after), [(at(60), 500_000), (at(100), 660_000)]);
    let ids: Vec<String> = app.values(ids).await;
    assert_eq!((ids.len(), &ids[0]), (2, &before[0]));
    assert_ne!(ids[1], before[1]);
    let told = "SELECT count(*) FROM events WHERE kind = 'listing.rates_changed' AND data = '{\"seasons\": 2}'";
    assert_eq!(app.value::<i64>(told).await, 1);
    let none = put(&agent, &home, "rates", json!({"seasons": []})).await.expect(200);
    assert_eq!(none.at("/seasons"), json!([]));
}

#[tokio::test]
async fn nobody_overwrites_what_they_have_not_seen() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create(listing::rent()).await;
    let path = home.at("rates");
    let one = json!({"seasons": [season(60, 100, 500_000)]});
    agent.put(&path, one.clone()).await.problem(428, "precondition_required");
    agent.put(&path, one.clone()).if_match("\"x\"").await.problem(412, "version_mismatch");
    let seen = agent.get(&path).await.expect(200).etag();
    let _ = agent.put(&path, one).if_match(&seen).await.expect(200);
    let other = json!({"seasons": [season(60, 90, 510_000)]});
    agent.put(&path, other).if_match(&seen).await.problem(412, "version_mismatch");
    assert_eq!(app.value::<i64>("SELECT price_per_night FROM rates").await, 500_000);
}

#[tokio::test]
async fn seasons_that_cannot_be_are_refused_by_place() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create(listing::rent()).await;
    let with = |field: &str, value: Value| {
        let mut season = season(60, 100, 500_000);
        season[field] = value;
        json!({"seasons": [season]})
    };
    let many: Vec<_> = (0..201).map(|nth| season(60 + nth, 61 + nth, 1)).collect();
    for (body, fields) in [
        (
            json!({"seasons": [season(80, 90, 1), season(60, 81, 1), season(89, 95, 1)]}),
            vec!["/seasons/0/from overlaps", "/seasons/2/from overlaps"],
        ),
        (
            json!({"seasons": [season(60, 70, 1), season(60, 70, 1)]}),
            vec!["/seasons/1/from overlaps"],
        ),
        (with("to", json!(day(60))), vec!["/seasons/0/to invalid"]),
        (with("to", json!(day(50))), vec!["/seasons/0/to invalid"]),
        (with("to", json!(day(60 + 3661))), vec!["/seasons/0/to invalid"]),
        (with("from", json!("infinity")), vec!["/seasons/0/from invalid_type"]),
        (with("to", json!("+99999-01-01")), vec!["/seasons/0/to invalid"]),
        (with("price_per_night", json!(0)), vec!["/seasons/0/price_per_night invalid"]),
        (
            with("price_per_week", json!(10_000_000_000_001_i64)),
            vec!["/seasons/0/price_per_week invalid"],
        ),
        (with("price_per_month", json!(-1)), vec!["/seasons/0/price_per_month invalid"]),
        (with("min_nights", json!(367)), vec!["/seasons/0/min_nights invalid"]),
        (with("notice_days", json!(366)), vec!["/seasons/0/notice_days invalid"]),
        (with("arrival_days", json!([0])), vec!["/seasons/0/arrival_days/0 invalid"]),
        (
            with("arrival_days", json!([1, 1, 1, 1, 1, 1, 1, 1])),
            vec!["/seasons/0/arrival_days invalid"],
        ),
        (with("label", json!("")), vec!["/seasons/0/label invalid", "/seasons/0/label invalid"]),
        (with("label", json!("x".repeat(121))), vec!["/seasons/0/label invalid"]),
        (with("colour", json!("red")), vec!["/seasons/0/colour unknown_field"]),
        (json!({"seasons": many}), vec!["/seasons invalid"]),
        (json!({}), vec!["/seasons required"]),
    ] {
        let refused = put(&agent, &home, "rates", body.clone()).await;
        refused.problem(422, "invalid_input");
        assert_eq!(refused.fields(), fields, "{body}");
    }
}
