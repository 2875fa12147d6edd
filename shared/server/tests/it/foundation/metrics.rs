//! Measurements are labelled by operation, never by what a client sent.

use terrace_testkit::{listing, spawn_app};

#[tokio::test]
async fn requests_are_measured_by_operation() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create_published(listing::rent()).await;
    let visitor = app.anonymous();
    let _ = visitor.get(&made.path()).await.expect(200);
    let _ = visitor.get(&format!("/api/v1/properties/{}", made.slug)).await.expect(200);
    let _ = visitor.get("/api/v1/some/secret-path-7261").await.expect(404);
    let _ = visitor.get("/api/v1/properties?tags=secret-tag-7261").await.expect(200);

    let metrics = visitor.get("/metrics").await.expect(200);
    assert!(metrics.header("content-type").starts_with("text/plain"), "{metrics:?}");
    let text = metrics.text();
    for series in [
        "terrace_http_request_duration_seconds_bucket{operation=\"get_property\",status=\"2xx\",le=\"",
        "terrace_http_request_duration_seconds_count{operation=\"create_property\",status=\"2xx\"}",
        "terrace_http_request_duration_seconds_count{operation=\"unmatched\",status=\"4xx\"}",
        "terrace_db_connections{pool=\"keyed\"",
        "terrace_db_connections{pool=\"planned\"",
        "terrace_jobs{state=\"due\"}",
        "terrace_cache_requests_total",
        "process_resident_memory_bytes",
    ] {
        assert!(text.contains(series), "{series} is missing in\n{text}");
    }
    for told in [made.id.to_string().as_str(), &made.slug, "/api/v1", "7261", "Bearer"] {
        assert!(!text.contains(told), "{told} is in\n{text}");
    }
}

/// One label value for each operation, and `unmatched`.
#[tokio::test]
async fn labels_are_a_closed_set() {
    let app = spawn_app("bestays").await;
    let _ = app.anonymous().get("/api/v1/facets").await.expect(200);
    let text = app.anonymous().get("/metrics").await.expect(200).text();
    let known: Vec<_> =
        terrace_server::router::ROUTES.iter().map(|route| route.operation).collect();
    for line in text.lines().filter(|line| line.contains("operation=\"")) {
        let operation = line.split("operation=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(operation == "unmatched" || known.contains(&operation), "{line}");
    }
}
