//! Deliveries: forged ones, repeated ones, forgotten ones.

use std::future::IntoFuture;

use chrono::Utc;
use futures_util::{StreamExt, stream};
use secrecy::ExposeSecret;
use serde_json::json;
use terrace_testkit::{Reply, StripeEvent, TestApp, setup, stripe_signature};

use super::{Scene, hold};

/// Bookings of the storm; each is told of three times. `TERRACE_PAYMENT_STORM` asks for more.
const BOOKINGS: usize = 40;

fn storm() -> usize {
    let asked = std::env::var("TERRACE_PAYMENT_STORM").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(BOOKINGS)
}

/// Every delivery three times, in no order, beside others that are out of date: every booking is
/// confirmed once, every payment told once.
#[tokio::test]
async fn tripled_and_shuffled_each_booking_is_confirmed_once() {
    let scene = Scene::set().await;
    let mut deliveries = Vec::new();
    let count = storm();
    for nth in 0..count {
        // Three nights each, side by side over as many listings as it takes.
        let villa = match nth % 20 {
            0 if nth > 0 => scene.agent.create_published(terrace_testkit::listing::rent()).await,
            _ => scene.villa.clone(),
        };
        let from = 5 + u32::try_from(nth).unwrap() * 3;
        let booking = hold(&scene.app, &scene.guest, &villa, from).await;
        let payment = scene.begin(&booking, "stripe").await.text_at("/payment/id");
        let opened = scene.stripe.change(&payment, "payment_intent.created", |_| {});
        let failed = scene.stripe.change(&payment, "payment_intent.payment_failed", |intent| {
            intent["last_payment_error"] = json!({"code": "card_declined"});
        });
        let paid = scene.stripe.pay(&payment);
        for event in [opened, failed, paid] {
            deliveries.extend([event.clone(), event.clone(), event]);
        }
    }
    shuffle(&mut deliveries);
    let replies: Vec<Reply> = stream::iter(deliveries.iter())
        .map(|event| event.deliver(&scene.app).into_future())
        .buffer_unordered(16)
        .collect()
        .await;
    for reply in &replies {
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    scene.app.settled().await;
    let confirmed: i64 =
        scene.app.value("SELECT count(*) FROM bookings WHERE status = 'confirmed'").await;
    let letters: i64 = scene
        .app
        .value("SELECT count(*) FROM notifications WHERE template = 'booking_confirmed'")
        .await;
    let history: i64 =
        scene.app.value("SELECT count(*) FROM booking_events WHERE to_status = 'confirmed'").await;
    let succeeded: i64 =
        scene.app.value("SELECT count(*) FROM events WHERE kind = 'payment.succeeded'").await;
    let subjects: i64 = scene
        .app
        .value("SELECT count(DISTINCT subject_id) FROM events WHERE kind = 'payment.succeeded'")
        .await;
    let applied: i64 =
        scene.app.value("SELECT count(*) FROM payment_events WHERE status = 'applied'").await;
    let refunds: i64 =
        scene.app.value("SELECT count(*) FROM payments WHERE purpose = 'refund'").await;
    let expected = i64::try_from(count).unwrap();
    assert_eq!(
        (confirmed, letters, history, succeeded, subjects, applied, refunds),
        (expected, expected, expected, expected, expected, 3 * expected, 0)
    );
    let dead: i64 = scene.app.value("SELECT count(*) FROM jobs WHERE last_error IS NOT NULL").await;
    assert_eq!(dead, 0);
}

/// In an order of its own each time; a failure prints it with the rows it left.
fn shuffle(deliveries: &mut [StripeEvent]) {
    for nth in (1..deliveries.len()).rev() {
        let other = usize::try_from(uuid::Uuid::new_v4().as_u128() % (nth as u128 + 1)).unwrap();
        deliveries.swap(nth, other);
    }
}

async fn send(app: &TestApp, header: Option<String>, body: Vec<u8>) -> Reply {
    let call = app.anonymous().post_empty("/webhooks/stripe");
    let call = match header {
        Some(header) => call.header("stripe-signature", header),
        None => call,
    };
    call.bytes(body).await
}

/// Nobody but the provider tells of money.
#[tokio::test]
async fn forged_deliveries_are_refused() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let payment = scene.begin(&booking, "stripe").await.text_at("/payment/id");
    let event = scene.stripe.pay(&payment);
    let secret = scene.app.profile.payments.stripe_webhook_secret.clone().unwrap();
    let (secret, now, body) =
        (secret.expose_secret(), Utc::now().timestamp(), event.body.as_bytes());
    let sound = stripe_signature(secret, now, body);
    let (_, mac) = sound.split_once("v1=").unwrap();
    let with = |header: String| (Some(header), body.to_vec());
    let mut longer = body.to_vec();
    longer.push(b' ');
    let reordered = serde_json::from_slice::<serde_json::Value>(body).unwrap();
    let reordered = serde_json::to_vec_pretty(&reordered).unwrap();
    let mut flipped = body.to_vec();
    flipped[10] ^= 1;
    let forged = [
        ("no header", (None, body.to_vec())),
        ("empty header", with(String::new())),
        ("nonsense", with("nonsense".to_owned())),
        ("no time", with(format!("v1={mac}"))),
        ("no signature", with(format!("t={now}"))),
        ("empty signature", with(format!("t={now},v1="))),
        ("short signature", with(format!("t={now},v1={}", &mac[..62]))),
        ("another scheme", with(format!("t={now},v0={mac}"))),
        ("a time that is none", with(format!("t=now,v1={mac}"))),
        ("two times", with(format!("t={now},t={now},v1={mac}"))),
        ("another time than signed", with(format!("t={},v1={mac}", now + 1))),
        ("another secret", with(stripe_signature("whsec_guess", now, body))),
        ("no secret", with(stripe_signature("", now, body))),
        ("the other brand's secret", with(stripe_signature("whsec_realestate", now, body))),
        (
            "the key that opens the provider",
            with(stripe_signature("sk_testkit_opens_this_server_only", now, body)),
        ),
        ("too old", with(stripe_signature(secret, now - 302, body))),
        ("from the future", with(stripe_signature(secret, now + 302, body))),
        ("an hour old", with(stripe_signature(secret, now - 3600, body))),
        ("a byte more", (Some(sound.clone()), longer)),
        ("a byte less", (Some(sound.clone()), body[..body.len() - 1].to_vec())),
        ("a bit flipped", (Some(sound.clone()), flipped)),
        ("written anew", (Some(sound.clone()), reordered)),
        ("empty body", (Some(sound.clone()), Vec::new())),
        ("signed, and no delivery", {
            let body = b"{\"id\": 7}".to_vec();
            (Some(stripe_signature(secret, now, &body)), body)
        }),
        ("signed, and no JSON", {
            let body = b"\xff\xfe".to_vec();
            (Some(stripe_signature(secret, now, &body)), body)
        }),
    ];
    for (what, (header, body)) in forged {
        let reply = send(&scene.app, header, body).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (400, "malformed_request"),
            "{what}: {reply:?}"
        );
    }
    let huge = vec![b' '; 300_000];
    let header = stripe_signature(secret, now, &huge);
    send(&scene.app, Some(header), huge).await.problem(413, "payload_too_large");
    scene.app.settled().await;
    let stored: i64 = scene.app.value("SELECT count(*) FROM payment_events").await;
    assert_eq!(stored, 0);
    assert!(!booking.is_confirmed(&scene.app).await);
    // The same bytes, signed: so it was the signature.
    let _ = send(&scene.app, Some(sound), body.to_vec()).await.expect(200);
    scene.app.settled().await;
    assert!(booking.is_confirmed(&scene.app).await);
}

/// While a secret is changed for another, both are good.
#[tokio::test]
async fn two_secrets_may_live_at_once() {
    let stripe = terrace_testkit::StripeServer::start();
    let app = setup("bestays")
        .with(stripe.serves())
        .with(|profile| {
            profile.payments.stripe_previous_webhook_secret = Some("whsec_before".into());
        })
        .spawn()
        .await;
    let event = StripeEvent::new(
        "customer.created",
        &json!({"id": "cus_1", "email": "canary@example.com"}),
    );
    let now = Utc::now().timestamp();
    for (secret, status) in
        [("whsec_bestays", 200), ("whsec_before", 200), ("whsec_before_that", 400)]
    {
        let header = stripe_signature(secret, now, event.body.as_bytes());
        let reply = send(&app, Some(header), event.body.clone().into_bytes()).await;
        assert_eq!(reply.status, status, "{secret}");
    }
    // What is of no interest is remembered by its name, and nothing of it is kept.
    let rows: Vec<String> = app
        .values("SELECT kind || ' ' || status::text || ' ' || payload::text FROM payment_events")
        .await;
    assert_eq!(rows, ["customer.created ignored {\"about\": \"nothing\"}"]);
}

/// Stored, and then the process died: the event is there, its job is not.
#[tokio::test]
async fn what_was_stored_and_forgotten_is_applied() {
    let stripe = terrace_testkit::StripeServer::start();
    let app = super::roomy()
        .with(stripe.serves())
        .with(|profile| profile.jobs.in_server = false)
        .spawn()
        .await;
    let (agent, guest) = (app.agent("somchai").await, app.user("malee").await);
    let villa = agent.create_published(terrace_testkit::listing::rent()).await;
    let booking = hold(&app, &guest, &villa, 10).await;
    let begun = guest.post(&booking.payment(), json!({"provider": "stripe"})).await.expect(201);
    let event = stripe.pay(&begun.text_at("/payment/id"));
    let _ = event.deliver(&app).await.expect(200);
    app.execute("DELETE FROM jobs").await;
    // Young ones are left alone: their job may be under way.
    terrace_server::payments::sweep_now(&app.state()).await.unwrap();
    assert_eq!(app.value::<i64>("SELECT count(*) FROM jobs").await, 0);
    app.execute(
        "ALTER TABLE payment_events DISABLE TRIGGER payment_events_updated_at; \
         UPDATE payment_events SET updated_at = now() - interval '1 hour'; \
         ALTER TABLE payment_events ENABLE TRIGGER payment_events_updated_at",
    )
    .await;
    terrace_server::payments::sweep_now(&app.state()).await.unwrap();
    assert_eq!(app.value::<i64>("SELECT count(*) FROM jobs").await, 1);
    assert!(!booking.is_confirmed(&app).await);
    let (_caller, _worker) = working(&app).await;
    app.settled().await;
    assert!(booking.is_confirmed(&app).await);
    let state: String = app.value("SELECT status::text FROM payment_events").await;
    assert_eq!(state, "applied");
}

/// Another process of the brand, which works.
async fn working(app: &TestApp) -> (terrace_testkit::Caller, impl Drop + use<>) {
    app.beside_with(|profile| profile.jobs.in_server = true).await
}
