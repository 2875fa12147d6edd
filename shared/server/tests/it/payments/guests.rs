//! Guests without an account, deposits, and bookings that are called off.

use serde_json::json;

use super::{Booking, Scene, TOTAL, placed, tag};

/// The link of their letters lets them pay, and nothing of anybody else.
#[tokio::test]
async fn whoever_has_the_link_pays() {
    let scene = Scene::set().await;
    let visitor = scene.app.anonymous();
    let reply = placed(&visitor, &scene.villa, 10).await;
    let (booking, token) = (Booking::of(&scene.app, &reply).await, reply.text_at("/manage/token"));
    let other = scene.hold(20).await;
    let with = |path: &str| visitor.get(path).header("booking-token", &token);
    let guide = with(&booking.payment()).await.expect(200);
    assert_eq!(guide.at("/due"), json!(TOTAL));
    let _ = with(&format!("{}/qr.svg", booking.payment())).await.expect(200);
    with(&other.payment()).await.problem(404, "not_found");
    with(&booking.payments()).await.problem(401, "unauthorized");
    visitor.get(&booking.payment()).await.problem(401, "unauthorized");
    let begin = |booking: &Booking| {
        let body = json!({"provider": "stripe"});
        visitor.post(&booking.payment(), body).header("booking-token", &token)
    };
    begin(&other).await.problem(404, "not_found");
    let payment = begin(&booking).await.expect(201).text_at("/payment/id");
    let _ = scene.stripe.pay(&payment).deliver(&scene.app).await.expect(200);
    scene.app.settled().await;
    assert!(booking.is_confirmed(&scene.app).await);
    assert_eq!(with(&booking.payment()).await.expect(200).at("/paid"), json!(TOTAL));
}

/// What is left besides the price confirms nothing, and goes back after the stay.
#[tokio::test]
async fn a_deposit_is_held_and_given_back() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let guide = scene.guest.get(&booking.payment()).await.expect(200);
    assert_eq!(guide.at("/deposit_due"), json!(2_000_000));
    let body = json!({"provider": "manual", "purpose": "deposit"});
    let begun = scene.guest.post(&booking.payment(), body).await.expect(201);
    assert_eq!(begun.at("/payment/amount"), json!(2_000_000));
    let deposit = begun.text_at("/payment/id");
    let held = scene.receive(&deposit, 1, 2_000_000, "D-1").await.expect(200);
    assert_eq!(held.at("/outcome"), "deposit_held");
    assert!(!booking.is_confirmed(&scene.app).await);
    let guide = scene.guest.get(&booking.payment()).await.expect(200);
    assert_eq!((guide.at("/deposit_due"), guide.at("/due")), (json!(0), json!(TOTAL)));
    let path = format!("/api/v1/payments/{deposit}/refund");
    let body = json!({"amount": 2_000_000, "reason": "deposit"});
    let version = held.at("/version").as_i64().unwrap();
    let back = scene.admin.post(&path, body).if_match(tag(version)).await.expect(201);
    assert_eq!(back.at("/state"), "pending");
}

/// What a cancellation leaves to be paid back is sent by itself, once.
#[tokio::test]
async fn called_off_the_money_goes_back_as_agreed() {
    let scene = Scene::set().await;
    let booking = scene.hold(60).await;
    let payment = scene.begin(&booking, "stripe").await.text_at("/payment/id");
    let _ = scene.stripe.pay(&payment).deliver(&scene.app).await.expect(200);
    scene.app.settled().await;
    let path = format!("/api/v1/bookings/{}", booking.id);
    let seen = scene.guest.get(&path).await.expect(200).etag();
    let cancelled = scene.guest.post(&format!("{path}/cancel"), json!({})).if_match(seen).await;
    let cancelled = cancelled.expect(200);
    scene.app.settled().await;
    let promised = scene
        .app
        .value::<i64>(format!("SELECT refund_amount FROM bookings WHERE id = '{}'", booking.id))
        .await;
    assert!(promised > 0, "{cancelled:?}");
    let gone: i64 = scene.stripe.refunds().iter().filter_map(|one| one["amount"].as_i64()).sum();
    assert_eq!(gone, promised);
    // Looked at again, nothing is left to send.
    scene
        .app
        .execute(format!(
            "INSERT INTO jobs (id, kind, payload) VALUES (gen_random_uuid(), 'payment.settle', '{{\"booking_id\": \"{}\"}}')",
            booking.id
        ))
        .await;
    scene.app.settled().await;
    assert_eq!(scene.stripe.refunds().len(), 1);
}

/// A payment for a booking that was called off is given up, and money for it goes back.
#[tokio::test]
async fn called_off_while_it_is_paid() {
    let scene = Scene::set().await;
    let booking = scene.hold(30).await;
    let payment = scene.begin(&booking, "stripe").await.text_at("/payment/id");
    let paid = scene.stripe.pay(&payment);
    let path = format!("/api/v1/bookings/{}", booking.id);
    let seen = scene.guest.get(&path).await.expect(200).etag();
    let _ = scene.guest.post(&format!("{path}/cancel"), json!({})).if_match(seen).await.expect(200);
    scene.guest.post(&booking.payment(), json!({})).await.problem(409, "wrong_state");
    let _ = paid.deliver(&scene.app).await.expect(200);
    scene.app.settled().await;
    assert_eq!(booking.status(&scene.app).await, "cancelled");
    let record = scene.record(&booking, &payment).await;
    assert_eq!((&record["state"], &record["refunded"]), (&json!("refunded"), &json!(TOTAL)));
    assert_eq!(scene.stripe.refunds().len(), 1);
}
