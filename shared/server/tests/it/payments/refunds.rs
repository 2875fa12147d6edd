//! Money that an admin sends back.

use serde_json::{Value, json};
use terrace_testkit::StripeMode;

use super::{Booking, Scene, TOTAL, tag};

async fn paid(scene: &Scene, from: u32) -> (Booking, String) {
    let booking = scene.hold(from).await;
    let payment = scene.begin(&booking, "stripe").await.text_at("/payment/id");
    let _ = scene.stripe.pay(&payment).deliver(&scene.app).await.expect(200);
    scene.app.settled().await;
    assert!(booking.is_confirmed(&scene.app).await);
    (booking, payment)
}

async fn version(scene: &Scene, booking: &Booking, payment: &str) -> i64 {
    scene.record(booking, payment).await["version"].as_i64().unwrap()
}

#[tokio::test]
async fn in_parts_and_never_more_than_there_is() {
    let scene = Scene::set().await;
    let (booking, payment) = paid(&scene, 10).await;
    let path = format!("/api/v1/payments/{payment}/refund");
    let refund = |amount: i64| json!({"amount": amount, "reason": "goodwill"});
    let seen = tag(version(&scene, &booking, &payment).await);
    scene.agent.post(&path, refund(1)).if_match(&seen).await.problem(403, "forbidden");
    let reply = scene.admin.post(&path, refund(TOTAL + 1)).if_match(&seen).await;
    reply.problem(422, "invalid_input");
    assert_eq!(reply.fields(), ["/amount out_of_range"]);
    let call =
        || scene.admin.post(&path, refund(500)).if_match(&seen).header("idempotency-key", "g1");
    let first = call().await.expect(201);
    assert_eq!((first.at("/purpose"), first.at("/amount")), (json!("refund"), json!(500)));
    assert_eq!(call().await.expect(201).body, first.body);
    scene.app.settled().await;
    assert_eq!(scene.stripe.refunds().len(), 1);
    scene.admin.post(&path, refund(1)).if_match(&seen).await.problem(412, "version_mismatch");
    let record = scene.record(&booking, &payment).await;
    assert_eq!((&record["state"], &record["refunded"]), (&json!("succeeded"), &json!(500)));
    let seen = tag(record["version"].as_i64().unwrap());
    let _ = scene.admin.post(&path, refund(TOTAL - 500)).if_match(&seen).await.expect(201);
    scene.app.settled().await;
    let record = scene.record(&booking, &payment).await;
    assert_eq!((&record["state"], &record["refunded"]), (&json!("refunded"), &json!(TOTAL)));
    let seen = tag(record["version"].as_i64().unwrap());
    scene.admin.post(&path, refund(1)).if_match(&seen).await.problem(409, "wrong_state");
    let gone: i64 = scene.stripe.refunds().iter().filter_map(|one| one["amount"].as_i64()).sum();
    assert_eq!(gone, TOTAL);
}

/// The provider sends it later and tells, in any order and twice.
#[tokio::test]
async fn a_refund_may_take_its_time_and_fail() {
    let scene = Scene::set().await;
    scene.stripe.set_mode(StripeMode::RefundsPending);
    for (from, ends, state, left) in [
        (10, ["succeeded", "succeeded"], "succeeded", 0),
        (20, ["failed", "failed"], "failed", TOTAL),
    ] {
        let (booking, payment) = paid(&scene, from).await;
        let seen = tag(version(&scene, &booking, &payment).await);
        let body = json!({"amount": TOTAL, "reason": "other"});
        let path = format!("/api/v1/payments/{payment}/refund");
        let refund = scene.admin.post(&path, body).if_match(&seen).await.expect(201).text_at("/id");
        scene.app.settled().await;
        let record = scene.record(&booking, &refund).await;
        assert_eq!(record["state"], "pending");
        let there = record["provider_reference"].as_str().unwrap().to_owned();
        for end in ends {
            let _ = scene.stripe.end_refund(&there, end).deliver(&scene.app).await.expect(200);
            scene.app.settled().await;
        }
        let record = scene.record(&booking, &refund).await;
        assert_eq!(record["state"], state);
        let of = scene.record(&booking, &payment).await;
        let here = of["received"].as_i64().unwrap() - of["refunded"].as_i64().unwrap();
        assert_eq!(here, left, "{of}");
        let attention: &Value = &of["attention"];
        assert_eq!(attention == "refund_failed", state == "failed", "{of}");
        if state == "failed" {
            // Somebody sends it by hand then.
            let path = format!("/api/v1/payments/{refund}/sent");
            let seen = tag(record["version"].as_i64().unwrap());
            let sent = scene.admin.post(&path, json!({"reference": "OUT-1"})).if_match(&seen).await;
            assert_eq!(sent.expect(200).at("/outcome"), "refunded");
            let of = scene.record(&booking, &payment).await;
            assert_eq!((&of["state"], &of["attention"]), (&json!("refunded"), &json!(null)));
        }
    }
}

#[tokio::test]
async fn what_the_provider_will_not_send_somebody_must_look_at() {
    let scene = Scene::set().await;
    let (booking, payment) = paid(&scene, 10).await;
    scene.stripe.set_mode(StripeMode::Refusing);
    let seen = tag(version(&scene, &booking, &payment).await);
    let path = format!("/api/v1/payments/{payment}/refund");
    let body = json!({"amount": 700, "reason": "cancelled"});
    let refund = scene.admin.post(&path, body).if_match(&seen).await.expect(201).text_at("/id");
    scene.app.settled().await;
    assert_eq!(scene.record(&booking, &refund).await["state"], "failed");
    let of = scene.record(&booking, &payment).await;
    assert_eq!((&of["refunded"], &of["attention"]), (&json!(0), &json!("refund_failed")));
    let listed = scene.admin.get("/api/v1/admin/payments?attention=true&count=true").await;
    assert_eq!(listed.expect(200).at("/total"), 2);
}

/// Whoever waits for money that goes back does not depend on a delivery that may be lost.
#[tokio::test]
async fn a_refund_that_nobody_told_of_is_asked_about() {
    let scene = Scene::set().await;
    scene.stripe.set_mode(StripeMode::RefundsPending);
    for (from, ends, state) in [(10, "succeeded", "succeeded"), (20, "failed", "failed")] {
        let (booking, payment) = paid(&scene, from).await;
        let seen = tag(version(&scene, &booking, &payment).await);
        let path = format!("/api/v1/payments/{payment}/refund");
        let body = json!({"amount": TOTAL, "reason": "other"});
        let refund = scene.admin.post(&path, body).if_match(&seen).await.expect(201).text_at("/id");
        scene.app.settled().await;
        let record = scene.record(&booking, &refund).await;
        let there = record["provider_reference"].as_str().unwrap().to_owned();
        let long_ago = format!(
            "UPDATE payments SET asked_at = now() - interval '10 minutes' WHERE id = '{refund}'"
        );
        // On its way still: nothing changes, and nothing is flagged.
        scene.app.execute(long_ago.clone()).await;
        terrace_server::payments::reconcile_now(&scene.app.state()).await.unwrap();
        assert_eq!(scene.record(&booking, &refund).await["state"], "pending");
        let _lost = scene.stripe.end_refund(&there, ends);
        // Not asked again so soon.
        terrace_server::payments::reconcile_now(&scene.app.state()).await.unwrap();
        assert_eq!(scene.record(&booking, &refund).await["state"], "pending");
        scene.app.execute(long_ago.clone()).await;
        terrace_server::payments::reconcile_now(&scene.app.state()).await.unwrap();
        assert_eq!(scene.record(&booking, &refund).await["state"], state);
        let of = scene.record(&booking, &payment).await;
        assert_eq!(of["attention"] == "refund_failed", state == "failed", "{of}");
    }
}

/// Refunds that wait for somebody to send them, however many, do not keep payments from being given
/// up whose time is over.
#[tokio::test]
async fn refunds_are_not_among_what_is_given_up() {
    let scene = Scene::set().await;
    let (booking, payment) = paid(&scene, 10).await;
    let other = scene.hold(20).await;
    let waits = scene.begin(&other, "stripe").await.text_at("/payment/id");
    scene
        .app
        .execute(format!(
            "INSERT INTO payments (booking_id, refund_of, provider, purpose, amount, currency, reason, created_at) \
                 SELECT booking_id, id, 'manual', 'refund', 1, currency, 'other', now() - interval '1 day' \
                   FROM payments, generate_series(1, 100) WHERE id = '{payment}'; \
             UPDATE bookings SET status = 'cancelled', cancelled_at = now() WHERE id = '{}'; \
             UPDATE payments SET expires_at = now() - interval '5 minutes' WHERE id = '{waits}'",
            booking.id
        ))
        .await;
    terrace_server::payments::expire_now(&scene.app.state()).await.unwrap();
    assert_eq!(scene.record(&other, &waits).await["state"], "cancelled");
    let sql = "SELECT count(*) FROM payments WHERE purpose = 'refund' AND state = 'pending'";
    assert_eq!(scene.app.value::<i64>(sql).await, 100);
}
