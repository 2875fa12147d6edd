//! Whose a search is, and what many ask.

use serde_json::json;
use terrace_product::Locale;
use terrace_server::search::history::popular::{popular, refresh};
use terrace_testkit::{TestApp, listing, spawn_app};

use super::{ask, asked, remembered, until};

const MINE: &str = "/api/v1/me/searches";

#[tokio::test]
async fn a_person_sees_and_takes_away_their_own() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create_published(listing::rent()).await.id;
    let (anna, ben, admin) = (app.user("anna").await, app.user("ben").await, app.admin().await);
    let first = asked(&anna, "villa").await;
    let second = asked(&anna, "condo").await;
    let bens = asked(&ben, "house").await;
    let _ = asked(&app.anonymous(), "land").await;
    let click = json!({"property_id": home, "position": 4});
    let _ = anna.post(&format!("/api/v1/search/{first}/click"), click).await.expect(204);
    assert_eq!(remembered(&app).await, 4);
    until(&app, "SELECT count(*) FROM search_clicks", 1).await;

    let page = anna.get(&format!("{MINE}?limit=1")).await.expect(200);
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert_eq!(page.at("/items/0/id"), second);
    let next = page.text_at("/next_cursor");
    let page = anna.get(&format!("{MINE}?limit=1&cursor={next}")).await.expect(200);
    assert_eq!((page.at("/items/0/id"), page.at("/next_cursor")), (json!(first), json!(null)));
    assert_eq!(page.at("/items/0/query"), "villa");
    assert_eq!(page.at("/items/0/clicks/0/property_id"), json!(home));
    // An admin's own are none, for all that they may see everybody's.
    assert_eq!(admin.get(MINE).await.expect(200).at("/items"), json!([]));
    let bad = anna.get(&format!("{MINE}?cursor=x")).await.expect(400);
    assert_eq!(bad.fields(), ["cursor invalid"]);

    // One that waits goes too.
    let _ = asked(&anna, "townhouse").await;
    let _ = anna.delete(MINE).await.expect(204);
    let _ = admin.delete(MINE).await.expect(204);
    assert_eq!(remembered(&app).await, 2);
    assert_eq!(anna.get(MINE).await.expect(200).at("/items"), json!([]));
    assert_eq!(ben.get(MINE).await.expect(200).at("/items/0/id"), bens);
    // Whoever is deleted takes their searches along.
    app.execute("DELETE FROM users WHERE display_name = 'ben'").await;
    assert_eq!(remembered(&app).await, 1);
}

/// What somebody asked who is gone before it is written down is not written down.
#[tokio::test]
async fn who_has_gone_leaves_nothing() {
    let app = spawn_app("bestays").await;
    let anna = app.user("anna").await;
    let pool = app.sql().await;
    let mut tx = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE search_history").execute(&mut *tx).await.unwrap();
    let _ = asked(&anna, "villa").await;
    let _ = asked(&app.anonymous(), "villa").await;
    app.execute("UPDATE users SET deleted_at = now() WHERE display_name = 'anna'").await;
    tx.rollback().await.unwrap();
    assert_eq!(remembered(&app).await, 1);
    let theirs: i64 =
        app.value("SELECT count(*) FROM search_history WHERE user_id IS NOT NULL").await;
    assert_eq!(theirs, 0);
}

async fn offered(app: &TestApp, prefix: &str, locale: &str) -> Vec<String> {
    let locale = Locale::parse(locale).unwrap();
    popular(&app.state(), prefix, &locale, 10).await.unwrap()
}

#[tokio::test]
async fn what_many_ask_and_find_is_popular() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let _ = agent.create_published(listing::rent()).await;
    for nth in 0..6 {
        let person = app.user(&format!("person-{nth}")).await;
        let _ = asked(&person, "Old  Lantern").await;
        if nth < 5 {
            let _ = asked(&person, "old kettle").await;
            // Found nothing, or says who somebody is.
            let none = json!({"query": "old palace", "filters": {"bedrooms_min": 40}});
            assert_eq!(ask(&person, none).await.at("/total"), 0);
            let _ = asked(&person, "old a@b.co").await;
        }
        if nth < 4 {
            let _ = asked(&person, "old stove").await;
            let _ = asked(&person, "old stove").await;
        }
    }
    // One visitor, for all that they ask it again and again.
    for _ in 0..8 {
        let _ = asked(&app.anonymous(), "old mine").await;
    }
    // With four people there are five.
    let _ = asked(&app.anonymous(), "old stove ").await;
    let _ = ask(&app.anonymous(), json!({"query": "old stove", "locale": "th"})).await;
    let _ = remembered(&app).await;
    refresh(&app.state()).await.unwrap();
    until(&app, "SELECT count(*) FROM search_popular", 3).await;
    assert_eq!(offered(&app, "OLD", "en").await, ["old lantern", "old kettle", "old stove"]);
    assert_eq!(offered(&app, "old s", "en").await, ["old stove"]);
    assert_eq!(offered(&app, "old%", "en").await, [""; 0]);
    assert_eq!(offered(&app, "old", "th").await, [""; 0]);

    // What is no longer asked is no longer offered.
    app.execute(
        "UPDATE search_history SET at = now() - interval '31 days' WHERE normalised = 'old lantern'",
    )
    .await;
    refresh(&app.state()).await.unwrap();
    until(&app, "SELECT count(*) FROM search_popular", 2).await;
    assert_eq!(offered(&app, "old", "en").await, ["old kettle", "old stove"]);
}
