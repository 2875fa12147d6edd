//! The audit: who, what, and never a personal value.

use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::connect::{act_as, run, value};
use crate::scratch::Scratch;

const ACTOR: &str = "01939d5e-0000-7000-8000-000000000001";
const VILLA: &str = "01939d5e-0000-7000-8000-00000000000a";

/// Everything since the last call, as (table, row, action, before, after).
async fn rows(
    db: &mut PgConnection,
    since: &mut i64,
) -> Vec<(String, String, String, Option<Value>, Option<Value>)> {
    let rows = sqlx::query_as(
        "SELECT table_name, row_id, action, before, after FROM audit_log WHERE id > $1 ORDER BY id",
    )
    .bind(*since)
    .fetch_all(&mut *db)
    .await
    .expect("the audit");
    *since = value(db, "SELECT coalesce(max(id), 0) FROM audit_log").await;
    rows
}

async fn insert_villa(db: &mut PgConnection) {
    run(db, format!("INSERT INTO properties (id, slug, title, transaction_type, property_type, rent_price, contact_info) \
        VALUES ('{VILLA}', 'villa', 'Villa', 'rent', 'villa', 100, '{{\"phone\": \"+66 81 234 5678\"}}')")).await;
}

#[tokio::test]
async fn a_change_names_its_actor_and_its_request() {
    let scratch = Scratch::migrated().await;
    let mut db = scratch.as_app().await;
    act_as(&mut db, ACTOR, "admin").await;
    run(&mut db, "SET app.request_id = 'req-7'").await;
    insert_villa(&mut db).await;
    run(
        &mut db,
        "SELECT set_config('app.user_id', '', false), set_config('app.request_id', '', false)",
    )
    .await;
    run(&mut db, "UPDATE properties SET title = 'House'").await;
    let who: Vec<(Option<String>, Option<String>)> =
        sqlx::query_as("SELECT actor::text, request_id FROM audit_log ORDER BY id")
            .fetch_all(&mut db)
            .await
            .expect("the audit");
    assert_eq!(who, [(Some(ACTOR.into()), Some("req-7".into())), (None, None)]);
}

#[tokio::test]
async fn an_update_keeps_what_changed_and_nothing_else() {
    let scratch = Scratch::migrated().await;
    let (mut db, mut since) = (scratch.as_app().await, 0);
    act_as(&mut db, "", "system").await;
    insert_villa(&mut db).await;
    let inserted = rows(&mut db, &mut since).await.remove(0);
    let after = inserted.4.expect("the whole row");
    assert_eq!(
        (inserted.0.as_str(), inserted.1.as_str(), inserted.2.as_str(), inserted.3),
        ("properties", VILLA, "insert", None)
    );
    assert_eq!(
        (&after["title"], &after["rent_price"], &after["contact_info"]),
        (&json!("Villa"), &json!(100), &json!("[redacted]"))
    );
    for computed in ["price", "amenity_slugs", "geo", "updated_at"] {
        assert!(after.get(computed).is_none(), "{computed} is kept");
    }

    run(&mut db, "UPDATE properties SET title = 'House', contact_info = '{\"phone\": \"2\"}', rent_price = 100").await;
    assert_eq!(
        rows(&mut db, &mut since).await,
        [(
            "properties".into(),
            VILLA.into(),
            "update".into(),
            Some(json!({"title": "Villa", "contact_info": "[redacted]"})),
            Some(json!({"title": "House", "contact_info": "[redacted]"})),
        )]
    );
    run(&mut db, "UPDATE properties SET title = 'House'").await;
    assert_eq!(
        rows(&mut db, &mut since).await,
        [],
        "an update that changes nothing but updated_at writes no row"
    );
    run(&mut db, "DELETE FROM properties").await;
    let deleted = rows(&mut db, &mut since).await.remove(0);
    assert_eq!(
        (deleted.2.as_str(), &deleted.3.expect("the row")["title"], deleted.4),
        ("delete", &json!("House"), None)
    );
}

#[tokio::test]
async fn translations_are_one_row_for_a_listing_and_locale() {
    let scratch = Scratch::migrated().await;
    let (mut db, mut since) = (scratch.as_app().await, 0);
    act_as(&mut db, "", "system").await;
    insert_villa(&mut db).await;
    rows(&mut db, &mut since).await;
    let key = format!("{VILLA}/th");
    let row = |action: &str, before: Option<Value>, after: Option<Value>| {
        ("property_translations".to_owned(), key.clone(), action.to_owned(), before, after)
    };
    let upsert = |title: &str, description: &str| {
        format!(
            "INSERT INTO property_translations (property_id, locale, field, value) \
            VALUES ('{VILLA}', 'th', 'title', '{title}'), ('{VILLA}', 'th', 'description', '{description}') \
            ON CONFLICT (property_id, locale, field) DO UPDATE SET value = excluded.value"
        )
    };
    run(&mut db, upsert("a", "b")).await;
    assert_eq!(
        rows(&mut db, &mut since).await,
        [row("insert", None, Some(json!({"title": "a", "description": "b"})))]
    );
    run(&mut db, upsert("a", "c")).await;
    assert_eq!(
        rows(&mut db, &mut since).await,
        [row("update", Some(json!({"description": "b"})), Some(json!({"description": "c"})))]
    );
    run(&mut db, upsert("a", "c")).await;
    assert_eq!(rows(&mut db, &mut since).await, []);
    run(&mut db, "DELETE FROM property_translations WHERE field = 'title'").await;
    assert_eq!(rows(&mut db, &mut since).await, [row("delete", Some(json!({"title": "a"})), None)]);
}

/// Canaries in every personal or secret column of the audited tables: none may arrive.
#[tokio::test]
async fn no_personal_value_and_no_secret_reaches_the_audit() {
    let scratch = Scratch::migrated().await;
    let mut db = scratch.as_app().await;
    act_as(&mut db, "", "system").await;
    run(&mut db, format!("INSERT INTO users (id, auth_subject, email, display_name, phone, metadata) \
        VALUES ('{ACTOR}', 'canary-subject', 'canary@example.com', 'Canary Name', '+66 canary', '{{\"k\": \"canary\"}}')")).await;
    run(
        &mut db,
        format!(
            "INSERT INTO agents (user_id, bio, licence_number, line_id, photo) \
        VALUES ('{ACTOR}', 'canary bio', 'canary-1', '@canary', '{{\"url\": \"canary\"}}')"
        ),
    )
    .await;
    insert_villa(&mut db).await;
    run(&mut db, "UPDATE properties SET contact_info = '{\"email\": \"canary@example.com\"}'")
        .await;
    run(&mut db, format!("INSERT INTO quotes (id, property_id, check_in, check_out, guests, inputs, rules, lines, total, currency, hash, valid_until) \
        VALUES ('{VILLA}', '{VILLA}', '2027-01-01', '2027-01-03', 2, '{{}}', '{{}}', '[]', 200, 'THB', sha256('x'), now() + interval '1 hour')")).await;
    run(&mut db, format!("INSERT INTO bookings (reference, property_id, quote_id, guest_name, guest_email, guest_phone, guest_note, check_in, check_out, guests, total, currency, hold_expires_at) \
        VALUES ('BST-001', '{VILLA}', '{VILLA}', 'Canary', 'canary@example.com', 'canary', 'canary', '2027-01-01', '2027-01-03', 2, 200, 'THB', now())")).await;
    run(&mut db, "UPDATE bookings SET status = 'cancelled', cancelled_at = now(), cancellation_reason = 'canary'").await;
    run(&mut db, "INSERT INTO leads (name, email, phone, line_id, message, metadata) \
        VALUES ('Canary', 'canary@example.com', 'canary', 'canary', 'canary', '{\"k\": \"canary\"}')").await;
    run(&mut db, format!("INSERT INTO calendars (property_id, direction, name, url) VALUES ('{VILLA}', 'import', 'x', 'https://canary.example')")).await;
    run(&mut db, format!("INSERT INTO calendars (property_id, direction, name, token) VALUES ('{VILLA}', 'export', 'x', 'canary-canary-canary-canary')")).await;
    run(&mut db, "INSERT INTO webhook_endpoints (url, secret) VALUES ('https://example.com', 'canary-canary-canary-canary')").await;
    run(&mut db, "UPDATE users SET phone = '+66 canary 2', email = NULL").await;

    let written: i64 = value(&mut db, "SELECT count(*) FROM audit_log").await;
    assert_eq!(written, 11);
    let leaked: i64 = value(
        &mut db,
        "SELECT count(*) FROM audit_log WHERE concat(before, after) ILIKE '%canary%'",
    )
    .await;
    assert_eq!(leaked, 0);
    let erased: Value = value(
        &mut db,
        "SELECT jsonb_build_array(before, after) FROM audit_log ORDER BY id DESC LIMIT 1",
    )
    .await;
    assert_eq!(
        erased,
        json!([{"phone": "[redacted]", "email": "[redacted]"}, {"phone": "[redacted]", "email": null}])
    );
}
