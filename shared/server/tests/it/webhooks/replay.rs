//! Sent again: from a number, from a time, what failed, and one.

use serde_json::json;
use terrace_testkit::{Received, Receiver, listing};
use uuid::Uuid;

use super::support::{Hook, WEBHOOKS, allowing, quiet, reprice};

fn numbers(received: &[Received]) -> Vec<i64> {
    received.iter().map(Received::seq).collect()
}

#[tokio::test]
async fn from_a_number_on() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    // Before the endpoint was there: a replay brings it all the same.
    let made = agent.create(listing::rent()).await;
    let hook = Hook::make(&admin, &receiver, &["listing.created", "listing.price_changed"]).await;
    let made = reprice(&agent, &made, 1_000_001).await;
    reprice(&agent, &made, 1_000_002).await;
    receiver.wait_for(2).await;
    quiet(&app).await;
    let before = receiver.received();
    assert_eq!(numbers(&before), [2, 4]);

    let queued = admin.post(&hook.at("replay"), json!({"from_seq": 1})).await.expect(202);
    assert_eq!(queued.json(), json!({"from_seq": 1, "to_seq": 5}));
    app.settled().await;
    receiver.wait_for(5).await;
    quiet(&app).await;
    let again = &receiver.received()[2..];
    assert_eq!(numbers(again), [1, 2, 4], "what it hears of, in order");
    assert_eq!(again[1].id(), before[0].id(), "under the same id");
    assert_eq!(again[1].body, before[0].body);

    let queued = admin.post(&hook.at("replay"), json!({"from_seq": 4})).await.expect(202);
    assert_eq!(queued.json(), json!({"from_seq": 4, "to_seq": 5}));
    app.settled().await;
    receiver.wait_for(6).await;
    quiet(&app).await;
    assert_eq!(numbers(&receiver.received()[5..]), [4]);
}

#[tokio::test]
async fn from_a_time_on() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let hook = Hook::make(&admin, &receiver, &["listing.created"]).await;
    for _ in 0..3 {
        let _ = agent.create(listing::rent()).await;
    }
    receiver.wait_for(3).await;
    quiet(&app).await;
    let second = admin.get("/api/v1/admin/events?after=1").await.expect(200).text_at("/items/0/at");
    let queued = admin.post(&hook.at("replay"), json!({"since": second})).await.expect(202);
    assert_eq!(queued.json(), json!({"from_seq": 2, "to_seq": 3}));
    app.settled().await;
    receiver.wait_for(5).await;
    quiet(&app).await;
    let mut again = numbers(&receiver.received()[3..]);
    again.sort_unstable();
    assert_eq!(again, [2, 3]);
    // Nothing has happened since tomorrow.
    let queued = admin.post(&hook.at("replay"), json!({"since": "2999-01-01T00:00:00Z"})).await;
    assert_eq!(queued.expect(202).json(), json!({"from_seq": 4, "to_seq": 3}));
    app.settled().await;
    quiet(&app).await;
    assert_eq!(receiver.received().len(), 5);
}

#[tokio::test]
async fn only_what_failed() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let hook = Hook::make(&admin, &receiver, &["listing.created"]).await;
    let _ = agent.create(listing::rent()).await;
    receiver.wait_for(1).await;
    quiet(&app).await;
    receiver.answer(|_| 500);
    for _ in 0..2 {
        let _ = agent.create(listing::rent()).await;
    }
    receiver.wait_for(3).await;
    quiet(&app).await;
    app.execute("UPDATE webhook_deliveries SET status = 'dead' WHERE seq = 2").await;
    receiver.answer(|_| 200);
    let _ = admin.post(&hook.at("replay"), json!({"failed_only": true})).await.expect(202);
    app.settled().await;
    receiver.wait_for(5).await;
    quiet(&app).await;
    let mut again = numbers(&receiver.received()[3..]);
    again.sort_unstable();
    assert_eq!(again, [2, 3], "the dead one and the waiting one, not the delivered one");
    assert_eq!(hook.log(&admin, "status=delivered").await.len(), 3);
}

#[tokio::test]
async fn one_delivery() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let admin = app.admin().await;
    let hook = Hook::make(&admin, &receiver, &[]).await;
    let sent = admin.post_empty(&hook.at("test")).await.expect(202);
    receiver.wait_for(1).await;
    quiet(&app).await;
    let path = format!("/api/v1/admin/deliveries/{}/replay", sent.text_at("/id"));
    receiver.hold();
    let queued = admin.post_empty(&path).await.expect(202);
    assert_eq!((queued.at("/status"), queued.at("/attempts")), (json!("pending"), json!(0)));
    let received = receiver.wait_for(2).await;
    assert_eq!(received[0].id(), received[1].id());
    admin.post_empty(&path).await.problem(409, "conflict");
    receiver.release();
    quiet(&app).await;
    assert_eq!(hook.log(&admin, "status=delivered").await.len(), 1);
    let nothing = format!("/api/v1/admin/deliveries/{}/replay", Uuid::now_v7());
    admin.post_empty(&nothing).await.problem(404, "not_found");
}

#[tokio::test]
async fn what_is_meant_must_be_said() {
    let app = allowing(&[]).spawn().await;
    let admin = app.admin().await;
    let body = json!({"url": "https://93.184.216.34/"});
    let id = admin.post(WEBHOOKS, body).await.expect(201).text_at("/id");
    let path = format!("{WEBHOOKS}/{id}/replay");
    for (body, field) in [
        (json!({}), "/from_seq required"),
        (json!({"failed_only": false}), "/from_seq required"),
        (json!({"from_seq": 0}), "/from_seq invalid"),
        (json!({"from_seq": 1, "since": "2026-01-01T00:00:00Z"}), "/since invalid"),
        (json!({"since": "yesterday"}), "/since invalid_type"),
        (json!({"to_seq": 1}), "/to_seq unknown_field"),
    ] {
        let reply = admin.post(&path, body.clone()).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field], "{body}");
    }
    let nobody = format!("{WEBHOOKS}/{}/replay", Uuid::now_v7());
    admin.post(&nobody, json!({"from_seq": 1})).await.problem(404, "not_found");
    let far = admin.post(&path, json!({"from_seq": i64::MAX})).await.expect(202);
    assert_eq!(far.at("/to_seq"), 0);
    app.settled().await;
}
