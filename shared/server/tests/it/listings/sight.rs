//! Who sees and who changes what.

use serde_json::json;
use terrace_testkit::{Listing, listing, spawn_app};

#[tokio::test]
async fn a_draft_is_there_for_those_who_manage_it_only() {
    let app = spawn_app("bestays").await;
    let owner = app.agent("somchai").await;
    let draft = owner.create(listing::rent()).await;
    let others = [app.anonymous(), app.user("ann").await, app.agent("malee").await];
    for path in [draft.path(), format!("/api/v1/properties/{}", draft.slug)] {
        for other in &others {
            let hidden = other.get(&path).await;
            let missing = other.get("/api/v1/properties/no-such-listing").await;
            let (mut hidden, mut missing) =
                (hidden.problem(404, "not_found"), missing.problem(404, "not_found"));
            (hidden["request_id"], missing["request_id"]) = (json!(0), json!(0));
            assert_eq!(hidden, missing, "a draft reads differently from nothing");
        }
        let _ = owner.get(&path).await.expect(200);
        let _ = app.admin().await.get(&path).await.expect(200);
    }
}

/// What is private to those who manage a listing stays out of shared caches, and what a visitor
/// was answered is never given to them.
#[tokio::test]
async fn answers_to_managers_are_private() {
    let app = spawn_app("bestays").await;
    let owner = app.agent("somchai").await;
    let made = owner.create_published(listing::rent()).await;
    let public = app.anonymous().get(&made.path()).await.expect(200);
    assert!(public.header("cache-control").contains("public"), "{public:?}");
    assert!(public.header("vary").contains("Authorization"), "{public:?}");
    let private = owner.get(&made.path()).await.expect(200);
    assert_eq!(private.header("cache-control"), "private, no-store");
    let list = owner.get("/api/v1/properties?scope=own").await.expect(200);
    assert_eq!(list.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn a_foreign_listing_is_read_and_not_changed() {
    let app = spawn_app("bestays").await;
    let owner = app.agent("somchai").await;
    let other = app.agent("malee").await;
    let published = owner.create_published(listing::rent()).await;
    let draft = owner.create(listing::rent()).await;
    for (target, status, code) in [(&published, 403, "forbidden"), (&draft, 404, "not_found")] {
        let calls = [
            other.patch(&target.path(), json!({"title": "Mine now"})),
            other.delete(&target.path()),
            other.post_empty(&target.at("publish")),
            other.post_empty(&target.at("unpublish")),
            other.post_empty(&target.at("restore")),
            other.put(&target.at("translations/th"), json!({"title": "ของฉัน"})),
            other.delete(&target.at("translations/th")),
        ];
        for call in calls {
            call.if_match(&target.etag).await.problem(status, code);
        }
    }
    let untouched: i64 = app
        .value(
            "SELECT count(*) FROM properties WHERE title LIKE 'Sea view%' AND deleted_at IS NULL",
        )
        .await;
    assert_eq!(untouched, 2);
    let admin = app.admin().await;
    let changed = admin
        .patch(&published.path(), json!({"title": "By the admin"}))
        .if_match(&published.etag)
        .await
        .expect(200);
    let _ = admin.delete(&published.path()).if_match(changed.etag()).await.expect(204);
}

#[tokio::test]
async fn a_scope_is_for_those_who_may() {
    let app = spawn_app("bestays").await;
    let (somchai, malee, admin) =
        (app.agent("somchai").await, app.agent("malee").await, app.admin().await);
    let ann = app.user("ann").await;
    let draft = somchai.create(listing::rent()).await;
    let published = somchai.create_published(listing::rent()).await;
    let theirs = malee.create(listing::rent()).await;
    let gone = somchai.create(listing::rent()).await;
    let _ = somchai.delete(&gone.path()).if_match(&gone.etag).await.expect(204);
    let slugs = |reply: terrace_testkit::Reply| {
        let reply = reply.expect(200);
        let items = reply.at("/items").as_array().unwrap().clone();
        let mut slugs: Vec<_> =
            items.iter().map(|item| item["slug"].as_str().unwrap().to_owned()).collect();
        slugs.sort();
        slugs
    };
    let sorted = |listings: &[&Listing]| {
        let mut slugs: Vec<_> = listings.iter().map(|listing| listing.slug.clone()).collect();
        slugs.sort();
        slugs
    };
    const PATH: &str = "/api/v1/properties";
    let own = format!("{PATH}?scope=own");
    let all = format!("{PATH}?scope=all");
    for caller in [&somchai, &malee, &admin, &ann, &app.anonymous()] {
        assert_eq!(slugs(caller.get(PATH).await), sorted(&[&published]));
    }
    assert_eq!(slugs(somchai.get(&own).await), sorted(&[&draft, &published]));
    assert_eq!(slugs(malee.get(&own).await), sorted(&[&theirs]));
    assert_eq!(slugs(admin.get(&own).await), Vec::<String>::new());
    assert_eq!(slugs(admin.get(&all).await), sorted(&[&draft, &published, &theirs, &gone]));
    for (path, caller) in [(&all, &somchai), (&all, &ann), (&own, &ann)] {
        caller.get(path).await.problem(403, "forbidden");
    }
    for path in [&own, &all] {
        app.anonymous().get(path).await.problem(401, "unauthorized");
    }
    // What an admin makes is theirs as long as no agent is in charge.
    let unassigned = admin.create(listing::rent()).await;
    assert_eq!(slugs(admin.get(&own).await), sorted(&[&unassigned]));
    somchai.get(&unassigned.path()).await.problem(404, "not_found");
}

#[tokio::test]
async fn what_was_taken_away_is_seen_by_managers_only() {
    let app = spawn_app("bestays").await;
    let owner = app.agent("somchai").await;
    let made = owner.create_published(listing::rent()).await;
    let _ = app.anonymous().get(&made.path()).await.expect(200);
    let _ = owner.delete(&made.path()).if_match(&made.etag).await.expect(204);
    for caller in [app.anonymous(), app.user("ann").await, app.agent("malee").await] {
        caller.get(&made.path()).await.problem(404, "not_found");
    }
    for caller in [&owner, &app.admin().await] {
        let seen = caller.get(&made.path()).await.expect(200);
        assert!(seen.at("/deleted_at").is_string(), "{seen:?}");
        caller
            .patch(&made.path(), json!({"title": "Back?"}))
            .if_match(seen.etag())
            .await
            .problem(404, "not_found");
        caller
            .post_empty(&made.at("publish"))
            .if_match(seen.etag())
            .await
            .problem(404, "not_found");
    }
    let list = app.anonymous().get("/api/v1/properties?count=true").await.expect(200);
    assert_eq!(list.json(), json!({"items": [], "next_cursor": null, "total": 0}));
}
