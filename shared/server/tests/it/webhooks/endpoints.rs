//! Endpoints: made, shown without their secrets, changed, rotated, taken away.

use serde_json::{Value, json};
use terrace_testkit::{Receiver, TestApp, listing};
use uuid::Uuid;

use super::support::{Hook, WEBHOOKS, allowing, is_signed_by, quiet};

/// Every text that the audit trail holds.
async fn audit(app: &TestApp) -> String {
    app.values::<String>("SELECT a::text FROM audit_log a").await.join("\n")
}

#[tokio::test]
async fn a_secret_is_shown_once() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let admin = app.admin().await;
    let body = json!({"url": receiver.url("/hook?x=1"), "description": "The CRM", "event_types": ["listing.*"]});
    let made = admin.post(WEBHOOKS, body).await.expect(201);
    let (id, secret) = (made.text_at("/id"), made.text_at("/secret"));
    assert!(secret.starts_with("whsec_") && secret.len() > 40, "{secret}");
    assert_eq!(made.header("location"), format!("{WEBHOOKS}/{id}"));
    let mut expected = made.json();
    expected.as_object_mut().unwrap().remove("secret");
    assert_eq!(expected["url"], receiver.url("/hook?x=1"));
    assert_eq!(admin.get(&format!("{WEBHOOKS}/{id}")).await.expect(200).json(), expected);
    assert_eq!(admin.get(WEBHOOKS).await.expect(200).at("/items/0"), expected);

    let hook = Hook { id, secret };
    let rotated = admin.post_empty(&hook.at("rotate-secret")).await.expect(200);
    let newer = rotated.text_at("/secret");
    assert_ne!(newer, hook.secret);
    let changed = admin.patch(&hook.path(), json!({"description": null})).await.expect(200);
    assert_eq!(changed.at("/description"), Value::Null);
    let _ = admin.post_empty(&hook.at("test")).await.expect(202);
    quiet(&app).await;
    let told = [
        admin.get(&hook.path()).await.expect(200).text(),
        admin.get(WEBHOOKS).await.expect(200).text(),
        admin.get(&hook.at("deliveries")).await.expect(200).text(),
        changed.text(),
        audit(&app).await,
        app.values::<String>("SELECT e::text FROM events e").await.join("\n"),
        format!("{:?}", app.state()),
    ];
    for told in told {
        for secret in [&hook.secret, &newer] {
            assert!(!told.contains(secret.trim_start_matches("whsec_")), "{told}");
        }
    }
    // The change of the secret is in the trail, its value is not.
    let redacted: i64 = app
        .value(
            "SELECT count(*) FROM audit_log WHERE table_name = 'webhook_endpoints' \
             AND after ->> 'secret' = '[redacted]' AND action = 'update' \
             AND after ->> 'previous_secret' = '[redacted]' AND actor IS NOT NULL",
        )
        .await;
    assert_eq!(redacted, 1);
}

/// For a day both secrets sign: a receiver may change over when it likes.
#[tokio::test]
async fn the_old_secret_signs_for_a_day() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let admin = app.admin().await;
    let hook = Hook::make(&admin, &receiver, &[]).await;
    let rotated = admin.post_empty(&hook.at("rotate-secret")).await.expect(200);
    let newer = rotated.text_at("/secret");
    let until = chrono::DateTime::parse_from_rfc3339(&rotated.text_at("/previous_secret_until"));
    let left = until.unwrap().to_utc() - chrono::Utc::now();
    assert!((1435..=1440).contains(&left.num_minutes()), "{left}");

    let _ = admin.post_empty(&hook.at("test")).await.expect(202);
    let received = receiver.wait_for(1).await.remove(0);
    assert_eq!(received.header("webhook-signature").split(' ').count(), 2);
    assert!(is_signed_by(&received, &hook.secret) && is_signed_by(&received, &newer));

    app.execute("UPDATE webhook_endpoints SET previous_secret_until = now() - interval '1 second'")
        .await;
    let _ = admin.post_empty(&hook.at("test")).await.expect(202);
    let received = receiver.wait_for(2).await.remove(1);
    assert!(!is_signed_by(&received, &hook.secret) && is_signed_by(&received, &newer));
    assert_eq!(hook.shown(&admin).await["previous_secret_until"], Value::Null);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let app = allowing(&[]).spawn().await;
    let admin = app.admin().await;
    let fine = "https://93.184.216.34/hook";
    let long = format!("https://93.184.216.34/{}", "x".repeat(2000));
    for (body, field) in [
        (json!({}), "/url required"),
        (json!({"url": 5}), "/url invalid_type"),
        (json!({"url": ""}), "/url invalid"),
        (json!({"url": long}), "/url invalid"),
        // Short enough as it was sent, too long as an address.
        (json!({"url": format!("https://93.184.216.34/{}", "é".repeat(900))}), "/url invalid"),
        (json!({"url": fine, "event_types": ["listing.sold"]}), "/event_types/0 invalid"),
        (json!({"url": fine, "event_types": ["*", "lis*"]}), "/event_types/1 invalid"),
        (json!({"url": fine, "event_types": "*"}), "/event_types invalid_type"),
        (json!({"url": fine, "event_types": vec!["*"; 101]}), "/event_types invalid"),
        (json!({"url": fine, "description": ""}), "/description invalid"),
        (json!({"url": fine, "secret": "whsec_mine"}), "/secret unknown_field"),
    ] {
        let reply = admin.post(WEBHOOKS, body.clone()).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field], "{body}");
    }
    let made = admin.post(WEBHOOKS, json!({"url": fine, "event_types": []})).await.expect(201);
    let path = format!("{WEBHOOKS}/{}", made.text_at("/id"));
    for (body, field) in [
        (json!({"url": "http://93.184.216.34/"}), "/url invalid"),
        (json!({"url": "https://10.0.0.1/"}), "/url not_public"),
        (json!({"event_types": ["x.*"]}), "/event_types/0 invalid"),
        (json!({"is_active": "no"}), "/is_active invalid_type"),
        (json!({"id": path}), "/id unknown_field"),
    ] {
        let reply = admin.patch(&path, body.clone()).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field], "{body}");
    }
    for (path, field) in [
        (format!("{WEBHOOKS}?limit=0"), "limit invalid"),
        (format!("{WEBHOOKS}?cursor=x"), "cursor invalid"),
        (format!("{path}/deliveries?status=done"), "status invalid"),
        (format!("{path}/deliveries?cursor=x"), "cursor invalid"),
        (format!("{path}/deliveries?state=dead"), "state unknown_parameter"),
    ] {
        let reply = admin.get(&path).await;
        assert_eq!((reply.status, reply.fields()), (400, vec![field.to_owned()]), "{path}");
    }
    let nobody = format!("{WEBHOOKS}/{}", Uuid::now_v7());
    admin.get(&nobody).await.problem(404, "not_found");
    admin.patch(&nobody, json!({"is_active": true})).await.problem(404, "not_found");
    admin.delete(&nobody).await.problem(404, "not_found");
    for below in ["rotate-secret", "test"] {
        admin.post_empty(&format!("{nobody}/{below}")).await.problem(404, "not_found");
    }
    admin.get(&format!("{nobody}/deliveries")).await.problem(404, "not_found");
    admin.get(&format!("{WEBHOOKS}/x")).await.problem(404, "not_found");
}

#[tokio::test]
async fn lists_go_on_and_end() {
    let app = allowing(&[]).spawn().await;
    let admin = app.admin().await;
    let body = json!({"url": "https://93.184.216.34/"});
    let mut made = Vec::new();
    for _ in 0..50 {
        made.push(admin.post(WEBHOOKS, body.clone()).await.expect(201).text_at("/id"));
    }
    let over = admin.post(WEBHOOKS, body).await;
    over.problem(409, "conflict");
    let (mut seen, mut query) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("{WEBHOOKS}?limit=20{query}")).await.expect(200);
        let items = page.at("/items").as_array().cloned().unwrap();
        seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        match page.at("/next_cursor") {
            Value::String(cursor) => query = format!("&cursor={cursor}"),
            _ => break,
        }
    }
    assert_eq!(seen, made);
}

#[tokio::test]
async fn the_log_goes_on_and_ends() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let hook = Hook::make(&admin, &receiver, &["listing.created"]).await;
    for _ in 0..7 {
        let _ = agent.create(listing::rent()).await;
    }
    receiver.wait_for(7).await;
    quiet(&app).await;
    let (mut seen, mut query) = (Vec::new(), String::new());
    loop {
        let path = hook.at(&format!("deliveries?status=delivered&limit=3{query}"));
        let page = admin.get(&path).await.expect(200);
        let items = page.at("/items").as_array().cloned().unwrap();
        seen.extend(items.iter().map(|item| item["seq"].as_i64().unwrap()));
        match page.at("/next_cursor") {
            Value::String(cursor) => query = format!("&cursor={cursor}"),
            _ => break,
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=7).collect::<Vec<i64>>());
    // A cursor of one list is none of another.
    let first = admin.get(&hook.at("deliveries?limit=3")).await.expect(200);
    let cursor = first.text_at("/next_cursor");
    let other = admin.get(&hook.at(&format!("deliveries?status=dead&cursor={cursor}"))).await;
    other.problem(400, "invalid_cursor");
}

/// Sent twice because the answer was lost: one endpoint, one secret.
#[tokio::test]
async fn one_key_one_endpoint() {
    let app = allowing(&[]).spawn().await;
    let admin = app.admin().await;
    let make =
        |url: &str| admin.post(WEBHOOKS, json!({"url": url})).header("idempotency-key", "once");
    let first = make("https://93.184.216.34/").await.expect(201);
    let again = make("https://93.184.216.34/").await.expect(201);
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    make("https://93.184.216.35/").await.problem(422, "idempotency_mismatch");
    let endpoints: i64 = app.value("SELECT count(*) FROM webhook_endpoints").await;
    assert_eq!(endpoints, 1);
}

#[tokio::test]
async fn what_is_taken_away_hears_nothing() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let hook = Hook::make(&admin, &receiver, &[]).await;
    let _ = admin.post_empty(&hook.at("test")).await.expect(202);
    receiver.wait_for(1).await;
    quiet(&app).await;
    let _ = admin.delete(&hook.path()).await.expect(204);
    admin.get(&hook.path()).await.problem(404, "not_found");
    let _ = agent.create(listing::rent()).await;
    quiet(&app).await;
    assert_eq!(receiver.received().len(), 1);
    let rows: i64 = app.value("SELECT count(*) FROM webhook_deliveries").await;
    assert_eq!(rows, 0, "the log went with it");
}

/// The database refuses what the code would not write.
#[tokio::test]
async fn the_database_keeps_its_rules() {
    let app = allowing(&[]).spawn().await;
    let pool = app.sql().await;
    let secret = "whsec_0123456789abcdef";
    for (columns, values, constraint) in [
        ("url, secret", format!("'ftp://x', '{secret}'"), "webhook_endpoints_url_check"),
        (
            "url, secret, event_types",
            format!("'https://x', '{secret}', '{{listing}}'"),
            "webhook_endpoints_event_types_form_check",
        ),
        (
            "url, secret, event_types",
            format!("'https://x', '{secret}', '{{listing.*,DROP}}'"),
            "webhook_endpoints_event_types_form_check",
        ),
        (
            "url, secret, previous_secret",
            format!("'https://x', '{secret}', '{secret}'"),
            "webhook_endpoints_rotation_check",
        ),
        (
            "url, secret, disabled_reason",
            format!("'https://x', '{secret}', 'gone'"),
            "webhook_endpoints_active_check",
        ),
        (
            "url, secret, is_active, disabled_reason",
            format!("'https://x', '{secret}', false, 'tired'"),
            "webhook_endpoints_disabled_reason_check",
        ),
    ] {
        let sql = format!("INSERT INTO webhook_endpoints ({columns}) VALUES ({values})");
        let refused = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap_err();
        let refused = refused.into_database_error().unwrap();
        assert_eq!(refused.constraint(), Some(constraint), "{columns}: {values}");
    }
    for kinds in ["{}", "{*}", "{listing.*}", "{listing.created,lead.*,webhook.test}"] {
        let sql = format!(
            "INSERT INTO webhook_endpoints (url, secret, event_types) VALUES ('https://x', '{secret}', '{kinds}')"
        );
        app.execute(sql).await;
    }
}
