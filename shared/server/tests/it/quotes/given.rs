//! A price as it is given: line by line, in words, for a while.

use serde_json::json;
use terrace_testkit::{listing, spawn_app};

use super::{day, lines, nights, price, put, villa};

#[tokio::test]
async fn every_line_says_why() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create_published(listing::rent()).await;
    let _ = put(
        &agent,
        &home,
        "rates",
        json!({"seasons": [{"label": "High season", "from": day(62), "to": day(90),
            "price_per_night": 650_000}]}),
    )
    .await
    .expect(200);
    let terms = json!({"included_guests": 4, "extra_guest_fee": 50_000});
    let _ = put(&agent, &home, "pricing", terms).await.expect(200);

    let mut stay = nights(60, 5);
    stay["guests"] = json!(6);
    let given = price(&app.anonymous(), &home, stay.clone()).await.expect(201);
    // 2 × 4,200, 3 × 6,500, 2 guests × 5 nights × 500, cleaning 1,500.
    let expected = [
        ("nights", 2, 840_000),
        ("nights", 3, 1_950_000),
        ("extra_guests", 10, 500_000),
        ("cleaning", 1, 150_000),
    ];
    assert_eq!(lines(&given), expected.map(|(kind, n, amount)| (kind.to_owned(), n, amount)));
    assert_eq!(given.at("/total"), 3_440_000);
    assert_eq!(given.at("/deposit"), 2_000_000);
    assert_eq!((given.at("/due_now"), given.at("/due_later")), (json!(3_440_000), json!(0)));
    assert_eq!(given.at("/currency"), "THB");
    assert_eq!(given.at("/nights"), 5);
    assert_eq!(given.at("/is_verified"), true);
    assert_eq!(given.at("/is_expired"), false);
    assert_eq!(given.at("/lines/1/from"), json!(day(62)));
    assert_eq!(given.at("/lines/1/to"), json!(day(65)));
    assert_eq!(given.at("/lines/1/reason/code"), "nights");
    let words = |reply: &terrace_testkit::Reply| -> Vec<String> {
        (0..4).map(|nth| reply.text_at(&format!("/lines/{nth}/text"))).collect()
    };
    assert_eq!(
        words(&given),
        [
            "2 nights at THB 4,200",
            "3 nights (High season) at THB 6,500",
            "2 guests more than 4, THB 500 each a night",
            "Cleaning",
        ]
    );

    // The same price in another language.
    let path = format!("/api/v1/quotes/{}", given.text_at("/id"));
    assert_eq!(given.header("location"), path);
    let thai = app.anonymous().get(&format!("{path}?locale=th")).await.expect(200);
    assert_eq!(
        words(&thai),
        [
            "2 คืน คืนละ THB 4,200",
            "3 คืน (High season) คืนละ THB 6,500",
            "ผู้เข้าพักเกิน 4 คน จำนวน 2 คน คนละ THB 500 ต่อคืน",
            "ค่าทำความสะอาด",
        ]
    );
    assert_eq!(thai.at("/total"), given.at("/total"));
    assert_eq!(thai.at("/hash"), given.at("/hash"));
    assert_eq!(thai.header("content-language"), "th");
}

#[tokio::test]
async fn a_month_has_a_contract_and_is_paid_as_it_begins() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create_published(listing::rent()).await;
    let terms = json!({"deposit_months": 2, "advance_months": 1});
    let _ = put(&agent, &home, "pricing", terms).await.expect(200);
    let (from, to) = (day(60), terrace_pricing::add_months(day(60), 2));
    let stay = json!({"check_in": from, "check_out": to, "guests": 2});
    let given = price(&app.anonymous(), &home, stay).await.expect(201);
    let expected = [("months", 2, 19_000_000), ("cleaning", 1, 150_000)];
    assert_eq!(lines(&given), expected.map(|(kind, n, amount)| (kind.to_owned(), n, amount)));
    assert_eq!(given.at("/deposit"), 19_000_000);
    assert_eq!(
        (given.at("/due_now"), given.at("/due_later")),
        (json!(9_650_000), json!(9_500_000))
    );
    let next = terrace_pricing::add_months(from, 1);
    assert_eq!(given.at("/payments/1"), json!({"on": next, "amount": 9_500_000}));
    assert_eq!(
        given.at("/contract"),
        json!({"first_day": from, "last_day": to.pred_opt(), "months": 2, "nights_beyond": 0,
            "rent_per_month": 9_500_000, "deposit_months": 2, "advance_months": 1})
    );
}

#[tokio::test]
async fn what_cannot_be_stayed_in_has_no_price() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let visitor = app.anonymous();
    let home = agent.create_published(villa()).await;
    app.execute(format!(
        "INSERT INTO stays (property_id, during, kind) VALUES ('{}', '[{},{})', 'block')",
        home.id,
        day(62),
        day(64)
    ))
    .await;
    price(&visitor, &home, nights(60, 3)).await.problem(409, "dates_taken");
    price(&visitor, &home, nights(63, 3)).await.problem(409, "dates_taken");
    // So are those who clean up after the one before.
    app.execute(format!(
        "UPDATE rental_details SET preparation_days = 1 WHERE property_id = '{}'",
        home.id
    ))
    .await;
    price(&visitor, &home, nights(60, 2)).await.problem(409, "dates_taken");
    app.execute("UPDATE rental_details SET preparation_days = 0").await;
    // One leaves on the day on which the other comes.
    let _ = price(&visitor, &home, nights(60, 2)).await.expect(201);
    let _ = price(&visitor, &home, nights(64, 2)).await.expect(201);

    // A home that says nothing of its nights is let by the month.
    let details = json!({"price_per_month": 9_500_000, "max_guests": 4});
    let bare = listing::with(listing::rent(), json!({"rental_details": details}));
    let bare = agent.create_published(bare).await;
    let short = price(&visitor, &bare, nights(60, 3)).await;
    short.problem(422, "invalid_input");
    assert_eq!(short.fields(), ["/check_out not_priced"]);
    let month = json!({"check_in": day(60), "check_out": terrace_pricing::add_months(day(60), 1), "guests": 1});
    let given = price(&visitor, &bare, month).await.expect(201);
    assert_eq!(lines(&given), [("months".to_owned(), 1, 9_500_000)]);
    assert_eq!(given.at("/contract/months"), 1);

    // What is for sale is not stayed in.
    let other = spawn_app("realestate").await;
    let agent = other.agent("anong").await;
    let unit = agent.create_published(listing::sale()).await;
    price(&other.anonymous(), &unit, nights(60, 3)).await.problem(409, "wrong_state");
}

#[tokio::test]
async fn yen_have_no_minor_unit() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let details = json!({"price_per_night": 15_000, "cleaning_fee": 4_000, "max_guests": 6});
    let home = listing::with(villa(), json!({"currency": "JPY", "rental_details": details}));
    let home = agent.create_published(home).await;
    let given = price(&app.anonymous(), &home, nights(60, 3)).await.expect(201);
    assert_eq!((given.at("/total"), given.at("/currency")), (json!(49_000), json!("JPY")));
    assert_eq!(given.at("/lines/0/text"), "3 nights at JPY 15,000");
}

#[tokio::test]
async fn what_nobody_booked_is_forgotten() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create_published(villa()).await;
    let given = price(&app.anonymous(), &home, nights(60, 3)).await.expect(201);
    let fresh = price(&app.anonymous(), &home, nights(70, 3)).await.expect(201);
    let booked = price(&app.anonymous(), &home, nights(80, 3)).await.expect(201);
    let offered = price(&app.anonymous(), &home, nights(90, 3)).await.expect(201);
    let id = |reply: &terrace_testkit::Reply| reply.text_at("/id");
    app.execute(format!(
        "INSERT INTO bookings (reference, property_id, quote_id, guest_email, check_in, check_out, guests, status, \
            total, currency, hold_expires_at) \
         VALUES ('KEPT-12345', '{0}', '{1}', 'g@example.com', '{2}', '{3}', 2, 'held', 1260000, 'THB', now());
         INSERT INTO booking_offers (booking_id, kind, check_in, check_out, guests, quote_id, expires_at) \
         SELECT id, 'change', check_in, check_out, guests, '{5}', now() FROM bookings;
         ALTER TABLE quotes DISABLE TRIGGER quotes_immutable;
         UPDATE quotes SET created_at = created_at - interval '40 days', valid_until = valid_until - interval '31 days' \
          WHERE id IN ('{4}', '{1}', '{5}')",
        home.id,
        id(&booked),
        day(80),
        day(83),
        id(&given),
        id(&offered)
    ))
    .await;
    terrace_server::platform::retention::sweep(&app.state()).await.unwrap();
    let get = |reply: &terrace_testkit::Reply| app.anonymous().get(reply.header("location"));
    get(&given).await.problem(404, "not_found");
    let _ = get(&fresh).await.expect(200);
    let _ = get(&booked).await.expect(200);
    let _ = get(&offered).await.expect(200);
}

/// Whoever is in charge of a draft tries out what it will cost; that books nothing.
#[tokio::test]
async fn a_draft_is_priced_for_its_own_people_alone() {
    let app = spawn_app("bestays").await;
    let (agent, other) = (app.agent("somchai").await, app.agent("malee").await);
    let draft = agent.create(listing::rent()).await;
    for who in [&app.anonymous(), &app.user("guest").await, &other] {
        price(who, &draft, nights(60, 3)).await.problem(404, "not_found");
    }
    let shown = price(&app.admin().await, &draft, nights(60, 3)).await.expect(201);
    let own = price(&agent, &draft, nights(60, 3)).await.expect(201);
    assert_eq!(own.at("/total"), shown.at("/total"));
    // The rules of the listing are tried out, too.
    price(&agent, &draft, nights(60, 1)).await.problem(422, "invalid_input");
    let order =
        json!({"quote_id": own.at("/id"), "guest": {"name": "G", "email": "g@example.com"}});
    for who in [&agent, &app.user("guest").await] {
        let key = uuid::Uuid::new_v4().to_string();
        let book = who.post("/api/v1/bookings", order.clone()).header("idempotency-key", key);
        book.await.problem(404, "not_found");
    }
}
