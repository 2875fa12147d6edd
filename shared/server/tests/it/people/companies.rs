//! Agencies: made and changed by admins, seen by all, from the inside by their own.

use serde_json::json;
use terrace_testkit::spawn_app;

use super::{agent_path, column};

const PATH: &str = "/api/v1/companies";

#[tokio::test]
async fn an_agency_is_seen_from_outside_and_from_inside() {
    let app = spawn_app("realestate").await;
    let (admin, somchai, malee) =
        (app.admin().await, app.agent("somchai").await, app.agent("malee").await);
    let body = json!({
        "name": "Andaman Homes", "description": "Villas since 1998.", "email": "office@andaman.example",
        "phone": "+6676000000", "registration_number": "0835546000000", "website": "https://andaman.example",
        "address": {"province": "Phuket"}, "logo": {"url": "/assets/logo.svg"}, "is_verified": true,
    });
    let made = admin.post(PATH, body).await.expect(201);
    let path = made.header("location");
    assert!(made.text_at("/slug").starts_with("andaman-homes-"), "{made:?}");
    let joined = admin.patch(&agent_path(&somchai), json!({"company_id": made.at("/id")}));
    assert_eq!(joined.await.expect(200).at("/company/name"), "Andaman Homes");

    for outside in [app.anonymous(), app.user("ann").await, malee.clone()] {
        let seen = outside.get(path).await.expect(200);
        assert_eq!(seen.at("/agents"), 1);
        assert_eq!(seen.at("/office"), json!(null));
        for secret in ["office@", "+6676", "083554"] {
            assert!(!seen.text().contains(secret), "{secret} in {seen:?}");
        }
    }
    for inside in [&admin, &somchai] {
        let seen = inside.get(path).await.expect(200);
        assert_eq!(seen.at("/office/email"), "office@andaman.example");
        assert_eq!(seen.at("/office/address/province"), "Phuket");
        assert_eq!(seen.header("cache-control"), "private, no-store");
    }

    let hidden = admin.patch(path, json!({"is_active": false, "phone": null})).await.expect(200);
    assert_eq!(hidden.at("/office/phone"), json!(null));
    assert_eq!(hidden.at("/office/email"), "office@andaman.example", "what is not named stays");
    for outside in [app.anonymous(), malee] {
        outside.get(path).await.problem(404, "not_found");
        assert_eq!(column(&outside.get(PATH).await, "id"), Vec::<serde_json::Value>::new());
    }
    for inside in [&admin, &somchai] {
        assert_eq!(inside.get(path).await.expect(200).at("/office/is_active"), false);
        assert_eq!(column(&inside.get(PATH).await, "id"), [made.at("/id")]);
    }
    let shown = app.anonymous().get(&agent_path(&somchai)).await.expect(200);
    assert_eq!(shown.at("/company"), json!(null), "an agency that is hidden is hidden here too");
}

#[tokio::test]
async fn agencies_are_listed_by_name() {
    let app = spawn_app("realestate").await;
    let admin = app.admin().await;
    for (name, verified) in [("Chao Fa", true), ("Andaman", false), ("Bang Tao 100%", true)] {
        let body = json!({"name": name, "is_verified": verified});
        let _ = admin.post(PATH, body).await.expect(201);
    }
    let visitor = app.anonymous();
    let first = visitor.get(&format!("{PATH}?limit=2")).await.expect(200);
    assert_eq!(column(&first, "name"), ["Andaman", "Bang Tao 100%"]);
    let cursor = first.text_at("/next_cursor");
    let second = visitor.get(&format!("{PATH}?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!(column(&second, "name"), ["Chao Fa"]);
    assert_eq!(second.at("/next_cursor"), json!(null));
    visitor
        .get(&format!("{PATH}?is_verified=true&cursor={cursor}"))
        .await
        .problem(400, "invalid_cursor");
    let verified = visitor.get(&format!("{PATH}?is_verified=true")).await;
    assert_eq!(column(&verified, "name"), ["Bang Tao 100%", "Chao Fa"]);
    for (words, found) in [("0%25", "Bang Tao 100%"), ("ANDA", "Andaman")] {
        assert_eq!(column(&visitor.get(&format!("{PATH}?q={words}")).await, "name"), [found]);
    }
    assert!(column(&visitor.get(&format!("{PATH}?q=A_d")).await, "name").is_empty());
    visitor.get(&format!("{PATH}?limit=0")).await.problem(400, "invalid_parameter");
}

#[tokio::test]
async fn what_does_not_fit_is_named() {
    let app = spawn_app("realestate").await;
    let admin = app.admin().await;
    let made = admin.post(PATH, json!({"name": "One", "slug": "one-and-only"})).await.expect(201);
    admin
        .post(PATH, json!({"name": "Two", "slug": "one-and-only"}))
        .await
        .problem(409, "slug_taken");
    for (body, field) in [
        (json!({"name": "  "}), "/name invalid"),
        (json!({"name": "X", "website": "javascript:alert(1)"}), "/website invalid"),
        (json!({"name": "X", "email": "nobody"}), "/email invalid"),
        (json!({"name": "X", "id": made.at("/id")}), "/id unknown_field"),
        (json!({"name": "X", "is_active": true}), "/is_active unknown_field"),
        (json!({"name": "X", "created_at": "2026-01-01T00:00:00Z"}), "/created_at unknown_field"),
    ] {
        let reply = admin.post(PATH, body).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field]);
    }
    let stranger = format!("{PATH}/{}", uuid::Uuid::now_v7());
    admin.patch(&stranger, json!({"name": "Nobody"})).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_key_makes_one_agency() {
    let app = spawn_app("realestate").await;
    let admin = app.admin().await;
    let make = || admin.post(PATH, json!({"name": "Once"})).header("idempotency-key", "k-1");
    let (first, second) = (make().await.expect(201), make().await.expect(201));
    assert_eq!(first.json(), second.json());
    assert_eq!(app.value::<i64>("SELECT count(*) FROM companies").await, 1);
}
