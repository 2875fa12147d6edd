//! Filters hold in every arm, and bad questions are told so.

use serde_json::{Value, json};
use terrace_testkit::{listing, spawn_app};

use super::{SEARCH, ask, hits};

#[tokio::test]
async fn every_hit_passes_every_filter() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    for (nth, bedrooms) in [1, 2, 3, 4, 5].into_iter().enumerate() {
        let body = json!({"title": format!("Pool villa {nth}"),
            "physical_specs": {"bedrooms": bedrooms, "bathrooms": 2.0, "area_sqm": 100.0}});
        let _ = agent.create_published(listing::with(listing::rent(), body)).await;
    }
    app.settled().await;
    let visitor = app.anonymous();
    let body = json!({"query": "pool villa", "filters": {"bedrooms_min": 3, "bedrooms_max": "4", "province": ["Phuket", "Krabi"]}});
    let reply = ask(&visitor, body).await;
    assert_eq!((reply.at("/total"), reply.at("/total_is_exact")), (json!(2), json!(true)));
    let mut rooms: Vec<Value> = hits(&reply, "physical_specs");
    rooms.sort_by_key(|specs| specs["bedrooms"].as_i64());
    let rooms: Vec<_> = rooms.iter().map(|specs| specs["bedrooms"].clone()).collect();
    assert_eq!(rooms, [3, 4]);
    // Without words the filters alone answer, in the list's own order.
    let reply = ask(&visitor, json!({"filters": {"bedrooms": [1, 2]}})).await;
    assert_eq!(reply.at("/total"), 2);
    assert_eq!(
        (reply.at("/degraded"), reply.at("/items/0/why/similarity")),
        (json!(false), json!(null))
    );
    let page = |offset: u64| json!({"query": "pool villa", "limit": 2, "offset": offset});
    let mut seen = Vec::new();
    for offset in [0, 2, 4, 6] {
        seen.extend(hits(&ask(&visitor, page(offset)).await, "id"));
    }
    assert_eq!(seen.len(), 5);
    seen.sort_by_key(Value::to_string);
    seen.dedup();
    assert_eq!(seen.len(), 5, "no hit twice");
}

#[tokio::test]
async fn a_question_that_cannot_be_is_refused_by_name() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    for (body, fields) in [
        (json!({"query": "x".repeat(2001)}), vec!["/query invalid"]),
        (json!({"query": 7}), vec!["/query invalid_type"]),
        (json!({"limit": 51}), vec!["/limit invalid"]),
        (json!({"offset": 501}), vec!["/offset invalid"]),
        (json!({"locale": "xx"}), vec!["locale invalid"]),
        (json!({"filters": {"rooms": 2}}), vec!["/filters/rooms unknown_parameter"]),
        (json!({"filters": {"bedrooms_min": "many"}}), vec!["/filters/bedrooms_min invalid"]),
        (json!({"filters": {"price_min": 2, "price_max": 1}}), vec!["/filters/price_max invalid"]),
        (json!({"filters": {"scope": "all"}}), vec!["/filters/scope unknown_field"]),
        (json!({"filters": {"bbox": {"west": 1}}}), vec!["/filters/bbox invalid_type"]),
        (json!({"filters": {"tags": "a\u{0}b"}}), vec!["/filters/tags invalid"]),
        (json!({"words": "villa"}), vec!["/words unknown_field"]),
    ] {
        let reply = visitor.post(SEARCH, body.clone()).await;
        assert!(matches!(reply.status, 400 | 422), "{body}: {reply:?}");
        assert_eq!(reply.fields(), fields, "{body}");
    }
}

/// Whatever is asked is answered, and soon.
#[tokio::test]
async fn hostile_questions_are_answered() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let _ = agent.create_published(listing::rent()).await;
    app.settled().await;
    let visitor = app.anonymous();
    let words = (0..500).map(|nth| format!("w{nth}")).collect::<Vec<_>>().join(" ");
    for query in [
        "x".repeat(20_000),
        "ก".repeat(2_000),
        words,
        "\u{1}\u{2}\u{7f}\u{85}\u{200b}\u{202e}\u{feff}".to_owned(),
        "😀👨‍👩‍👧‍👦🏠".repeat(50),
        "'; DROP TABLE properties; --".to_owned(),
        "villa' | !pool & (sea <-> view):*A \\".to_owned(),
        "(a+)+$ .*.*.*.*=.*".to_owned(),
        "%_%_%\\%".repeat(100),
        "\"'`${jndi:ldap://x}<script>".to_owned(),
        "a".to_owned(),
        "  \n\t ".to_owned(),
    ] {
        let begun = std::time::Instant::now();
        let reply = visitor.post(SEARCH, json!({"query": query})).await;
        let head: String = query.chars().take(40).collect();
        assert!(matches!(reply.status, 200 | 422), "{head}: {reply:?}");
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(5),
            "{head}: {:?}",
            begun.elapsed()
        );
    }
    let reply = visitor.post(SEARCH, json!({"query": "villa\u{0}"})).await;
    assert_eq!(reply.fields(), ["/query invalid"]);
    let rows: i64 = app.value("SELECT count(*) FROM properties").await;
    assert_eq!(rows, 1);
}

/// Words and filters that exclude each other find nothing, and are no mistake of the client's.
#[tokio::test]
async fn a_question_that_contradicts_its_filters_is_answered() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let _ = agent.create_published(listing::rent()).await;
    app.settled().await;
    let body = json!({"query": "villa under 30k a month", "filters": {"price_min": 9_000_000}});
    let reply = ask(&app.anonymous(), body).await;
    assert_eq!(reply.at("/total"), 0);
    for relaxation in reply.at("/relaxations").as_array().unwrap() {
        let asked = ask(&app.anonymous(), relaxation["search"].clone()).await;
        assert_eq!(asked.at("/total"), relaxation["count"], "{relaxation}");
    }
}
