//! Whatever is sent: never a 5xx, and every refusal a problem.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use terrace_testkit::{spawn_app, with_query};

use super::{ALERTS, FAVOURITES, MERGE, SEARCHES, Visitor, villas};
use crate::hostile::{
    assert_sound,
    nasty::{documents, texts},
};

#[tokio::test]
async fn whatever_is_sent_is_taken_or_refused() {
    let app = spawn_app("bestays").await;
    let visitor = Visitor::new(&app).await;
    let search = visitor.post(SEARCHES, villas("daily")).await.expect(201).text_at("/id");
    let path = format!("{SEARCHES}/{search}");
    for text in texts() {
        for (list, names) in [
            (FAVOURITES, &["limit", "cursor", "count", "locale", "nonsense"][..]),
            (SEARCHES, &["limit", "cursor", "nonsense"]),
            (ALERTS, &["limit", "cursor", "unread", "saved_search_id", "locale", "nonsense"]),
        ] {
            for name in names {
                let asked = with_query(list, &[(name, &text)]);
                assert_sound(&asked, &visitor.get(&asked).await);
            }
        }
        let body = serde_json::json!({"name": text, "query": text, "notify": "daily",
            "filters": {"district": text, "tags": [text], "near": text}});
        assert_sound("POST", &visitor.post(SEARCHES, body.clone()).await);
        assert_sound("PATCH", &visitor.patch(&path, body).await);
        let named = serde_json::json!({"name": "x", "filters": {text.clone(): 1}});
        assert_sound("POST", &visitor.post(SEARCHES, named).await);
    }
    for body in documents() {
        for (method, path) in [
            (Method::POST, SEARCHES.to_owned()),
            (Method::PATCH, path.clone()),
            (Method::POST, FAVOURITES.to_owned()),
            (Method::POST, format!("{ALERTS}/read")),
            (Method::POST, MERGE.to_owned()),
            (Method::POST, "/api/v1/visitors".to_owned()),
        ] {
            let call = visitor.caller.call(method, &path).header("visitor-token", &visitor.token);
            assert_sound(&path, &call.bytes(body.clone()).await);
        }
    }
    // What was taken can be read, and run.
    for list in [FAVOURITES, SEARCHES, ALERTS, &format!("{path}/matches")] {
        let _ = visitor.get(list).await.expect(200);
    }
}

#[tokio::test]
async fn no_link_but_ours_ends_letters() {
    let app = spawn_app("bestays").await;
    let visitor = Visitor::new(&app).await;
    let long = "x".repeat(3000);
    for token in [
        visitor.token.as_str(),
        "x",
        "%00",
        "..%2f..%2f",
        long.as_str(),
        &URL_SAFE_NO_PAD.encode([0; 65]),
    ] {
        let reply = app.anonymous().post_empty(&format!("{ALERTS}/unsubscribe/{token}")).await;
        reply.problem(404, "not_found");
    }
}
