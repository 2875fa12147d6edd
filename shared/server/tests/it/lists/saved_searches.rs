//! Searches that are kept.

use futures_util::future::join_all;
use serde_json::{Value, json};
use terrace_testkit::{listing, spawn_app};

use super::{SEARCHES, Visitor, ids, villa, villas};

#[tokio::test]
async fn a_search_is_saved_changed_and_forgotten() {
    let app = spawn_app("bestays").await;
    let visitor = Visitor::new(&app).await;
    let body = json!({"name": " By the sea ", "query": "quiet, for a family", "locale": "th", "notify": "daily",
        "filters": {"transaction_type": "rent", "bedrooms": [2, 3], "price_max": 10_000_000, "sort": "price_asc"}});
    let made = visitor.post(SEARCHES, body).await.expect(201);
    let path = format!("{SEARCHES}/{}", made.text_at("/id"));
    assert_eq!(made.header("location"), path);
    let expected = json!({"transaction_type": "rent", "bedrooms": "2,3", "price_max": "10000000", "sort": "price_asc"});
    assert_eq!(made.at("/filters"), expected);
    assert_eq!(
        (
            made.text_at("/name"),
            made.text_at("/query"),
            made.text_at("/notify"),
            made.text_at("/locale")
        ),
        ("By the sea".into(), "quiet, for a family".into(), "daily".into(), "th".into())
    );
    assert_eq!(visitor.get(&path).await.expect(200).json(), made.json());

    let change = json!({"query": null, "locale": null, "notify": "weekly"});
    let changed = visitor.patch(&path, change).await.expect(200);
    assert_eq!((changed.at("/query"), changed.at("/locale")), (Value::Null, Value::Null));
    assert_eq!((changed.text_at("/notify"), changed.at("/filters")), ("weekly".into(), expected));

    let second = visitor.post(SEARCHES, villas("never")).await.expect(201);
    let list = visitor.get(&format!("{SEARCHES}?limit=1")).await.expect(200);
    assert_eq!(ids(&list, "id"), [second.text_at("/id")]);
    let next = format!("{SEARCHES}?limit=1&cursor={}", list.text_at("/next_cursor"));
    assert_eq!(ids(&visitor.get(&next).await.expect(200), "id"), [made.text_at("/id")]);

    let _ = visitor.delete(&path).await.expect(204);
    visitor.delete(&path).await.problem(404, "not_found");
    visitor.get(&path).await.problem(404, "not_found");
    visitor.patch(&path, json!({"name": "x"})).await.problem(404, "not_found");
}

/// The same parser as the list's, the same finds.
#[tokio::test]
async fn a_search_finds_what_the_list_finds() {
    let app = spawn_app("bestays").await;
    let (agent, person) = (app.agent("somchai").await, app.user("malee").await);
    for price in [9_000_000, 9_500_000, 12_000_000] {
        let _ = agent
            .create_published(listing::with(villa("Villa"), json!({"rent_price": price})))
            .await;
    }
    let filters = json!({"price_max": 10_000_000, "sort": "price_asc", "amenities_all": "wifi,private_pool",
        "near": "7.78,98.32", "radius_km": 2.5, "guests": 4});
    let made = person.post(SEARCHES, json!({"name": "Near", "filters": filters})).await.expect(201);
    let path = format!("{SEARCHES}/{}/matches", made.text_at("/id"));
    let found = person.get(&format!("{path}?count=true&limit=1")).await.expect(200);
    let list = app
        .anonymous()
        .get("/api/v1/properties?price_max=10000000&sort=price_asc&amenities_all=wifi,private_pool&near=7.78,98.32&radius_km=2.5&guests=4&count=true&limit=1")
        .await
        .expect(200);
    assert_eq!(found.json(), list.json());
    assert_eq!(found.at("/total"), 2);
    let next = format!("{path}?count=true&limit=1&cursor={}", found.text_at("/next_cursor"));
    assert_eq!(person.get(&next).await.expect(200).at("/items/0/price"), 9_500_000);
    let thai = person.get(&format!("{path}?locale=th")).await.expect(200);
    assert_eq!(thai.header("content-language"), "th");
    person.get(&format!("{path}?locale=xx")).await.problem(400, "invalid_parameter");
}

#[tokio::test]
async fn what_does_not_fit_is_named() {
    let app = spawn_app("bestays").await;
    let person = app.user("malee").await;
    let made = person.post(SEARCHES, villas("never")).await.expect(201);
    let path = format!("{SEARCHES}/{}", made.text_at("/id"));
    for (body, pointer) in [
        (json!({"name": " "}), "/name"),
        (json!({"name": "x".repeat(201)}), "/name"),
        (json!({"query": ""}), "/query"),
        (json!({"locale": "xx"}), "/locale"),
        (json!({"notify": "hourly"}), "/notify"),
        (json!({"filters": []}), "/filters"),
        (json!({"filters": {"colour": "red"}}), "/filters/colour"),
        (json!({"filters": {"price_min": 2, "price_max": 1}}), "/filters/price_max"),
        (json!({"filters": {"scope": "all"}}), "/filters/scope"),
        (json!({"filters": {"bbox": "1,2"}}), "/filters/bbox"),
        (json!({"filters": {"check_in": "2026-12-24"}}), "/filters/check_out"),
        (json!({"filters": {"bedrooms": {"min": 1}}}), "/filters/bedrooms"),
        (json!({"filters": {"district": "ก".repeat(201)}}), "/filters/district"),
        (json!({"user_id": "x"}), "/user_id"),
    ] {
        for (name, reply) in [
            (
                "POST",
                person.post(SEARCHES, listing::with(json!({"name": "x"}), body.clone())).await,
            ),
            ("PATCH", person.patch(&path, body.clone()).await),
        ] {
            reply.problem(422, "invalid_input");
            assert_eq!(reply.at("/errors/0/pointer"), pointer, "{name} {body}: {reply:?}");
        }
    }
    // As long as it may be, in letters of three bytes.
    let long = json!({"name": "ก".repeat(200), "notify": "daily", "filters": {"district": "ก".repeat(200), "tags": "a,b"}});
    let _ = person.post(SEARCHES, long).await.expect(201);
}

#[tokio::test]
async fn fifty_are_enough_however_many_ask_at_once() {
    let app = spawn_app("bestays").await;
    let person = app.user("malee").await;
    for _ in 0..40 {
        let _ = person.post(SEARCHES, villas("never")).await.expect(201);
    }
    let statuses =
        join_all((0..20).map(|_| async { person.post(SEARCHES, villas("daily")).await.status }));
    let statuses = statuses.await;
    let count = |status| statuses.iter().filter(|s| **s == status).count();
    assert_eq!((count(201), count(409)), (10, 10), "{statuses:?}");
    person.post(SEARCHES, villas("never")).await.problem(409, "list_full");
}

#[tokio::test]
async fn one_key_is_one_search() {
    let app = spawn_app("bestays").await;
    let (one, other) = (Visitor::new(&app).await, Visitor::new(&app).await);
    let post = |visitor: &Visitor, name: &str| {
        visitor.post(SEARCHES, json!({"name": name})).header("idempotency-key", "k-1")
    };
    let first = post(&one, "x").await.expect(201);
    let again = post(&one, "x").await.expect(201);
    assert_eq!((first.json(), again.header("idempotent-replayed")), (again.json(), "true"));
    post(&one, "y").await.problem(422, "idempotency_mismatch");
    assert_ne!(post(&other, "x").await.expect(201).text_at("/id"), first.text_at("/id"));
}
