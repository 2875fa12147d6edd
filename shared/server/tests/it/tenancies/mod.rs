//! Stays of a month or longer.

mod change;
mod notice;
mod renewal;

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use terrace_pricing::Stay;
use terrace_server::{db::Context, quotes};
use terrace_testkit::{Caller, Listing, TestApp, listing, spawn_app};
use uuid::Uuid;

use crate::stays::{day, home, set_rules};

/// What is paid ahead, by the listing's pricing.
async fn upfront(app: &TestApp, home: &Listing, deposit: i64, advance: i64) {
    app.execute(format!(
        "INSERT INTO pricing_terms (property_id, deposit_months, advance_months) VALUES ('{}', {deposit}, {advance}) \
         ON CONFLICT (property_id) DO UPDATE SET deposit_months = excluded.deposit_months, advance_months = excluded.advance_months",
        home.id
    ))
    .await;
}

async fn check(agent: &Caller, home: &Listing, query: &str) -> Value {
    agent.get(&home.at(&format!("lease-check{query}"))).await.expect(200).json()
}

/// Each limit and how the listing stands to it.
fn findings(check: &Value) -> Vec<String> {
    let findings = check["findings"].as_array().unwrap().iter();
    findings
        .map(|one| {
            format!(
                "{} {} {}",
                one["id"].as_str().unwrap(),
                one["finding"].as_str().unwrap(),
                one["asked"]
            )
        })
        .collect()
}

#[tokio::test]
async fn each_violation_is_named_with_its_source() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let details = json!({"price_per_month": 3_000_000, "deposit": 6_000_000});
    let mut villa = home(&agent, "villa", details).await;
    set_rules(&agent, &mut villa, json!({"ending_notice_days": 60, "deposit_return_days": 30}))
        .await;

    // One home is nobody's business.
    let alone = check(&agent, &villa, "?on=2026-11-27").await;
    assert_eq!(
        (&alone["applies"], &alone["units"], &alone["violations"]),
        (&json!(false), &json!(1), &json!(0))
    );
    assert_eq!(alone["terms"]["deposit_months"], 2.0);

    let _ = home(&agent, "second", json!({})).await;
    // A hotel is under another law, and archived homes are let no more.
    let hotel = listing::with(listing::rent(), json!({"slug": "hotel", "property_type": "hotel"}));
    let hotel = agent.create_published(hotel).await;
    let two = check(&agent, &villa, "?on=2026-11-27").await;
    assert_eq!((&two["applies"], &two["units"]), (&json!(false), &json!(2)));
    let _ = home(&agent, "third", json!({})).await;
    let three = check(&agent, &villa, "?on=2026-11-27").await;
    assert_eq!((&three["applies"], &three["units"]), (&json!(true), &json!(3)));
    // What is paid ahead is not said, so that what it comes to is not known.
    let expected = [
        "upfront_2568 unknown null",
        "notice_2568 violation 60.0",
        "deposit_return_2568 violation 30.0",
    ];
    assert_eq!(findings(&three), expected);
    assert_eq!(three["violations"], 2);
    let first = &three["findings"][0];
    assert!(first["source"].as_str().unwrap().contains("B.E. 2568 (2025)"), "{first}");
    assert_eq!((&first["valid_from"], &first["is_certain"]), (&json!("2025-09-04"), &json!(false)));
    let not_let = check(&agent, &hotel, "?on=2026-11-27").await;
    assert_eq!(not_let["applies"], false);

    // Exactly as much as is allowed, and more.
    upfront(&app, &villa, 2, 1).await;
    set_rules(&agent, &mut villa, json!({"ending_notice_days": 30, "deposit_return_days": 7}))
        .await;
    let allowed = check(&agent, &villa, "?on=2026-11-27").await;
    let expected =
        ["upfront_2568 allowed 3.0", "notice_2568 allowed 30.0", "deposit_return_2568 allowed 7.0"];
    assert_eq!(findings(&allowed), expected);
    upfront(&app, &villa, 2, 2).await;
    assert_eq!(findings(&check(&agent, &villa, "").await)[0], "upfront_2568 violation 4.0");
}

/// The rules of a day are those that were in force on it.
#[tokio::test]
async fn the_law_is_that_of_the_day() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = home(&agent, "villa", json!({"price_per_month": 3_000_000})).await;
    upfront(&app, &villa, 2, 1).await;
    for nth in 1..5 {
        let _ = home(&agent, &format!("other-{nth}"), json!({})).await;
    }
    let ids = |check: &Value| -> Vec<String> {
        let all = check["findings"].as_array().unwrap().iter();
        all.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&check(&agent, &villa, "?on=2018-04-30").await), [""; 0]);
    let first = check(&agent, &villa, "?on=2018-05-01").await;
    assert_eq!(ids(&first), ["deposit_2561", "advance_2561", "notice_2561"]);
    assert_eq!(findings(&first)[0], "deposit_2561 violation 2.0");
    assert_eq!(ids(&check(&agent, &villa, "?on=2020-01-28").await)[0], "deposit_2561");
    assert_eq!(ids(&check(&agent, &villa, "?on=2020-01-29").await)[0], "upfront_2562");
    assert_eq!(ids(&check(&agent, &villa, "?on=2025-09-03").await)[0], "upfront_2562");
    let thai = check(&agent, &villa, "?on=2025-09-04&locale=th").await;
    assert_eq!(ids(&thai)[0], "upfront_2568");
    assert!(thai["findings"][0]["source"].as_str().unwrap().contains("พ.ศ. 2568"));
    let on =
        agent.get(&villa.at("lease-check?on=2026-02-30")).await.problem(400, "invalid_parameter");
    assert_eq!(on["errors"][0]["pointer"], "on");
}

/// A stay of so many nights that a guest has booked and the host has confirmed: its id.
async fn booked(
    guest: &Caller,
    host: &Caller,
    home: &Listing,
    (from, to): (NaiveDate, NaiveDate),
) -> String {
    let stay = json!({"check_in": from, "check_out": to, "guests": 1});
    let quote = guest.post(&home.at("quote"), stay).await.expect(201).text_at("/id");
    let order = json!({"quote_id": quote, "guest": {"name": "Malee", "email": "malee@example.com", "phone": "081 234 5678"}});
    let key = Uuid::new_v4().to_string();
    let made =
        guest.post("/api/v1/bookings", order).header("idempotency-key", key).await.expect(201);
    let id = made.text_at("/id");
    let confirm = host.post_empty(&format!("/api/v1/bookings/{id}/confirm")).if_match(made.etag());
    let _ = confirm.await.expect(200);
    id
}

/// A day so many days ago.
fn ago(days: u64) -> NaiveDate {
    day(0) - Days::new(days)
}

/// A confirmed stay that was not booked by its guest, who may only book so many a day; it may have
/// begun.
pub(crate) async fn there(
    app: &TestApp,
    guest: &Caller,
    home: &Listing,
    (from, to): (NaiveDate, NaiveDate),
) -> Uuid {
    let (state, property) = (app.state(), home.id);
    let stay = Stay { check_in: from, check_out: to, guests: 1, coupon: None };
    let wired = state.clone();
    let issued = state.db.tx(Context::system("test"), move |tx| {
        let (state, stay) = (wired.clone(), stay.clone());
        Box::pin(async move { quotes::issue(tx, &state, property, &stay).await })
    });
    let quote = issued.await.unwrap().id;
    app.value(format!(
        "WITH booked AS (INSERT INTO bookings (reference, property_id, quote_id, guest_user_id, guest_email, check_in, check_out, \
            guests, status, total, currency, confirmed_at) \
         SELECT upper('B-' || left(md5(random()::text), 12)), property_id, id, '{}', 'guest@example.com', check_in, check_out, \
            guests, 'confirmed', total, currency, now() FROM quotes WHERE id = '{quote}' RETURNING id, property_id) \
         INSERT INTO stays (property_id, during, kind, booking_id) SELECT property_id, '[{from},{to})', 'booking', id FROM booked \
         RETURNING booking_id",
        guest.user_id.unwrap()
    ))
    .await
}

/// Everything that is written about a stay of a month or longer is written, in a language.
pub(crate) async fn talk(
    app: &TestApp,
    agent: &Caller,
    guest: &Caller,
    home: &Listing,
    locale: &str,
) {
    let id = there(app, guest, home, (ago(100), day(20))).await;
    app.execute(format!(
        "UPDATE bookings SET locale = '{locale}'; UPDATE tenancies SET notice_days = 1"
    ))
    .await;
    let at = |rest: &str| format!("/api/v1/bookings/{id}/{rest}");
    for decision in ["decline", "accept"] {
        let offer =
            agent.post(&at("offers"), json!({"months": 1})).await.expect(201).text_at("/id");
        let _ = guest.post_empty(&at(&format!("offers/{offer}/{decision}"))).await.expect(200);
    }
    for who in [guest, agent] {
        let _ = who.post(&at("notice"), json!({"ends_on": day(10)})).await.expect(201);
        let _ = who.delete(&at("notice")).await.expect(200);
    }
}

/// For the role matrix: a stay of three months of user A at a listing of agent A, which has begun.
pub(crate) async fn long_stay(app: &TestApp, agent: &Caller) -> Listing {
    let home = agent.create_published(listing::rent()).await;
    let guest = app.user("a-user").await;
    let id = there(app, &guest, &home, (ago(20), day(72))).await;
    Listing { id, slug: String::new(), etag: String::new(), json: Value::Null }
}

/// The same, with a notice of its guest.
pub(crate) async fn noticed(app: &TestApp, agent: &Caller) -> Listing {
    let stay = long_stay(app, agent).await;
    let notice = format!("/api/v1/bookings/{}/notice", stay.id);
    let guest = app.user("a-user").await;
    let _ = guest.post(&notice, json!({"ends_on": day(60)})).await.expect(201);
    stay
}

/// The same, with an offer to stay on: its id is the slug.
pub(crate) async fn offered(app: &TestApp, agent: &Caller) -> Listing {
    let stay = long_stay(app, agent).await;
    let offers = format!("/api/v1/bookings/{}/offers", stay.id);
    let offer = agent.post(&offers, json!({"months": 1})).await.expect(201).text_at("/id");
    Listing { slug: offer, ..stay }
}

#[tokio::test]
async fn what_was_agreed_on_is_kept_and_ended_by_notice() {
    let app = spawn_app("bestays").await;
    let (agent, guest) = (app.agent("somchai").await, app.user("guest").await);
    let details = json!({"price_per_month": 3_000_000, "deposit": 1_000_000});
    let mut villa = home(&agent, "villa", details).await;
    set_rules(&agent, &mut villa, json!({"ending_notice_days": 20, "deposit_return_days": 5}))
        .await;
    upfront(&app, &villa, 2, 1).await;
    let (from, to) = (day(10), day(10 + 120));
    let id = booked(&guest, &agent, &villa, (from, to)).await;
    // What the listing says from now on is for others.
    set_rules(&agent, &mut villa, json!({"ending_notice_days": 90, "deposit_return_days": 60}))
        .await;

    let path = format!("/api/v1/bookings/{id}/terms");
    let terms = guest.get(&path).await.expect(200);
    assert_eq!(terms.json(), agent.get(&path).await.expect(200).json());
    assert_eq!(terms.at("/first_day"), json!(from));
    assert_eq!(terms.at("/last_day"), json!(to.pred_opt().unwrap()));
    assert_eq!((terms.at("/deposit_months"), terms.at("/advance_months")), (json!(2), json!(1)));
    assert_eq!(
        (terms.at("/rent_per_month"), terms.at("/deposit")),
        (json!(3_000_000), json!(6_000_000))
    );
    assert_eq!(
        terms.at("/total"),
        terms.at("/due_now").as_i64().unwrap() + terms.at("/due_later").as_i64().unwrap()
    );
    assert_eq!((terms.at("/notice_days"), terms.at("/deposit_return_days")), (json!(20), json!(5)));
    assert_eq!(terms.at("/earliest_end"), json!(day(20)));
    assert_eq!(terms.at("/deposit_back_by"), json!(to + Days::new(5)));
    assert_eq!(terms.at("/notice"), Value::Null);
    app.user("other").await.get(&path).await.problem(404, "not_found");

    let notice = format!("/api/v1/bookings/{id}/notice");
    let give = |ends_on: NaiveDate| guest.post(&notice, json!({"ends_on": ends_on}));
    for (ends_on, rule) in [
        (day(19), "notice"),
        (from, "notice"),
        (to, "out_of_range"),
        (NaiveDate::MAX, "out_of_range"),
    ] {
        let problem = give(ends_on).await.problem(422, "invalid_input");
        assert_eq!(problem["errors"][0]["code"], rule, "{ends_on}");
        assert_eq!(problem["errors"][0]["pointer"], "/ends_on");
    }
    app.user("other")
        .await
        .post(&notice, json!({"ends_on": day(30)}))
        .await
        .problem(404, "not_found");
    let given = give(day(20)).header("idempotency-key", "leave-1").await.expect(201);
    assert_eq!(
        (given.at("/notice/by"), given.at("/notice/ends_on")),
        (json!("guest"), json!(day(20)))
    );
    assert_eq!(given.at("/earliest_end"), Value::Null);
    assert_eq!(given.at("/deposit_back_by"), json!(day(25)));
    let again = give(day(20)).header("idempotency-key", "leave-1").await.expect(201);
    assert_eq!(again.text(), given.text());
    give(day(40)).await.problem(409, "wrong_state");
    agent.post(&notice, json!({"ends_on": day(40)})).await.problem(409, "wrong_state");

    let feed = app.admin().await.get("/api/v1/admin/events?limit=1000").await.expect(200);
    let events = feed.at("/items");
    let told: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["kind"] == "booking.notice_given")
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0]["data"],
        json!({"property_id": villa.id, "by": "guest", "ends_on": day(20)})
    );
}

/// A month is a calendar month: 28 days may be one, 30 may be none.
#[tokio::test]
async fn a_short_stay_has_no_such_terms() {
    let app = spawn_app("bestays").await;
    let (agent, guest) = (app.agent("somchai").await, app.user("guest").await);
    let villa = home(&agent, "villa", json!({"price_per_month": 3_000_000})).await;
    let from = day(10);
    let month = from.checked_add_months(chrono::Months::new(1)).unwrap();
    let short = booked(&guest, &agent, &villa, (from, month.pred_opt().unwrap())).await;
    for call in [
        guest.get(&format!("/api/v1/bookings/{short}/terms")),
        guest.post(&format!("/api/v1/bookings/{short}/notice"), json!({"ends_on": day(30)})),
    ] {
        call.await.problem(409, "wrong_state");
    }
    let next = month.checked_add_months(chrono::Months::new(1)).unwrap();
    let long = booked(&guest, &agent, &villa, (month, next)).await;
    let terms = guest.get(&format!("/api/v1/bookings/{long}/terms")).await.expect(200);
    assert_eq!((terms.at("/months"), terms.at("/nights_beyond")), (json!(1), json!(0)));
    let kept: i64 = app.value("SELECT count(*) FROM tenancies").await;
    assert_eq!(kept, 1);
}
