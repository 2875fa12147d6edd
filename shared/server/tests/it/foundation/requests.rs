//! Request ids, methods, compression.

use reqwest::Method;
use terrace_testkit::{TestApp, spawn_app};

async fn id_for(app: &TestApp, sent: &[u8]) -> String {
    let reply = app.anonymous().get("/health/live").header("x-request-id", sent).await.expect(200);
    reply.header("x-request-id").to_owned()
}

#[tokio::test]
async fn a_sensible_request_id_comes_back_and_any_other_is_replaced() {
    let app = spawn_app("bestays").await;
    for id in ["abcdefgh", "req-2026.11_21", &"a".repeat(64)] {
        assert_eq!(id_for(&app, id.as_bytes()).await, id);
    }
    let hostile: [&[u8]; 10] = [
        b"",
        b"short",
        "a".repeat(65).leak().as_bytes(),
        b"with space in it",
        b"semi;colon;drop",
        b"{\"json\":\"yes\"}",
        b"<script>alert(1)</script>",
        b"../../etc/passwd",
        "ไทยไทยไทย".as_bytes(),
        b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8",
    ];
    for id in hostile {
        let given = id_for(&app, id).await;
        assert!(given.parse::<uuid::Uuid>().is_ok(), "{given} for {id:?}");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    let mut ids = Vec::new();
    for path in
        ["/health/live", "/nowhere", "/api/v1/me", "/assets/none.svg", "/api/v1/properties?limit=0"]
    {
        ids.push(visitor.get(path).await.header("x-request-id").to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    assert!(ids.iter().all(|id| id.parse::<uuid::Uuid>().is_ok()));
}

#[tokio::test]
async fn a_method_that_is_not_offered_is_answered_with_those_that_are() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    let id = "01a1fc0e-1a25-76b3-9281-a4f5ba54aa67";
    for (method, path, allow) in [
        ("DELETE", "/api/v1/properties".to_owned(), "GET, HEAD, POST"),
        ("PUT", format!("/api/v1/properties/{id}"), "GET, HEAD, PATCH, DELETE"),
        ("GET", format!("/api/v1/properties/{id}/publish"), "POST"),
        ("POST", format!("/api/v1/properties/{id}/translations/th"), "PUT, DELETE"),
        ("POST", "/api/v1/me".to_owned(), "GET, HEAD, DELETE"),
        ("BREW", "/health/live".to_owned(), "GET, HEAD"),
        ("TRACE", "/metrics".to_owned(), "GET, HEAD"),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let reply = visitor.call(method, &path).await;
        reply.problem(405, "method_not_allowed");
        assert_eq!(reply.header("allow"), allow, "{reply:?}");
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    for path in ["/api/v1/properties", "/api/v1/product", "/health/ready", "/openapi.json"] {
        let get = visitor.get(path).await.expect(200);
        let head = visitor.call(Method::HEAD, path).await.expect(200);
        assert!(head.body.is_empty(), "{head:?}");
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
    let missing = visitor.call(Method::HEAD, "/api/v1/properties/none").await.expect(404);
    assert!(missing.body.is_empty());
}

#[tokio::test]
async fn answers_are_compressed_as_the_client_asks() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    let plain = visitor.get("/api/v1/amenities").await.expect(200);
    assert_eq!(plain.header("content-encoding"), "");
    for encoding in ["br", "gzip"] {
        let reply =
            visitor.get("/api/v1/amenities").header("accept-encoding", encoding).await.expect(200);
        assert_eq!(reply.header("content-encoding"), encoding);
        assert!(
            reply.body.len() * 2 < plain.body.len(),
            "{} of {}",
            reply.body.len(),
            plain.body.len()
        );
        let vary: Vec<_> =
            reply.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
        let vary = vary.join(", ").to_ascii_lowercase();
        assert!(vary.contains("accept-encoding"), "a shared cache would mix the two up: {reply:?}");
    }
    let none =
        visitor.get("/api/v1/amenities").header("accept-encoding", "identity").await.expect(200);
    assert_eq!(none.body, plain.body);
}
