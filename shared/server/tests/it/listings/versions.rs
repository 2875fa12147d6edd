//! Nobody overwrites what they have not seen; nobody reads twice what has not changed.

use futures_util::future::join_all;
use serde_json::json;
use terrace_testkit::{Call, Caller, Listing, listing, spawn_app};

fn writes(agent: &Caller, target: &Listing) -> Vec<Call> {
    vec![
        agent.patch(&target.path(), json!({"title": "Changed"})),
        agent.post_empty(&target.at("publish")),
        agent.post_empty(&target.at("unpublish")),
        agent.post_empty(&target.at("restore")),
        agent.put(&target.at("translations/th"), json!({"title": "เปลี่ยน"})),
        agent.delete(&target.at("translations/th")),
        agent.delete(&target.path()),
    ]
}

#[tokio::test]
async fn a_write_without_a_version_is_refused() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create(listing::rent()).await;
    for call in writes(&agent, &made) {
        call.await.problem(428, "precondition_required");
    }
}

#[tokio::test]
async fn a_write_on_another_version_is_refused() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create(listing::rent()).await;
    let wrong = [
        "\"2-en\"",
        "\"0-en\"",
        "\"-1\"",
        "*",
        "",
        "\"\"",
        "W/\"2-en\"",
        "\"x\"",
        "\"99999999999-en\"",
        "\"1.0\"",
        "\"01x\"",
        "\"2-en\", \"3-en\"",
    ];
    for etag in wrong {
        for call in writes(&agent, &made) {
            call.if_match(etag).await.problem(412, "version_mismatch");
        }
    }
    let row: String = app.value("SELECT version || title FROM properties").await;
    assert_eq!(row, "1Sea view home in Rawai");
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins_and_one_is_told() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let mut seen = agent.create(listing::rent()).await;
    for round in 0..10 {
        let change = |side: &str| {
            let title = format!("{side} in round {round}");
            agent.patch(&seen.path(), json!({"title": title})).if_match(&seen.etag).into_future()
        };
        use std::future::IntoFuture;
        let replies = join_all([change("Left"), change("Right"), change("Third")]).await;
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412], "{replies:?}");
        let winner = replies.iter().find(|reply| reply.status == 200).unwrap();
        let title: String = app.value("SELECT title FROM properties").await;
        assert_eq!(winner.text_at("/title"), title);
        seen = Listing::of(winner);
    }
    assert_eq!(seen.json["version"], 11);
}

#[tokio::test]
async fn a_reader_who_has_it_is_not_sent_it_again() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create_published(listing::rent()).await;
    let visitor = app.anonymous();
    for caller in [&visitor, &agent] {
        let english = caller.get(&made.path()).await.expect(200);
        let thai = caller.get(&format!("{}?locale=th", made.path())).await.expect(200);
        assert_ne!(english.etag(), thai.etag(), "two languages share a tag");
        for tag in [
            english.etag(),
            format!("W/{}", english.etag()),
            format!("\"x\", {}", english.etag()),
            "*".to_owned(),
        ] {
            let again = caller.get(&made.path()).header("if-none-match", &tag).await;
            assert_eq!(again.status, 304, "{tag}: {again:?}");
            assert!(again.body.is_empty());
            assert_eq!(again.etag(), english.etag());
        }
        let crossed = caller.get(&made.path()).header("if-none-match", thai.etag()).await;
        assert_eq!(crossed.status, 200, "another language was taken for this one");
    }
    let before = visitor.get(&made.path()).await.expect(200).etag();
    let _ = agent
        .patch(&made.path(), json!({"title": "Changed"}))
        .if_match(&made.etag)
        .await
        .expect(200);
    let after = visitor.get(&made.path()).header("if-none-match", before).await.expect(200);
    assert_eq!(after.at("/title"), "Changed");
    for path in [
        "/api/v1/properties",
        "/api/v1/amenities",
        "/api/v1/policies",
        "/api/v1/product",
        "/api/v1/facets",
    ] {
        let first = visitor.get(path).await.expect(200);
        let again = visitor.get(path).header("if-none-match", first.etag()).await;
        assert_eq!(again.status, 304, "{again:?}");
    }
}

/// A tag from a read is good for a write, whatever language it was read in.
#[tokio::test]
async fn the_tag_of_a_read_in_any_language_writes() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create(listing::rent()).await;
    let thai = agent.get(&format!("{}?locale=th", made.path())).await.expect(200);
    let _ = agent
        .patch(&made.path(), json!({"title": "Changed"}))
        .if_match(thai.etag())
        .await
        .expect(200);
}
