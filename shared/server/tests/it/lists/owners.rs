//! Nobody sees another's.

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection, postgres::PgConnectOptions};
use terrace_server::db::connect_options;
use terrace_testkit::{listing, spawn_app};

use super::{ALERTS, FAVOURITES, SEARCHES, Visitor, favourite, ids, told, villas};

#[tokio::test]
async fn neither_through_the_api_nor_by_sql_as_the_application() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let (malee, admin) = (app.user("malee").await, app.admin().await);
    let (one, other) = (Visitor::new(&app).await, Visitor::new(&app).await);
    let mine = malee.post(SEARCHES, villas("daily")).await.expect(201).text_at("/id");
    let ones = one.post(SEARCHES, villas("daily")).await.expect(201).text_at("/id");
    let villa = agent.create_published(listing::rent()).await;
    let _ = malee.post(FAVOURITES, favourite(&villa)).await.expect(201);
    let _ = one.post(FAVOURITES, favourite(&villa)).await.expect(201);
    told(&app).await;

    for path in [FAVOURITES, SEARCHES, ALERTS] {
        assert_eq!(
            malee.get(path).await.expect(200).at("/items").as_array().unwrap().len(),
            1,
            "{path}"
        );
        assert_eq!(
            one.get(path).await.expect(200).at("/items").as_array().unwrap().len(),
            1,
            "{path}"
        );
        for reply in [other.get(path).await, agent.get(path).await, admin.get(path).await] {
            assert_eq!(reply.expect(200).at("/items"), json!([]), "{path}");
        }
    }
    // A person who sends a visitor's token is the person all the same.
    let both = malee.get(SEARCHES).header("visitor-token", &one.token).await.expect(200);
    assert_eq!(ids(&both, "id"), std::slice::from_ref(&mine));
    let alert = one.get(ALERTS).await.expect(200).text_at("/items/0/id");
    for (owner, theirs) in [(&other, &mine), (&other, &ones), (&one, &mine)] {
        let path = format!("{SEARCHES}/{theirs}");
        owner.get(&path).await.problem(404, "not_found");
        owner.get(&format!("{path}/matches")).await.problem(404, "not_found");
        owner.patch(&path, json!({"name": "x"})).await.problem(404, "not_found");
        owner.delete(&path).await.problem(404, "not_found");
    }
    admin.get(&format!("{SEARCHES}/{mine}")).await.problem(404, "not_found");
    let read = other.post(&format!("{ALERTS}/read"), json!({"ids": [alert]})).await.expect(200);
    assert_eq!(read.at("/unread"), 0);
    assert_eq!(one.get(ALERTS).await.expect(200).at("/unread"), 1);

    // The second wall: raw SQL as the role that serves requests.
    let options: PgConnectOptions = connect_options(&app.profile.database.app());
    let mut db = PgConnection::connect_with(&options).await.unwrap();
    let (user, id) = (malee.user_id.unwrap().to_string(), one.id().to_string());
    for (user, visitor, role, expected) in [
        (user.as_str(), "", "user", [1, 1, 1, 0]),
        ("", id.as_str(), "anonymous", [1, 1, 1, 1]),
        // An id alone, or another's role, opens nothing.
        (user.as_str(), "", "anonymous", [0, 0, 0, 0]),
        ("", id.as_str(), "user", [0, 0, 0, 0]),
        ("", &other.id().to_string(), "anonymous", [0, 0, 0, 0]),
        ("", "", "anonymous", [0, 0, 0, 0]),
        ("", "", "", [0, 0, 0, 0]),
        ("", "", "admin", [0, 0, 0, 0]),
        ("", "", "system", [2, 2, 2, 1]),
    ] {
        act_as(&mut db, user, visitor, role).await;
        let mut counts = [0_i64; 4];
        for (count, table) in
            counts.iter_mut().zip(["favourites", "saved_searches", "alerts", "visitors"])
        {
            let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            *count = sqlx::query_scalar(sql).fetch_one(&mut db).await.unwrap();
        }
        assert_eq!(counts, expected, "{user} {visitor} {role}");
    }
    act_as(&mut db, "", &other.id().to_string(), "anonymous").await;
    for sql in [
        format!("INSERT INTO favourites (visitor_id, property_id) VALUES ('{id}', '{}')", villa.id),
        format!("INSERT INTO saved_searches (user_id, name) VALUES ('{user}', 'x')"),
        format!("INSERT INTO visitors (id) VALUES ('{}')", uuid::Uuid::new_v4()),
    ] {
        let refused = db.execute(sqlx::AssertSqlSafe(sql.clone())).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501", "{sql}");
    }
    for sql in [
        "DELETE FROM favourites",
        "UPDATE saved_searches SET name = 'x'",
        "UPDATE alerts SET read_at = now()",
    ] {
        assert_eq!(db.execute(sql).await.unwrap().rows_affected(), 0, "{sql}");
    }
}

async fn act_as(db: &mut PgConnection, user: &str, visitor: &str, role: &str) {
    sqlx::query("SELECT set_config('app.user_id', $1, false), set_config('app.visitor_id', $2, false), set_config('app.role', $3, false)")
        .bind(user)
        .bind(visitor)
        .bind(role)
        .execute(db)
        .await
        .unwrap();
}
