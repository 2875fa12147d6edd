//! An endpoint that is gone, or fails for days, is switched off; switched on again, it gets what
//! waited.

use serde_json::{Value, json};
use terrace_testkit::{Caller, Receiver, TestApp, listing};

use super::support::{Hook, allowing, pass_time, quiet, until};

async fn told_of(admin: &Caller, hook: &Hook) -> Vec<Value> {
    let feed = admin.get("/api/v1/admin/events?limit=1000").await.expect(200);
    let items = feed.at("/items").as_array().cloned().unwrap();
    items
        .into_iter()
        .filter(|event| event["kind"] == "webhook.disabled" && event["subject_id"] == hook.id)
        .map(|event| event["data"].clone())
        .collect()
}

/// Whether the trail says that the platform itself switched it off.
async fn in_the_trail(app: &TestApp, reason: &str) -> i64 {
    app.value(format!(
        "SELECT count(*) FROM audit_log WHERE table_name = 'webhook_endpoints' AND action = 'update' \
         AND actor IS NULL AND request_id = 'webhooks' \
         AND after = '{{\"is_active\": false, \"disabled_reason\": \"{reason}\"}}'"
    ))
    .await
}

#[tokio::test]
async fn gone_is_gone() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let hook = Hook::make(&admin, &receiver, &["listing.created"]).await;
    receiver.answer(|_| 410);
    let _ = agent.create(listing::rent()).await;
    receiver.wait_for(1).await;
    until(&app, "SELECT count(*) FROM webhook_endpoints WHERE NOT is_active", 1).await;
    let shown = hook.shown(&admin).await;
    assert_eq!((&shown["is_active"], &shown["disabled_reason"]), (&json!(false), &json!("gone")));
    assert_eq!(told_of(&admin, &hook).await, [json!({"reason": "gone"})]);
    assert_eq!(in_the_trail(&app, "gone").await, 1);

    // Off: nothing is sent, however late it gets, and what happens now is not taken up for it.
    let _ = agent.create(listing::rent()).await;
    pass_time(&app).await;
    quiet(&app).await;
    assert_eq!(receiver.received().len(), 1);

    // On again: what waited goes at once, under its old id.
    receiver.answer(|_| 200);
    app.execute("UPDATE webhook_deliveries SET next_attempt_at = now() + interval '8 hours'").await;
    let on = admin.patch(&hook.path(), json!({"is_active": true})).await.expect(200);
    assert_eq!((on.at("/disabled_reason"), on.at("/failing_since")), (Value::Null, Value::Null));
    let received = receiver.wait_for(2).await;
    quiet(&app).await;
    assert_eq!(received[0].id(), received[1].id());
    let _ = agent.create(listing::rent()).await;
    receiver.wait_for(3).await;
    quiet(&app).await;
    // What happened in between is there for the asking.
    let _ = admin
        .post(&hook.at("replay"), json!({"from_seq": received[0].seq() + 1}))
        .await
        .expect(202);
    app.settled().await;
    receiver.wait_for(5).await;
}

#[tokio::test]
async fn five_days_of_nothing_but_failure() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let admin = app.admin().await;
    let hook = Hook::make(&admin, &receiver, &[]).await;
    let failing_for = async |time: &str| {
        app.execute(format!(
            "UPDATE webhook_endpoints SET failing_since = now() - interval '{time}'"
        ))
        .await;
        let _ = admin.post_empty(&hook.at("test")).await;
        quiet(&app).await;
        hook.shown(&admin).await
    };
    receiver.answer(|_| 500);
    let shown = failing_for("4 days 23 hours").await;
    assert_eq!((&shown["is_active"], told_of(&admin, &hook).await.len()), (&json!(true), 0));
    // One that gets through, and the days are counted anew.
    receiver.answer(|_| 200);
    let shown = failing_for("6 days").await;
    assert_eq!((&shown["is_active"], &shown["failing_since"]), (&json!(true), &Value::Null));
    receiver.answer(|_| 500);
    let shown = failing_for("5 days").await;
    assert_eq!(
        (&shown["is_active"], &shown["disabled_reason"]),
        (&json!(false), &json!("failing"))
    );
    assert_eq!(told_of(&admin, &hook).await, [json!({"reason": "failing"})]);
    assert_eq!(in_the_trail(&app, "failing").await, 1);
}

/// Another endpoint hears of it.
#[tokio::test]
async fn others_are_told() {
    let (gone, watching) = (Receiver::start().await, Receiver::start().await);
    let app = allowing(&[&gone, &watching]).spawn().await;
    let admin = app.admin().await;
    let hook = Hook::make(&admin, &gone, &[]).await;
    Hook::make(&admin, &watching, &["webhook.disabled"]).await;
    gone.answer(|_| 410);
    let _ = admin.post_empty(&hook.at("test")).await.expect(202);
    let told = watching.wait_for(1).await.remove(0);
    assert_eq!((told.kind(), told.subject()), ("webhook.disabled".to_owned(), hook.id));
    assert_eq!(told.json()["data"]["reason"], "gone");
}
