//! Whose leads are whose: by the API, and by SQL as the role that the API has.

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use terrace_testkit::{Caller, TestApp, listing, spawn_app};

use super::{LEADS, about, ask, enquiry};

/// The database as the application is let into it, in somebody's name.
async fn as_app(app: &TestApp, caller: &Caller, role: &str) -> PgConnection {
    let options = terrace_server::db::connect_options(&app.profile.database.app());
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    let user = caller.user_id.map(|id| id.to_string()).unwrap_or_default();
    let sql = format!(
        "SELECT set_config('app.user_id', '{user}', false), set_config('app.role', '{role}', false)"
    );
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection
}

#[tokio::test]
async fn an_agent_sees_their_own_and_nothing_else() {
    let app = spawn_app("bestays").await;
    let (somchai, malee, admin, guest) = (
        app.agent("somchai").await,
        app.agent("malee").await,
        app.admin().await,
        app.user("guest").await,
    );
    let (his, hers) = (
        somchai.create_published(listing::rent()).await,
        malee.create_published(listing::rent()).await,
    );
    let his_lead = ask(&app, &somchai, about(&his, "a@example.com")).await;
    let her_lead = ask(&app, &malee, about(&hers, "b@example.com")).await;
    let task = malee
        .post(&her_lead.at("tasks"), json!({"title": "Call"}))
        .await
        .expect(201)
        .text_at("/id");

    let seen = somchai.get(&format!("{LEADS}?count=true")).await.expect(200);
    assert_eq!(
        (seen.at("/total"), seen.at("/items/0/id")),
        (json!(1), his_lead.json["id"].clone())
    );
    assert_eq!(admin.get(&format!("{LEADS}?count=true")).await.expect(200).at("/total"), 2);
    for q in ["b@example.com", her_lead.json["reference"].as_str().unwrap()] {
        let found = somchai.get(&terrace_testkit::with_query(LEADS, &[("q", q)])).await.expect(200);
        assert_eq!(found.at("/items"), json!([]));
    }
    for call in [
        somchai.get(&her_lead.path),
        somchai.patch(&her_lead.path, json!({"status": "contacted"})).if_match(&her_lead.etag),
        somchai.post(&her_lead.at("events"), json!({"kind": "call"})),
        somchai.post(&her_lead.at("tasks"), json!({"title": "X"})),
        somchai.patch(&her_lead.at(&format!("tasks/{task}")), json!({"done": true})),
        somchai.delete(&her_lead.at(&format!("tasks/{task}"))),
    ] {
        call.await.problem(404, "not_found");
    }
    guest.get(LEADS).await.problem(403, "forbidden");
    app.anonymous().get(LEADS).await.problem(401, "unauthorized");
    let table = somchai.get(&format!("{LEADS}/export")).await.expect(200).text();
    assert!(table.contains("a@example.com") && !table.contains("b@example.com"), "{table}");

    // The same by SQL: no condition of ours stands between.
    for (caller, role, expected) in [
        (&somchai, "agent", ["1", "1", "0"]),
        (&malee, "agent", ["1", "2", "1"]),
        (&somchai, "user", ["0", "0", "0"]),
        (&guest, "user", ["0", "0", "0"]),
        (&admin, "admin", ["2", "3", "1"]),
        (&admin, "anonymous", ["0", "0", "0"]),
    ] {
        let mut connection = as_app(&app, caller, role).await;
        let sql = "SELECT ARRAY[(SELECT count(*) FROM leads), (SELECT count(*) FROM lead_events), (SELECT count(*) FROM lead_tasks)]::text[]";
        let counts: Vec<String> = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
        assert_eq!(counts, expected, "{role}");
        if caller.user_id == somchai.user_id {
            let id = her_lead.json["id"].as_str().unwrap();
            for sql in [
                format!("UPDATE leads SET status = 'won' WHERE id = '{id}'"),
                format!("UPDATE lead_tasks SET done_at = now() WHERE lead_id = '{id}'"),
                format!("DELETE FROM lead_events WHERE lead_id = '{id}'"),
            ] {
                let done =
                    sqlx::query(AssertSqlSafe(sql.clone())).execute(&mut connection).await.unwrap();
                assert_eq!(done.rows_affected(), 0, "{sql}");
            }
            let forged = format!("INSERT INTO lead_tasks (lead_id, title) VALUES ('{id}', 'x')");
            assert!(sqlx::query(AssertSqlSafe(forged)).execute(&mut connection).await.is_err());
        }
    }
}

/// Who asked sees no list of leads, and an agent who asks elsewhere does not work on their own
/// enquiry.
#[tokio::test]
async fn an_agents_own_enquiry_is_not_theirs_to_work_on() {
    let app = spawn_app("bestays").await;
    let (somchai, malee) = (app.agent("somchai").await, app.agent("malee").await);
    let hers = malee.create_published(listing::rent()).await;
    let body = listing::with(enquiry("a@example.com"), json!({"property_id": hers.id}));
    let told = somchai.post(LEADS, body).await.expect(202);
    let lead = super::find(&malee, &told.text_at("/reference")).await;
    somchai.get(&lead.path).await.problem(404, "not_found");
    assert_eq!(somchai.get(LEADS).await.expect(200).at("/items"), json!([]));
}
