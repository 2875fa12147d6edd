//! How full listings were, and what they brought.

use chrono::{Datelike, Days, NaiveDate};
use serde_json::{Value, json};
use terrace_testkit::{Listing, TestApp, spawn_app};

use crate::stays::home;

const REPORT: &str = "/api/v1/admin/reports/occupancy";

/// A booking by SQL: what became of it, when, for how much, and how long before it was made.
async fn booked(
    app: &TestApp,
    home: &Listing,
    status: &str,
    (check_in, check_out): (&str, &str),
    total: i64,
    (currency, lead): (&str, i64),
) {
    let (confirmed, cancelled) = match status {
        "cancelled" => ("NULL", "now()"),
        "held" => ("NULL", "NULL"),
        _ => ("now()", "NULL"),
    };
    let completed = if status == "completed" { "now()" } else { "NULL" };
    app.execute(format!(
        "WITH q AS (INSERT INTO quotes (property_id, check_in, check_out, guests, inputs, rules, lines, total, currency, hash, valid_until) \
            VALUES ('{id}', '{check_in}', '{check_out}', 1, '{{}}', '{{}}', '[]', {total}, '{currency}', sha256('q'), now() + interval '1 hour') RETURNING id) \
         INSERT INTO bookings (reference, property_id, quote_id, guest_email, check_in, check_out, guests, status, total, currency, \
            hold_expires_at, confirmed_at, cancelled_at, completed_at, created_at) \
         SELECT upper('B-' || left(md5(random()::text), 12)), '{id}', q.id, 'g@example.com', '{check_in}', '{check_out}', 1, '{status}', \
            {total}, '{currency}', now(), {confirmed}, {cancelled}, {completed}, \
            ('{check_in}'::date - {lead} + time '01:00') AT TIME ZONE 'Asia/Bangkok' FROM q",
        id = home.id
    ))
    .await;
}

fn kept(home: &Listing, kind: &str, from: &str, to: &str) -> String {
    match kind {
        "block" => format!(
            "INSERT INTO stays (property_id, during, kind) VALUES ('{}', '[{from},{to})', 'block')",
            home.id
        ),
        _ => format!(
            "WITH c AS (INSERT INTO calendars (property_id, direction, name, url) \
                VALUES ('{0}', 'import', 'Elsewhere', 'https://example.com/a.ics') RETURNING id) \
             INSERT INTO stays (property_id, during, kind, calendar_id, external_uid) \
                SELECT '{0}', '[{from},{to})', 'external', id, 'uid' FROM c",
            home.id
        ),
    }
}

fn months<'a>(listing: &'a Value, field: &str) -> Vec<&'a Value> {
    listing["months"].as_array().unwrap().iter().map(|month| &month[field]).collect()
}

#[tokio::test]
async fn months_come_to_the_whole() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = home(&agent, "villa", json!({})).await;
    // Three nights of January and four of February; 1,000.01 by seven nights is no whole number.
    booked(&app, &villa, "completed", ("2026-01-29", "2026-02-05"), 100_001, ("THB", 10)).await;
    booked(&app, &villa, "confirmed", ("2026-02-10", "2026-02-12"), 50_000, ("THB", 3)).await;
    // Begins before the report and ends after it.
    booked(&app, &villa, "confirmed", ("2025-12-30", "2026-01-02"), 100, ("THB", 400)).await;
    booked(&app, &villa, "confirmed", ("2026-02-27", "2026-03-05"), 7, ("THB", 0)).await;
    booked(&app, &villa, "confirmed", ("2026-02-13", "2026-02-14"), 9_999, ("USD", 1)).await;
    // Nobody came.
    booked(&app, &villa, "cancelled", ("2026-01-10", "2026-01-20"), 900_000, ("THB", 1)).await;
    booked(&app, &villa, "held", ("2026-02-15", "2026-02-18"), 900_000, ("THB", 1)).await;
    app.execute(kept(&villa, "block", "2026-01-05", "2026-01-10")).await;
    app.execute(kept(&villa, "external", "2026-01-30", "2026-02-02")).await;

    let path = format!("{REPORT}?from=2026-01-01&to=2026-03-01");
    let report = agent.get(&path).await.expect(200);
    let listing = report.at("/items/0");
    assert_eq!(listing["slug"], "villa");
    assert_eq!(listing["currency"], "THB");
    assert_eq!(months(&listing, "from"), ["2026-01-01", "2026-02-01"]);
    assert_eq!(months(&listing, "to"), ["2026-02-01", "2026-03-01"]);
    assert_eq!(months(&listing, "nights"), [31, 28]);
    assert_eq!(months(&listing, "blocked"), [5, 0]);
    assert_eq!(months(&listing, "available"), [26, 28]);
    assert_eq!(months(&listing, "elsewhere"), [2, 1]);
    // 3 + 1; 4 + 2 + 2 + 1 in dollars.
    assert_eq!(months(&listing, "sold"), [4, 9]);
    assert_eq!(months(&listing, "nights_in_other_currencies"), [0, 1]);
    // 100,001 x 3 / 7 = 42,857.57; 100 x 3 / 3 - 100 x 2 / 3 = 100 - 66; the rest, and 7 x 2 / 6.
    assert_eq!(months(&listing, "revenue"), [42_857 + 34, 57_144 + 50_000 + 2]);
    assert_eq!(months(&listing, "average_daily_rate"), [10_723, 13_393]);
    assert_eq!(months(&listing, "occupancy"), [&json!(0.2308), &json!(0.3571)]);
    // By arrival: one of January, three of February.
    assert_eq!(months(&listing, "bookings"), [1, 3]);
    assert_eq!(months(&listing, "lead_days"), [&json!(10.0), &json!(1.3)]);
    let total = &listing["total"];
    for field in ["nights", "blocked", "available", "sold", "elsewhere", "revenue", "bookings"] {
        let sum: i64 = months(&listing, field).iter().map(|part| part.as_i64().unwrap()).sum();
        assert_eq!(total[field], sum, "{field}");
    }

    // However a year is cut, its parts come to what the bookings cost.
    let year = agent.get(&format!("{REPORT}?from=2025-12-01&to=2026-12-01")).await.expect(200);
    assert_eq!(year.at("/items/0/total/revenue"), 100_001 + 50_000 + 100 + 7);
    let mut sum = 0;
    let mut from = NaiveDate::from_ymd_opt(2025, 12, 1).unwrap();
    while from < NaiveDate::from_ymd_opt(2026, 4, 1).unwrap() {
        let to = from + Days::new(11);
        let part = agent.get(&format!("{REPORT}?from={from}&to={to}")).await.expect(200);
        sum += part.at("/items/0/total/revenue").as_i64().unwrap();
        from = to;
    }
    assert_eq!(sum, 100_001 + 50_000 + 100 + 7);
}

#[tokio::test]
async fn agents_see_their_own_and_admins_all() {
    let app = spawn_app("bestays").await;
    let (somchai, malee) = (app.agent("somchai").await, app.agent("malee").await);
    let (a, b) = (home(&somchai, "aaa", json!({})).await, home(&malee, "bbb", json!({})).await);
    for (home, total) in [(&a, 1_000), (&b, 2_000)] {
        booked(&app, home, "confirmed", ("2026-01-10", "2026-01-12"), total, ("THB", 1)).await;
    }
    let revenue = |reply: terrace_testkit::Reply| {
        let items = reply.at("/items");
        let items = items.as_array().unwrap();
        items.iter().map(|item| item["total"]["revenue"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let path = format!("{REPORT}?from=2026-01-01&to=2026-02-01");
    assert_eq!(revenue(somchai.get(&path).await.expect(200)), [1_000]);
    assert_eq!(revenue(malee.get(&path).await.expect(200)), [2_000]);
    let admin = app.admin().await;
    assert_eq!(revenue(admin.get(&path).await.expect(200)), [1_000, 2_000]);
    let of_b = format!("{path}&property_id={}", b.id);
    assert_eq!(revenue(admin.get(&of_b).await.expect(200)), [2_000]);
    somchai.get(&of_b).await.problem(404, "not_found");
    let table = somchai.get(&format!("{of_b}&format=csv")).await.expect(200);
    assert_eq!(table.text().lines().count(), 1, "only the headings");

    let first = admin.get(&format!("{path}&limit=1")).await.expect(200);
    let cursor = first.text_at("/next_cursor");
    assert_eq!(revenue(first), [1_000]);
    let second = admin.get(&format!("{path}&limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!(second.at("/next_cursor"), Value::Null);
    assert_eq!(revenue(second), [2_000]);
    let other = format!("{REPORT}?from=2026-01-01&to=2026-03-01&limit=1&cursor={cursor}");
    admin.get(&other).await.problem(400, "invalid_cursor");
}

#[tokio::test]
async fn a_table_is_safe_to_open() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = home(&agent, "villa", json!({})).await;
    let title = json!({"title": "=HYPERLINK(\"https://example.com\", \"open, me\")"});
    let _ = agent.patch(&villa.path(), title).if_match(&villa.etag).await.expect(200);
    booked(&app, &villa, "confirmed", ("2026-01-10", "2026-01-12"), 123_405, ("THB", 1)).await;
    let path = format!("{REPORT}?from=2026-01-01&to=2026-03-01&format=csv");
    let table = agent.get(&path).await.expect(200);
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8; header=present");
    let disposition = "attachment; filename=\"bestays-occupancy-2026-01-01.csv\"";
    assert_eq!(table.header("content-disposition"), disposition);
    let text = table.text();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headings = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let cell = |row: usize, name: &str| {
        let nth = headings.iter().position(|heading| heading == name).unwrap();
        rows[row].get(nth).unwrap().to_owned()
    };
    assert_eq!(rows.len(), 2);
    assert_eq!(cell(0, "title"), "'=HYPERLINK(\"https://example.com\", \"open, me\")");
    assert_eq!(cell(0, "revenue"), "1234.05");
    assert_eq!(cell(0, "average_daily_rate"), "617.03");
    assert_eq!(cell(1, "revenue"), "0.00");
    assert_eq!(cell(1, "average_daily_rate"), "");
}

#[tokio::test]
async fn impossible_reports_are_refused_by_parameter() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    for (query, parameter) in [
        ("from=2026-02-01&to=2026-02-01", "to"),
        ("from=2026-02-01&to=2026-01-01", "to"),
        ("from=2026-02-01&to=2028-02-02", "to"),
        ("from=1969-01-01", "from"),
        ("from=2026-13-01", "from"),
        ("format=xlsx", "format"),
        ("format=csv&limit=5", "limit"),
        ("limit=0", "limit"),
        ("property_id=villa", "property_id"),
        ("agent_id=7", "agent_id"),
    ] {
        let problem =
            agent.get(&format!("{REPORT}?{query}")).await.problem(400, "invalid_parameter");
        assert_eq!(problem["errors"][0]["pointer"], parameter, "{query}");
    }
    let empty = agent.get(REPORT).await.expect(200);
    assert_eq!(empty.at("/items"), json!([]));
}

/// A night brings what it costs: those of a season more than those before it.
#[tokio::test]
async fn each_night_brings_what_its_quote_says() {
    let app = spawn_app("bestays").await;
    let (agent, guest) = (app.agent("somchai").await, app.user("guest").await);
    let villa = home(&agent, "villa", json!({"price_per_night": 100_000})).await;
    // The season begins with the month after next.
    let edge = crate::stays::day(0).with_day(1).unwrap() + chrono::Months::new(2);
    app.execute(format!(
        "INSERT INTO rates (property_id, during, price_per_night) VALUES ('{}', '[{edge},{})', 200000)",
        villa.id,
        edge + Days::new(20)
    ))
    .await;
    let days = (edge - Days::new(2), edge + Days::new(2));
    let _ = crate::tenancies::there(&app, &guest, &villa, days).await;
    let from = edge - chrono::Months::new(1);
    let to = edge + chrono::Months::new(1);
    let report = agent.get(&format!("{REPORT}?from={from}&to={to}")).await.expect(200);
    let total: i64 = app.value("SELECT total FROM bookings").await;
    let listing = report.at("/items/0");
    assert_eq!(months(&listing, "sold"), [2, 2]);
    assert_eq!(months(&listing, "revenue"), [total / 3, total / 3 * 2]);
    assert_eq!(listing["total"]["revenue"], total);
}

/// A listing that was never on the market had no nights to sell; one that was taken off it had.
#[tokio::test]
async fn drafts_are_left_out() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = home(&agent, "villa", json!({})).await;
    let _draft = agent.create(terrace_testkit::listing::rent()).await;
    let off = home(&agent, "withdrawn", json!({})).await;
    let _ = agent.post_empty(&off.at("unpublish")).if_match(&off.etag).await.expect(200);
    let report = agent.get(&format!("{REPORT}?from=2026-01-01&to=2026-02-01")).await.expect(200);
    let items = report.at("/items");
    let slugs: Vec<_> = items.as_array().unwrap().iter().map(|item| &item["slug"]).collect();
    assert_eq!(slugs, [&villa.slug, "withdrawn"]);
    let all: i64 = app.value("SELECT count(*) FROM properties").await;
    assert_eq!(all, 3);
}
