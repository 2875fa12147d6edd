//! What admins see of it, against the same counted otherwise.

use std::process::Command;

use chrono::DateTime;
use serde_json::{Value, json};
use terrace_testkit::{TestApp, spawn_app, with_query};

const QUERIES: &str = "/api/v1/admin/search/queries";
const SUMMARY: &str = "/api/v1/admin/search/summary";
const FROM: &str = "2026-09-01T00:00:00Z";
const TO: &str = "2026-10-01T00:00:00Z";

/// Three thousand searches of forty people and many visitors over two months; every third opens
/// something.
async fn fill(app: &TestApp) {
    app.execute(
        "INSERT INTO users (auth_subject) SELECT 'p' || n FROM generate_series(1, 40) n; \
         INSERT INTO properties (slug, title, transaction_type, property_type, rent_price) \
            SELECT 'v' || n, 'V', 'rent', 'villa', 1 FROM generate_series(1, 9) n; \
         INSERT INTO search_history (at, user_id, kind, query, normalised, locale, total, total_is_exact, took_ms, degraded, is_repeat) \
         SELECT '2026-08-15T00:00:00Z'::timestamptz + n * interval '29 minutes', \
            CASE WHEN n % 3 = 0 THEN (SELECT id FROM users WHERE auth_subject = 'p' || (1 + n * 7 % 40)) END, \
            CASE WHEN n % 11 = 0 THEN 'filters' WHEN n % 13 = 0 THEN 'withheld' ELSE 'words' END, \
            CASE WHEN n % 11 <> 0 AND n % 13 <> 0 THEN 'Query ' || w END, \
            CASE WHEN n % 11 <> 0 AND n % 13 <> 0 THEN 'query ' || w END, \
            CASE WHEN n % 5 < 3 THEN 'en' ELSE 'th' END, n * 31 % 7, true, n * 7919 % 400, n % 17 = 0, n % 4 = 0 \
         FROM (SELECT n, CASE WHEN n % 2 = 0 THEN n % 7 WHEN n % 4 = 1 THEN n % 1500 ELSE n % 500 END AS w FROM generate_series(1, 3000) n) s; \
         INSERT INTO search_clicks (search_id, property_id, position, at) \
         SELECT h.id, p.id, 1 + row_number() OVER (PARTITION BY h.id ORDER BY p.id) * 3, h.at + interval '50 minutes' \
         FROM (SELECT *, row_number() OVER (ORDER BY at) AS nth FROM search_history) h \
            JOIN properties p ON h.nth % 3 = 0 AND substr(p.slug, 2)::integer <= h.nth % 5",
    )
    .await;
}

/// Counted one by one, with a subquery for every number.
fn expected(kind: &str, locale: Option<&str>) -> String {
    let (rank, which) = match kind {
        "top" => ("searches", "askers >= 3"),
        "zero" => ("zero", "zero > 0"),
        "slow" => ("p95_took_ms", "askers >= 3"),
        _ => ("abandoned", "abandoned > 0 AND askers >= 3"),
    };
    let spoken = locale.map_or(String::new(), |locale| format!("AND locale = '{locale}'"));
    format!(
        "WITH h AS (SELECT *, (SELECT count(*) FROM search_clicks c WHERE c.search_id = s.id) AS opened FROM search_history s \
            WHERE at >= '{FROM}' AND at < '{TO}' AND kind = 'words' {spoken}), \
         q AS (SELECT DISTINCT normalised AS query FROM h), \
         n AS (SELECT q.query, \
            (SELECT count(*) FROM h WHERE normalised = q.query) AS searches, \
            (SELECT count(*) FROM (SELECT DISTINCT user_id FROM h WHERE normalised = q.query AND user_id IS NOT NULL) d) AS people, \
            (SELECT count(*) FROM h WHERE normalised = q.query AND user_id IS NULL AND NOT is_repeat) AS visitors, \
            (SELECT count(*) FROM h WHERE normalised = q.query AND total = 0) AS zero, \
            (SELECT count(*) FROM h WHERE normalised = q.query AND total > 0 AND opened = 0) AS abandoned, \
            (SELECT count(*) FROM h WHERE normalised = q.query AND opened > 0) AS successes, \
            (SELECT sum(opened)::bigint FROM h WHERE normalised = q.query) AS clicks, \
            (SELECT avg(position)::double precision FROM search_clicks c JOIN h ON h.id = c.search_id WHERE h.normalised = q.query) AS mean_position, \
            (SELECT took_ms FROM (SELECT took_ms, row_number() OVER (ORDER BY took_ms) AS nth, count(*) OVER () AS of \
                FROM h WHERE normalised = q.query) o WHERE nth >= 0.95 * of ORDER BY nth LIMIT 1) AS p95_took_ms, \
            (SELECT max(at) FROM h WHERE normalised = q.query) AS last_at FROM q), \
         told AS (SELECT *, people + visitors AS askers FROM n) \
         SELECT coalesce(jsonb_agg(jsonb_build_object('query', query, 'searches', searches, 'people', people, \
            'askers', askers, 'clicks', clicks, 'p95_took_ms', p95_took_ms, \
            'zero_share', round(zero::numeric / searches, 6), 'click_through', round(successes::numeric / searches, 6), \
            'mean_position', round(mean_position::numeric, 6), 'last_at', extract(epoch FROM last_at)::bigint) \
            ORDER BY {rank} DESC, query COLLATE \"C\"), '[]') FROM told WHERE {which}"
    )
}

/// The same numbers in the same form: shares to six places, times in seconds.
fn plain(item: &Value) -> Value {
    let mut item = item.clone();
    for share in ["zero_share", "click_through", "mean_position"] {
        if let Some(value) = item[share].as_f64() {
            item[share] = json!((value * 1e6).round() / 1e6);
        }
    }
    let last = item["last_at"].as_str().unwrap();
    item["last_at"] = json!(DateTime::parse_from_rfc3339(last).unwrap().timestamp());
    item
}

fn assert_same(found: &[Value], expected: &Value, what: &str) {
    let expected = expected.as_array().unwrap();
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        for (name, value) in expected.as_object().unwrap() {
            let same = match (value.as_f64(), found[name].as_f64()) {
                (Some(a), Some(b)) => (a - b).abs() < 2e-6,
                _ => *value == found[name],
            };
            assert!(same, "{what}: {name} of {found}, not {expected}");
        }
    }
}

#[tokio::test]
async fn the_numbers_are_those_of_the_rows() {
    let app = spawn_app("bestays").await;
    fill(&app).await;
    let admin = app.admin().await;
    for (kind, locale) in [
        ("top", None),
        ("top", Some("th")),
        ("zero", None),
        ("slow", Some("en")),
        ("abandoned", None),
    ] {
        let mut parameters = vec![("from", FROM), ("to", TO), ("kind", kind), ("limit", "37")];
        parameters.extend(locale.map(|locale| ("locale", locale)));
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut parameters = parameters.clone();
            parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = admin.get(&with_query(QUERIES, &parameters)).await.expect(200);
            assert_eq!(page.header("cache-control"), "private, no-store");
            found.extend(page.at("/items").as_array().unwrap().iter().map(plain));
            match page.at("/next_cursor") {
                Value::String(next) => cursor = Some(next),
                _ => break,
            }
        }
        let expected: Value = app.value(expected(kind, locale)).await;
        assert!(found.len() > 5, "{kind}: {found:?}");
        assert_same(&found, &expected, kind);
    }
    // What fewer than three have asked is told only where it found nothing.
    let rare = "SELECT count(*) FROM (SELECT FROM search_history WHERE kind = 'words' \
                GROUP BY normalised HAVING count(*) < 3) q";
    assert!(app.value::<i64>(rare).await > 100);
}

#[tokio::test]
async fn the_days_are_those_of_the_rows() {
    let app = spawn_app("bestays").await;
    fill(&app).await;
    let admin = app.admin().await;
    let sql = format!(
        "WITH h AS (SELECT *, (at AT TIME ZONE 'Asia/Bangkok')::date AS day, EXISTS \
            (SELECT FROM search_clicks c WHERE c.search_id = s.id) AS opened FROM search_history s \
            WHERE at >= '{FROM}' AND at < '{TO}' AND locale = 'th') \
         SELECT jsonb_agg(to_jsonb(d) ORDER BY day) FROM (SELECT day, count(*) AS searches, \
            avg((total = 0)::integer)::double precision AS zero_share, \
            avg(degraded::integer)::double precision AS degraded_share, \
            avg(opened::integer)::double precision AS click_through, \
            (array_agg(took_ms ORDER BY took_ms))[ceil(count(*) * 0.5)] AS p50_took_ms, \
            (array_agg(took_ms ORDER BY took_ms))[ceil(count(*) * 0.95)] AS p95_took_ms \
            FROM h GROUP BY day) d"
    );
    let expected: Value = app.value(sql).await;
    let path = with_query(SUMMARY, &[("from", FROM), ("to", TO), ("locale", "th")]);
    let found = admin.get(&path).await.expect(200).at("/items");
    assert_eq!(expected.as_array().unwrap().len(), 31, "30 days touch 31 in Thailand");
    assert_same(found.as_array().unwrap(), &expected, "days");
}

#[tokio::test]
async fn a_report_that_cannot_be_is_refused_by_name() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    for (query, expected) in [
        ("kind=best", "kind unknown_value"),
        ("limit=0", "limit invalid"),
        ("limit=101", "limit invalid"),
        ("cursor=x", "cursor invalid"),
        ("from=yesterday", "from invalid"),
        ("to=2026-01-01", "to invalid"),
        ("from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from invalid"),
        ("from=2020-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from invalid"),
        ("to=0001-01-05T00:00:00Z&from=9999-12-31T00:00:00Z", "from invalid"),
        ("user_id=1", "user_id unknown_parameter"),
        ("locale=%00", "locale invalid"),
    ] {
        let reply = admin.get(&format!("{QUERIES}?{query}")).await.expect(400);
        assert_eq!(reply.fields(), [expected], "{query}");
    }
    for query in ["from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "limit=5"] {
        let _ = admin.get(&format!("{SUMMARY}?{query}")).await.expect(400);
    }
    for query in ["locale=xx", "to=0001-01-05T00:00:00Z", "to=9999-12-31T23:59:59Z", "locale=%27"] {
        let reply = admin.get(&format!("{QUERIES}?{query}")).await.expect(200);
        assert_eq!(reply.at("/items"), json!([]), "{query}");
        let reply = admin.get(&format!("{SUMMARY}?{query}")).await.expect(200);
        assert_eq!(reply.at("/items"), json!([]), "{query}");
    }
}

/// What the command prints; it must end well.
async fn terrace(app: &TestApp, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
    command.args(arguments).env_clear().envs(app.environment());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn an_operator_sees_it_too() {
    let app = spawn_app("bestays").await;
    let queries = ["search", "queries", "--product", "bestays"];
    assert_eq!(terrace(&app, &queries).await.trim(), "no searches");
    app.execute(
        "INSERT INTO search_history (at, kind, query, normalised, locale, total, total_is_exact, took_ms, degraded, is_repeat) \
         SELECT now() - interval '1 hour', 'words', 'Villa', 'villa', 'en', 3, true, 12, false, false FROM generate_series(1, 4) \
         UNION ALL SELECT now() - interval '2 hours', 'words', 'Castle', 'castle', 'en', 0, true, 7, false, false",
    )
    .await;
    let table = terrace(&app, &queries).await;
    assert!(table.contains("villa") && !table.contains("castle"), "{table}");
    let zero = terrace(&app, &[&queries[..], &["--zero", "--json"]].concat()).await;
    let zero: Value = serde_json::from_str(&zero).unwrap();
    assert_eq!(zero[0]["product"], "bestays");
    let found: Vec<_> = zero[0]["queries"].as_array().unwrap().iter().collect();
    assert_eq!(found.len(), 1, "{zero}");
    assert_eq!((&found[0]["query"], &found[0]["zero_share"]), (&json!("castle"), &json!(1.0)));
}
