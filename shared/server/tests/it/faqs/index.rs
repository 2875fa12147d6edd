//! The index follows what is published.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use terrace_testkit::{EmbeddingMood, EmbeddingServer};

use super::{ask, category, desk, published, slugs, text};
use crate::search::models::{terrace, with};

#[tokio::test]
async fn what_is_published_is_found_by_itself() {
    let (app, admin) = desk().await;
    let _ =
        published(&admin, "kite", json!({"en": text("May I fly a kite?", "On the beach.")})).await;
    let begun = Instant::now();
    // A quarter of a second where nothing else is done; how long it takes is not for a test to say.
    while slugs(&ask(&app.anonymous(), "kite").await).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[tokio::test]
async fn an_edit_is_found_by_its_new_words_and_what_is_hidden_not_at_all() {
    let (app, admin) = desk().await;
    let made =
        published(&admin, "kite", json!({"en": text("May I fly a kite?", "On the beach.")})).await;
    let visitor = app.anonymous();
    app.settled().await;
    assert_eq!(ask(&visitor, "kite").await.at("/confident"), true);
    let path = made.header("location");
    let texts = json!({"texts": {"en": text("May I play the trumpet?", "At noon.")}});
    let changed = admin.patch(path, texts).if_match(made.etag()).await.expect(200);
    app.settled().await;
    let (new, old) = (ask(&visitor, "trumpet").await, ask(&visitor, "kite").await);
    assert_eq!((new.at("/confident"), old.at("/confident")), (json!(true), json!(false)));
    let hide = json!({"is_published": false});
    let hidden = admin.patch(path, hide).if_match(changed.etag()).await.expect(200);
    // At once, before the indexer has looked.
    assert_eq!(slugs(&ask(&visitor, "trumpet").await), Vec::<String>::new());
    app.settled().await;
    assert_eq!(
        app.value::<i64>(
            "SELECT (SELECT count(*) FROM faq_chunks) + (SELECT count(*) FROM faq_vectors)"
        )
        .await,
        0
    );
    let show = json!({"is_published": true});
    let _ = admin.patch(path, show).if_match(hidden.etag()).await.expect(200);
    app.settled().await;
    assert_eq!(slugs(&ask(&visitor, "trumpet").await), ["kite"]);
}

#[tokio::test]
async fn what_has_not_changed_is_not_embedded_again() {
    let server = EmbeddingServer::start().await;
    let app = with(&server).await;
    let admin = category(&app).await;
    let long = format!("First.\n\n{}\n\nLast.", "A sentence of some words. ".repeat(40));
    let made = published(
        &admin,
        "kite",
        json!({"en": text("May I fly a kite?", &long), "th": text("เล่นว่าวได้ไหม", "ได้")}),
    )
    .await;
    app.settled().await;
    let asked = server.texts().len();
    assert!(asked >= 5, "question and pieces, in both languages: {asked}");
    // The place in the list is no text.
    let path = made.header("location");
    let moved = admin.patch(path, json!({"sort_order": 7})).if_match(made.etag()).await.expect(200);
    app.settled().await;
    assert_eq!(server.texts().len(), asked);
    let texts = json!({"texts": {"th": text("เล่นว่าวได้ไหม", "ได้ ที่ชายหาด")}});
    let _ = admin.patch(path, texts).if_match(moved.etag()).await.expect(200);
    app.settled().await;
    assert_eq!(server.texts().len(), asked + 1, "one piece of one language");
}

/// Both models' vectors lie side by side, and whoever has no vectors yet finds by words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_model_is_built_beside_the_old_one() {
    let server = EmbeddingServer::start().await;
    let (app, admin) = desk().await;
    let _ =
        published(&admin, "kite", json!({"en": text("May I fly a kite?", "On the beach.")})).await;
    app.settled().await;
    let built =
        terrace(&app, &["reindex", "--product", "bestays", "--json"], Some(&server)).unwrap();
    assert_eq!((&built[0]["listings"], &built[0]["questions"]), (&json!(0), &json!(1)));
    assert_eq!(server.texts().len(), 2);
    let _ = terrace(&app, &["reindex", "--product", "bestays", "--json"], Some(&server)).unwrap();
    assert_eq!(server.texts().len(), 2, "nothing has changed");
    let models =
        terrace(&app, &["search", "models", "--product", "bestays", "--json"], None).unwrap();
    let vectors: Vec<&Value> = (0..2).map(|nth| &models[0]["models"][nth]["vectors"]).collect();
    assert_eq!(vectors, [&json!(2), &json!(2)]);
    assert_eq!(ask(&app.anonymous(), "kite").await.at("/degraded"), false);
}

#[tokio::test]
async fn without_the_model_words_find() {
    let server = EmbeddingServer::start().await;
    let app = with(&server).await;
    let admin = category(&app).await;
    server.be(EmbeddingMood::Away);
    let _ =
        published(&admin, "kite", json!({"en": text("May I fly a kite?", "On the beach.")})).await;
    app.settled().await;
    let found = ask(&app.anonymous(), "flying kites").await;
    assert_eq!((slugs(&found), found.at("/degraded")), (vec!["kite".to_owned()], json!(true)));
    assert_eq!(
        (found.at("/confident"), found.at("/items/0/similarity")),
        (json!(true), Value::Null)
    );
}
