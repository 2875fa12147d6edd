//! The pictures of a listing: their order, their cover, their words, and how they go.

use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, TestApp, listing, spawn_app};

use super::{bare, bare_published, pictures, stored, uploaded};

async fn three(app: &TestApp, agent: &Caller, listing: &Listing) -> Vec<String> {
    let mut ids = Vec::new();
    for width in [400, 401, 402] {
        let media = uploaded(app, agent, listing, &pictures::jpeg(width, 300), "image/jpeg").await;
        ids.push(media["id"].as_str().unwrap().to_owned());
    }
    ids
}

/// The cover, then the others.
fn shown(listing: &Value) -> Vec<String> {
    let id = |image: &Value| image["media_id"].as_str().unwrap_or("elsewhere").to_owned();
    let images = listing["images"].as_array().unwrap().iter().map(id);
    [&listing["cover_image"]].into_iter().map(id).chain(images).collect()
}

#[tokio::test]
async fn pictures_are_put_in_order_and_told_of() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = bare_published(&agent).await;
    let ids = three(&app, &agent, &made).await;
    let [a, b, c] = [&ids[0], &ids[1], &ids[2]];
    let list = agent.get(&made.at("media")).await.expect(200);
    assert_eq!(list.at("/version"), 6);
    assert_eq!(list.at("/progress/ready"), 3);
    let stale = agent.patch(&made.at("media"), json!({"cover": c})).if_match(&made.etag).await;
    stale.problem(412, "version_mismatch");
    agent.patch(&made.at("media"), json!({})).await.problem(428, "precondition_required");

    let body = json!({"cover": c, "order": [b, a], "alt": {c: {"en": "The pool", "th": "สระน้ำ"}}});
    let changed = agent.patch(&made.at("media"), body).if_match(list.etag()).await.expect(200);
    assert_eq!(shown(&changed.json()), [c, b, a].map(String::as_str));
    assert_eq!(changed.at("/cover_image/alt/th"), "สระน้ำ");
    let seen = app.anonymous().get(&made.path()).await.expect(200).json();
    assert_eq!(
        seen["cover_image"],
        changed.at("/cover_image"),
        "the page is not remembered wrongly"
    );
    let list = agent.get(&made.at("media")).await.expect(200);
    assert_eq!(list.at("/items/0/id"), json!(c));
    assert_eq!(list.at("/items/0/alt/en"), "The pool");

    // What is not named keeps its place behind; no cover moves it to the front of the others.
    let changed = agent
        .patch(&made.at("media"), json!({"cover": null}))
        .if_match(list.etag())
        .await
        .expect(200);
    assert_eq!(changed.at("/cover_image"), json!(null));
    assert_eq!(shown(&changed.json())[1..], [c, b, a].map(String::as_str));
    let changed = agent
        .patch(&made.at("media"), json!({"order": [a]}))
        .if_match(changed.etag())
        .await
        .expect(200);
    assert_eq!(shown(&changed.json())[1..], [a, c, b].map(String::as_str));

    let other = agent.create(bare()).await;
    let theirs = &three(&app, &agent, &other).await[0];
    for (body, field) in [
        (json!({"cover": theirs}), "/cover unknown".to_owned()),
        (json!({"order": [a, theirs]}), "/order/1 unknown".to_owned()),
        (json!({"order": [a, a]}), "/order/1 duplicate".to_owned()),
        (json!({"alt": {theirs: {"en": "x"}}}), format!("/alt/{theirs} unknown")),
        (json!({"alt": {a: {"english": "x"}}}), "/alt invalid".to_owned()),
        (json!({"order": ["1"]}), "/order/0 invalid_type".to_owned()),
    ] {
        let reply = agent.patch(&made.at("media"), body).if_match(changed.etag()).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field]);
    }
}

#[tokio::test]
async fn a_picture_that_is_taken_away_is_gone_everywhere() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = bare_published(&agent).await;
    let ids = three(&app, &agent, &made).await;
    let seen = app.anonymous().get(&made.path()).await.expect(200);
    let url = seen.text_at("/cover_image/url");
    let path = format!("/api/v1/media/{}", ids[0]);
    let _ = agent.delete(&path).await.expect(204);
    let now = app.anonymous().get(&made.path()).await.expect(200).json();
    assert_eq!(shown(&now), [ids[1].as_str(), &ids[2]], "the next one is the cover");
    assert_eq!(now["version"], seen.at("/version").as_i64().unwrap() + 1);
    agent.delete(&path).await.problem(404, "not_found");
    agent.get(&path).await.problem(404, "not_found");
    app.settled().await;
    app.anonymous().get(&url).await.problem(404, "not_found");
    let stems: i64 =
        app.value("SELECT count(DISTINCT storage_key) FROM media WHERE deleted_at IS NULL").await;
    assert_eq!(stems, 2);
    assert_eq!(stored(&app).len(), 4, "two pictures in two widths each");
}

/// The listing's own PATCH can carry the pictures back and forth, and cannot lie about them.
#[tokio::test]
async fn a_listing_names_its_own_uploads_only_and_says_of_them_what_is_so() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = bare_published(&agent).await;
    let ids = three(&app, &agent, &made).await;
    let seen = agent.get(&made.path()).await.expect(200);
    let (cover, images) = (seen.at("/cover_image"), seen.at("/images"));

    // Read, change, write back.
    let swapped = json!({"cover_image": images[0], "images": [cover, images[1]]});
    let changed = agent.patch(&made.path(), swapped).if_match(seen.etag()).await.expect(200);
    assert_eq!(shown(&changed.json()), [&ids[1], &ids[0], &ids[2]].map(String::as_str));

    let lie = json!({"images": [{"url": "https://evil.example/x.png", "media_id": ids[0], "width": 9,
        "alt": {"en": "Mine"}, "variants": [{"url": "https://evil.example/y.png", "width": 5}]}]});
    let changed = agent.patch(&made.path(), lie).if_match(changed.etag()).await.expect(200);
    let mut truth = cover.clone();
    truth["alt"] = json!({"en": "Mine"});
    assert_eq!(changed.at("/images"), json!([truth]));
    let alt = agent.get(&format!("/api/v1/media/{}", ids[0])).await.expect(200).at("/alt");
    assert_eq!(alt, json!({"en": "Mine"}));

    // A picture from elsewhere stays possible.
    let outside = json!({"url": "https://cdn.example/a.jpg", "blurhash": "LEHV6nWB2yk8pyo0adR*"});
    let body = json!({"images": [outside, truth]});
    let changed = agent.patch(&made.path(), body).if_match(changed.etag()).await.expect(200);
    assert_eq!(changed.at("/images/0"), outside);

    let other = agent.create(bare()).await;
    let theirs = json!({"url": "/x", "media_id": ids[0]});
    for (body, field) in [
        (json!({"cover_image": theirs}), "/cover_image/media_id unknown"),
        (json!({"images": [outside, theirs]}), "/images/1/media_id unknown"),
    ] {
        let reply = agent.patch(&other.path(), body).if_match(&other.etag).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field]);
    }
    // A picture from elsewhere has ten widths at most, each a safe address.
    let width = |url: &str| json!({"url": url, "width": 320});
    for (variants, field) in [
        (vec![width("/a.webp"); 11], "/images/0/variants invalid"),
        (vec![width("javascript:x")], "/images/0/variants/0/url invalid"),
        (vec![json!({"url": "/a", "width": 0})], "/images/0/variants/0/width invalid"),
    ] {
        let body = json!({"images": [{"url": "/a.webp", "variants": variants}]});
        let reply = agent.patch(&other.path(), body).if_match(&other.etag).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field]);
    }
    let twice = json!({"images": [theirs, theirs]});
    let reply = agent.patch(&made.path(), twice).if_match(changed.etag()).await;
    assert_eq!(reply.fields(), ["/images/1/media_id duplicate"]);
    let fresh = listing::with(listing::rent(), json!({"cover_image": theirs}));
    let reply = agent.post("/api/v1/properties", fresh).await;
    assert_eq!(reply.fields(), ["/cover_image/media_id unknown"]);
}

/// Taken away while its pictures are being made: nothing comes back.
#[tokio::test]
async fn of_an_upload_that_is_taken_away_meanwhile_nothing_is_left() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = bare_published(&agent).await;
    let file = pictures::jpeg(1800, 1200);
    let id = super::upload(&app, &agent, &made, &file, "image/jpeg").await;
    let _ = agent.delete(&format!("/api/v1/media/{id}")).await.expect(204);
    app.settled().await;
    let now = app.anonymous().get(&made.path()).await.expect(200).json();
    assert_eq!((&now["cover_image"], &now["images"]), (&json!(null), &json!([])));
    assert!(stored(&app).is_empty(), "{:?}", stored(&app).iter().map(|f| &f.0).collect::<Vec<_>>());
}
