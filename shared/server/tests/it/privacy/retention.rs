//! What goes by itself.

use serde_json::json;
use terrace_server::privacy::{retention, server_log};
use terrace_testkit::listing;

use super::{idle, tables_with};

#[tokio::test]
async fn people_of_what_is_long_over_are_forgotten() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let villa = agent.create_published(listing::rent()).await;
    for word in ["kanarekold", "kanareknew"] {
        let lead =
            json!({"name": word, "email": format!("{word}@mail.example"), "message": "Hello"});
        let _ = app.anonymous().post("/api/v1/leads", lead).await.expect(202);
        let quote = agent.post(&villa.at("quote"), crate::quotes::nights(60, 3)).await.expect(201);
        let order = json!({"quote_id": quote.text_at("/id"), "guest": {"name": word, "email": format!("{word}@mail.example")}});
        let _ = app
            .anonymous()
            .post("/api/v1/bookings", order)
            .header("idempotency-key", word)
            .await
            .expect(201);
        // The next one wants the same days.
        app.execute(
            "UPDATE bookings SET status = 'expired'; DELETE FROM stays; \
             UPDATE leads SET status = 'lost', lost_reason = 'other'",
        )
        .await;
    }
    let age = |table: &str, column: &str, days: u32| {
        format!(
            "ALTER TABLE {table} DISABLE TRIGGER {table}_updated_at; \
             UPDATE {table} SET updated_at = now() - interval '{days} days' WHERE {column} = 'kanarekold'; \
             ALTER TABLE {table} ENABLE TRIGGER {table}_updated_at;"
        )
    };
    let privacy = &app.profile.privacy;
    app.execute(format!(
        "{} {} \
         INSERT INTO webhook_events (delivery_id, provider, event_type, payload, status, applied_at) \
         VALUES ('old', 'clerk', 'user.updated', '{{\"email\": \"kanarekinbox\"}}', 'applied', now()), \
                ('waits', 'clerk', 'user.updated', '{{\"email\": \"kanarekwaits\"}}', 'received', NULL); \
         ALTER TABLE webhook_events DISABLE TRIGGER webhook_events_updated_at; \
         UPDATE webhook_events SET updated_at = now() - interval '{} days'; \
         ALTER TABLE webhook_events ENABLE TRIGGER webhook_events_updated_at",
        age("bookings", "guest_name", privacy.expired_hold_days + 1),
        age("leads", "name", privacy.enquiry_days + 1),
        privacy.inbox_days + 1,
    ))
    .await;
    retention::sweep(&app.state()).await.unwrap();
    assert_eq!(tables_with(&app, "kanarekold").await, Vec::<String>::new());
    assert_eq!(tables_with(&app, "kanarekinbox").await, Vec::<String>::new());
    let kept = tables_with(&app, "kanareknew").await;
    for table in ["leads", "bookings"] {
        assert!(kept.contains(&table.to_owned()), "{kept:?}");
    }
    assert!(
        !tables_with(&app, "kanarekwaits").await.is_empty(),
        "what waits is still to be applied"
    );
    retention::sweep(&app.state()).await.unwrap();
}

#[tokio::test]
async fn a_server_that_logs_values_is_noticed() {
    let app = idle().spawn().await;
    let found = server_log::leaks(&app.state()).await.unwrap();
    assert_eq!(found, [], "the server of the tests is configured as production is");
    // Only a superuser may say otherwise, and for one database at a time.
    let pool = sqlx::PgPool::connect_with(terrace_testkit::admin_options()).await.unwrap();
    let verbose = format!("ALTER DATABASE {} SET log_error_verbosity = 'verbose'", app.database);
    sqlx::query(sqlx::AssertSqlSafe(verbose)).execute(&pool).await.unwrap();
    pool.close().await;
    // Connections begun from now on have it.
    let state = terrace_server::app::State::new(app.profile.clone()).unwrap();
    let leaks = server_log::leaks(&state).await.unwrap();
    assert_eq!(
        leaks.iter().map(|leak| (leak.setting, &*leak.is)).collect::<Vec<_>>(),
        [("log_error_verbosity", "verbose")]
    );
    state.db.close().await;
}
