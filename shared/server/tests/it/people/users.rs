//! Who may do what, and that nobody locks the brand out.

use futures_util::future::join_all;
use serde_json::json;
use std::future::IntoFuture;
use terrace_testkit::{listing, spawn_app};

use super::{agent_path, column, user_path};

const PATH: &str = "/api/v1/admin/users";

#[tokio::test]
async fn people_are_found_by_role_activity_and_words() {
    let app = spawn_app("bestays").await;
    let (admin, ann, bob) = (app.admin().await, app.user("ann").await, app.user("bob_100%").await);
    let somchai = app.agent("somchai").await;
    let _ = somchai.create(listing::rent()).await;
    let _ = admin.patch(&user_path(&ann), json!({"is_active": false})).await.expect(200);
    let names = async |query: &str| {
        column(&admin.get(&format!("{PATH}?{query}")).await.expect(200), "display_name")
    };
    assert_eq!(names("").await, ["somchai", "bob_100%", "ann", "admin"], "newest first");
    assert_eq!(names("role=agent,admin").await, ["somchai", "admin"]);
    assert_eq!(names("is_active=false").await, ["ann"]);
    assert_eq!(names("q=ANN@").await, ["ann"]);
    assert_eq!(names("q=b_100%25").await, ["bob_100%"]);
    assert!(names("q=n_n").await.is_empty(), "an underscore is an underscore");
    let first = admin.get(&format!("{PATH}?limit=3")).await.expect(200);
    let cursor = first.text_at("/next_cursor");
    assert_eq!(names(&format!("limit=3&cursor={cursor}")).await, ["admin"]);
    admin.get(&format!("{PATH}?role=boss")).await.problem(400, "invalid_parameter");

    let seen = admin.get(&user_path(&somchai)).await.expect(200);
    assert_eq!((seen.at("/listings"), seen.at("/open_leads")), (json!(1), json!(0)));
    assert_eq!(seen.at("/email"), "somchai@bestays.example");
    let _ = bob;
}

/// Seen by the very next request, although people are remembered for half a minute.
#[tokio::test]
async fn a_change_is_seen_at_once() {
    let app = spawn_app("bestays").await;
    let (admin, ann) = (app.admin().await, app.user("ann").await);
    let path = user_path(&ann);
    for _ in 0..5 {
        ann.post("/api/v1/properties", listing::rent()).await.problem(403, "forbidden");
        let made = admin.patch(&path, json!({"role": "agent"})).await.expect(200);
        assert_eq!((made.at("/role"), made.at("/is_verified")), (json!("agent"), json!(false)));
        assert_eq!(ann.get("/api/v1/me").await.expect(200).at("/agent/is_verified"), false);
        let _ = app.anonymous().get(&agent_path(&ann)).await.expect(200);
        let _ = admin.patch(&path, json!({"is_active": false})).await.expect(200);
        ann.get("/api/v1/me").await.problem(403, "account_disabled");
        let _ = admin.patch(&path, json!({"is_active": true, "role": "user"})).await.expect(200);
        assert_eq!(ann.get("/api/v1/me").await.expect(200).at("/agent"), json!(null));
    }
}

#[tokio::test]
async fn nobody_changes_what_they_may_do_themselves() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    for body in [json!({"role": "user"}), json!({"is_active": false}), json!({"role": "agent"})] {
        admin.patch(&user_path(&admin), body).await.problem(403, "forbidden");
    }
    let _ = admin.patch(&user_path(&admin), json!({"role": "admin"})).await.expect(200);
    let ann = app.user("ann").await;
    for (body, field) in [
        (json!({"email": "x@y.example"}), "/email unknown_field"),
        (json!({"auth_subject": "user_x"}), "/auth_subject unknown_field"),
        (json!({"role": "boss"}), "/role unknown_value"),
        (json!({"is_active": "no"}), "/is_active invalid_type"),
    ] {
        let reply = admin.patch(&user_path(&ann), body).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field]);
    }
    let stranger = format!("{PATH}/{}", uuid::Uuid::now_v7());
    admin.patch(&stranger, json!({"role": "user"})).await.problem(404, "not_found");
}

/// Two admins who demote each other at the same moment: one of them stays.
#[tokio::test]
async fn the_last_admin_stays() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let other = app.user("other").await;
    for round in 0..10 {
        app.execute(
            "UPDATE users SET role = 'admin', is_active = true WHERE display_name IN ('admin', 'other')",
        )
        .await;
        app.state().people.invalidate("user_admin").await;
        app.state().people.invalidate("user_other").await;
        let change = match round % 2 {
            0 => json!({"role": "user"}),
            _ => json!({"is_active": false}),
        };
        let replies = join_all([
            admin.patch(&user_path(&other), change.clone()).into_future(),
            other.patch(&user_path(&admin), change).into_future(),
        ])
        .await;
        let left: i64 = app
            .value("SELECT count(*) FROM users WHERE role = 'admin' AND is_active AND deleted_at IS NULL")
            .await;
        assert_eq!(left, 1, "{replies:?}");
        for reply in replies.iter().filter(|reply| reply.status != 200) {
            // Too late to be asked, or refused by the database.
            assert!([403, 409].contains(&reply.status), "{reply:?}");
        }
    }
    let pool = app.sql().await;
    for sql in [
        "UPDATE users SET role = 'agent' WHERE role = 'admin' AND is_active",
        "UPDATE users SET is_active = false WHERE role = 'admin' AND is_active",
        "UPDATE users SET deleted_at = now() WHERE role = 'admin' AND is_active",
        "DELETE FROM users WHERE role = 'admin' AND is_active",
    ] {
        let error = sqlx::query(sql).execute(&pool).await.unwrap_err();
        let constraint = error.as_database_error().and_then(|error| error.constraint());
        assert_eq!(constraint, Some("users_last_admin"), "{sql}");
    }
}
