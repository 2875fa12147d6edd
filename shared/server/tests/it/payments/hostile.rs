//! Whatever is sent.

use serde_json::json;

use super::{Scene, tag};
use crate::hostile::{assert_sound, nasty};

#[tokio::test]
async fn no_body_breaks_a_payment() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let payment = scene.begin(&booking, "manual").await.text_at("/payment/id");
    let at = |rest: &str| format!("/api/v1/payments/{payment}/{rest}");
    let paths = [booking.payment(), at("receive"), at("refund"), at("sent"), at("resolve")];
    for path in &paths {
        for body in nasty::documents() {
            let short: String = String::from_utf8_lossy(&body).chars().take(60).collect();
            let call = scene.admin.post_empty(path).if_match(tag(1)).bytes(body);
            assert_sound(&format!("{path} {short:?}"), &call.await);
        }
    }
    for text in nasty::texts() {
        let receipt = json!({"amount": 1, "reference": text});
        let version: i32 =
            scene.app.value(format!("SELECT version FROM payments WHERE id = '{payment}'")).await;
        let call = scene.admin.post(&at("receive"), receipt).if_match(tag(version.into()));
        assert_sound(&format!("reference {text:?}"), &call.await);
        for body in
            [json!({"provider": text}), json!({"purpose": text}), json!({(text.as_str()): 1})]
        {
            let reply = scene.guest.post(&booking.payment(), body).await;
            assert_sound(&format!("begin {text:?}"), &reply);
        }
    }
    for number in nasty::NUMBERS {
        let receipt = format!("{{\"amount\": {number}, \"reference\": \"N\"}}");
        let call = scene.admin.post_empty(&at("receive")).if_match(tag(1)).bytes(receipt);
        assert_sound(&format!("amount {number}"), &call.await);
    }
    for etag in ["", "x", "\"\"", "\"99999999999-payment\"", "*"] {
        let call = scene.admin.post(&at("receive"), json!({"amount": 1, "reference": "E"}));
        assert_sound(etag, &call.if_match(etag).await);
    }
    // What was counted can be counted up.
    let sound: bool = scene
        .app
        .value("SELECT bool_and(received BETWEEN 0 AND 10000000000000) FROM payments")
        .await;
    assert!(sound);
}

#[tokio::test]
async fn what_is_not_there_is_not_there() {
    let scene = Scene::set().await;
    let nobody = uuid::Uuid::new_v4();
    for rest in ["payment", "payment/qr.svg", "payments"] {
        let path = format!("/api/v1/bookings/{nobody}/{rest}");
        scene.admin.get(&path).await.problem(404, "not_found");
        scene.admin.get(&path.replace(&nobody.to_string(), "x")).await.problem(404, "not_found");
    }
    for (rest, body) in [
        ("receive", json!({"amount": 1, "reference": "x"})),
        ("refund", json!({"amount": 1, "reason": "other"})),
        ("sent", json!({"reference": "x"})),
        ("resolve", json!({})),
    ] {
        let path = format!("/api/v1/payments/{nobody}/{rest}");
        scene.admin.post(&path, body).if_match(tag(1)).await.problem(404, "not_found");
    }
}
