//! What people do to imported listings, and what imports do to theirs.

use serde_json::json;

use crate::support::{Desk, counts, record, stay, summary};

const EDIT: &str = "UPDATE properties SET title = 'Mended by hand', version = version + 1, \
    updated_by = (SELECT id FROM users LIMIT 1) WHERE external_id = '1'";

fn two(price: &str) -> String {
    summary(&[stay("1", "Room number 1", price), stay("2", "Room number 2", "900")])
}

#[actix_web::test]
async fn an_edit_stays_until_the_source_changes_the_listing() {
    let desk = Desk::of("bestays").await;
    desk.app.agent("ploy").await;
    desk.import(two("900")).await.unwrap();
    desk.app.execute(EDIT).await;
    let report = desk.import(two("900")).await.unwrap();
    assert_eq!(counts(&report), [0, 0, 2, 0, 0, 0, 0]);
    assert_eq!(desk.of_listing("1", "title").await.unwrap(), "Mended by hand");

    let report = desk.import(two("950")).await.unwrap();
    assert_eq!(counts(&report), [0, 1, 1, 0, 0, 0, 0]);
    assert_eq!(report.updated_over_edits, 1);
    assert_eq!(desk.of_listing("1", "title").await.unwrap(), "Room number 1");
}

#[actix_web::test]
async fn what_people_took_away_stays_away() {
    let desk = Desk::of("bestays").await;
    let ploy = desk.app.agent("ploy").await;
    let path = desk.file("two", two("900"));
    let email = "ploy@bestays.example".to_owned();
    desk.take(path, |options| options.agent = Some(email)).await.unwrap();
    let id = desk.of_listing("1", "id").await.unwrap();
    let seen = ploy.get(&format!("/api/v1/properties/{id}")).await.expect(200);
    let etag = seen.etag();
    let path = format!("/api/v1/properties/{id}");
    let _ = ploy.delete(&path).if_match(&etag).await.expect(204);
    for price in ["900", "950"] {
        let report = desk.import(two(price)).await.unwrap();
        assert_eq!(counts(&report), [0, 0, 1, 0, 1, 0, 0]);
        assert_eq!(desk.of_listing("1", "deleted_at IS NULL").await.unwrap(), "false");
    }
}

/// How a brand runs a listing is not the source's business.
#[actix_web::test]
async fn a_change_keeps_who_runs_it_and_how() {
    let desk = Desk::of("bestays").await;
    desk.app.agent("ploy").await;
    desk.import(two("900")).await.unwrap();
    desk.app
        .execute(
            "UPDATE properties SET is_published = false, status = 'draft', is_featured = true, listing_priority = 7, \
             slug = 'by-hand', agent_id = (SELECT user_id FROM agents) WHERE external_id = '1'",
        )
        .await;
    let report = desk.import(two("950")).await.unwrap();
    assert_eq!(counts(&report), [0, 1, 1, 0, 0, 0, 0]);
    let kept =
        "concat_ws(' ', is_published, is_featured, listing_priority, slug, agent_id IS NOT NULL)";
    assert_eq!(desk.of_listing("1", kept).await.unwrap(), "f t 7 by-hand t");
}

#[actix_web::test]
async fn agents_are_named_by_address() {
    let desk = Desk::of("bestays").await;
    let ploy = desk.app.agent("ploy").await;
    let rows = [
        record("1", json!({ "agent": "PLOY@bestays.example" })),
        record("2", json!({ "agent": "nobody@bestays.example" })),
        record("3", json!({})),
    ];
    let report = desk.import(rows.concat()).await.unwrap();
    assert_eq!(counts(&report), [2, 0, 0, 0, 0, 0, 1]);
    assert_eq!(report.refusals[0].reason, "unknown_agent");
    let agent = ploy.user_id.map(|id| id.to_string());
    assert_eq!(desk.of_listing("1", "agent_id").await, agent);
    assert_eq!(desk.of_listing("3", "agent_id").await, None);
    let path = desk.file("x", record("4", json!({})));
    let nobody = Some("nobody@bestays.example".to_owned());
    let error = desk.take(path, |options| options.agent = nobody).await.unwrap_err();
    assert!(error.to_string().contains("--agent nobody@bestays.example"), "{error}");
}

#[actix_web::test]
async fn a_listing_made_by_people_is_never_withdrawn() {
    let desk = Desk::of("bestays").await;
    let ploy = desk.app.agent("ploy").await;
    let made = ploy.post("/api/v1/properties", terrace_testkit::listing::rent()).await.expect(201);
    desk.import(two("900")).await.unwrap();
    desk.import(record("7", json!({}))).await.unwrap();
    let id = made.text_at("/id");
    let there: bool = desk
        .app
        .value(format!("SELECT deleted_at IS NULL FROM properties WHERE id = '{id}'"))
        .await;
    assert!(there);
}
