//! Bank transfers and PromptPay.

use serde_json::json;
use terrace_testkit::{listing, setup, spawn_app};

use super::{Scene, TOTAL, hold, tag, told};

#[tokio::test]
async fn the_guest_is_told_how_to_pay_in_their_language() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let guide = scene.guest.get(&booking.payment()).await.expect(200);
    assert_eq!(guide.header("cache-control"), "private, no-store");
    assert_eq!(
        (guide.at("/total"), guide.at("/paid"), guide.at("/due")),
        (json!(TOTAL), json!(0), json!(TOTAL))
    );
    assert_eq!(guide.at("/providers"), json!(["stripe", "manual"]));
    assert_eq!(guide.at("/payment"), json!(null));
    let manual = guide.at("/manual");
    assert_eq!(manual["amount_written"], "THB 14,100");
    assert_eq!(manual["reference"], json!(booking.reference));
    assert!(manual["bank_account"].as_str().unwrap().starts_with("Example Bank"), "{manual}");
    let steps = manual["steps"].to_string();
    assert!(steps.contains("THB 14,100") && steps.contains(&booking.reference), "{steps}");
    let payload = manual["promptpay"]["payload"].as_str().unwrap();
    assert!(payload.contains("540814100.00"), "{payload}");
    assert!(payload.contains("A0000006770101110213" /* a 13-digit id */), "{payload}");
    assert!(payload.contains(&booking.reference), "{payload}");

    let thai =
        scene.guest.get(&booking.payment()).header("accept-language", "th").await.expect(200);
    assert_eq!(thai.header("content-language"), "th");
    assert!(thai.text().contains("สแกน") && thai.text().contains("ธนาคารตัวอย่าง"), "{thai:?}");

    let qr = scene.guest.get(manual["promptpay"]["qr"].as_str().unwrap()).await.expect(200);
    assert_eq!(qr.header("content-type"), "image/svg+xml");
    assert_eq!(qr.header("x-content-type-options"), "nosniff");
    assert!(qr.header("content-security-policy").contains("default-src 'none'"), "{qr:?}");
    assert!(qr.text().contains("<svg"), "{qr:?}");
}

#[tokio::test]
async fn money_that_staff_has_seen_confirms_the_booking() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let begun = scene.begin(&booking, "manual").await;
    assert_eq!(begun.at("/payment/state"), "requires_action");
    assert_eq!(begun.at("/client_secret"), json!(null));
    let payment = begun.text_at("/payment/id");
    // Whoever asks again goes on with the same.
    let again =
        scene.guest.post(&booking.payment(), json!({"provider": "manual"})).await.expect(200);
    assert_eq!(again.text_at("/payment/id"), payment);
    assert!(!booking.is_confirmed(&scene.app).await);

    let path = format!("/api/v1/payments/{payment}/receive");
    let receipt = json!({"amount": TOTAL, "currency": "THB", "reference": "KB 0001"});
    let call = |etag: String| {
        scene.agent.post(&path, receipt.clone()).if_match(etag).header("idempotency-key", "r1")
    };
    scene.agent.post(&path, receipt.clone()).await.problem(428, "precondition_required");
    call(tag(9)).await.problem(412, "version_mismatch");
    assert!(!booking.is_confirmed(&scene.app).await, "nothing is half done");
    let done = call(tag(1)).await.expect(200);
    assert_eq!((done.at("/outcome"), done.at("/state")), (json!("confirmed"), json!("succeeded")));
    assert_eq!(done.at("/received"), json!(TOTAL));
    assert!(booking.is_confirmed(&scene.app).await);
    let replayed = call(tag(1)).await.expect(200);
    assert_eq!(replayed.body, done.body);
    assert_eq!(told(&scene.app).await, ["payment.succeeded"]);
    let guide = scene.guest.get(&booking.payment()).await.expect(200);
    assert_eq!((guide.at("/due"), guide.at("/manual")), (json!(0), json!(null)));
    let reply = scene.guest.post(&booking.payment(), json!({})).await;
    reply.problem(409, "wrong_state");
    scene.guest.get(&format!("{}/qr.svg", booking.payment())).await.problem(409, "wrong_state");
}

#[tokio::test]
async fn too_little_is_waited_on_and_too_much_goes_back() {
    let scene = Scene::set().await;
    let booking = scene.hold(10).await;
    let payment = scene.begin(&booking, "manual").await.text_at("/payment/id");
    let short = scene.receive(&payment, 1, TOTAL - 1, "T-1").await.expect(200);
    assert_eq!(
        (short.at("/outcome"), short.at("/attention"), short.at("/state")),
        (json!("underpaid"), json!("underpaid"), json!("requires_action"))
    );
    assert!(!booking.is_confirmed(&scene.app).await);
    // The same transfer is not counted twice, whoever typed it again.
    let twice = scene.receive(&payment, 2, TOTAL - 1, " T-1 ").await;
    twice.problem(409, "conflict");
    assert_eq!(twice.fields(), ["/reference taken"]);
    let over = scene.receive(&payment, 2, 101, "T-2").await.expect(200);
    assert_eq!(
        (over.at("/outcome"), over.at("/attention"), over.at("/state")),
        (json!("confirmed"), json!("overpaid"), json!("succeeded"))
    );
    assert_eq!((over.at("/received"), over.at("/refunded")), (json!(TOTAL + 100), json!(100)));
    assert!(booking.is_confirmed(&scene.app).await);
    let refunds = scene.refunds(&booking).await;
    assert_eq!(refunds.len(), 1);
    assert_eq!(
        (&refunds[0]["amount"], &refunds[0]["state"], &refunds[0]["reason"]),
        (&json!(100), &json!("pending"), &json!("overpaid"))
    );
    // Paid once more by mistake: all of that goes back.
    let more = scene.receive(&payment, over.at("/version").as_i64().unwrap(), 500, "T-3").await;
    let more = more.expect(200);
    assert_eq!((more.at("/outcome"), more.at("/refunded")), (json!("refund_due"), json!(600)));
    assert_eq!(scene.refunds(&booking).await.len(), 2);

    // A person sends them, and says so.
    for (nth, refund) in scene.refunds(&booking).await.iter().enumerate() {
        let path = format!("/api/v1/payments/{}/sent", refund["id"].as_str().unwrap());
        let body = json!({"reference": format!("OUT-{nth}")});
        let version = refund["version"].as_i64().unwrap();
        scene
            .agent
            .post(&path, body.clone())
            .if_match(tag(version))
            .await
            .problem(403, "forbidden");
        let sent = scene.admin.post(&path, body.clone()).if_match(tag(version)).await.expect(200);
        assert_eq!(
            (sent.at("/outcome"), sent.at("/state")),
            (json!("refunded"), json!("succeeded"))
        );
        let version = sent.at("/version").as_i64().unwrap();
        let again = scene.admin.post(&path, body).if_match(tag(version)).await;
        again.problem(409, "wrong_state");
    }
    let record = scene.record(&booking, &payment).await;
    assert_eq!((&record["state"], &record["attention"]), (&json!("succeeded"), &json!(null)));
}

#[tokio::test]
async fn of_two_who_see_the_same_transfer_one_counts_it() {
    use futures_util::future::join_all;
    use std::future::IntoFuture;
    let scene = Scene::set().await;
    for round in 0..5 {
        let booking = scene.hold(10 + round * 4).await;
        let payment = scene.begin(&booking, "manual").await.text_at("/payment/id");
        let path = format!("/api/v1/payments/{payment}/receive");
        let body = json!({"amount": TOTAL, "reference": format!("R-{round}")});
        let calls = (0..6).map(|nth| {
            let caller = if nth % 2 == 0 { &scene.agent } else { &scene.admin };
            caller.post(&path, body.clone()).if_match(tag(1)).into_future()
        });
        let replies = join_all(calls).await;
        let done = replies.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(done, 1, "{replies:?}");
        for reply in replies.iter().filter(|reply| reply.status != 200) {
            reply.problem(412, "version_mismatch");
        }
        let record = scene.record(&booking, &payment).await;
        assert_eq!(record["received"], json!(TOTAL));
    }
}

/// Without an id or an account for transfers a brand takes none, and says so.
#[tokio::test]
async fn a_brand_takes_what_its_profile_says() {
    let app = setup("bestays")
        .with(|profile| {
            profile.payments.promptpay_id = None;
        })
        .spawn()
        .await;
    let (agent, guest) = (app.agent("somchai").await, app.user("malee").await);
    let villa = agent.create_published(listing::rent()).await;
    let booking = hold(&app, &guest, &villa, 5).await;
    let guide = guest.get(&booking.payment()).await.expect(200);
    assert_eq!(guide.at("/manual/promptpay"), json!(null));
    assert!(guide.at("/manual/bank_account").is_string());
    let reply = guest.post(&booking.payment(), json!({"provider": "stripe"})).await;
    reply.problem(422, "invalid_input");
    assert_eq!(reply.fields(), ["/provider unknown_value"]);
    app.anonymous().post("/webhooks/stripe", json!({})).await.problem(404, "not_found");
    let none = spawn_app("realestate").await;
    assert!(none.profile.payments.providers.is_empty());
}
