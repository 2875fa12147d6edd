//! Payments through the provider: begun once, told in any order.

use std::future::IntoFuture;

use futures_util::future::join_all;
use serde_json::json;
use terrace_testkit::{StripeEvent, StripeMode};

use super::{Scene, TOTAL, told};

#[tokio::test]
async fn paid_there_confirmed_here() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let begun = scene.begin(&booking, "stripe").await;
    let payment = begun.text_at("/payment/id");
    assert_eq!(begun.at("/payment/state"), "requires_action");
    assert!(begun.text_at("/client_secret").ends_with("_secret_testkit"));
    assert_eq!(begun.at("/manual"), json!(null));
    let intent = &scene.stripe.intents()[0];
    assert_eq!((&intent["amount"], &intent["currency"]), (&json!(TOTAL), &json!("thb")));
    assert_eq!(intent["metadata"], json!({"booking": booking.reference, "payment_id": payment}));

    let _ = scene.stripe.pay(&payment).deliver(&scene.app).await.expect(200);
    scene.app.settled().await;
    assert!(booking.is_confirmed(&scene.app).await);
    let record = scene.record(&booking, &payment).await;
    assert_eq!(
        (&record["state"], &record["received"], &record["attention"]),
        (&json!("succeeded"), &json!(TOTAL), &json!(null))
    );
    assert_eq!(record["provider_reference"], intent["id"]);
    assert_eq!(told(&scene.app).await, ["payment.succeeded"]);
    // What the secret lets one do is nobody's but the guest's, and kept nowhere.
    for table in ["payments", "payment_events", "jobs", "events", "audit_log", "idempotency_keys"] {
        let found: i64 = scene
            .app
            .value(format!(
                "SELECT count(*) FROM {table} t WHERE t::text ~ '_secret_testkit|canary|4242'"
            ))
            .await;
        assert_eq!(found, 0, "{table}");
    }
}

#[tokio::test]
async fn asked_at_once_and_again_it_begins_once() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let calls = (0..8)
        .map(|_| scene.guest.post(&booking.payment(), json!({"provider": "stripe"})).into_future());
    let replies = join_all(calls).await;
    let mut secrets: Vec<_> = replies.iter().map(|reply| reply.text_at("/client_secret")).collect();
    secrets.dedup();
    assert_eq!(secrets.len(), 1, "{replies:?}");
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1, "{replies:?}");
    assert_eq!(scene.stripe.intents().len(), 1);
    let rows: i64 = scene.app.value("SELECT count(*) FROM payments").await;
    assert_eq!(rows, 1);
}

/// An answer that was lost, a provider that is away: the next request goes on where the last one
/// got to, and nobody is charged twice.
#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let begin = || scene.guest.post(&booking.payment(), json!({"provider": "stripe"}));
    for (mode, intents) in
        [(StripeMode::Failing, 0), (StripeMode::Hanging, 0), (StripeMode::LosingAnswers, 1)]
    {
        scene.stripe.set_mode(mode);
        let reply = begin().await;
        reply.problem(503, "unavailable");
        assert!(!reply.text().contains("127.0.0.1"), "{reply:?}");
        assert_eq!(scene.stripe.intents().len(), intents, "{mode:?}");
    }
    scene.stripe.set_mode(StripeMode::Serving);
    let begun = begin().await.expect(200);
    assert_eq!(begun.at("/payment/state"), "requires_action");
    assert_eq!(scene.stripe.intents().len(), 1);
}

/// Money may come before the answer that it has begun: it is known by our own id.
#[tokio::test]
async fn paid_before_the_answer_came() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    scene.stripe.set_mode(StripeMode::LosingAnswers);
    let reply = scene.guest.post(&booking.payment(), json!({"provider": "stripe"})).await;
    reply.problem(503, "unavailable");
    let payment: uuid::Uuid = scene.app.value("SELECT id FROM payments").await;
    let _ = scene.stripe.pay(&payment.to_string()).deliver(&scene.app).await.expect(200);
    scene.app.settled().await;
    assert!(booking.is_confirmed(&scene.app).await);
}

#[tokio::test]
async fn what_the_provider_does_not_take_can_be_paid_otherwise() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    scene.stripe.set_mode(StripeMode::Refusing);
    let reply = scene.guest.post(&booking.payment(), json!({"provider": "stripe"})).await;
    let problem = reply.problem(409, "wrong_state");
    assert!(problem["detail"].as_str().unwrap().contains("amount_too_small"), "{problem}");
    let begun = scene.begin(&booking, "manual").await;
    assert_eq!(begun.at("/payment/state"), "requires_action");
    assert_eq!(told(&scene.app).await, ["payment.failed"]);
}

/// The guest changes their mind: the first way is given up there, too.
#[tokio::test]
async fn another_way_to_pay_gives_the_first_up() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let first = scene.begin(&booking, "stripe").await.text_at("/payment/id");
    let second = scene.begin(&booking, "manual").await.text_at("/payment/id");
    assert_ne!(first, second);
    scene.app.settled().await;
    assert_eq!(scene.stripe.intents()[0]["status"], "canceled");
    let record = scene.record(&booking, &first).await;
    assert_eq!((&record["state"], &record["reason"]), (&json!("cancelled"), &json!("replaced")));
}

/// Both at once: the money that came there is not lost, and what is too much goes back.
#[tokio::test]
async fn paid_both_ways_one_goes_back() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let first = scene.begin(&booking, "stripe").await.text_at("/payment/id");
    let paid = scene.stripe.pay(&first);
    let second = scene.begin(&booking, "manual").await.text_at("/payment/id");
    let done = scene.receive(&second, 1, TOTAL, "T-1").await.expect(200);
    assert_eq!(done.at("/outcome"), "confirmed");
    let _ = paid.deliver(&scene.app).await.expect(200);
    scene.app.settled().await;
    let record = scene.record(&booking, &first).await;
    assert_eq!(
        (&record["state"], &record["received"], &record["refunded"]),
        (&json!("refunded"), &json!(TOTAL), &json!(TOTAL))
    );
    assert_eq!(scene.stripe.refunds().len(), 1);
    assert!(booking.is_confirmed(&scene.app).await);
    let letters: i64 = scene
        .app
        .value("SELECT count(*) FROM notifications WHERE template = 'payment_returned'")
        .await;
    assert_eq!(letters, 1);
}

#[tokio::test]
async fn another_amount_or_currency_confirms_nothing() {
    let scene = Scene::set().await;
    for (from, change, outcome) in [
        (10, json!({"amount_received": TOTAL - 1}), "amount_mismatch"),
        (20, json!({"amount_received": TOTAL + 1}), "amount_mismatch"),
        (30, json!({"amount_received": 0}), "amount_mismatch"),
        (40, json!({"amount_received": -5}), "amount_mismatch"),
        (50, json!({"amount_received": i64::MAX}), "amount_mismatch"),
        (60, json!({"amount_received": TOTAL, "currency": "usd"}), "currency_mismatch"),
    ] {
        let booking = scene.hold(from).await;
        let payment = scene.begin(&booking, "stripe").await.text_at("/payment/id");
        let event = scene.stripe.change(&payment, "payment_intent.succeeded", |intent| {
            intent["status"] = json!("succeeded");
            for (name, value) in change.as_object().unwrap() {
                intent[name] = value.clone();
            }
        });
        let _ = event.deliver(&scene.app).await.expect(200);
        scene.app.settled().await;
        assert!(!booking.is_confirmed(&scene.app).await, "{change}");
        let record = scene.record(&booking, &payment).await;
        assert_eq!(record["attention"], outcome, "{change}");
        assert_eq!(record["state"], "failed", "{change}");
        // Told again, it is told to nobody a second time; and the guest may pay anew.
        let repeated = StripeEvent::new(
            "payment_intent.succeeded",
            &scene
                .stripe
                .intents()
                .into_iter()
                .find(|intent| intent["metadata"]["payment_id"] == payment.as_str())
                .unwrap(),
        );
        let _ = repeated.deliver(&scene.app).await.expect(200);
        scene.app.settled().await;
        assert_eq!(scene.record(&booking, &payment).await, record, "{change}");
        // Somebody looks at it, and says so.
        let version = record["version"].as_i64().unwrap();
        let path = format!("/api/v1/payments/{payment}/resolve");
        let looked = scene.admin.post_empty(&path).if_match(super::tag(version)).await.expect(200);
        assert_eq!(looked.at("/attention"), json!(null));
    }
    let flagged = told(&scene.app).await.iter().filter(|kind| *kind == "payment.flagged").count();
    assert_eq!(flagged, 6);
    let listed = scene.admin.get("/api/v1/admin/payments?attention=true").await.expect(200);
    assert_eq!(listed.at("/items"), json!([]));
}

/// News in the wrong order: what has come stays come.
#[tokio::test]
async fn late_news_change_nothing() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let payment = scene.begin(&booking, "stripe").await.text_at("/payment/id");
    let failed = scene.stripe.change(&payment, "payment_intent.payment_failed", |intent| {
        intent["last_payment_error"] = json!({"code": "card_declined"});
    });
    let created = scene.stripe.change(&payment, "payment_intent.created", |_| {});
    let mut cancelled = scene.stripe.intents()[0].clone();
    cancelled["status"] = json!("canceled");
    let cancelled = StripeEvent::new("payment_intent.canceled", &cancelled);
    let paid = scene.stripe.pay(&payment);
    // A declined card leaves the payment open, with the reason.
    let _ = failed.deliver(&scene.app).await.expect(200);
    scene.app.settled().await;
    let record = scene.record(&booking, &payment).await;
    assert_eq!(
        (&record["state"], &record["reason"]),
        (&json!("requires_action"), &json!("card_declined"))
    );
    // Even what was given up there by mistake: money is money.
    for event in [&cancelled, &paid, &failed, &created, &cancelled] {
        let _ = event.deliver(&scene.app).await.expect(200);
        scene.app.settled().await;
    }
    assert!(booking.is_confirmed(&scene.app).await);
    let record = scene.record(&booking, &payment).await;
    assert_eq!((&record["state"], &record["refunded"]), (&json!("succeeded"), &json!(0)));
    assert_eq!(told(&scene.app).await, ["payment.cancelled", "payment.succeeded"]);
}

/// A delivery that never came: the payment is asked about.
#[tokio::test]
async fn what_nobody_told_is_asked_for() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let payment = scene.begin(&booking, "stripe").await.text_at("/payment/id");
    let _lost = scene.stripe.pay(&payment);
    scene.app.execute("UPDATE payments SET created_at = now() - interval '10 minutes'").await;
    terrace_server::payments::reconcile_now(&scene.app.state()).await.unwrap();
    assert!(booking.is_confirmed(&scene.app).await);
    // Asked once, it is not asked again.
    let asked = scene.stripe.asked().len();
    terrace_server::payments::reconcile_now(&scene.app.state()).await.unwrap();
    assert_eq!(scene.stripe.asked().len(), asked);
}
