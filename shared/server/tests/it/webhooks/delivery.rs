//! One event, one signed request.

use serde_json::json;
use terrace_testkit::{Receiver, listing};

use super::support::{Hook, allowing, is_signed_by, quiet};

#[tokio::test]
async fn an_event_arrives_signed() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let hook = Hook::make(&admin, &receiver, &["listing.created"]).await;
    let made = agent.create(listing::rent()).await;

    let received = receiver.wait_for(1).await.remove(0);
    assert!(is_signed_by(&received, &hook.secret), "{received:?}");
    assert!(!is_signed_by(&received, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    let mut forged = received.clone();
    forged.body = forged.body.replace("listing.created", "listing.deleted");
    assert!(!is_signed_by(&forged, &hook.secret), "the body is signed");
    assert_eq!(received.path, "/hook");
    assert_eq!(received.header("content-type"), "application/json");
    assert!(received.header("user-agent").starts_with("Terrace/"));

    let event = admin.get("/api/v1/admin/events").await.expect(200).at("/items/0");
    let body = received.json();
    assert_eq!(body["type"], "listing.created");
    let at = |text: &serde_json::Value| {
        chrono::DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap()
    };
    assert_eq!(at(&body["timestamp"]), at(&event["at"]));
    let mut data = event["data"].clone();
    for field in ["seq", "subject_type", "subject_id", "actor"] {
        data[field] = event[field].clone();
    }
    assert_eq!(body["data"], data);
    assert_eq!((&data["subject_id"], &data["actor"]), (&json!(made.id), &json!(agent.user_id)));

    quiet(&app).await;
    let log = hook.log(&admin, "").await;
    assert_eq!(log.len(), 1);
    let row = &log[0];
    assert_eq!(row["status"], "delivered");
    assert_eq!(row["message_id"], received.id());
    assert_eq!((&row["attempts"], &row["response_status"]), (&json!(1), &json!(200)));
    assert_eq!(row["response_excerpt"], "answer 200");
    assert_eq!((&row["last_error"], &row["next_attempt_at"]), (&json!(null), &json!(null)));
    assert!(row["latency_ms"].as_i64().unwrap() >= 0 && row["delivered_at"].is_string());
    assert_eq!(row["payload"], body);
}

#[tokio::test]
async fn each_endpoint_hears_of_what_it_asked_for() {
    let receivers = [Receiver::start().await, Receiver::start().await, Receiver::start().await];
    let app = allowing(&receivers.each_ref()).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let _ = agent.create(listing::rent()).await;
    for (receiver, kinds) in receivers.iter().zip([
        &["listing.published", "listing.price_changed"][..],
        &["listing.*"],
        &["webhook.*"],
    ]) {
        Hook::make(&admin, receiver, kinds).await;
    }
    let everything = Receiver::start().await;
    let _ = agent.create_published(listing::rent()).await;
    quiet(&app).await;
    let kinds = |receiver: &Receiver| {
        receiver.received().iter().map(terrace_testkit::Received::kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&receivers[0]), ["listing.published"]);
    // Nothing of the listing that was there before the endpoint.
    let all = ["listing.created", "listing.published", "listing.updated"];
    assert_eq!(kinds(&receivers[1]), all);
    assert_eq!(kinds(&receivers[2]), Vec::<String>::new());
    assert_eq!(kinds(&everything), Vec::<String>::new());
}

/// A test goes to its endpoint, whatever kinds it hears of, and is in no feed.
#[tokio::test]
async fn a_test_is_sent_on_demand() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let admin = app.admin().await;
    let hook = Hook::make(&admin, &receiver, &["listing.deleted"]).await;
    let queued = admin.post_empty(&hook.at("test")).await.expect(202);
    let received = receiver.wait_for(1).await.remove(0);
    assert!(is_signed_by(&received, &hook.secret));
    assert_eq!(received.id(), queued.text_at("/message_id"));
    assert_eq!((received.kind(), received.subject()), ("webhook.test".to_owned(), hook.id.clone()));
    assert_eq!(received.json()["data"]["seq"], json!(null));
    assert_eq!(admin.get("/api/v1/admin/events").await.expect(200).at("/items"), json!([]));
    quiet(&app).await;
    assert_eq!(hook.log(&admin, "").await[0]["status"], "delivered");

    let off = admin.patch(&hook.path(), json!({"is_active": false})).await.expect(200);
    assert_eq!(off.at("/disabled_reason"), json!(null), "a person did it");
    admin.post_empty(&hook.at("test")).await.problem(409, "conflict");
}
