//! A listing's calendar.

use serde_json::{Value, json};
use terrace_testkit::{Reply, spawn_app};

use super::{day, home, occupied, set_rules};

fn column(calendar: &Reply, field: &str) -> Vec<Value> {
    let days = calendar.at("/days");
    days.as_array().unwrap().iter().map(|day| day[field].clone()).collect()
}

#[tokio::test]
async fn each_night_is_told_with_its_price_and_what_can_be_done_with_it() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let mut villa = home(&agent, "villa", json!({"min_nights": 2, "max_nights": 20})).await;
    set_rules(&agent, &mut villa, json!({"preparation_days": 1, "window_days": 12})).await;
    app.execute(occupied(&villa, "block", day(3), day(4))).await;
    app.execute(occupied(&villa, "hold", day(7), day(8))).await;
    app.execute(format!(
        "INSERT INTO rates (property_id, during, price_per_night, min_nights) \
         VALUES ('{}', '[{},{})', 900000, 3)",
        villa.id,
        day(9),
        day(30)
    ))
    .await;
    let path = format!("{}?from={}&to={}", villa.at("availability"), day(0), day(14));
    let calendar = app.anonymous().get(&path).await.expect(200);
    assert_eq!(calendar.text_at("/from"), day(0).to_string());
    assert_eq!(calendar.text_at("/to"), day(14).to_string());
    assert_eq!(calendar.text_at("/currency"), "THB");
    assert_eq!((calendar.at("/max_nights"), calendar.at("/max_guests")), (json!(20), json!(6)));
    assert_eq!(calendar.at("/booking_rules/window_days"), 12);
    let dates: Vec<_> = (0..14).map(|nth| json!(day(nth))).collect();
    assert_eq!(column(&calendar, "date"), dates);
    let states = ["free", "free", "free", "blocked", "free", "free", "free", "taken"]
        .into_iter()
        .chain(["free"; 5])
        .chain(["closed"]);
    assert_eq!(column(&calendar, "state"), states.map(Value::from).collect::<Vec<_>>());
    let prices = std::iter::repeat_n(420_000, 9).chain(std::iter::repeat_n(900_000, 5));
    assert_eq!(column(&calendar, "price"), prices.map(Value::from).collect::<Vec<_>>());
    let least = std::iter::repeat_n(2, 9).chain(std::iter::repeat_n(3, 5));
    assert_eq!(column(&calendar, "min_nights"), least.map(Value::from).collect::<Vec<_>>());
    let marked = |field| -> String {
        column(&calendar, field).iter().map(|yes| if yes == true { 'x' } else { '.' }).collect()
    };
    // Two nights and a day to prepare; three nights from the ninth day on; the last leave on the
    // thirteenth.
    assert_eq!(marked("arrival"), "x...x...xxx...");
    assert_eq!(marked("departure"), "..x...x...xxxx");
    let stretch = |from, to| json!({"from": day(from), "to": day(to)});
    assert_eq!(calendar.at("/free"), json!([stretch(0, 3), stretch(4, 7), stretch(8, 13)]));
}

#[tokio::test]
async fn who_occupies_a_day_is_for_those_who_manage_the_listing() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = home(&agent, "villa", json!({})).await;
    let note = json!({"from": day(2), "to": day(4), "note": "Songkran with the family"});
    let _ = agent.post(&villa.at("blocks"), note).await.expect(201);
    app.execute(occupied(&villa, "hold", day(5), day(6))).await;
    app.execute(format!(
        "WITH c AS (INSERT INTO calendars (property_id, direction, name, url) \
            VALUES ('{0}', 'import', 'Elsewhere', 'https://example.com/a.ics') RETURNING id) \
         INSERT INTO stays (property_id, during, kind, calendar_id, external_uid) \
            SELECT '{0}', '[{1},{2})', 'external', id, 'uid-of-a-guest' FROM c",
        villa.id,
        day(8),
        day(9)
    ))
    .await;
    let path = format!("{}?from={}&to={}", villa.at("availability"), day(1), day(10));
    let public = app.anonymous().get(&path).await.expect(200);
    for other in [app.user("guest").await, app.agent("malee").await] {
        assert_eq!(other.get(&path).await.expect(200).json(), public.json());
    }
    for word in ["hold", "external", "Songkran", "uid", "Elsewhere", "stays"] {
        assert!(!public.text().contains(word), "{word} in {}", public.text());
    }
    let expected = ["free", "blocked", "blocked", "free", "taken", "free", "free", "taken", "free"];
    assert_eq!(column(&public, "state"), expected.map(Value::from));
    for manager in [agent, app.admin().await] {
        let calendar = manager.get(&path).await.expect(200);
        assert_eq!(calendar.header("cache-control"), "private, no-store");
        assert_eq!(calendar.at("/days"), public.at("/days"));
        let stays = calendar.at("/stays");
        let kinds: Vec<_> =
            stays.as_array().unwrap().iter().map(|stay| stay["kind"].clone()).collect();
        assert_eq!(kinds, ["block", "hold", "external"]);
        assert_eq!(stays[0]["note"], "Songkran with the family");
        assert_eq!(stays[0]["to"], json!(day(4)));
    }
}

/// Whoever has the answer is told that it still holds, until it does not.
#[tokio::test]
async fn an_answer_is_reused_until_something_changes() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let mut villa = home(&agent, "villa", json!({})).await;
    let visitor = app.anonymous();
    let path = villa.at("availability");
    let ask = |tag: String| visitor.get(&path).header("if-none-match", tag);
    let mut tag = visitor.get(&path).await.expect(200).etag();
    let _ = ask(tag.clone()).await.expect(304);
    let block = json!({"from": day(2), "to": day(4)});
    let _ = agent.post(&villa.at("blocks"), block).await.expect(201);
    tag = ask(tag).await.expect(200).etag();
    let _ = ask(tag.clone()).await.expect(304);
    set_rules(&agent, &mut villa, json!({"notice_days": 3})).await;
    tag = ask(tag).await.expect(200).etag();
    app.execute(occupied(&villa, "hold", day(20), day(21))).await;
    tag = ask(tag).await.expect(200).etag();
    app.execute("UPDATE stays SET expires_at = now() - interval '1 second' WHERE kind = 'hold'")
        .await;
    let _ = ask(tag).await.expect(200);
}

#[tokio::test]
async fn impossible_calendars_are_refused_by_parameter() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = home(&agent, "villa", json!({})).await;
    let visitor = app.anonymous();
    for (query, parameter) in [
        ("from=2026-12-01&to=2026-12-01", "to"),
        ("from=2026-12-02&to=2026-12-01", "to"),
        ("from=2026-12-01&to=2028-12-02", "to"),
        ("from=2026-02-30", "from"),
        ("from=1969-12-31", "from"),
        ("from=2200-01-01", "from"),
        ("from=+2026-12-01", "from"),
        ("from=99999-12-01", "from"),
        ("from=today", "from"),
        ("from=", "from"),
        ("to=2026-12-01%00", "to"),
        ("from=2026-12-01&from=2026-12-02", "from"),
        ("month=2026-12", "month"),
    ] {
        let path = format!("{}?{query}", villa.at("availability"));
        let problem = visitor.get(&path).await.problem(400, "invalid_parameter");
        assert_eq!(problem["errors"][0]["pointer"], parameter, "{query}");
    }
    let two_years = format!("{}?from=2026-12-01&to=2028-12-01", villa.at("availability"));
    let calendar = visitor.get(&two_years).await.expect(200);
    assert_eq!(calendar.at("/days").as_array().unwrap().len(), 731);
    let far = format!("{}?from=2199-12-01", villa.at("availability"));
    assert_eq!(visitor.get(&far).await.expect(200).at("/free"), json!([]));
    let past = format!("{}?from=1970-01-01&to=1970-02-01", villa.at("availability"));
    assert_eq!(visitor.get(&past).await.expect(200).at("/days/0/state"), "past");
    let defaults = visitor.get(&villa.at("availability")).await.expect(200);
    assert_eq!(defaults.at("/from"), defaults.at("/today"));
    assert_eq!(defaults.at("/days").as_array().unwrap().len(), 92);
    visitor.get("/api/v1/properties/villa/availability").await.problem(404, "not_found");
}
