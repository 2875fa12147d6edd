//! Agents: what everyone sees of them, and what they say of themselves.

use serde_json::json;
use terrace_testkit::{listing, spawn_app};

use super::{agent_path, column, user_path};

const PATH: &str = "/api/v1/agents";

#[tokio::test]
async fn an_agents_page_shows_what_they_publish_and_nothing_else() {
    let app = spawn_app("bestays").await;
    let (somchai, admin) = (app.agent("somchai").await, app.admin().await);
    app.execute("UPDATE users SET phone = '+66811112222' WHERE display_name = 'somchai'").await;
    let profile = json!({
        "bio": "Ten years in Phuket.", "languages": ["th", "en", "th"], "line_id": "@somchai",
        "photo": {"url": "/assets/somchai.svg"},
    });
    let _ = somchai.patch(&agent_path(&somchai), profile).await.expect(200);
    let _ = somchai.create(listing::rent()).await;
    let shown = somchai.create_published(listing::rent()).await;
    let other = app.agent("malee").await.create_published(listing::rent()).await;

    let page = app.anonymous().get(&agent_path(&somchai)).await.expect(200);
    assert_eq!(
        page.json(),
        json!({
            "id": somchai.user_id, "display_name": "somchai", "bio": "Ten years in Phuket.",
            "languages": ["th", "en"], "licence_number": null, "line_id": "@somchai",
            "photo": {"url": "/assets/somchai.svg"}, "is_verified": true, "company": null, "listings": 1,
        })
    );
    for (query, found) in [
        (format!("agent_id={}", somchai.user_id.unwrap()), vec![json!(shown.id)]),
        (
            format!(
                "agent_id={},{}&sort=oldest",
                somchai.user_id.unwrap(),
                other.json["agent_id"].as_str().unwrap()
            ),
            vec![json!(shown.id), json!(other.id)],
        ),
        (format!("agent_id={}", uuid::Uuid::now_v7()), vec![]),
    ] {
        let list = app.anonymous().get(&format!("/api/v1/properties?{query}")).await.expect(200);
        assert_eq!(column(&list, "id"), found, "{query}");
    }
    let me = somchai.get("/api/v1/me").await.expect(200);
    assert_eq!(
        (me.at("/agent/line_id"), me.at("/agent/is_verified")),
        (json!("@somchai"), json!(true))
    );
    assert_eq!(admin.get("/api/v1/me").await.expect(200).at("/agent"), json!(null));
}

#[tokio::test]
async fn agents_are_listed_and_the_inactive_are_not() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let (a, b, c) =
        (app.agent("anong").await, app.unverified_agent("boon").await, app.agent("chai").await);
    let _ = b.patch(&agent_path(&b), json!({"languages": ["th", "de"]})).await.expect(200);
    let _ = c.patch(&agent_path(&c), json!({"languages": ["en"]})).await.expect(200);
    let company = admin.post("/api/v1/companies", json!({"name": "Andaman"})).await.expect(201);
    let join = json!({"company_id": company.at("/id")});
    let _ = admin.patch(&agent_path(&a), join.clone()).await.expect(200);
    let visitor = app.anonymous();
    let names = async |query: &str| {
        column(&visitor.get(&format!("{PATH}?{query}")).await.expect(200), "display_name")
    };
    assert_eq!(names("").await, ["anong", "boon", "chai"]);
    assert_eq!(names("language=de,en").await, ["boon", "chai"]);
    assert_eq!(names("is_verified=true").await, ["anong", "chai"]);
    assert_eq!(names(&format!("company_id={}", company.text_at("/id"))).await, ["anong"]);
    let first = visitor.get(&format!("{PATH}?limit=2")).await.expect(200);
    let cursor = first.text_at("/next_cursor");
    assert_eq!(names(&format!("limit=2&cursor={cursor}")).await, ["chai"]);

    let _ = admin.patch(&user_path(&a), json!({"is_active": false})).await.expect(200);
    let _ = admin.patch(&user_path(&b), json!({"role": "user"})).await.expect(200);
    assert_eq!(names("").await, ["chai"]);
    for gone in [&a, &b] {
        visitor.get(&agent_path(gone)).await.problem(404, "not_found");
    }
    visitor.get(&format!("{PATH}/{}", uuid::Uuid::now_v7())).await.problem(404, "not_found");
}

/// What was verified is the licence: a new one has been seen by nobody.
#[tokio::test]
async fn a_new_licence_takes_verification_away() {
    let app = spawn_app("bestays").await;
    let (somchai, admin) = (app.agent("somchai").await, app.admin().await);
    let path = agent_path(&somchai);
    let told = somchai.patch(&path, json!({"bio": "New words."})).await.expect(200);
    assert_eq!(told.at("/is_verified"), true);
    let changed = somchai.patch(&path, json!({"licence_number": "TH-1"})).await.expect(200);
    assert_eq!(changed.at("/is_verified"), false);
    let draft = somchai.create(listing::rent()).await;
    let publish = || somchai.post_empty(&draft.at("publish")).if_match(&draft.etag);
    publish().await.problem(403, "forbidden");
    let seen = admin.patch(&path, json!({"is_verified": true})).await.expect(200);
    assert_eq!(seen.at("/is_verified"), true);
    let same = somchai.patch(&path, json!({"licence_number": "TH-1"})).await.expect(200);
    assert_eq!(same.at("/is_verified"), true, "the same number is no new one");
    let _ = publish().await.expect(200);
    let by_admin = admin.patch(&path, json!({"licence_number": "TH-2"})).await.expect(200);
    assert_eq!(by_admin.at("/is_verified"), true, "an admin has seen it");
    let gone = somchai.patch(&path, json!({"licence_number": null})).await.expect(200);
    assert_eq!(gone.at("/is_verified"), false);
}

#[tokio::test]
async fn what_is_not_theirs_to_say_is_refused() {
    let app = spawn_app("bestays").await;
    let (somchai, admin) = (app.unverified_agent("somchai").await, app.admin().await);
    let path = agent_path(&somchai);
    for (body, fields) in [
        (json!({"is_verified": true}), vec!["/is_verified forbidden"]),
        (
            json!({"company_id": null, "is_verified": true, "bio": "x"}),
            vec!["/company_id forbidden", "/is_verified forbidden"],
        ),
        (json!({"user_id": uuid::Uuid::now_v7()}), vec!["/user_id unknown_field"]),
        (json!({"role": "admin"}), vec!["/role unknown_field"]),
        (json!({"languages": ["thai"]}), vec!["/languages/0 invalid"]),
        (json!({"photo": {"url": "http://plain.example/x.png"}}), vec!["/photo/url invalid"]),
        (json!({"line_id": ""}), vec!["/line_id invalid"]),
    ] {
        let reply = somchai.patch(&path, body).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), fields);
    }
    let reply = admin.patch(&path, json!({"company_id": uuid::Uuid::now_v7()})).await;
    reply.problem(422, "invalid_input");
    assert_eq!(reply.fields(), ["/company_id unknown"]);
    let row: String =
        app.value("SELECT concat_ws('|', bio, is_verified, company_id) FROM agents").await;
    assert_eq!(row, "|f");
    let nobody = format!("{PATH}/{}", app.user("ann").await.user_id.unwrap());
    admin.patch(&nobody, json!({"bio": "x"})).await.problem(404, "not_found");
}
