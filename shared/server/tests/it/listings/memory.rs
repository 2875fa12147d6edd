//! Pages are remembered, and forgotten in time.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use actix_web::http::header::EntityTag;
use futures_util::future::{join, join_all};
use serde_json::json;
use terrace_server::listings::Page;
use terrace_testkit::{Caller, Listing, listing, setup, spawn_app};

/// Who has been told that a change is done sees it, however many read the old page meanwhile.
#[tokio::test]
async fn a_change_is_seen_at_once_by_every_reader() {
    let app = setup("bestays").with(|profile| profile.server.workers = 4).spawn().await;
    let agent = app.agent("somchai").await;
    let mut seen = agent.create_published(listing::rent()).await;
    let by_slug = format!("/api/v1/properties/{}", seen.slug);
    let by_id = seen.path();
    let done = AtomicBool::new(false);
    let readers = join_all((0..8).map(|nth| {
        let (visitor, path, done) =
            (app.anonymous(), if nth % 2 == 0 { &by_id } else { &by_slug }, &done);
        async move {
            while !done.load(Ordering::Relaxed) {
                let _ = visitor.get(path).await.expect(200);
            }
        }
    }));
    let writer = async {
        for round in 0..100 {
            let title = format!("Title of round {round}");
            let change = agent.patch(&seen.path(), json!({"title": title})).if_match(&seen.etag);
            seen = Listing::of(&change.await.expect(200));
            for path in [&by_id, &by_slug] {
                let read = app.anonymous().get(path).await.expect(200);
                assert_eq!(
                    read.text_at("/title"),
                    title,
                    "an older page was remembered after the change"
                );
            }
        }
        done.store(true, Ordering::Relaxed);
    };
    join(readers, writer).await;
}

/// A second instance remembers the page for an hour, and hears of the change all the same; of an
/// operator's change by SQL too.
#[tokio::test]
async fn a_change_made_elsewhere_is_soon_seen() {
    let app = setup("bestays")
        .with(|profile| profile.cache.ttl = Duration::from_secs(3600))
        .spawn()
        .await;
    let agent = app.agent("somchai").await;
    let made = agent.create_published(listing::rent()).await;
    let (neighbour, _running) = app.beside().await;
    let by_slug = format!("/api/v1/properties/{}", made.slug);
    let old = neighbour.get(&by_slug).await.expect(200);

    let change = agent.patch(&made.path(), json!({"title": "Seen next door"}));
    let _ = change.if_match(&made.etag).await.expect(200);
    let seen = until_changed(&neighbour, &by_slug, &old.text_at("/title")).await;
    assert_eq!(seen, "Seen next door");

    app.execute("UPDATE properties SET title = 'By an operator', version = version + 1").await;
    for caller in [&neighbour, &app.anonymous()] {
        assert_eq!(until_changed(caller, &by_slug, "Seen next door").await, "By an operator");
    }
}

/// The title once it is another one.
async fn until_changed(caller: &Caller, path: &str, old: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let title = caller.get(path).await.expect(200).text_at("/title");
        if title != old {
            return title;
        }
        assert!(Instant::now() < deadline, "{path} still says {old:?}");
    }
}

/// A reader who has read the old page is slow to remember it.
#[tokio::test]
async fn a_slow_reader_does_not_remember_what_has_changed_meanwhile() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create_published(listing::rent()).await;
    let old = app.anonymous().get(&format!("{}?locale=th", made.path())).await.expect(200);
    let state = app.state();
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let id = made.id.to_string();
    let slow = state.listings.get(&id, "en", async {
        released.await.unwrap();
        Ok(Page {
            id: made.id,
            version: 2,
            tag: EntityTag::new_strong("2-en".to_owned()),
            body: old.body.clone(),
        })
    });
    let writer = async {
        let change = agent.patch(&made.path(), json!({"title": "Changed"})).if_match(&made.etag);
        let _ = change.await.expect(200);
        release.send(()).unwrap();
    };
    // The reader is polled first: it has begun when the change comes.
    let (read, ()) = join(slow, writer).await;
    assert_eq!(read.unwrap().page.body, old.body);
    let after = app.anonymous().get(&made.path()).await.expect(200);
    assert_eq!(after.at("/title"), "Changed", "the old page was remembered after the change");
}

#[tokio::test]
async fn what_is_private_is_never_remembered_for_others() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let draft = agent.create(listing::rent()).await;
    for _ in 0..2 {
        let _ = agent.get(&draft.path()).await.expect(200);
        app.anonymous().get(&draft.path()).await.problem(404, "not_found");
    }
    // And that it was not there is not remembered either.
    let published = agent.publish(&draft).await;
    let _ = app.anonymous().get(&draft.path()).await.expect(200);
    let hidden =
        agent.post_empty(&draft.at("unpublish")).if_match(&published.etag).await.expect(200);
    app.anonymous().get(&draft.path()).await.problem(404, "not_found");
    let _ = hidden;
}

/// A page is remembered: what changes behind the back of the instance is seen a little later.
#[tokio::test]
async fn a_page_is_remembered() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create_published(listing::rent()).await;
    let first = app.anonymous().get(&made.path()).await.expect(200);
    app.execute("UPDATE properties SET title = 'Behind its back'").await;
    let second = app.anonymous().get(&made.path()).await.expect(200);
    assert_eq!(first.body, second.body, "nothing is remembered");
    let thai = app.anonymous().get(&format!("{}?locale=th", made.path())).await.expect(200);
    assert_eq!(thai.at("/title"), "Behind its back", "another language is another page");
}
