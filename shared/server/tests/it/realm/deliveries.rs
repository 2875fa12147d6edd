//! Deliveries: applied once, in whatever order they come; forged ones.

use std::future::IntoFuture;

use chrono::Utc;
use futures_util::future::join_all;
use secrecy::ExposeSecret;
use serde_json::json;
use terrace_testkit::{ClerkEvent, TestApp, setup, svix_signature};

use super::{Scene, at, moment, person, updated};

#[tokio::test]
async fn a_person_follows_the_realm_and_an_older_word_never_wins() {
    let scene = Scene::set().await;
    scene.hear(&ClerkEvent::new("user.created", &person("user_ann", 10, None))).await;
    let row = scene.row("user_ann").await;
    assert_eq!((&row["email"], &row["role"]), (&json!("user_ann@realm.example"), &json!("user")));
    assert_eq!(row["display_name"], "Malee user_ann");

    let mut newer = person("user_ann", 30, Some("agent"));
    newer["last_name"] = json!("Newer");
    let mut older = person("user_ann", 20, Some("admin"));
    older["last_name"] = json!("Older");
    for event in [updated(&newer), updated(&older), updated(&newer)] {
        scene.hear(&event).await;
    }
    let row = scene.row("user_ann").await;
    assert_eq!((&row["display_name"], &row["role"]), (&json!("Malee Newer"), &json!("agent")));
    let heard: chrono::DateTime<Utc> =
        serde_json::from_value(row["auth_updated_at"].clone()).unwrap();
    assert_eq!(heard, moment(at(30)));
    assert_eq!(scene.states().await, ["applied", "applied", "ignored", "applied"]);
    let profiles: i64 = scene.app.value("SELECT count(*) FROM agents").await;
    assert_eq!(profiles, 1, "whoever becomes an agent gets a profile");
    // What is done keeps no person, and nothing else ever was.
    let kept: String = scene
        .app
        .value("SELECT string_agg(e::text, '') FROM (SELECT * FROM webhook_events) e")
        .await;
    assert!(!kept.contains("Newer") && !kept.contains("canary"), "{kept}");
}

#[tokio::test]
async fn repeated_at_once_it_is_one() {
    let scene = Scene::set().await;
    let event = updated(&person("user_ann", 1, None));
    let replies = join_all((0..10).map(|_| event.deliver(&scene.app).into_future())).await;
    for reply in replies {
        assert_eq!(reply.status, 204, "{reply:?}");
    }
    let _ = ClerkEvent::new("organization.created", &json!({"id": "org_1"}))
        .deliver(&scene.app)
        .await
        .expect(204);
    scene.app.settled().await;
    assert_eq!(scene.states().await, ["applied", "ignored"]);
    let changes: i64 = scene
        .app
        .value("SELECT count(*) FROM audit_log WHERE table_name = 'users' AND action = 'update'")
        .await;
    assert_eq!(changes, 1);
}

/// Whatever order the end and the words before it come in, the end is the end.
#[tokio::test]
async fn who_is_gone_stays_gone() {
    let scene = Scene::set().await;
    let ann = scene.app.stranger("ann");
    scene.hear(&ClerkEvent::deleted("user_ann")).await;
    scene.hear(&ClerkEvent::new("user.created", &person("user_ann", 1, Some("admin")))).await;
    let ahead = Utc::now().timestamp_millis() + 86_400_000;
    let mut later = person("user_ann", 1, Some("admin"));
    later["updated_at"] = json!(ahead);
    scene.hear(&updated(&later)).await;
    let row = scene.row("user_ann").await;
    assert!(row["deleted_at"].is_string() && row["closed_at"].is_string(), "{row}");
    assert_eq!((&row["role"], &row["email"]), (&json!("user"), &json!(null)));
    assert_eq!(scene.states().await, ["applied", "ignored", "ignored"]);
    ann.get("/api/v1/me").await.problem(401, "unauthorized");
    // The database itself keeps it so.
    let pool = scene.app.sql().await;
    let reopened = sqlx::query("UPDATE users SET closed_at = NULL WHERE auth_subject = 'user_ann'");
    let refused = reopened.execute(&pool).await.unwrap_err();
    let constraint = refused.as_database_error().and_then(|error| error.constraint());
    assert_eq!(constraint, Some("users_gone"));
    // Their address is free for an account that is made anew.
    let mut again = person("user_ann2", 2, None);
    again["email_addresses"][0]["email_address"] = json!("user_ann@realm.example");
    scene.hear(&updated(&again)).await;
    assert_eq!(scene.row("user_ann2").await["email"], "user_ann@realm.example");
}

/// The subject is the identity; an address that somebody else has is left out.
#[tokio::test]
async fn an_address_that_is_taken_is_left_out() {
    let scene = Scene::set().await;
    let mut first = person("user_one", 1, None);
    first["email_addresses"][0]["email_address"] = json!("Shared@realm.example");
    let mut second = person("user_two", 1, None);
    second["email_addresses"][0]["email_address"] = json!("shared@realm.example");
    scene.hear(&updated(&first)).await;
    scene.hear(&updated(&second)).await;
    assert_eq!(scene.row("user_one").await["email"], "Shared@realm.example");
    assert!(scene.row("user_two").await["email"].is_null());
    assert_eq!(scene.states().await, ["applied", "applied"]);
}

/// A delivery in parts, to be spoiled one by one.
struct Parts {
    id: Option<String>,
    at: String,
    signature: String,
    body: Vec<u8>,
}

async fn send(app: &TestApp, parts: Parts) -> terrace_testkit::Reply {
    let mut call = app.anonymous().post_empty("/webhooks/clerk");
    if let Some(id) = parts.id {
        call = call.header("svix-id", id);
    }
    call = call.header("svix-timestamp", parts.at).header("svix-signature", parts.signature);
    call.bytes(parts.body).await
}

/// Nobody but the realm tells of people.
#[tokio::test]
async fn forged_deliveries_are_refused() {
    let scene = Scene::set().await;
    let secret = scene.app.profile.identity.webhook_secret.clone().unwrap();
    let secret = secret.expose_secret();
    let event = updated(&person("user_ann", 1, Some("admin")));
    let body = event.body.as_bytes();
    let now = Utc::now().timestamp();
    let signed = |secret: &str, at: i64, body: &[u8]| Parts {
        id: Some(event.id.clone()),
        at: at.to_string(),
        signature: svix_signature(secret, &event.id, at, body),
        body: body.to_vec(),
    };
    let good = || signed(secret, now, body);
    let longer = [body, b" "].concat();
    let wider: serde_json::Value = serde_json::from_slice(body).unwrap();
    let wider = serde_json::to_vec_pretty(&wider).unwrap();
    for (what, parts) in [
        ("no id", Parts { id: None, ..good() }),
        ("another id", Parts { id: Some("msg_2".to_owned()), ..good() }),
        ("no signature", Parts { signature: String::new(), ..good() }),
        ("an empty one", Parts { signature: "v1,".to_owned(), ..good() }),
        (
            "of a later scheme",
            Parts { signature: good().signature.replace("v1,", "v2,"), ..good() },
        ),
        ("another's secret", signed("whsec_cmVhbGVzdGF0ZS0tLS0tLS0tLS0tLS0t", now, body)),
        ("too old", signed(secret, now - 302, body)),
        ("too new", signed(secret, now + 302, body)),
        ("another time", Parts { at: (now - 1).to_string(), ..good() }),
        ("a byte more", Parts { body: longer, ..good() }),
        ("the same, written otherwise", Parts { body: wider, ..good() }),
        ("nothing", Parts { body: Vec::new(), ..good() }),
        ("signed, and no event", signed(secret, now, b"{}")),
        (
            "signed, and no person",
            signed(secret, now, br#"{"type":"user.updated","data":{"id":7}}"#),
        ),
    ] {
        let reply = send(&scene.app, parts).await;
        assert_eq!(reply.status, 400, "{what}: {reply:?}");
        reply.problem(400, "malformed_request");
    }
    let huge = vec![b' '; 1 << 20];
    send(&scene.app, signed(secret, now, &huge)).await.problem(413, "payload_too_large");
    // What is theirs and was not understood is there to be seen, without what was in it.
    assert_eq!(scene.states().await, ["dead"]);
    let shown = scene.said(&["users", "webhooks", "--product", "bestays", "--dead"]).await;
    assert!(shown.contains("unreadable") && shown.contains(&event.id), "{shown}");
    let said = scene.said(&["users", "retry", "--product", "bestays"]).await;
    assert_eq!(said.trim(), "bestays: 0 to be applied again");
    // They send it again; understood by then, it is applied, once.
    for _ in 0..2 {
        let _ = send(&scene.app, good()).await.expect(204);
        scene.app.settled().await;
        assert_eq!(scene.states().await, ["applied"]);
    }
    send(&scene.app, signed(secret, now, b"{}")).await.problem(400, "malformed_request");
    assert_eq!(scene.states().await, ["applied"], "what was applied stays so");
}

#[tokio::test]
async fn two_secrets_are_good_while_one_is_changed_for_the_other() {
    let clerk = terrace_testkit::ClerkServer::start();
    let old = "whsec_b2xkIHNlY3JldCBvZiB0aGlzIHJlYWxt";
    let app = setup("bestays")
        .with(clerk.serves())
        .with(|profile| {
            profile.identity.previous_webhook_secret =
                Some("whsec_b2xkIHNlY3JldCBvZiB0aGlzIHJlYWxt".into());
        })
        .spawn()
        .await;
    let event = updated(&person("user_ann", 1, None));
    let now = Utc::now().timestamp();
    let with_old = Parts {
        id: Some(event.id.clone()),
        at: now.to_string(),
        signature: svix_signature(old, &event.id, now, event.body.as_bytes()),
        body: event.body.clone().into_bytes(),
    };
    let _ = send(&app, with_old).await.expect(204);
    let _ = event.deliver(&app).await.expect(204);
    let stored: i64 = app.value("SELECT count(*) FROM webhook_events").await;
    assert_eq!(stored, 1);
}

/// What the database refuses is tried again, and then somebody must look.
#[tokio::test]
async fn what_fails_is_told_and_applied_again() {
    let scene = Scene::set().await;
    scene
        .app
        .execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'not now' USING ERRCODE = 'check_violation'; END $$; \
             CREATE TRIGGER refuse BEFORE UPDATE OF auth_updated_at ON users FOR EACH ROW EXECUTE FUNCTION refuse()",
        )
        .await;
    scene.hear(&updated(&person("user_ann", 1, None))).await;
    assert_eq!(scene.states().await, ["failed"]);
    scene
        .app
        .execute("UPDATE webhook_events SET status = 'dead'; DROP TRIGGER refuse ON users")
        .await;
    let shown = scene.said(&["users", "webhooks", "--product", "bestays", "--dead"]).await;
    assert!(shown.contains("user.updated") && shown.contains("user_ann"), "{shown}");
    let said = scene.said(&["users", "retry", "--product", "bestays"]).await;
    assert_eq!(said.trim(), "bestays: 1 to be applied again");
    scene.app.settled().await;
    assert_eq!(scene.states().await, ["applied"]);
    assert_eq!(scene.row("user_ann").await["email"], "user_ann@realm.example");
}
