//! A price that was given comes out the same, whatever the listing costs by now.

use serde_json::{Value, json};
use terrace_testkit::{listing, spawn_app};

use super::{day, nights, price, put};

#[tokio::test]
async fn to_the_same_bits_after_every_rule_has_changed() {
    let app = spawn_app("bestays").await;
    let (admin, agent, visitor) = (app.admin().await, app.agent("somchai").await, app.anonymous());
    let details = json!({"price_per_night": 420_000, "price_per_week": 2_600_000,
        "price_per_month": 9_500_000, "cleaning_fee": 150_000, "deposit": 2_000_000, "max_guests": 6});
    let home = listing::with(listing::rent(), json!({"rental_details": details}));
    let home = agent.create_published(home).await;
    let season = |night: i64| {
        json!({"seasons": [{"label": "High season", "from": day(62), "to": day(200),
            "price_per_night": night, "price_per_week": 4_000_000}]})
    };
    let terms = |fee: i64| {
        json!({"weekend_price_per_night": 500_000, "weekend_nights": [5, 6], "included_guests": 2,
            "extra_guest_fee": fee, "holiday_surcharge_bps": 2_000, "deposit_months": 2,
            "advance_months": 1})
    };
    let _ = put(&agent, &home, "rates", season(650_000)).await.expect(200);
    let _ = put(&agent, &home, "pricing", terms(50_000)).await.expect(200);
    let coupon = json!({"code": "Welcome", "percent_bps": 1_234});
    let coupon = admin.post("/api/v1/admin/coupons", coupon).await.expect(201);

    let mut stays = Vec::new();
    for (ahead, length) in [(60, 2), (59, 9), (60, 45), (61, 200), (150, 90)] {
        let mut stay = nights(ahead, length);
        stay["guests"] = json!(5);
        stay["coupon"] = json!("welcome");
        stays.push(stay);
    }
    let mut given = Vec::new();
    for stay in &stays {
        given.push(price(&visitor, &home, stay.clone()).await.expect(201));
    }
    let read = |reply: &terrace_testkit::Reply| visitor.get(reply.header("location"));
    let mut before: Vec<Value> = Vec::new();
    for reply in &given {
        before.push(read(reply).await.expect(200).json());
    }

    // Everything that the price depends on becomes another.
    let _ = put(&agent, &home, "rates", season(990_000)).await.expect(200);
    let _ = put(&agent, &home, "pricing", terms(77_700)).await.expect(200);
    let details = json!({"price_per_night": 1_000, "cleaning_fee": 1, "max_guests": 8});
    let change = agent.patch(&home.path(), json!({"rental_details": details, "currency": "EUR"}));
    let _ = change.if_match(&home.etag).await.expect(200);
    let path = coupon.header("location").to_owned();
    let _ =
        admin.patch(&path, json!({"is_active": false})).if_match(coupon.etag()).await.expect(200);
    app.execute("UPDATE holidays SET name = '{\"en\": \"Another\"}'; DELETE FROM holidays WHERE kind = 'lunar'")
        .await;

    for (reply, before) in given.iter().zip(&before) {
        let after = read(reply).await.expect(200).json();
        assert_eq!(after["is_verified"], true, "{after}");
        assert_eq!(&after, before);
    }
    // And a new price is another one.
    let mut stay = stays[0].clone();
    stay["coupon"] = Value::Null;
    let now = price(&visitor, &home, stay).await.expect(201);
    assert_ne!(now.at("/total"), given[0].at("/total"));
    assert_ne!(now.at("/hash"), given[0].at("/hash"));
}

#[tokio::test]
async fn a_price_that_was_tampered_with_is_noticed() {
    let app = spawn_app("bestays").await;
    let (agent, visitor) = (app.agent("somchai").await, app.anonymous());
    let home = agent.create_published(listing::rent()).await;
    for (nth, tampering) in [
        "rules = jsonb_set(rules, '{base,night}', '419999')",
        "inputs = jsonb_set(inputs, '{guests}', '3')",
        "rules = jsonb_set(rules, '{as_of}', '\"2020-01-01\"')",
        "hash = sha256('x')",
    ]
    .into_iter()
    .enumerate()
    {
        let given = price(&visitor, &home, nights(60 + 10 * nth as u64, 3)).await.expect(201);
        let id = given.text_at("/id");
        app.execute(format!(
            "ALTER TABLE quotes DISABLE TRIGGER quotes_immutable; UPDATE quotes SET {tampering} WHERE id = '{id}'; \
             ALTER TABLE quotes ENABLE TRIGGER quotes_immutable"
        ))
        .await;
        let seen = visitor.get(given.header("location")).await.expect(200);
        assert_eq!(seen.at("/is_verified"), false, "{tampering}");
    }
    let metrics = visitor.get("/metrics").await.expect(200).text();
    assert!(metrics.contains("terrace_quotes_not_recomputed_total"), "{metrics}");
}

#[tokio::test]
async fn a_price_is_not_rewritten() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create_published(listing::rent()).await;
    let _ = price(&app.anonymous(), &home, nights(60, 3)).await.expect(201);
    let pool = app.sql().await;
    let refused = sqlx::query("UPDATE quotes SET total = 1").execute(&pool).await;
    let refused = refused.unwrap_err().into_database_error().unwrap();
    assert_eq!(refused.code().as_deref(), Some("42501"));
}
