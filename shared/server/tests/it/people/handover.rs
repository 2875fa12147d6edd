//! Whoever is in charge of anything stays an active agent; reassigning lets them go.

use std::future::IntoFuture;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use terrace_testkit::{Caller, TestApp, listing, spawn_app};

use super::user_path;

async fn lead(app: &TestApp, agent: &Caller, status: &str) {
    app.execute(format!(
        "INSERT INTO leads (email, assigned_agent_id, status, lost_reason) VALUES ('ann@example.com', '{}', '{status}', \
             CASE '{status}' WHEN 'lost' THEN 'price' END)",
        agent.user_id.unwrap()
    ))
    .await;
}

fn handover(from: &Caller) -> String {
    format!("/api/v1/admin/agents/{}/reassign", from.user_id.unwrap())
}

#[tokio::test]
async fn an_agent_in_charge_is_kept_until_all_is_reassigned() {
    let app = spawn_app("bestays").await;
    let (admin, somchai, malee) =
        (app.admin().await, app.agent("somchai").await, app.agent("malee").await);
    let shown = somchai.create_published(listing::rent()).await;
    let draft = somchai.create(listing::rent()).await;
    let gone = somchai.create(listing::rent()).await;
    let _ = somchai.delete(&gone.path()).if_match(&gone.etag).await.expect(204);
    let bystander = malee.create(listing::rent()).await;
    for status in ["new", "viewing", "won", "lost"] {
        lead(&app, &somchai, status).await;
    }
    for (body, at) in [
        (json!({"is_active": false}), "/is_active"),
        (json!({"role": "user"}), "/role"),
        (json!({"role": "user", "is_active": false}), "/is_active"),
    ] {
        let reply = admin.patch(&user_path(&somchai), body).await;
        reply.problem(409, "in_use");
        assert_eq!(reply.fields(), [format!("{at} listings"), format!("{at} leads")]);
        assert!(
            reply.text().contains("3 listings") && reply.text().contains("2 open leads"),
            "{reply:?}"
        );
    }
    // An admin is in charge of listings as well as an agent is.
    let _ = admin.patch(&user_path(&somchai), json!({"role": "admin"})).await.expect(200);
    let _ = admin.patch(&user_path(&somchai), json!({"role": "agent"})).await.expect(200);
    // Remembered by the memory of pages, and must be forgotten.
    let before = app.anonymous().get(&shown.path()).await.expect(200);

    let body = json!({"to_agent_id": malee.user_id, "listings": [draft.id, bystander.id]});
    let reply = admin.post(&handover(&somchai), body).await;
    reply.problem(422, "invalid_input");
    assert_eq!(reply.fields(), ["/listings/1 unknown"]);
    let body = json!({"to_agent_id": malee.user_id, "listings": [draft.id]});
    let moved = admin.post(&handover(&somchai), body).await.expect(200);
    assert_eq!(moved.json(), json!({"listings": 1, "leads": 0}));
    let body = json!({"to_agent_id": malee.user_id, "listings": "all", "leads": true});
    let moved = admin.post(&handover(&somchai), body.clone()).await.expect(200);
    assert_eq!(moved.json(), json!({"listings": 2, "leads": 2}));
    // A lead that has changed hands is another version, and one letter tells of all of them.
    let versions: Vec<i32> =
        app.values("SELECT version FROM leads WHERE status NOT IN ('won', 'lost')").await;
    assert_eq!(versions, [2, 2]);
    let letters = app.letters().await;
    let [(template, letter)] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(
        (template.as_str(), letter.to.as_str()),
        ("leads_handed_over", "malee@bestays.example")
    );
    assert_eq!(letter.subject, "2 enquiries are yours now");
    assert!(letter.text.contains("from somchai"), "{}", letter.text);
    let again = admin.post(&handover(&somchai), body).await.expect(200);
    assert_eq!(again.json(), json!({"listings": 0, "leads": 0}));

    let after = app.anonymous().get(&shown.path()).await.expect(200);
    assert_eq!(after.at("/agent_id"), json!(malee.user_id));
    assert_eq!(after.at("/version"), before.at("/version").as_i64().unwrap() + 1);
    somchai.get(&draft.path()).await.problem(404, "not_found");
    let _ = malee.get(&draft.path()).await.expect(200);
    let audited: i64 = app
        .value(format!(
            "SELECT count(*) FROM audit_log WHERE actor = '{}' AND table_name IN ('properties', 'leads') \
             AND (after ->> 'agent_id' = '{to}' OR after ->> 'assigned_agent_id' = '{to}')",
            admin.user_id.unwrap(),
            to = malee.user_id.unwrap()
        ))
        .await;
    assert_eq!(audited, 5);
    let events: Vec<String> = app
        .values(format!(
            "SELECT kind FROM events WHERE actor = '{}' AND subject_type IN ('listing', 'lead') ORDER BY id",
            admin.user_id.unwrap()
        ))
        .await;
    assert_eq!(
        events,
        ["listing.updated", "listing.updated", "listing.updated", "lead.assigned", "lead.assigned"]
    );
    let history: i64 = app
        .value("SELECT count(*) FROM audit_log WHERE table_name = 'leads' AND action = 'update'")
        .await;
    assert_eq!(history, 2);
    let _ = admin.patch(&user_path(&somchai), json!({"is_active": false})).await.expect(200);
    somchai.get("/api/v1/me").await.problem(403, "account_disabled");
}

#[tokio::test]
async fn who_takes_over_is_an_active_agent() {
    let app = spawn_app("bestays").await;
    let (admin, somchai, malee) =
        (app.admin().await, app.agent("somchai").await, app.agent("malee").await);
    let made = somchai.create(listing::rent()).await;
    let _ = admin.patch(&user_path(&malee), json!({"is_active": false})).await.expect(200);
    let to = |id: Value| json!({"to_agent_id": id, "listings": "all"});
    for (body, field) in [
        (to(json!(malee.user_id)), "/to_agent_id inactive"),
        (to(json!(somchai.user_id)), "/to_agent_id same"),
        (to(json!(app.user("ann").await.user_id)), "/to_agent_id unknown"),
        (to(json!("malee")), "/to_agent_id invalid_type"),
        (json!({"to_agent_id": malee.user_id, "listings": "some"}), "/listings invalid_type"),
    ] {
        let reply = admin.post(&handover(&somchai), body).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field]);
    }
    let reply =
        admin.patch(&made.path(), json!({"agent_id": malee.user_id})).if_match(&made.etag).await;
    reply.problem(422, "invalid_input");
    assert_eq!(reply.fields(), ["/agent_id inactive"]);
    let stranger = format!("/api/v1/admin/agents/{}/reassign", uuid::Uuid::now_v7());
    admin.post(&stranger, to(json!(somchai.user_id))).await.problem(404, "not_found");
    let row: String = app.value("SELECT version || ' ' || agent_id FROM properties").await;
    assert_eq!(row, format!("1 {}", somchai.user_id.unwrap()));
}

/// The application's own role, past all of its code.
#[tokio::test]
async fn the_database_refuses_too() {
    use secrecy::ExposeSecret;
    let app = spawn_app("bestays").await;
    let (somchai, malee) = (app.agent("somchai").await, app.agent("malee").await);
    let _ = somchai.create(listing::rent()).await;
    lead(&app, &malee, "new").await;
    let access = app.profile.database.app();
    let options = app
        .owner()
        .username(access.user.as_str())
        .password(access.password.unwrap().expose_secret());
    let mut db = PgConnection::connect_with(&options).await.unwrap();
    let act_as = |who: &terrace_testkit::Caller, role: &str| {
        let id = who.user_id.unwrap();
        AssertSqlSafe(format!("SET app.user_id = '{id}'; SET app.role = '{role}'"))
    };
    for (who, role, change) in [
        (&somchai, "user", "is_active = false"),
        (&somchai, "admin", "role = 'user'"),
        (&somchai, "user", "deleted_at = now()"),
        (&malee, "user", "is_active = false"),
    ] {
        // As a guest they see no lead, and are refused because of one.
        db.execute(act_as(who, role)).await.unwrap();
        let sql = format!("UPDATE users SET {change} WHERE id = '{}'", who.user_id.unwrap());
        let error = db.execute(AssertSqlSafe(sql)).await.unwrap_err();
        let constraint = error.as_database_error().and_then(|error| error.constraint());
        assert_eq!(constraint, Some("users_in_charge"), "{change}");
    }
    let role: String = sqlx::query_scalar("SELECT coalesce(current_setting('app.role', true), '')")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(role, "user", "the question leaves no identity behind");
    let gone = "UPDATE users SET is_active = false WHERE display_name = 'nobody' RETURNING current_setting('app.role')";
    db.execute(act_as(&app.agent("nobody").await, "user")).await.unwrap();
    let role: String = sqlx::query_scalar(gone).fetch_one(&mut db).await.unwrap();
    assert_eq!(role, "user", "not even within the transaction");
    db.execute("SET app.role = 'admin'").await.unwrap();
    let sql = format!("DELETE FROM users WHERE id = '{}'", somchai.user_id.unwrap());
    let error = db.execute(AssertSqlSafe(sql)).await.unwrap_err();
    let constraint = error.as_database_error().and_then(|error| error.constraint());
    assert_eq!(constraint, Some("properties_agent_id_fkey"));
}

/// A listing that is made while its agent is let go: one of the two is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_listing_slips_through_while_its_agent_goes() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let (mut made, mut went) = (0, 0);
    for round in 0..20 {
        let agent = app.agent(&format!("agent{round}")).await;
        let _ = agent.get("/api/v1/me").await.expect(200);
        let change = match round % 2 {
            0 => json!({"is_active": false}),
            _ => json!({"role": "user"}),
        };
        let create = agent.post("/api/v1/properties", listing::rent()).into_future();
        let leave = admin.patch(&user_path(&agent), change).into_future();
        let (create, leave) = tokio::join!(create, leave);
        match (create.status, leave.status) {
            (201, 409) => made += 1,
            (403 | 422, 200) => went += 1,
            _ => panic!("{create:?}\n{leave:?}"),
        }
    }
    let stranded: i64 = app
        .value(
            "SELECT count(*) FROM properties p JOIN users u ON u.id = p.agent_id \
             WHERE NOT u.is_active OR u.role = 'user'",
        )
        .await;
    assert_eq!((stranded, made + went), (0, 20));
}

/// An enquiry that comes while its agent is let go is nobody's or another's, and never lost; a
/// lead that is handed over in that moment is refused or keeps them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_lead_slips_through_while_its_agent_goes() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let (visitor, rounds) = (app.anonymous(), 12);
    for round in 0..rounds {
        let agent = app.agent(&format!("agent{round}")).await;
        let ask = json!({"kind": "enquiry", "name": "Ann", "email": format!("ann{round}@example.com"),
            "message": "Is it free?", "locale": "en"});
        let ask = visitor.post("/api/v1/leads", ask).into_future();
        let leave = admin.patch(&user_path(&agent), json!({"is_active": false})).into_future();
        let (asked, left) = tokio::join!(ask, leave);
        assert_eq!(asked.status, 202, "{asked:?}");
        assert!(matches!(left.status, 200 | 409), "{left:?}");
    }
    const STRANDED: &str = "SELECT count(*) FROM leads l JOIN users u ON u.id = l.assigned_agent_id WHERE NOT u.is_active";
    let counted: (i64, i64) =
        (app.value("SELECT count(*) FROM leads").await, app.value(STRANDED).await);
    assert_eq!(counted, (rounds, 0));
}

#[tokio::test]
async fn a_closed_lead_of_somebody_who_left_is_opened_by_another() {
    let app = spawn_app("bestays").await;
    let (admin, somchai, malee) =
        (app.admin().await, app.agent("somchai").await, app.agent("malee").await);
    lead(&app, &somchai, "lost").await;
    let _ = admin.patch(&user_path(&somchai), json!({"is_active": false})).await.expect(200);
    let id: uuid::Uuid = app.value("SELECT id FROM leads").await;
    let path = format!("/api/v1/leads/{id}");
    let etag = admin.get(&path).await.expect(200).etag();
    let reopen = admin.patch(&path, json!({"status": "contacted"})).if_match(&etag).await;
    reopen.problem(422, "invalid_input");
    assert_eq!(reopen.fields(), ["/assigned_agent_id inactive"]);
    let body = json!({"status": "contacted", "assigned_agent_id": malee.user_id});
    let given = admin.patch(&path, body).if_match(&etag).await.expect(200);
    assert_eq!(given.at("/assigned_agent/id"), json!(malee.user_id));
}
