//! What was opened.

use serde_json::json;
use terrace_testkit::{listing, spawn_app};
use uuid::Uuid;

use super::{ask, asked, until};

fn path(search: &str) -> String {
    format!("/api/v1/search/{search}/click")
}

const CLICKS: &str = "SELECT count(*) FROM search_clicks";

#[tokio::test]
async fn a_click_counts_once() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let (one, two) = (
        agent.create_published(listing::rent()).await.id,
        agent.create_published(listing::rent()).await.id,
    );
    let visitor = app.anonymous();
    let id = asked(&visitor, "villa").await;
    let click = |property: Uuid, position: i32| {
        visitor.post(&path(&id), json!({"property_id": property, "position": position}))
    };
    for position in [3, 4, 3] {
        let reply = click(one, position).await.expect(204);
        assert_eq!(reply.text(), "");
    }
    let _ = click(two, 1).await.expect(204);
    until(&app, CLICKS, 2).await;
    // Written already, and told again.
    let _ = click(one, 9).await.expect(204);
    let again = asked(&visitor, "condo").await;
    let _ =
        visitor.post(&path(&again), json!({"property_id": one, "position": 7})).await.expect(204);
    until(&app, CLICKS, 3).await;
    let positions: Vec<i32> = app
        .values(format!(
            "SELECT position FROM search_clicks WHERE search_id = '{id}' ORDER BY position"
        ))
        .await;
    assert_eq!(positions, [1, 3]);
}

#[tokio::test]
async fn what_is_no_click_is_refused_or_leads_nowhere() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create_published(listing::rent()).await.id;
    let visitor = app.anonymous();
    let id = asked(&visitor, "villa").await;
    for (body, expected) in [
        (json!({}), vec!["/property_id required"]),
        (json!({"property_id": home}), vec!["/position required"]),
        (json!({"property_id": home, "position": 0}), vec!["/position invalid"]),
        (json!({"property_id": home, "position": 551}), vec!["/position invalid"]),
        (json!({"property_id": "x", "position": 1}), vec!["/property_id invalid_type"]),
        (json!({"property_id": home, "position": 1, "at": "now"}), vec!["/at unknown_field"]),
    ] {
        let reply = visitor.post(&path(&id), body.clone()).await.expect(422);
        let found = reply.fields();
        assert_eq!(found, expected, "{body}");
    }
    let body = json!({"property_id": home, "position": 1});
    visitor.post(&path("somewhere"), body.clone()).await.problem(404, "not_found");

    // Ids that no search has, that none can have, a listing that is not there, a browser that
    // says no: the same answer, and nothing comes of it.
    for id in [Uuid::now_v7(), Uuid::new_v4(), Uuid::nil()] {
        let _ = visitor.post(&path(&id.to_string()), body.clone()).await.expect(204);
    }
    let nowhere = json!({"property_id": Uuid::now_v7(), "position": 1});
    let _ = visitor.post(&path(&id), nowhere).await.expect(204);
    let _ = visitor.post(&path(&id), body.clone()).header("dnt", "1").await.expect(204);
    let _ = visitor.post(&path(&id), body.clone()).header("sec-gpc", "1").await.expect(204);
    // A search of two hours ago.
    let old = asked(&visitor, "condo").await;
    until(&app, "SELECT count(*) FROM search_history", 2).await;
    app.execute(format!(
        "UPDATE search_history SET at = at - interval '2 hours' WHERE id = '{old}'"
    ))
    .await;
    let _ = visitor.post(&path(&old), body.clone()).await.expect(204);
    // The one that counts, last of all.
    let last = asked(&visitor, "house").await;
    let _ = visitor.post(&path(&last), body).await.expect(204);
    until(&app, &format!("{CLICKS} WHERE search_id = '{last}'"), 1).await;
    until(&app, CLICKS, 1).await;
}

/// A click may reach another instance than its search, and before the search is written down.
#[tokio::test]
async fn a_click_waits_for_its_search() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create_published(listing::rent()).await.id;
    let (other, instance) = app.beside().await;
    let id = ask(&other, json!({"query": "villa"})).await.text_at("/search_id");
    let body = json!({"property_id": home, "position": 2});
    // Only at the instance that does not know the search: what it gets has to wait.
    let _ = app.anonymous().post(&path(&id), body).await.expect(204);
    terrace_server::search::history::flush(&app.state()).await.unwrap();
    // It writes down what it has before it goes.
    tokio::task::spawn_blocking(move || drop(instance)).await.unwrap();
    until(&app, CLICKS, 1).await;
    let searches: i64 = app.value("SELECT count(*) FROM search_history").await;
    assert_eq!(searches, 1);
}
