//! Deleting keeps the row; the slug stays taken; a second time finds nothing.

use terrace_testkit::{listing, spawn_app};

#[tokio::test]
async fn taking_away_is_soft_and_happens_once() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let body = listing::with(listing::rent(), serde_json::json!({"slug": "only-one"}));
    let made = agent.create(body.clone()).await;
    let _ = agent.delete(&made.path()).if_match(&made.etag).await.expect(204);
    agent.delete(&made.path()).if_match("\"2-en\"").await.problem(404, "not_found");
    let rows: i64 = app.value("SELECT count(*) FROM properties WHERE deleted_at IS NOT NULL").await;
    assert_eq!(rows, 1);
    agent.post("/api/v1/properties", body).await.problem(409, "slug_taken");
    let details: i64 = app.value("SELECT count(*) FROM rental_details").await;
    assert_eq!(details, 1, "its details are kept for a restore");
}

#[tokio::test]
async fn publishing_twice_keeps_the_first_day() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let first = agent.create_published(listing::rent()).await;
    let second = agent.publish(&first).await;
    assert_eq!(first.json["published_at"], second.json["published_at"]);
    assert_eq!(second.json["version"], 3);
}

#[tokio::test]
async fn a_listing_that_never_was_is_not_found() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let path = format!("/api/v1/properties/{}", uuid::Uuid::now_v7());
    for call in [
        agent.get(&path),
        agent.patch(&path, serde_json::json!({})),
        agent.delete(&path),
        agent.post_empty(&format!("{path}/publish")),
        agent.post_empty(&format!("{path}/restore")),
        agent.put(&format!("{path}/translations/th"), serde_json::json!({"title": "ไม่มี"})),
    ] {
        call.if_match("\"1-en\"").await.problem(404, "not_found");
    }
}
