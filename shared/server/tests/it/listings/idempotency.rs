//! A request that is sent again has its effect once.

use futures_util::future::join_all;
use serde_json::json;
use terrace_testkit::{Caller, Reply, listing, spawn_app};

const PATH: &str = "/api/v1/properties";

async fn create(agent: &Caller, key: &str, body: serde_json::Value) -> Reply {
    agent.post(PATH, body).header("idempotency-key", key).await
}

#[tokio::test]
async fn twenty_at_once_make_one_listing_and_hear_the_same() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let replies = join_all((0..20).map(|_| create(&agent, "key-1", listing::rent()))).await;
    for reply in &replies {
        assert_eq!(reply.status, 201, "{reply:?}");
        assert_eq!(reply.body, replies[0].body);
        for header in ["etag", "location", "content-language", "content-type"] {
            assert_eq!(reply.header(header), replies[0].header(header), "{header}");
        }
    }
    let replayed =
        replies.iter().filter(|reply| reply.header("idempotent-replayed") == "true").count();
    assert_eq!(replayed, 19);
    let rows: i64 = app.value("SELECT count(*) FROM properties").await;
    assert_eq!(rows, 1);
    // Later, and after the listing has changed, the answer is still the first one.
    app.execute("UPDATE properties SET title = 'Another', version = 9").await;
    let later = create(&agent, "key-1", listing::rent()).await;
    assert_eq!((later.status, &later.body), (201, &replies[0].body));
    assert_eq!(later.header("idempotent-replayed"), "true");
}

#[tokio::test]
async fn a_key_belongs_to_one_body_and_one_person() {
    let app = spawn_app("bestays").await;
    let (somchai, malee) = (app.agent("somchai").await, app.agent("malee").await);
    let first = create(&somchai, "key-1", listing::rent()).await.expect(201);
    let other = listing::with(listing::rent(), json!({"title": "Another home"}));
    create(&somchai, "key-1", other.clone()).await.problem(422, "idempotency_mismatch");
    let theirs = create(&malee, "key-1", other).await.expect(201);
    assert_ne!(first.at("/id"), theirs.at("/id"));
    assert_eq!(theirs.header("idempotent-replayed"), "");
    let second = create(&somchai, "key-2", listing::rent()).await.expect(201);
    assert_ne!(first.at("/id"), second.at("/id"));
    // Without a key every request is a new one.
    let _ = somchai.post(PATH, listing::rent()).await.expect(201);
    let rows: i64 = app.value("SELECT count(*) FROM properties").await;
    assert_eq!(rows, 4);
}

/// A refusal keeps no key: the client corrects its request and sends it again.
#[tokio::test]
async fn a_refused_request_may_be_corrected() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let _ = agent.create(listing::with(listing::rent(), json!({"slug": "taken"}))).await;
    let clash = listing::with(listing::rent(), json!({"slug": "taken"}));
    create(&agent, "key-1", clash).await.problem(409, "slug_taken");
    let wrong = listing::with(listing::rent(), json!({"rent_price": 0}));
    create(&agent, "key-1", wrong).await.problem(422, "invalid_input");
    let _ = create(&agent, "key-1", listing::rent()).await.expect(201);
}

#[tokio::test]
async fn a_key_is_short_and_plain() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    for key in ["", " ", &"k".repeat(256), "two words", "กุญแจ", "tab\there"] {
        let reply = create(&agent, key, listing::rent()).await;
        reply.problem(400, "invalid_parameter");
        assert_eq!(reply.fields(), ["Idempotency-Key invalid"], "{key:?}");
    }
    let rows: i64 = app.value("SELECT count(*) FROM properties").await;
    assert_eq!(rows, 0);
}
