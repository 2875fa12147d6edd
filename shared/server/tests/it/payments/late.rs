//! Money that comes when nobody waits for it any more.

use serde_json::json;
use terrace_testkit::StripeMode;

use super::{Scene, TOTAL, take, told};

/// The hold is over, and nobody else has taken the dates: the guest has them.
#[tokio::test]
async fn dates_that_are_still_free_are_the_guests() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let payment = scene.begin(&booking, "stripe").await.text_at("/payment/id");
    let paid = scene.stripe.pay(&payment);
    booking.lapse(&scene.app).await;
    let _ = paid.deliver(&scene.app).await.expect(200);
    scene.app.settled().await;
    assert!(booking.is_confirmed(&scene.app).await);
    assert_eq!(scene.stripe.refunds().len(), 0);
}

/// Somebody else has them: the money goes back by itself, and the guest is told.
#[tokio::test]
async fn for_dates_that_are_gone_the_money_goes_back() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let payment = scene.begin(&booking, "stripe").await.text_at("/payment/id");
    let paid = scene.stripe.pay(&payment);
    booking.lapse(&scene.app).await;
    take(&scene.app, &scene.villa, 11).await;
    // The provider is away at first.
    scene.stripe.set_mode(StripeMode::Failing);
    for _ in 0..3 {
        let _ = paid.deliver(&scene.app).await.expect(200);
    }
    scene.app.settled().await;
    assert!(!booking.is_confirmed(&scene.app).await);
    assert_eq!(scene.stripe.refunds().len(), 0);
    let record = scene.record(&booking, &payment).await;
    assert_eq!(
        (&record["state"], &record["attention"], &record["refunded"]),
        (&json!("succeeded"), &json!("too_late"), &json!(TOTAL))
    );
    // It does what it is asked and loses its answer: the second request is the first.
    scene.stripe.set_mode(StripeMode::LosingAnswers);
    retry(&scene).await;
    assert_eq!(scene.stripe.refunds().len(), 1);
    scene.stripe.set_mode(StripeMode::Serving);
    retry(&scene).await;
    assert_eq!(scene.stripe.refunds().len(), 1);
    assert_eq!(scene.stripe.refunds()[0]["amount"], json!(TOTAL));
    let record = scene.record(&booking, &payment).await;
    assert_eq!((&record["state"], &record["attention"]), (&json!("refunded"), &json!(null)));
    assert_eq!(
        told(&scene.app).await,
        ["payment.succeeded", "payment.refund_due", "payment.refunded"]
    );
    let letters = scene.app.letters().await;
    let letters: Vec<_> =
        letters.iter().filter(|(template, _)| template == "payment_returned").collect();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert!(letters[0].1.text.contains("belong to somebody else"), "{letters:?}");
    assert!(letters[0].1.subject.contains("THB 14,100"), "{letters:?}");
}

/// Jobs that wait for a later time are due now.
async fn retry(scene: &Scene) {
    scene.app.execute("UPDATE jobs SET run_at = now() WHERE kind = 'payment.refund'").await;
    scene.app.settled().await;
}

/// Staff sees a transfer that came too late: it says so, and the money is to be sent back by hand.
#[tokio::test]
async fn a_transfer_that_came_too_late_is_to_be_sent_back() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let payment = scene.begin(&booking, "manual").await.text_at("/payment/id");
    booking.lapse(&scene.app).await;
    take(&scene.app, &scene.villa, 9).await;
    let done = scene.receive(&payment, 1, TOTAL, "T-1").await.expect(200);
    assert_eq!(
        (done.at("/outcome"), done.at("/attention"), done.at("/refunded")),
        (json!("too_late"), json!("too_late"), json!(TOTAL))
    );
    assert!(!booking.is_confirmed(&scene.app).await);
    assert_eq!(scene.refunds(&booking).await[0]["state"], "pending");
}

/// What is waited for in vain is given up, here and there; and money that comes all the same
/// counts.
#[tokio::test]
async fn what_is_waited_for_in_vain_is_given_up() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let payment = scene.begin(&booking, "stripe").await.text_at("/payment/id");
    booking.lapse(&scene.app).await;
    terrace_server::payments::expire_now(&scene.app.state()).await.unwrap();
    scene.app.settled().await;
    let record = scene.record(&booking, &payment).await;
    assert_eq!((&record["state"], &record["reason"]), (&json!("cancelled"), &json!("expired")));
    assert_eq!(scene.stripe.intents()[0]["status"], "canceled");

    let other = scene.hold(20).await;
    let payment = scene.begin(&other, "stripe").await.text_at("/payment/id");
    // Paid there a moment before it is given up here; the delivery is lost.
    let _lost = scene.stripe.pay(&payment);
    other.lapse(&scene.app).await;
    terrace_server::payments::expire_now(&scene.app.state()).await.unwrap();
    scene.app.settled().await;
    let record = scene.record(&other, &payment).await;
    assert_eq!(record["state"], "succeeded");
    assert!(other.is_confirmed(&scene.app).await);
}
