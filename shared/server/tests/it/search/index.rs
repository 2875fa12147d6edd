//! The index follows the listings.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, TestApp, listing, spawn_app};

use super::{hits, search};

/// A published listing of this title, in a place of its own.
async fn published(agent: &Caller, title: &str, description: &str) -> Listing {
    let texts = json!({"title": title, "description": format!("{description} Twenty characters and more.")});
    agent.create_published(listing::with(listing::rent(), texts)).await
}

async fn counted(app: &TestApp, table: &str) -> i64 {
    app.value(format!("SELECT count(*) FROM {table}")).await
}

#[tokio::test]
async fn what_is_published_is_found_by_itself() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let visitor = app.anonymous();
    let _ = published(&agent, "A lighthouse on a rock", "Gulls.").await;
    let begun = Instant::now();
    // It takes a quarter of a second where nothing else is done; how long it takes is not for a
    // test to say.
    loop {
        let reply = search(&visitor, "lighthouse").await;
        if hits(&reply, "title") == [json!("A lighthouse on a rock")] {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{reply:?}");
    }
}

#[tokio::test]
async fn an_edit_is_found_by_its_new_words_and_no_more_by_its_old_ones() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let visitor = app.anonymous();
    let made = published(&agent, "Observatory", "A dome for the stars.").await;
    let thai = json!({"title": "หอดูดาว", "description": "โดมสำหรับดูดาวยามค่ำคืนบนยอดเขา"});
    let made = Listing::of(
        &agent.put(&made.at("translations/th"), thai).if_match(&made.etag).await.expect(200),
    );
    app.settled().await;
    let words = |reply: terrace_testkit::Reply| {
        hits(&reply, "why").into_iter().map(|why| why["words"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(words(search(&visitor, "observatory").await), [json!(["observatory"])]);
    assert_eq!(words(search(&visitor, "หอดูดาว").await).len(), 1);
    let near =
        |reply: &terrace_testkit::Reply| reply.at("/items/0/why/similarity").as_f64().unwrap();
    let before = near(&search(&visitor, "observatory").await);

    let change =
        json!({"title": "Windmill", "description": "Sails in the wind, flour in the air."});
    let _ = agent.patch(&made.path(), change).if_match(&made.etag).await.expect(200);
    app.settled().await;
    assert_eq!(words(search(&visitor, "windmill").await), [json!(["windmill"])]);
    assert_eq!(words(search(&visitor, "observatory").await), [json!([])]);
    let after = near(&search(&visitor, "observatory").await);
    assert!(after < before / 2.0, "{after} after, {before} before");
}

/// What nobody sees is not in the index either.
#[tokio::test]
async fn what_is_taken_away_leaves_nothing_behind() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let visitor = app.anonymous();
    let draft = agent.create(listing::rent()).await;
    let one = published(&agent, "Unpublished", "").await;
    let two = published(&agent, "Deleted", "").await;
    let three = published(&agent, "Archived", "").await;
    app.settled().await;
    // Two languages each.
    assert_eq!(
        (counted(&app, "search_documents").await, counted(&app, "search_vectors").await),
        (6, 6)
    );
    let _ = agent.post_empty(&one.at("unpublish")).if_match(&one.etag).await.expect(200);
    let _ = agent.delete(&two.path()).if_match(&two.etag).await.expect(204);
    let _ = agent.post_empty(&three.at("archive")).if_match(&three.etag).await.expect(200);
    // At once, before the indexer has looked.
    let reply = search(&visitor, "Unpublished Deleted Archived sea view home in Rawai").await;
    assert_eq!((hits(&reply, "id"), reply.at("/total")), (vec![], json!(0)));
    app.settled().await;
    assert_eq!(
        (counted(&app, "search_documents").await, counted(&app, "search_vectors").await),
        (0, 0)
    );
    let back = agent.publish(&draft).await;
    app.settled().await;
    let reply = search(&visitor, "home in the south").await;
    assert_eq!(hits(&reply, "id"), [back.json["id"].clone()]);
}

/// A price is no text: nothing is read, embedded or written for it.
#[tokio::test]
async fn what_has_not_changed_is_not_embedded_again() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = published(&agent, "Cottage", "Roses.").await;
    app.settled().await;
    const STAMP: &str =
        "SELECT string_agg(ctid::text || xmin::text, ',' ORDER BY locale) FROM search_vectors";
    let before: String = app.value(STAMP).await;
    let price = agent.patch(&made.path(), json!({"rent_price": 1_234_500})).if_match(&made.etag);
    let made = Listing::of(&price.await.expect(200));
    assert_eq!(counted(&app, "search_queue").await, 0);
    // A text that is changed and changed back is the same text.
    let texts = json!({"title": "Castle"});
    let made =
        Listing::of(&agent.patch(&made.path(), texts).if_match(&made.etag).await.expect(200));
    let texts = json!({"title": "Cottage"});
    let _ = agent.patch(&made.path(), texts).if_match(&made.etag).await.expect(200);
    app.settled().await;
    let after: String = app.value(STAMP).await;
    let changed = before.split(',').zip(after.split(',')).filter(|(a, b)| a != b).count();
    assert!(
        changed == 0 || changed == 2,
        "embedded once in between, or not at all: {before} {after}"
    );
    let hashes: i64 = app
        .value(
            "SELECT count(*) FROM search_vectors v JOIN search_documents d USING (property_id, locale, content_hash)",
        )
        .await;
    assert_eq!(hashes, 2);
}
