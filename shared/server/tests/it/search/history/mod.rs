//! What was asked is remembered, where that is wanted, and for as long as it may be.

mod clicks;
mod people;
mod reports;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use terrace_server::search::history;
use terrace_testkit::{Call, Caller, TestApp, setup, spawn_app};

use super::{SEARCH, ask};

/// The id of a search in these words.
async fn asked(caller: &Caller, query: &str) -> String {
    ask(caller, json!({"query": query})).await.text_at("/search_id")
}

/// Waits until a query has this value: what waits is written by the instance too, which may be at
/// it while we ask.
async fn until(app: &TestApp, sql: &str, expected: i64) {
    let begun = Instant::now();
    loop {
        history::flush(&app.state()).await.unwrap();
        let found: i64 = app.value(sql).await;
        if found == expected {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{sql}: {found}, not {expected}");
    }
}

/// Waits until everything asked so far is written down, and counts it. The last search of all
/// shows that those before it have been.
async fn remembered(app: &TestApp) -> i64 {
    let id = asked(&app.anonymous(), "the last of all").await;
    until(app, &format!("SELECT count(*) FROM search_history WHERE id = '{id}'"), 1).await;
    let others: i64 =
        app.value(format!("SELECT count(*) FROM search_history WHERE id <> '{id}'")).await;
    app.execute(format!("DELETE FROM search_history WHERE id = '{id}'")).await;
    others
}

#[tokio::test]
async fn a_search_is_remembered_as_it_was_asked() {
    let app = spawn_app("bestays").await;
    let anna = app.user("anna").await;
    let body = json!({"query": "  Villa \u{200b} near  the BEACH under 30k ", "locale": "th",
        "filters": {"bedrooms_min": 2, "province": ["Phuket", "Krabi"], "near": "13.7,100.5"}});
    let reply = ask(&anna, body).await;
    assert_eq!(reply.at("/total"), 0);
    let id = reply.text_at("/search_id");
    let _ = ask(&app.anonymous(), json!({"filters": {"bedrooms": [1, 2]}})).await;
    assert_eq!(remembered(&app).await, 2);
    let row: Value = app
        .value(format!(
            "SELECT to_jsonb(h) - 'took_ms' - 'at' FROM search_history h WHERE id = '{id}'"
        ))
        .await;
    let chips: Vec<_> = reply.at("/understood/chips").as_array().unwrap().clone();
    let chips: Vec<_> = chips.into_iter().map(|chip| chip["id"].clone()).collect();
    assert!(!chips.is_empty(), "something was understood");
    let expected = json!({
        "id": id, "user_id": anna.user_id, "kind": "words", "query": "Villa \u{200b} near  the BEACH under 30k",
        "normalised": "villa near the beach under 30k", "locale": "th",
        "filters": {"bedrooms_min": "2", "province": "Phuket,Krabi"}, "chips": chips,
        "total": 0, "total_is_exact": true, "degraded": reply.at("/degraded"), "is_repeat": false,
    });
    assert_eq!(row, expected);
    let is_sound = format!(
        "SELECT at BETWEEN now() - interval '1 minute' AND now() AND took_ms BETWEEN 0 AND 60000 \
         FROM search_history WHERE id = '{id}'"
    );
    assert!(app.value::<bool>(is_sound).await);
    let visitor: Value = app
        .value("SELECT jsonb_build_array(kind, query, user_id, filters) FROM search_history WHERE user_id IS NULL")
        .await;
    assert_eq!(visitor, json!(["filters", null, null, {"bedrooms": "1,2"}]));
}

/// Pages after the first are the same search.
#[tokio::test]
async fn a_page_is_not_another_search() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    let _ = asked(&visitor, "villa").await;
    let next = ask(&visitor, json!({"query": "villa", "offset": 24})).await;
    assert_eq!(next.at("/search_id"), Value::Null);
    assert_eq!(remembered(&app).await, 1);
}

#[tokio::test]
async fn nothing_is_kept_of_those_who_do_not_want_it() {
    let app = spawn_app("bestays").await;
    let anna = app.user("anna").await;
    let send = |call: Call| async { call.await.expect(200).at("/search_id") };
    let body = json!({"query": "villa"});
    let refused = [
        send(anna.post(SEARCH, body.clone()).header("dnt", "1")).await,
        send(anna.post(SEARCH, body.clone()).header("sec-gpc", "1")).await,
        send(anna.post(SEARCH, json!({"query": "villa", "remember": false}))).await,
    ];
    assert_eq!(refused, [Value::Null, Value::Null, Value::Null]);
    assert_eq!(remembered(&app).await, 0);
    // The other value of the header, and none at all, say nothing against it.
    assert!(send(anna.post(SEARCH, body.clone()).header("dnt", "0")).await.is_string());
    assert!(send(anna.post(SEARCH, body).header("sec-gpc", "0")).await.is_string());
    assert_eq!(remembered(&app).await, 2);
    let metrics = app.anonymous().get("/metrics").await.expect(200).text();
    let counted = |line: &&str| {
        line.starts_with("terrace_searches_total{") && line.contains("remembered=\"no\"")
    };
    assert!(metrics.lines().any(|line| counted(&line)), "they are counted all the same");
}

#[tokio::test]
async fn a_brand_may_keep_nothing() {
    let app = setup("bestays").with(|profile| profile.search.history_days = 0).spawn().await;
    let reply = ask(&app.user("anna").await, json!({"query": "villa"})).await;
    assert_eq!(reply.at("/search_id"), Value::Null);
    history::flush(&app.state()).await.unwrap();
    let rows: i64 = app.value("SELECT count(*) FROM search_history").await;
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn what_looks_personal_is_not_kept() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    let long = "villa ".repeat(40);
    for query in ["call somchai@example.com", "villa 081-234-5678", "โทร ๐๘๑-๒๓๔-๕๖๗๘", &long]
    {
        let _ = asked(&visitor, query).await;
    }
    let body = json!({"query": "villa", "filters": {"district": "somchai@example.com"}});
    let _ = ask(&visitor, body).await;
    assert_eq!(remembered(&app).await, 5);
    let kinds: Vec<String> =
        app.values("SELECT kind || coalesce(query, '') FROM search_history ORDER BY id").await;
    assert_eq!(kinds, ["withheld", "withheld", "withheld", "withheld", "wordsvilla"]);
    let all: String = app.value("SELECT string_agg(h::text, ' ') FROM search_history h").await;
    for secret in ["somchai", "5678", "๕๖๗๘", "villa villa"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

/// While nothing can be written, searches are answered and wait.
#[tokio::test]
async fn a_search_does_not_wait_for_its_history() {
    let app = spawn_app("bestays").await;
    let pool = app.sql().await;
    let mut tx = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE search_history").execute(&mut *tx).await.unwrap();
    let visitor = app.anonymous();
    let begun = Instant::now();
    for _ in 0..5 {
        let _ = asked(&visitor, "villa").await;
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    // Refused for the moment, to us or to the instance: nothing is lost.
    while history::flush(&app.state()).await.is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it is never refused");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tx.rollback().await.unwrap();
    until(&app, "SELECT count(*) FROM search_history", 5).await;
}

#[tokio::test]
async fn what_has_had_its_time_goes() {
    let app = spawn_app("bestays").await;
    let anna = app.user("anna").await.user_id.unwrap();
    app.execute(format!(
        "INSERT INTO users (auth_subject) VALUES ('owner'); \
         INSERT INTO properties (id, slug, title, transaction_type, property_type, rent_price) \
         VALUES ('{anna}', 'v', 'V', 'rent', 'villa', 1); \
         INSERT INTO search_history (at, user_id, kind, locale, total, total_is_exact, took_ms, degraded, is_repeat) \
         SELECT now() - d * interval '1 day' + interval '1 minute', '{anna}', 'filters', 'en', 1, true, 1, false, false \
         FROM generate_series(88, 93) d CROSS JOIN generate_series(1, 2000); \
         INSERT INTO search_clicks SELECT id, '{anna}', 1, at FROM search_history"
    ))
    .await;
    history::retention::sweep(&app.state()).await.unwrap();
    // The worker sweeps too, and one of the two leaves it to the other.
    until(&app, "SELECT count(*) FROM search_history", 6_000).await;
    let oldest: bool =
        app.value("SELECT min(at) >= now() - interval '90 days' FROM search_history").await;
    assert!(oldest);
    let clicks: i64 = app.value("SELECT count(*) FROM search_clicks").await;
    assert_eq!(clicks, 6_000);

    // Whoever turns it off has what was kept before taken away too.
    let other = setup("bestays").with(|profile| profile.search.history_days = 0).spawn().await;
    other
        .execute(
            "INSERT INTO search_history (at, kind, locale, total, total_is_exact, took_ms, degraded, is_repeat) \
             VALUES (now() - interval '1 second', 'filters', 'en', 1, true, 1, false, false)",
        )
        .await;
    history::retention::sweep(&other.state()).await.unwrap();
    until(&other, "SELECT count(*) FROM search_history", 0).await;
}

/// What a stopping instance has been told is not lost.
#[tokio::test]
async fn a_stop_writes_down_what_waits() {
    let mut app = spawn_app("bestays").await;
    for _ in 0..3 {
        let _ = asked(&app.anonymous(), "villa").await;
    }
    app.begin_stop();
    app.stopped().await;
    let rows: i64 = app.value("SELECT count(*) FROM search_history").await;
    assert_eq!(rows, 3);
}
