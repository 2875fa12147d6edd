//! What fails is tried again, later and later, for a day.

use serde_json::json;
use terrace_testkit::{Receiver, listing};

use super::support::{Hook, allowing, pass_time, quiet};

#[tokio::test]
async fn later_and_later_then_dead() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let hook = Hook::make(&admin, &receiver, &["listing.created"]).await;
    receiver.answer(|_| 503);
    let _ = agent.create(listing::rent()).await;

    let waits = [5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 28_800.0];
    for (nth, wait) in waits.into_iter().enumerate() {
        receiver.wait_for(nth + 1).await;
        quiet(&app).await;
        let row = hook.log(&admin, "status=failed").await.remove(0);
        assert_eq!(row["attempts"], json!(nth + 1));
        assert_eq!(row["response_status"], 503);
        assert_eq!(row["last_error"], "answered 503 Service Unavailable");
        let waits: f64 = app
            .value(
                "SELECT extract(epoch FROM next_attempt_at - updated_at)::float8 FROM webhook_deliveries",
            )
            .await;
        assert!((wait * 0.89..=wait * 1.11).contains(&waits), "after {}: {waits} s", nth + 1);
        pass_time(&app).await;
    }
    receiver.wait_for(11).await;
    quiet(&app).await;
    let row = hook.log(&admin, "status=dead").await.remove(0);
    assert_eq!((&row["attempts"], &row["next_attempt_at"]), (&json!(11), &json!(null)));
    let ids: std::collections::BTreeSet<_> =
        receiver.received().iter().map(|received| received.id().to_owned()).collect();
    assert_eq!(ids.len(), 1, "one id for all attempts");
    pass_time(&app).await;
    quiet(&app).await;
    assert_eq!(receiver.received().len(), 11, "dead is dead");
}

/// Whatever is not 2xx is a failure: a redirect too, and it is not followed.
#[tokio::test]
async fn only_a_2xx_is_success() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let admin = app.admin().await;
    let hook = Hook::make(&admin, &receiver, &[]).await;
    for (nth, (status, expected)) in [
        (200, "delivered"),
        (204, "delivered"),
        (299, "delivered"),
        (301, "failed"),
        (307, "failed"),
        (400, "failed"),
        (404, "failed"),
        (429, "failed"),
        (500, "failed"),
    ]
    .into_iter()
    .enumerate()
    {
        receiver.answer(move |_| status);
        let queued = admin.post_empty(&hook.at("test")).await.expect(202);
        receiver.wait_for(nth + 1).await;
        quiet(&app).await;
        let log = hook.log(&admin, "").await;
        let row = log.iter().find(|row| row["id"] == queued.at("/id")).unwrap();
        assert_eq!((&row["status"], &row["response_status"]), (&json!(expected), &json!(status)));
    }
}

/// A delivery that failed and then goes through: the log forgets the error, not the attempts.
#[tokio::test]
async fn a_failure_that_passes() {
    let mut receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let admin = app.admin().await;
    let hook = Hook::make(&admin, &receiver, &[]).await;
    receiver.down().await;
    let _ = admin.post_empty(&hook.at("test")).await.expect(202);
    quiet(&app).await;
    let row = hook.log(&admin, "").await.remove(0);
    assert_eq!((&row["status"], &row["response_status"]), (&json!("failed"), &json!(null)));
    let error = row["last_error"].as_str().unwrap();
    assert!(error.contains("refused"), "{error}");
    assert!(hook.shown(&admin).await["failing_since"].is_string());

    receiver.up();
    pass_time(&app).await;
    receiver.wait_for(1).await;
    quiet(&app).await;
    let row = hook.log(&admin, "").await.remove(0);
    assert_eq!((&row["status"], &row["attempts"]), (&json!("delivered"), &json!(2)));
    assert_eq!(row["last_error"], json!(null));
    assert_eq!(hook.shown(&admin).await["failing_since"], json!(null));
}
