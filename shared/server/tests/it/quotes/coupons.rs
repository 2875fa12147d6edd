//! Who may use a coupon, and how often.

use serde_json::{Value, json};
use terrace_testkit::{Listing, TestApp, spawn_app};

use super::{day, lines, nights, price, villa};

fn with(coupon: &str, mut stay: Value) -> Value {
    stay["coupon"] = json!(coupon);
    stay
}

/// Books a price as the database sees it; the constraint that refuses it, if one does.
async fn book(app: &TestApp, home: &Listing, quote: &str, nth: usize) -> Option<String> {
    let sql = format!(
        "INSERT INTO bookings (reference, property_id, quote_id, guest_email, check_in, check_out, guests, status, \
            total, currency, hold_expires_at) \
         SELECT 'BOOK-{nth}-X', '{}', q.id, 'g@example.com', q.check_in, q.check_out, 2, 'held', q.total, 'THB', now() \
           FROM quotes q WHERE q.id = '{quote}'",
        home.id
    );
    let pool = app.sql().await;
    let done = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await;
    done.err().map(|error| {
        let error = error.into_database_error().unwrap();
        error.constraint().unwrap_or_default().to_owned()
    })
}

#[tokio::test]
async fn a_coupon_is_off_the_rent() {
    let app = spawn_app("bestays").await;
    let (admin, agent, visitor) = (app.admin().await, app.agent("somchai").await, app.anonymous());
    let (home, other) =
        (agent.create_published(villa()).await, agent.create_published(villa()).await);
    let make = |body: Value| admin.post("/api/v1/admin/coupons", body);
    let _ = make(json!({"code": "ten", "percent_bps": 1_000, "min_nights": 3})).await.expect(201);
    let _ =
        make(json!({"code": "MINUS-500", "amount": 50_000, "currency": "THB"})).await.expect(201);
    let _ = make(json!({"code": "EUROS", "amount": 5_000, "currency": "EUR"})).await.expect(201);
    let _ =
        make(json!({"code": "HERE", "percent_bps": 500, "property_id": home.id})).await.expect(201);
    let _ = make(json!({"code": "OFF", "percent_bps": 500, "is_active": false})).await.expect(201);
    let _ =
        make(json!({"code": "LATER", "percent_bps": 500, "valid_from": day(2)})).await.expect(201);
    let _ = make(json!({"code": "OVER", "percent_bps": 500, "valid_from": "2020-01-01", "valid_until": "2020-01-31"}))
        .await
        .expect(201);

    // 3 × 4,200 − 10 %; the code as people type it.
    let given = price(&visitor, &home, with(" Ten ", nights(60, 3))).await.expect(201);
    assert_eq!(given.at("/total"), 1_134_000);
    assert_eq!(given.at("/coupon"), "TEN");
    assert_eq!(lines(&given)[1], ("coupon".to_owned(), 1, -126_000));
    assert_eq!(given.at("/lines/1/text"), "Coupon TEN: 10 % off the rent");
    let given = price(&visitor, &home, with("minus-500", nights(60, 3))).await.expect(201);
    assert_eq!(given.at("/total"), 1_210_000);
    let given = price(&visitor, &home, with("here", nights(60, 3))).await.expect(201);
    assert_eq!(given.at("/total"), 1_197_000);

    for (coupon, home, stay, code) in [
        ("TEN", &home, nights(60, 2), "too_short"),
        ("HERE", &other, nights(60, 3), "unknown"),
        ("EUROS", &home, nights(60, 3), "unknown"),
        ("OFF", &home, nights(60, 3), "unknown"),
        ("LATER", &home, nights(60, 3), "not_yet"),
        ("OVER", &home, nights(60, 3), "ended"),
        ("NOSUCH", &home, nights(60, 3), "unknown"),
        ("' OR 1=1 --", &home, nights(60, 3), "unknown"),
    ] {
        let refused = price(&visitor, home, with(coupon, stay)).await;
        refused.problem(422, "invalid_input");
        assert_eq!(refused.fields(), [format!("/coupon {code}")], "{coupon}");
    }
}

#[tokio::test]
async fn a_coupon_is_used_as_often_as_it_may_be() {
    let app = spawn_app("bestays").await;
    let (admin, agent, visitor) = (app.admin().await, app.agent("somchai").await, app.anonymous());
    let home = agent.create_published(villa()).await;
    let coupon = json!({"code": "TWICE", "percent_bps": 1_000, "max_uses": 2});
    let coupon = admin.post("/api/v1/admin/coupons", coupon).await.expect(201);
    let uses = || async {
        admin.get(coupon.header("location")).await.expect(200).at("/uses").as_i64().unwrap()
    };
    let mut quotes = Vec::new();
    for nth in 0..3 {
        let stay = with("TWICE", nights(60 + 10 * nth, 3));
        quotes.push(price(&visitor, &home, stay).await.expect(201).text_at("/id"));
    }
    assert_eq!(uses().await, 0, "a price uses nothing up");
    assert_eq!(book(&app, &home, &quotes[0], 0).await, None);
    assert_eq!(book(&app, &home, &quotes[1], 1).await, None);
    assert_eq!(uses().await, 2);
    // The third has a price with the coupon, and still may not book with it.
    assert_eq!(book(&app, &home, &quotes[2], 2).await.as_deref(), Some("coupons_used_up"));
    let refused = price(&visitor, &home, with("TWICE", nights(100, 3))).await;
    assert_eq!(refused.fields(), ["/coupon used_up"]);

    // What is called off gives it back, once.
    for _ in 0..2 {
        app.execute(
            "UPDATE bookings SET status = 'cancelled', cancelled_at = now() WHERE reference = 'BOOK-0-X'",
        )
        .await;
        assert_eq!(uses().await, 1);
    }
    assert_eq!(book(&app, &home, &quotes[2], 2).await, None);
    // A change that has nothing to do with it uses nothing.
    app.execute(
        "UPDATE bookings SET status = status, guest_note = 'Late' WHERE reference = 'BOOK-1-X'",
    )
    .await;
    assert_eq!(uses().await, 2);
    // A booking that is altered to a price without the coupon gives it back.
    let plain = price(&visitor, &home, nights(70, 3)).await.expect(201).text_at("/id");
    app.execute(format!("UPDATE bookings SET quote_id = '{plain}' WHERE reference = 'BOOK-1-X'"))
        .await;
    assert_eq!(uses().await, 1);
}

#[tokio::test]
async fn two_who_book_at_once_are_not_both_the_last() {
    let app = spawn_app("bestays").await;
    let (admin, agent, visitor) = (app.admin().await, app.agent("somchai").await, app.anonymous());
    let home = agent.create_published(villa()).await;
    let coupon = json!({"code": "ONCE", "percent_bps": 1_000, "max_uses": 1});
    let _ = admin.post("/api/v1/admin/coupons", coupon).await.expect(201);
    let mut quotes = Vec::new();
    for nth in 0..8 {
        let stay = with("ONCE", nights(60 + 10 * nth, 3));
        quotes.push(price(&visitor, &home, stay).await.expect(201).text_at("/id"));
    }
    let books = quotes.iter().enumerate().map(|(nth, quote)| book(&app, &home, quote, nth));
    let refused = futures_util::future::join_all(books).await;
    assert_eq!(refused.iter().filter(|refusal| refusal.is_none()).count(), 1, "{refused:?}");
    assert_eq!(app.value::<i64>("SELECT count(*) FROM coupon_uses").await, 1);
}
