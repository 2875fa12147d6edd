//! What the shipped listings answer to people's own words.

use serde_json::{Value, json};
use terrace_server::interchange::seed::{Content, seed};
use terrace_testkit::{Caller, Reply, TestApp, spawn_app};

use super::{ask, hits, search};

async fn seeded(product: &str) -> TestApp {
    let app = spawn_app(product).await;
    let state = app.state();
    seed(&state.db, &app.profile, Content::Everything)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    app.settled().await;
    app
}

/// Ids of chips, or their labels.
fn chips(reply: &Reply, field: &str) -> Vec<String> {
    let chips = reply.at("/understood/chips");
    chips.as_array().unwrap().iter().map(|chip| chip[field].as_str().unwrap().to_owned()).collect()
}

/// The amenities of a hit's page.
async fn amenities(visitor: &Caller, hit: &Value) -> Vec<String> {
    let page = visitor.get(&format!("/api/v1/properties/{}", hit["id"].as_str().unwrap())).await;
    let groups = page.expect(200).at("/amenities");
    let groups = groups.as_object().unwrap().values().filter_map(Value::as_array).flatten();
    groups.map(|slug| slug.as_str().unwrap().to_owned()).collect()
}

const BY_THE_SEA: [&str; 4] = ["near_beach", "beachfront", "beach_access", "sea_view"];

#[tokio::test]
async fn a_luxury_villa_with_a_pool_near_the_beach() {
    let app = seeded("bestays").await;
    let visitor = app.anonymous();
    for query in ["luxury villa with pool near beach", "วิลล่าหรูมีสระว่ายน้ำใกล้ทะเล"]
    {
        let reply = search(&visitor, query).await;
        let items = reply.at("/items").as_array().cloned().unwrap();
        assert!(items.len() >= 3, "{query}: {reply:?}");
        for hit in items.iter().take(5) {
            assert_eq!(hit["property_type"], "villa", "{query}: {hit}");
            let amenities = amenities(&visitor, hit).await;
            assert!(amenities.iter().any(|slug| slug.contains("pool")), "{query}: {amenities:?}");
            let by_the_sea = amenities.iter().any(|slug| BY_THE_SEA.contains(&slug.as_str()));
            assert!(by_the_sea, "{query}: {amenities:?}");
        }
        let top: Vec<Value> = hits(&reply, "title").into_iter().take(3).collect();
        assert!(
            top.iter().any(|title| title.as_str().unwrap().to_lowercase().contains("luxury")),
            "{query}: {top:?}"
        );
    }
}

#[tokio::test]
async fn a_quiet_condo_near_thong_lo_is_understood() {
    let app = seeded("bestays").await;
    let visitor = app.anonymous();
    let query = "quiet 2 bedroom condo near Thong Lo under 35k per month";
    let reply = search(&visitor, query).await;
    let ids = chips(&reply, "id");
    for expected in ["property_type:condo", "bedrooms:2", "price_max:35000"] {
        assert!(ids.iter().any(|id| id == expected), "{expected} in {ids:?}");
    }
    assert!(chips(&reply, "kind").contains(&"place".to_owned()), "{ids:?}");
    assert!(
        ids.iter().any(|id| id.contains("quiet")) || reply.at("/understood/rest") == "quiet",
        "{ids:?}"
    );
    for chip in reply.at("/understood/chips").as_array().unwrap() {
        let (from, to) = (chip["start"].as_u64().unwrap(), chip["end"].as_u64().unwrap());
        assert_eq!(
            &query[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()],
            chip["text"]
        );
    }
    for hit in reply.at("/items").as_array().unwrap() {
        assert_eq!(
            (&hit["property_type"], &hit["physical_specs"]["bedrooms"]),
            (&json!("condo"), &json!(2)),
            "{hit}"
        );
        assert!(hit["price"].as_i64().unwrap() <= 3_500_000, "{hit}");
    }
    // A chip that is taken away filters no more, and its words count as words.
    let without =
        ask(&visitor, json!({"query": query, "without": ["bedrooms:2", "price_max:35000"]})).await;
    assert!(without.at("/total").as_i64().unwrap() >= reply.at("/total").as_i64().unwrap());
    assert!(!chips(&without, "id").contains(&"bedrooms:2".to_owned()));
    assert!(without.at("/understood/rest").as_str().unwrap().contains("2 bedroom"));
}

/// Whatever is promised is kept: each relaxation, asked, finds as many as it says.
#[tokio::test]
async fn relaxations_find_what_they_promise() {
    for (product, queries) in [
        (
            "bestays",
            [
                "villa in Phuket with 9 bedrooms under 20k a month",
                "condo near Thong Lo under 9,000 baht with a private pool and sauna",
                "บ้าน 5 ห้องนอน เชียงใหม่ ไม่เกิน 15,000 มีสระว่ายน้ำ",
            ],
        ),
        (
            "realestate",
            [
                "villa in Bangkok under 1 million with 6 bedrooms",
                "land in Phuket over 50 rai under 100,000 baht",
                "คอนโด ทองหล่อ ไม่เกิน 5 แสน 4 ห้องนอน",
            ],
        ),
    ] {
        let app = seeded(product).await;
        let visitor = app.anonymous();
        for query in queries {
            let reply = ask(&visitor, json!({"query": query, "filters": {"guests": 2}})).await;
            let found = reply.at("/total").as_i64().unwrap();
            let relaxations = reply.at("/relaxations").as_array().cloned().unwrap();
            assert!(found > 3 || !relaxations.is_empty(), "{query}: a dead end: {reply:?}");
            for relaxation in relaxations {
                let asked = ask(&visitor, relaxation["search"].clone()).await;
                assert_eq!(asked.at("/total"), relaxation["count"], "{query}: {relaxation}");
                assert!(relaxation["count"].as_i64().unwrap() > found, "{query}: {relaxation}");
            }
        }
    }
}

/// Where no one thing stands in the way, two of them do.
#[tokio::test]
async fn two_things_are_given_up_where_one_does_not_help() {
    let app = seeded("bestays").await;
    let visitor = app.anonymous();
    let query = "villa in Phuket with 12 bedrooms under 500 baht a month";
    let reply = ask(&visitor, json!({"query": query})).await;
    assert_eq!(reply.at("/total"), 0);
    let relaxations = reply.at("/relaxations").as_array().cloned().unwrap();
    let labels: Vec<&str> = relaxations.iter().map(|one| one["label"].as_str().unwrap()).collect();
    assert!(labels.iter().all(|label| label.matches("; ").count() == 1), "{labels:?}");
    let both = labels.iter().position(|label| label.contains("12 bed") && label.contains("500"));
    let both = &relaxations[both.expect("price and bedrooms")];
    let asked = ask(&visitor, both["search"].clone()).await;
    assert_eq!(asked.at("/total"), both["count"]);
    assert!(chips(&asked, "id").iter().any(|id| id.starts_with("property_type:villa")));
}
