//! Every change is on record, with who and for which request.

use serde_json::json;
use terrace_testkit::{listing, spawn_app};

#[tokio::test]
async fn a_change_names_its_actor_and_its_request() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let id = |nth: u8| format!("request-{nth:04}");
    let made = agent
        .post("/api/v1/properties", listing::rent())
        .header("x-request-id", id(1))
        .await
        .expect(201);
    let made = terrace_testkit::Listing::of(&made);
    let change = agent
        .patch(&made.path(), json!({"title": "Second"}))
        .if_match(&made.etag)
        .header("x-request-id", id(2));
    let changed = change.await.expect(200);
    let put =
        agent.put(&made.at("translations/th"), json!({"title": "ชื่อ สาม"})).if_match(changed.etag());
    let translated = put.header("x-request-id", id(3)).await.expect(200);
    let _ = agent
        .delete(&made.path())
        .if_match(translated.etag())
        .header("x-request-id", id(4))
        .await
        .expect(204);

    let rows: Vec<String> = app
        .values(format!(
            "SELECT concat_ws(' ', request_id, table_name, action, actor) FROM audit_log \
             WHERE row_id = '{0}' OR row_id LIKE '{0}/%' ORDER BY id",
            made.id
        ))
        .await;
    let actor = agent.user_id.unwrap();
    let expected: Vec<String> = [
        (1, "properties", "insert"),
        (1, "rental_details", "insert"),
        (2, "properties", "update"),
        (3, "property_translations", "insert"),
        (3, "properties", "update"),
        (4, "properties", "update"),
    ]
    .iter()
    .map(|(nth, table, action)| format!("{} {table} {action} {actor}", id(*nth)))
    .collect();
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn a_refused_change_leaves_no_record() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create(listing::rent()).await;
    let before: i64 = app.value("SELECT count(*) FROM audit_log").await;
    agent
        .patch(&made.path(), json!({"title": "Stale"}))
        .if_match("\"7-en\"")
        .await
        .problem(412, "version_mismatch");
    let clash = listing::with(listing::rent(), json!({"slug": made.slug}));
    agent.post("/api/v1/properties", clash).await.problem(409, "slug_taken");
    let after: i64 = app.value("SELECT count(*) FROM audit_log").await;
    assert_eq!(before, after);
}
