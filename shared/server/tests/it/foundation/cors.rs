//! Only the brand's own front ends may call from a browser.

use reqwest::Method;
use terrace_testkit::spawn_app;

const OWN: &str = "http://localhost:5273";

/// What a browser might send that is not the front end of bestays.
const OTHERS: &[&str] = &[
    "null",
    "",
    "*",
    "http://localhost:5274",
    "https://localhost:5273",
    "http://localhost",
    "http://localhost:80",
    "http://localhost:52730",
    "http://localhost:527",
    "http://localhost:5273.evil.example",
    "http://localhost:5273@evil.example",
    "http://evil.example#http://localhost:5273",
    "http://evil.example/http://localhost:5273",
    "http://evillocalhost:5273",
    "http://sub.localhost:5273",
    "http://127.0.0.1:5273",
    "http://[::1]:5273",
    "http://localhost:5273/",
    "http://localhost:5273 http://evil.example",
    "http://LOCALHOST:5273",
    "http://localhost.:5273",
    "file://",
    "chrome-extension://abcdefghijklmnop",
];

#[tokio::test]
async fn the_brands_own_front_end_may_call_with_credentials() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    for path in ["/api/v1/properties", "/api/v1/me", "/nowhere", "/api/v1/properties?limit=0"] {
        let reply = visitor.get(path).header("origin", OWN).await;
        assert_eq!(reply.header("access-control-allow-origin"), OWN, "{reply:?}");
        assert_eq!(reply.header("access-control-allow-credentials"), "true", "{reply:?}");
        let exposed = reply.header("access-control-expose-headers");
        for name in ["etag", "x-request-id", "retry-after", "location", "content-language"] {
            assert!(exposed.contains(name), "{name} in {exposed}");
        }
        assert!(reply.header("vary").to_ascii_lowercase().contains("origin"), "{reply:?}");
    }
}

#[tokio::test]
async fn a_preflight_lists_what_the_api_uses() {
    let app = spawn_app("bestays").await;
    for (method, headers) in [
        ("POST", "content-type,authorization,idempotency-key"),
        ("PATCH", "content-type,authorization,if-match"),
        ("PUT", "if-match,x-request-id"),
        ("DELETE", "authorization,if-match"),
        ("DELETE", "visitor-token"),
    ] {
        let reply = app
            .anonymous()
            .call(Method::OPTIONS, "/api/v1/properties/x")
            .header("origin", OWN)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", headers)
            .await
            .expect(200);
        assert_eq!(reply.header("access-control-allow-origin"), OWN, "{reply:?}");
        assert!(reply.header("access-control-allow-methods").contains(method), "{reply:?}");
        let allowed = reply.header("access-control-allow-headers").to_ascii_lowercase();
        assert!(headers.split(',').all(|name| allowed.contains(name)), "{reply:?}");
    }
}

#[tokio::test]
async fn nobody_else_is_let_in() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    for origin in OTHERS {
        let plain = visitor.get("/api/v1/properties").header("origin", origin).await;
        let preflight = visitor
            .call(Method::OPTIONS, "/api/v1/properties")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .await;
        for reply in [plain, preflight] {
            assert_eq!(reply.header("access-control-allow-origin"), "", "{origin:?}: {reply:?}");
            assert!(reply.status < 500, "{origin:?}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn the_other_brand_has_its_own() {
    let app = spawn_app("realestate").await;
    let visitor = app.anonymous();
    let own = visitor.get("/api/v1/product").header("origin", "http://localhost:5274").await;
    assert_eq!(own.header("access-control-allow-origin"), "http://localhost:5274");
    let other = visitor.get("/api/v1/product").header("origin", OWN).await;
    assert_eq!(other.header("access-control-allow-origin"), "");
}
