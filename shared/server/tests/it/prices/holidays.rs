//! Public holidays, as data.

use serde_json::{Value, json};
use terrace_testkit::{spawn_app, with_query};

use crate::quotes::{price, put, villa};

const PATH: &str = "/api/v1/holidays";

#[tokio::test]
async fn holidays_are_told_in_the_language_of_the_answer() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    let days = |from: &str, to: &str, locale: &str| {
        let path = with_query(PATH, &[("from", from), ("to", to), ("locale", locale)]);
        visitor.get(&path)
    };
    let songkran = days("2027-04-13", "2027-04-16", "en").await.expect(200);
    let expected: Vec<Value> = ["2027-04-13", "2027-04-14", "2027-04-15"]
        .map(|day| json!({"day": day, "name": "Songkran", "kind": "fixed", "is_certain": true}))
        .to_vec();
    assert_eq!(songkran.at("/items"), json!(expected));
    let thai = days("2027-02-21", "2027-02-23", "th").await.expect(200);
    assert_eq!(
        thai.at("/items"),
        json!([
            {"day": "2027-02-21", "name": "วันมาฆบูชา", "kind": "lunar", "is_certain": false},
            {"day": "2027-02-22", "name": "วันหยุดชดเชยวันมาฆบูชา", "kind": "substitute", "is_certain": false},
        ])
    );
    for (year, next) in [("2025", "2026"), ("2026", "2027"), ("2027", "2028"), ("2028", "2029")] {
        let path = with_query(
            PATH,
            &[("from", &format!("{year}-01-01")), ("to", &format!("{next}-01-01"))],
        );
        let found = visitor.get(&path).await.expect(200).at("/items");
        let count = found.as_array().unwrap().len();
        assert!((20..30).contains(&count), "{year}: {count}");
    }
    let unchanged = visitor.get(PATH).header("if-none-match", visitor.get(PATH).await.etag());
    let _ = unchanged.await.expect(304);
    for (from, to, status) in [
        ("2027-01-01", "2027-01-01", 400),
        ("2027-01-01", "2026-01-01", 400),
        ("1999-01-01", "2026-01-01", 400),
        ("yesterday", "2026-01-01", 400),
        ("+99999-01-01", "2026-01-01", 400),
    ] {
        let _ = days(from, to, "en").await.expect(status);
    }
}

#[tokio::test]
async fn their_nights_may_cost_more() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create_published(villa()).await;
    let _ =
        put(&agent, &home, "pricing", json!({"holiday_surcharge_bps": 2_000})).await.expect(200);
    // The next two Songkrans that lie ahead: whatever day it is, one of them can be asked for.
    app.execute(
        "DELETE FROM holidays; INSERT INTO holidays (country, day, kind, name, is_certain) \
         SELECT 'TH', current_date + n, 'special', '{\"en\": \"Feast\", \"th\": \"งาน\"}', true \
           FROM generate_series(61, 62) n",
    )
    .await;
    let from = app.value::<String>("SELECT (current_date + 60)::text").await;
    let to = app.value::<String>("SELECT (current_date + 64)::text").await;
    let stay = json!({"check_in": from, "check_out": to, "guests": 2});
    let given = price(&app.anonymous(), &home, stay).await.expect(201);
    // 4 × 4,200 + 2 × 20 % of 4,200.
    assert_eq!(given.at("/total"), 1_848_000);
    assert_eq!(given.at("/lines/1/text"), "Feast: 2 nights, 20 % more");
    let thai = app.anonymous().get(&format!("{}?locale=th", given.header("location")));
    assert_eq!(thai.await.expect(200).at("/lines/1/text"), "งาน 2 คืน เพิ่ม 20 %");
}
