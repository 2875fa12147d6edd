//! Agencies, agents, people and many listings at once.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::json;
use terrace_testkit::with_query;

use super::{
    Scene, assert_sound,
    nasty::{NUMBERS, documents, texts},
};

/// The routes that take a body, and a sound body for each.
fn writes(scene: &Scene, company: &str) -> Vec<(Method, String)> {
    let agent = scene.agent.user_id.unwrap();
    vec![
        (Method::POST, "/api/v1/companies".to_owned()),
        (Method::PATCH, format!("/api/v1/companies/{company}")),
        (Method::PATCH, format!("/api/v1/agents/{agent}")),
        (Method::PATCH, format!("/api/v1/admin/users/{agent}")),
        (Method::POST, format!("/api/v1/admin/agents/{agent}/reassign")),
        (Method::PATCH, "/api/v1/admin/properties/bulk".to_owned()),
        (Method::POST, scene.target.at("reject")),
    ]
}

#[tokio::test]
async fn no_document_breaks_a_write() {
    let scene = Scene::set().await;
    let admin = scene.app.admin().await;
    let made = admin.post("/api/v1/companies", json!({"name": "Andaman"})).await.expect(201);
    for (method, path) in writes(&scene, &made.text_at("/id")) {
        for body in documents() {
            let short: String = String::from_utf8_lossy(&body).chars().take(60).collect();
            let reply = admin.call(method.clone(), &path).if_match("\"1-en\"").bytes(body).await;
            assert_sound(&format!("{method} {path} {short:?}"), &reply);
        }
    }
}

#[tokio::test]
async fn no_text_and_no_number_breaks_a_write() {
    let scene = Scene::set().await;
    let admin = scene.app.admin().await;
    let agent = format!("/api/v1/agents/{}", scene.agent.user_id.unwrap());
    for text in texts() {
        let profile =
            json!({"bio": text, "licence_number": text, "line_id": text, "languages": [text]});
        let company = json!({"name": text, "description": text, "phone": text, "website": text});
        let bulk = json!({"filter": {"province": [text], "tags": [text]}, "action": "archive"});
        let one = |field: &str| json!({field: text});
        for (path, body) in [
            (&agent, profile),
            (&agent, one("bio")),
            (&agent, one("line_id")),
            (&"/api/v1/admin/properties/bulk".to_owned(), bulk),
        ] {
            assert_sound(&format!("{path} {text:?}"), &admin.patch(path, body).await);
        }
        assert_sound(&format!("{text:?}"), &admin.post("/api/v1/companies", company).await);
        assert_sound(&format!("{text:?}"), &admin.post("/api/v1/companies", one("name")).await);
        for path in ["/api/v1/companies", "/api/v1/admin/users"] {
            assert_sound(
                &format!("{path} {text:?}"),
                &admin.get(&with_query(path, &[("q", &text)])).await,
            );
        }
    }
    for number in NUMBERS {
        for body in [
            r#"{"filter": {"status": ["draft"]}, "action": {"change_price": {"percent": @}}}"#,
            r#"{"filter": {"status": ["draft"]}, "action": {"change_price": {"percent": 100, "round_to": @}}}"#,
            r#"{"filter": {"price_min": @}, "action": "archive"}"#,
            r#"{"filter": {"bathrooms": [@]}, "action": "archive"}"#,
            r#"{"filter": {"bedrooms": [@]}, "action": "archive"}"#,
            r#"{"filter": {"guests": @}, "action": "archive"}"#,
            r#"{"filter": {"status": ["draft"]}, "action": "archive", "limit": @}"#,
            r#"{"filter": {"status": ["draft"]}, "action": "archive", "dry_run": false, "expected_count": @}"#,
        ] {
            let call = admin.call(Method::PATCH, "/api/v1/admin/properties/bulk");
            let reply = call.bytes(body.replace('@', number)).await;
            assert_sound(&format!("{body} {number}"), &reply);
        }
    }
    for path in ["/api/v1/companies", "/api/v1/agents", "/api/v1/admin/users"] {
        let _ = admin.get(path).await.expect(200);
    }
}

/// A cursor with the right list and a wrong place in it.
#[tokio::test]
async fn no_cursor_breaks_a_list() {
    let scene = Scene::set().await;
    let admin = scene.app.admin().await;
    for name in ["Andaman", "Bang Tao"] {
        let _ = admin.post("/api/v1/companies", json!({"name": name})).await.expect(201);
    }
    for path in ["/api/v1/companies", "/api/v1/agents", "/api/v1/admin/users"] {
        let _ = scene.app.agent("malee").await;
        let page = admin.get(&format!("{path}?limit=1")).await.expect(200);
        let cursor = URL_SAFE_NO_PAD.decode(page.text_at("/next_cursor")).unwrap();
        let sound: serde_json::Value = serde_json::from_slice(&cursor).unwrap();
        for after in [
            json!(null),
            json!("x"),
            json!([]),
            json!(["\u{0}", uuid::Uuid::nil()]),
            json!(["a", "not an id"]),
            json!({"name": "\u{0}", "id": uuid::Uuid::nil()}),
        ] {
            let mut forged = sound.clone();
            forged["after"] = after.clone();
            let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
            let reply = admin.get(&format!("{path}?limit=1&cursor={forged}")).await;
            assert_sound(&format!("{path} {after}"), &reply);
            assert_eq!(reply.status, 400, "{path} {after}: {reply:?}");
        }
    }
}
