//! What a listing asks of stays.

use chrono::{Datelike, NaiveDate, NaiveTime};
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use terrace_server::availability::{Now, Stay, rules};
use terrace_testkit::{Listing, spawn_app};

use super::{connect, day, home, set_rules};

#[tokio::test]
async fn rules_are_read_changed_and_shown_to_guests() {
    let app = spawn_app("bestays").await;
    let (agent, other) = (app.agent("somchai").await, app.agent("malee").await);
    let villa = home(&agent, "villa", json!({"min_nights": 3})).await;
    let read = agent.get(&villa.at("booking-rules")).await.expect(200);
    assert_eq!(read.etag(), villa.etag);
    let nothing = json!({"arrival_days": [], "departure_days": [], "notice_days": 0,
        "notice_until": null, "window_days": null, "preparation_days": 0,
        "ending_notice_days": 30, "deposit_return_days": 7});
    assert_eq!(read.json(), nothing);
    let _ = other.get(&villa.at("booking-rules")).await.expect(403);

    let rules = json!({"arrival_days": [6, 5, 6], "departure_days": [7], "notice_days": 2,
        "notice_until": "18:00", "window_days": 180, "preparation_days": 1,
        "ending_notice_days": 60, "deposit_return_days": 14});
    let put = |rules: &Value| agent.put(&villa.at("booking-rules"), rules.clone());
    put(&rules).await.problem(428, "precondition_required");
    let changed = put(&rules).if_match(&villa.etag).await.expect(200);
    let mut tidy = rules.clone();
    tidy["arrival_days"] = json!([5, 6]);
    assert_eq!(changed.json(), tidy);
    put(&rules).if_match(&villa.etag).await.problem(412, "version_mismatch");

    let shown = app.anonymous().get(&villa.path()).await.expect(200);
    assert_eq!(shown.at("/booking_rules"), tidy);
    assert_eq!(shown.etag(), changed.etag());
    assert_eq!(shown.at("/rental_details/min_nights"), 3);
    // A change of the details leaves them alone.
    let details = json!({"rental_details": {"price_per_night": 1, "max_guests": 2}});
    let patched = agent.patch(&villa.path(), details).if_match(changed.etag()).await.expect(200);
    assert_eq!(patched.at("/booking_rules"), tidy);
    // What it was before is known, too.
    let made: String = app
        .value("SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM properties")
        .await;
    let then = agent.get(&format!("{}?as_of={made}", villa.path())).await.expect(200);
    assert_eq!(then.at("/booking_rules"), nothing);
    let now = agent.get(&format!("{}?as_of=2100-01-01T00:00:00Z", villa.path())).await.expect(200);
    assert_eq!(now.at("/booking_rules"), tidy);
}

#[tokio::test]
async fn impossible_rules_are_refused_by_field() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = home(&agent, "villa", json!({})).await;
    for (rules, field) in [
        (json!({"arrival_days": [0]}), "/arrival_days/0 invalid"),
        (json!({"arrival_days": [8]}), "/arrival_days/0 invalid"),
        (json!({"departure_days": [1, 1, 1, 1, 1, 1, 1, 1]}), "/departure_days invalid"),
        (json!({"departure_days": null}), "/departure_days invalid_type"),
        (json!({"notice_days": -1}), "/notice_days invalid"),
        (json!({"notice_days": 366}), "/notice_days invalid"),
        (json!({"notice_until": "25:00"}), "/notice_until invalid_type"),
        (json!({"window_days": 0}), "/window_days invalid"),
        (json!({"window_days": 1096}), "/window_days invalid"),
        (json!({"preparation_days": 15}), "/preparation_days invalid"),
        (json!({"preparation_days": 40000}), "/preparation_days invalid_type"),
        (json!({"ending_notice_days": 181}), "/ending_notice_days invalid"),
        (json!({"deposit_return_days": 91}), "/deposit_return_days invalid"),
        (json!({"min_nights": 2}), "/min_nights unknown_field"),
    ] {
        let put = agent.put(&villa.at("booking-rules"), rules.clone()).if_match(&villa.etag);
        let problem = put.await.problem(422, "invalid_input");
        let error = &problem["errors"][0];
        let named =
            format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap());
        assert_eq!(named, field, "{rules}");
    }
    // The database would have refused them, too.
    for change in [
        "arrival_days = '{0}'",
        "departure_days = '{1,NULL}'",
        "notice_days = 366",
        "window_days = 0",
        "preparation_days = 15",
    ] {
        let refused =
            sqlx::query(sqlx::AssertSqlSafe(format!("UPDATE rental_details SET {change}")));
        let error = refused.execute(&app.sql().await).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "23514", "{change}");
    }
}

/// A sale has no nights.
#[tokio::test]
async fn what_is_not_let_by_the_night_has_no_rules() {
    let app = spawn_app("realestate").await;
    let agent = app.agent("somchai").await;
    let house = agent.create_published(terrace_testkit::listing::sale()).await;
    agent.get(&house.at("booking-rules")).await.problem(409, "wrong_state");
    let put = agent.put(&house.at("booking-rules"), json!({})).if_match(&house.etag);
    put.await.problem(409, "wrong_state");
    let calendar = app.anonymous().get(&house.at("availability")).await.expect(200);
    assert_eq!(calendar.at("/booking_rules"), Value::Null);
    assert_eq!(calendar.at("/free"), json!([]));
    assert_eq!(calendar.at("/days/0/state"), "closed");
}

/// The rules that a stay breaks, by name; what the check refused otherwise is its code.
async fn broken(
    db: &DatabaseConnection,
    home: &Listing,
    stay: (NaiveDate, NaiveDate, i32),
    now: Now,
) -> Vec<String> {
    let (check_in, check_out, guests) = stay;
    match rules::check(db, home.id, &Stay { check_in, check_out, guests }, now).await {
        Ok(()) => Vec::new(),
        Err(error) if error.fields.is_empty() => vec![error.code.name().to_owned()],
        Err(error) => {
            error.fields.iter().map(|field| format!("{} {}", field.pointer, field.code)).collect()
        }
    }
}

fn next(weekday: u32, from: NaiveDate) -> NaiveDate {
    from.iter_days().find(|day| day.weekday().number_from_monday() == weekday).unwrap()
}

#[tokio::test]
async fn each_rule_has_its_edge() {
    let app = spawn_app("bestays").await;
    let db = connect(&app).await;
    let agent = app.agent("somchai").await;
    let at = |hour| Now { today: day(0), time: NaiveTime::from_hms_opt(hour, 0, 0).unwrap() };
    let noon = at(12);
    let nothing: [&str; 0] = [];

    let mut villa = home(&agent, "villa", json!({"min_nights": 2, "max_nights": 5})).await;
    assert_eq!(broken(&db, &villa, (day(0), day(2), 6), noon).await, nothing);
    assert_eq!(broken(&db, &villa, (day(3), day(8), 1), noon).await, nothing);
    assert_eq!(broken(&db, &villa, (day(3), day(4), 1), noon).await, ["/check_out min_nights"]);
    assert_eq!(broken(&db, &villa, (day(3), day(9), 1), noon).await, ["/check_out max_nights"]);
    assert_eq!(broken(&db, &villa, (day(3), day(5), 7), noon).await, ["/guests guests"]);
    assert_eq!(broken(&db, &villa, (day(3), day(5), 0), noon).await, ["/guests out_of_range"]);
    assert_eq!(broken(&db, &villa, (day(3), day(3), 1), noon).await, ["/check_out out_of_range"]);
    assert_eq!(broken(&db, &villa, (day(5), day(3), 1), noon).await, ["/check_out out_of_range"]);
    assert_eq!(broken(&db, &villa, (day(3), day(370), 1), noon).await, ["/check_out out_of_range"]);
    let yesterday = day(0).pred_opt().unwrap();
    assert_eq!(broken(&db, &villa, (yesterday, day(2), 1), noon).await, ["/check_in past"]);
    let never = NaiveDate::MAX;
    assert_eq!(broken(&db, &villa, (never, never, 1), noon).await, ["/check_in out_of_range"]);

    set_rules(
        &agent,
        &mut villa,
        json!({"notice_days": 2, "notice_until": "18:00", "window_days": 30}),
    )
    .await;
    assert_eq!(broken(&db, &villa, (day(2), day(4), 1), noon).await, nothing);
    assert_eq!(broken(&db, &villa, (day(1), day(4), 1), noon).await, ["/check_in notice"]);
    assert_eq!(broken(&db, &villa, (day(2), day(4), 1), at(17)).await, nothing);
    assert_eq!(broken(&db, &villa, (day(2), day(4), 1), at(18)).await, ["/check_in notice"]);
    assert_eq!(broken(&db, &villa, (day(3), day(5), 1), at(18)).await, nothing);
    // The last night is that of the thirtieth day.
    assert_eq!(broken(&db, &villa, (day(29), day(31), 1), noon).await, nothing);
    assert_eq!(broken(&db, &villa, (day(29), day(32), 1), noon).await, ["/check_out window"]);

    set_rules(&agent, &mut villa, json!({"arrival_days": [5], "departure_days": [7]})).await;
    let friday = next(5, day(10));
    let after = |nights| friday + chrono::Days::new(nights);
    assert_eq!(broken(&db, &villa, (friday, after(2), 1), noon).await, nothing);
    assert_eq!(
        broken(&db, &villa, (friday, after(3), 1), noon).await,
        ["/check_out departure_day"]
    );
    let both = ["/check_in arrival_day", "/check_out departure_day"];
    assert_eq!(broken(&db, &villa, (after(1), after(3), 1), noon).await, both);

    // A season asks for more, by the day of arrival; for less it does not.
    app.execute(format!(
        "INSERT INTO rates (property_id, during, price_per_night, min_nights, arrival_days, notice_days) \
         VALUES ('{}', '[{},{})', 900000, 4, '{{6}}', 20)",
        villa.id, friday, after(30)
    ))
    .await;
    set_rules(&agent, &mut villa, json!({"arrival_days": [5], "notice_days": 1})).await;
    let saturday = after(15);
    assert_eq!(broken(&db, &villa, (saturday, after(19), 1), noon).await, nothing);
    assert_eq!(
        broken(&db, &villa, (saturday, after(18), 1), noon).await,
        ["/check_out min_nights"]
    );
    assert_eq!(
        broken(&db, &villa, (after(14), after(18), 1), noon).await,
        ["/check_in arrival_day"]
    );
    let soon = ["/check_in notice", "/check_in arrival_day"];
    assert_eq!(broken(&db, &villa, (friday, after(4), 1), noon).await, soon);
    let before = next(5, day(1));
    let two = before + chrono::Days::new(2);
    assert_eq!(broken(&db, &villa, (before, two, 1), noon).await, nothing);
    let last = next(5, after(30));
    assert_eq!(broken(&db, &villa, (last, last + chrono::Days::new(2), 1), noon).await, nothing);

    // Who has not said how many it sleeps is found for nobody.
    app.execute("UPDATE rental_details SET max_guests = NULL").await;
    assert_eq!(broken(&db, &villa, (before, two, 1), noon).await, ["/guests guests"]);
    let hidden = agent.post_empty(&villa.at("unpublish")).if_match(&villa.etag).await.expect(200);
    drop(hidden);
    assert_eq!(broken(&db, &villa, (before, two, 1), noon).await, ["not_found"]);
}
