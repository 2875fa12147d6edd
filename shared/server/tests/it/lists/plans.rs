//! A hundred thousand saved searches: what one changed listing costs.

use std::time::Instant;

use chrono::{TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, Value};
use serde_json::Value as Json;
use terrace_server::alerts::{candidates_statement, digest::due_statement};
use terrace_testkit::{TestApp, listing, spawn_app};
use uuid::Uuid;

use super::told;

/// Two thousand people with fifty searches each: places and prices as uneven as in life, one in a
/// hundred without a place.
async fn fill(app: &TestApp) {
    app.execute(
        "ALTER TABLE saved_searches DISABLE TRIGGER saved_searches_limit_insert; \
         INSERT INTO users (auth_subject) SELECT 'searcher_' || n FROM generate_series(1, 2000) n; \
         INSERT INTO saved_searches (user_id, name, notify, filters, watched_from) \
             SELECT u.id, 'Search', 'daily', jsonb_strip_nulls(jsonb_build_object( \
                 'transaction_type', 'rent', \
                 'province', CASE WHEN (u.n * 50 + s) % 100 <> 0 THEN 'Province ' || (u.n * 7 + s * 13) % 77 END, \
                 'district', CASE WHEN s % 3 = 0 THEN 'District ' || (u.n + s * 31) % 900 END, \
                 'price_max', ((1 + (u.n + s) % 40) * 250000)::text, \
                 'bedrooms_min', ((u.n + s) % 4)::text)), now() - interval '1 hour' \
             FROM (SELECT id, row_number() OVER () AS n FROM users WHERE auth_subject LIKE 'searcher_%') u, \
                 generate_series(1, 50) s; \
         ALTER TABLE saved_searches ENABLE TRIGGER saved_searches_limit_insert; \
         ANALYZE",
    )
    .await;
}

/// Every node of a plan, from the top.
fn nodes(plan: &Json) -> Vec<&Json> {
    let below = plan["Plans"].as_array().into_iter().flatten().flat_map(nodes);
    std::iter::once(plan).chain(below).collect()
}

#[tokio::test]
async fn a_listing_finds_its_searches_by_index() {
    let app = spawn_app("bestays").await;
    fill(&app).await;
    let agent = app.agent("somchai").await;
    let place = serde_json::json!({"location_details": {"country": "TH", "province": "Province 12",
        "district": "District 345"}, "rent_price": 4_000_000});
    let made = agent.create_published(listing::with(listing::rent(), place)).await;
    let started = Instant::now();
    told(&app).await;
    let took = started.elapsed();
    let found: i64 = app.value("SELECT count(*) FROM alerts").await;
    let expected: i64 = app
        .value(
            "SELECT count(*) FROM saved_searches WHERE coalesce(filters ->> 'province', 'Province 12') = 'Province 12' \
             AND coalesce(filters ->> 'district', 'District 345') = 'District 345' \
             AND (filters ->> 'price_max')::bigint >= 4000000 AND (filters ->> 'bedrooms_min')::int <= 3",
        )
        .await;
    assert_eq!(found, expected);
    assert!(found > 100, "{found}");
    // Seconds on a busy machine, not minutes: this includes the second that the worker waits.
    assert!(took.as_secs() < 20, "{took:?} for {found} alerts");

    // Everything there ever was, all of it sent but what was found now.
    app.execute(
        "INSERT INTO alerts (user_id, saved_search_id, property_id, kind, price, old_price, currency, deliver, sent_at, created_at) \
             SELECT s.user_id, s.id, p.id, 'price_drop', 1, 2, 'THB', 'daily', now(), now() - interval '2 days' \
             FROM saved_searches s, properties p; ANALYZE alerts",
    )
    .await;
    let db = connect(&app).await;
    let now = Utc::now();
    let candidates = [vec![made.id].into()];
    let due: [Value; 4] = [
        now.into(),
        (now - TimeDelta::days(7)).into(),
        (now - TimeDelta::days(30)).into(),
        Uuid::nil().into(),
    ];
    for (sql, values, index) in [
        (candidates_statement(), candidates.to_vec(), "search_watches_pkey"),
        (due_statement(), due.to_vec(), "alerts_due_idx"),
    ] {
        let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) {sql}");
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, explain, values);
        let row = db.query_one_raw(statement).await.expect("a plan").expect("a row");
        let plan = row.try_get::<Json>("", "QUERY PLAN").expect("JSON")[0].clone();
        let nodes = nodes(&plan["Plan"]);
        // There is one listing here; of those there are by their ids, whatever there is.
        let scans: Vec<_> = nodes
            .iter()
            .filter(|node| node["Node Type"] == "Seq Scan" && node["Relation Name"] != "properties")
            .map(|node| node["Relation Name"].to_string())
            .collect();
        assert!(scans.is_empty(), "{scans:?} in {plan:#}");
        assert!(nodes.iter().any(|node| node["Index Name"] == index), "{plan:#}");
        let took = plan["Execution Time"].as_f64().unwrap();
        assert!(took < 500.0, "{took} ms for {index}");
    }
}

/// As the application's own role, under the policies.
async fn connect(app: &TestApp) -> DatabaseConnection {
    use secrecy::ExposeSecret;
    let access = app.profile.database.app();
    let url = format!(
        "postgres://{}:{}@{}:{}/{}?options=-c%20app.role%3Dsystem",
        access.user,
        access.password.unwrap().expose_secret(),
        access.host,
        access.port,
        access.database
    );
    Database::connect(url).await.expect("a connection")
}
