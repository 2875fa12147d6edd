//! What an instance says of itself, and what it does when the others are away.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use terrace_product::{Port, ServerUrl};
use terrace_testkit::{
    Mode, Proxy, RedisThatNeverAnswers, Reply, TestApp, listing, setup, spawn_app,
};

fn check(reply: &Reply, name: &str) -> bool {
    let checks = reply.at("/checks");
    let found = checks.as_array().unwrap().iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {reply:?}"))["ok"].as_bool().unwrap()
}

#[tokio::test]
async fn each_product_names_its_own_database() {
    let apps = [spawn_app("bestays").await, spawn_app("realestate").await];
    let mut databases = Vec::new();
    for app in &apps {
        let reply = app.anonymous().get("/health/db").await.expect(200);
        assert_eq!(reply.text_at("/product"), app.product);
        assert_eq!(reply.text_at("/database_product"), app.product);
        assert_eq!(reply.text_at("/role"), app.profile.database.app_role.as_str());
        assert_eq!(reply.text_at("/database"), app.database);
        assert!(reply.text_at("/server_version").starts_with("1"), "{reply:?}");
        assert!(reply.at("/pgvector_version").is_string(), "{reply:?}");
        assert!(reply.text_at("/schema_version").starts_with('m'), "{reply:?}");
        assert!(reply.at("/latency_ms").as_f64().unwrap() > 0.0, "{reply:?}");
        databases.push(reply.text_at("/database"));
    }
    assert_ne!(databases[0], databases[1]);
}

#[tokio::test]
async fn a_well_instance_is_ready() {
    let app = spawn_app("bestays").await;
    let live = app.anonymous().get("/health/live").await.expect(200);
    assert_eq!(live.text_at("/status"), "ok");
    let ready = app.anonymous().get("/health/ready").await.expect(200);
    assert_eq!(ready.text_at("/status"), "ok", "{ready:?}");
    assert!(check(&ready, "database") && check(&ready, "cache") && check(&ready, "serving"));
    assert_eq!(ready.header("cache-control"), "no-store");
}

/// Served from another brand's database it is not ready, whatever else works.
#[tokio::test]
async fn another_brands_database_is_not_ready() {
    let app = spawn_app("bestays").await;
    app.execute("ALTER TABLE platform_identity DISABLE TRIGGER USER; UPDATE platform_identity SET product_id = 'realestate'").await;
    let ready = app.anonymous().get("/health/ready").await.expect(503);
    assert!(!check(&ready, "database"), "{ready:?}");
}

async fn reads_and_writes_work(app: &TestApp) {
    let agent = app.agent("somchai").await;
    let made = agent.create_published(listing::rent()).await;
    let visitor = app.anonymous();
    let _ = visitor.get(&made.path()).await.expect(200);
    let list = visitor.get("/api/v1/properties").await.expect(200);
    assert_eq!(list.at("/items").as_array().unwrap().len(), 1);
    assert_eq!(visitor.get("/api/v1/facets").await.expect(200).at("/total"), 1);
}

#[tokio::test]
async fn without_redis_everything_works_and_ready_says_degraded() {
    let app = setup("bestays")
        .with(|profile| profile.redis.url = ServerUrl::parse("redis://127.0.0.1:1/0").unwrap())
        .spawn()
        .await;
    reads_and_writes_work(&app).await;
    let ready = app.anonymous().get("/health/ready").await.expect(200);
    assert_eq!(ready.text_at("/status"), "degraded", "{ready:?}");
    assert!(check(&ready, "database") && !check(&ready, "cache"));
}

#[tokio::test]
async fn a_frozen_redis_costs_a_moment_and_no_answer() {
    let frozen = RedisThatNeverAnswers::start().await;
    let url = frozen.url();
    let app = setup("bestays")
        .with(move |profile| profile.redis.url = ServerUrl::parse(&url).unwrap())
        .spawn()
        .await;
    let visitor = app.anonymous();
    let _ = visitor.get("/api/v1/amenities").await.expect(200);
    let mut slowest = Duration::ZERO;
    for _ in 0..20 {
        let asked = Instant::now();
        let _ = visitor.get("/api/v1/facets").await.expect(200);
        slowest = slowest.max(asked.elapsed());
    }
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    let ready = visitor.get("/health/ready").await.expect(200);
    assert_eq!(ready.text_at("/status"), "degraded", "{ready:?}");
}

/// Frozen in the midst of a conversation: its connections stand, and nothing comes back.
#[tokio::test]
async fn a_redis_that_freezes_later_costs_no_more() {
    let redis = terrace_testkit::redis_url();
    let target = redis.trim_start_matches("redis://").split('/').next().unwrap().to_owned();
    let proxy = Proxy::to(target).await;
    let url = format!("redis://{}/0", proxy.address());
    let app = setup("bestays")
        .with(move |profile| profile.redis.url = ServerUrl::parse(&url).unwrap())
        .spawn()
        .await;
    let visitor = app.anonymous();
    for _ in 0..5 {
        let _ = visitor.get("/api/v1/facets").await.expect(200);
    }
    proxy.set(Mode::Blackhole);
    for _ in 0..20 {
        let asked = Instant::now();
        let _ = visitor.get("/api/v1/facets").await.expect(200);
        assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
    }
}

#[tokio::test]
async fn redis_is_used_again_when_it_is_back() {
    let redis = terrace_testkit::redis_url();
    let target = redis.trim_start_matches("redis://").split('/').next().unwrap().to_owned();
    let proxy = Proxy::to(target).await;
    let url = format!("redis://{}/0", proxy.address());
    let app = setup("bestays")
        .with(move |profile| profile.redis.url = ServerUrl::parse(&url).unwrap())
        .spawn()
        .await;
    proxy.set(Mode::Reset);
    let visitor = app.anonymous();
    for _ in 0..5 {
        let _ = visitor.get("/api/v1/facets").await.expect(200);
    }
    assert_eq!(visitor.get("/health/ready").await.text_at("/status"), "degraded");
    proxy.set(Mode::Pass);
    let deadline = Instant::now() + Duration::from_secs(5);
    while visitor.get("/health/ready").await.text_at("/status") != "ok" {
        assert!(Instant::now() < deadline, "Redis is back, and nobody asks it");
    }
}

async fn served_through(proxy: &Proxy) -> TestApp {
    let port = Port::new(proxy.port());
    setup("bestays").with(move |profile| profile.database.port = port).spawn().await
}

/// `503` with `Retry-After` within three seconds, for reads and for writes.
async fn refuses_in_time(app: &TestApp, calls: u32) {
    let agent = app.bearer(app.token(&terrace_testkit::Token::of("user_somchai")));
    let visitor = app.anonymous();
    for _ in 0..calls {
        for call in [
            visitor.get("/api/v1/properties"),
            visitor.get("/api/v1/properties/some-villa"),
            agent.get("/api/v1/me"),
            agent.post("/api/v1/properties", listing::rent()),
        ] {
            let asked = Instant::now();
            let reply = call.await;
            let took = asked.elapsed();
            reply.problem(503, "unavailable");
            assert_eq!(reply.header("retry-after"), "1", "{reply:?}");
            assert!(took < Duration::from_secs(3), "{took:?} for {reply:?}");
        }
        let ready = visitor.get("/health/ready").await.expect(503);
        assert!(!check(&ready, "database"));
        let _ = visitor.get("/health/live").await.expect(200);
    }
}

#[tokio::test]
async fn without_postgres_requests_are_refused_in_time_and_served_again_after() {
    let proxy = Proxy::to_postgres().await;
    let app = served_through(&proxy).await;
    reads_and_writes_work(&app).await;
    proxy.set(Mode::Reset);
    refuses_in_time(&app, 2).await;
    proxy.set(Mode::Pass);
    let visitor = app.anonymous();
    let deadline = Instant::now() + Duration::from_secs(5);
    while visitor.get("/api/v1/properties").await.status != 200 {
        assert!(Instant::now() < deadline, "PostgreSQL is back, and nobody asks it");
    }
}

/// Frozen, not dead: nobody waits for ever, and nobody is told that nothing happened.
#[tokio::test]
async fn a_change_on_a_frozen_postgres_has_an_end() {
    let proxy = Proxy::to_postgres().await;
    let app = served_through(&proxy).await;
    let agent = app.agent("somchai").await;
    let _ = agent.post("/api/v1/properties", listing::rent()).await.expect(201);
    proxy.set(Mode::Blackhole);
    let asked = Instant::now();
    let visitor = app.anonymous();
    // An enquiry is written with the platform's own rights, and somebody waits for it all the same.
    let enquiry = json!({"name": "Malee", "email": "malee@example.com", "message": "Is it free?"});
    let calls =
        [agent.post("/api/v1/properties", listing::rent()), visitor.post("/api/v1/leads", enquiry)];
    for reply in join_all(calls.map(IntoFuture::into_future)).await {
        reply.problem(503, "unavailable");
        assert!(reply.text_at("/detail").contains("Idempotency-Key"), "{reply:?}");
    }
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    // What still waits for it is let go, so that the server can end.
    proxy.set(Mode::Reset);
}

/// A page that was known a moment ago beats none, and says what it is; a page that was taken away
/// does not come back.
#[tokio::test]
async fn without_postgres_a_known_listing_is_still_shown() {
    let proxy = Proxy::to_postgres().await;
    let port = Port::new(proxy.port());
    let app = setup("bestays")
        .with(move |profile| {
            profile.database.port = port;
            profile.cache.ttl = Duration::from_millis(1);
        })
        .spawn()
        .await;
    let (agent, visitor) = (app.agent("somchai").await, app.anonymous());
    let known = agent.create_published(listing::rent()).await;
    let gone = agent.create_published(listing::rent()).await;
    let before = visitor.get(&known.path()).await.expect(200);
    let _ = visitor.get(&gone.path()).await.expect(200);
    let _ = agent.delete(&gone.path()).if_match(&gone.etag).await.expect(204);
    proxy.set(Mode::Reset);
    let during = visitor.get(&known.path()).await.expect(200);
    assert_eq!(during.body, before.body);
    assert!(during.header("warning").starts_with("110"), "{during:?}");
    assert_eq!(before.header("warning"), "");
    visitor.get(&gone.path()).await.problem(503, "unavailable");
    visitor.get(&format!("{}?locale=th", known.path())).await.problem(503, "unavailable");
}

/// Beyond what may be under way a request is refused at once; a busy instance is not a dead one.
#[tokio::test]
async fn an_overloaded_instance_says_so_at_once() {
    let proxy = Proxy::to_postgres().await;
    let port = Port::new(proxy.port());
    let app = setup("bestays")
        .with(move |profile| {
            profile.database.port = port;
            profile.server.max_in_flight = 1;
        })
        .spawn()
        .await;
    let visitor = app.anonymous();
    let _ = visitor.get("/api/v1/properties").await.expect(200);
    proxy.set(Mode::Blackhole);
    let busy = tokio::spawn({
        let visitor = visitor.clone();
        async move { visitor.get("/api/v1/properties").await }
    });
    let state = app.state();
    let deadline = Instant::now() + Duration::from_secs(5);
    while state.slots.available_permits() > 0 {
        assert!(Instant::now() < deadline, "the first request never began");
        tokio::task::yield_now().await;
    }
    let asked = Instant::now();
    let refused = visitor.get("/api/v1/product").await;
    refused.problem(503, "overloaded");
    assert_eq!(refused.header("retry-after"), "1");
    assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
    let _ = visitor.get("/health/live").await.expect(200);
    proxy.set(Mode::Pass);
    let _ = busy.await.unwrap().expect(200);
    let _ = visitor.get("/api/v1/product").await.expect(200);
}
