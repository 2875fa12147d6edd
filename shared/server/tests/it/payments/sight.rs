//! Who sees whose money.

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection, Row};
use terrace_server::db::connect_options;
use terrace_testkit::with_query;

use super::{Scene, TOTAL};

#[tokio::test]
async fn a_guest_their_own_an_agent_their_listings_an_admin_all() {
    let scene = Scene::set().await;
    let (other_guest, other_agent) =
        (scene.app.user("other").await, scene.app.agent("other-agent").await);
    let booking = scene.hold(10).await;
    let payment = scene.begin(&booking, "manual").await.text_at("/payment/id");
    let guide = booking.payment();
    let qr = format!("{guide}/qr.svg");
    for caller in [&scene.guest, &scene.agent, &scene.admin] {
        let _ = caller.get(&guide).await.expect(200);
        let _ = caller.get(&qr).await.expect(200);
    }
    for caller in [&other_guest, &other_agent] {
        caller.get(&guide).await.problem(404, "not_found");
        caller.get(&qr).await.problem(404, "not_found");
        caller.post(&guide, json!({"provider": "manual"})).await.problem(404, "not_found");
    }
    scene.app.anonymous().get(&guide).await.problem(401, "unauthorized");
    scene.guest.get(&booking.payments()).await.problem(403, "forbidden");
    other_agent.get(&booking.payments()).await.problem(404, "not_found");
    let _ = scene.agent.get(&booking.payments()).await.expect(200);
    let receive = format!("/api/v1/payments/{payment}/receive");
    let body = json!({"amount": TOTAL, "reference": "T-1"});
    other_agent
        .post(&receive, body.clone())
        .if_match("\"1-payment\"")
        .await
        .problem(404, "not_found");
    scene.guest.post(&receive, body).if_match("\"1-payment\"").await.problem(403, "forbidden");
    // An agent who stays somewhere else is a guest there.
    let stay = super::hold(&scene.app, &other_agent, &scene.villa, 20).await;
    let _ = other_agent.get(&stay.payment()).await.expect(200);
    let own = other_agent.post(&stay.payment(), json!({"provider": "manual"})).await.expect(201);
    let receive = format!("/api/v1/payments/{}/receive", own.text_at("/payment/id"));
    let body = json!({"amount": TOTAL, "reference": "T-2"});
    other_agent.post(&receive, body).if_match("\"1-payment\"").await.problem(404, "not_found");
}

#[tokio::test]
async fn an_admin_finds_what_they_look_for() {
    let scene = Scene::set().await;
    for from in [10, 20, 30] {
        let booking = scene.hold(from).await;
        let provider = if from == 30 { "stripe" } else { "manual" };
        scene.begin(&booking, provider).await;
    }
    let list = "/api/v1/admin/payments";
    let count = |query: Vec<(&'static str, String)>| {
        let scene = &scene;
        async move {
            let pairs: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let path = with_query(list, &[&pairs[..], &[("count", "true")]].concat());
            scene.admin.get(&path).await.expect(200).at("/total").as_i64().unwrap()
        }
    };
    assert_eq!(count(vec![]).await, 3);
    assert_eq!(count(vec![("provider", "stripe".into())]).await, 1);
    assert_eq!(count(vec![("state", "requires_action,pending".into())]).await, 3);
    assert_eq!(count(vec![("state", "succeeded".into())]).await, 0);
    assert_eq!(count(vec![("purpose", "refund".into())]).await, 0);
    let first = scene.admin.get(&format!("{list}?limit=2")).await.expect(200);
    assert_eq!(first.at("/items").as_array().unwrap().len(), 2);
    let cursor = first.text_at("/next_cursor");
    let rest = scene.admin.get(&with_query(list, &[("limit", "2"), ("cursor", &cursor)])).await;
    assert_eq!(rest.expect(200).at("/items").as_array().unwrap().len(), 1);
    let reference = first.text_at("/items/0/booking_reference");
    assert_eq!(count(vec![("q", reference.to_lowercase())]).await, 1);
    let there = first.text_at("/items/0/provider_reference");
    assert_eq!(count(vec![("q", there)]).await, 1);
    for (query, parameter) in [
        ("state=paid", "state invalid"),
        ("provider=paypal", "provider invalid"),
        ("limit=0", "limit invalid"),
        ("attention=perhaps", "attention invalid"),
        ("q=", "q invalid"),
        ("wat=1", "wat unknown_parameter"),
    ] {
        let reply = scene.admin.get(&format!("{list}?{query}")).await;
        assert_eq!((reply.status, reply.fields()), (400, vec![parameter.to_owned()]), "{query}");
    }
}

/// The second wall: raw SQL as the role that serves requests.
#[tokio::test]
async fn by_sql_nobody_sees_or_makes_anothers_money() {
    let scene = Scene::set().await;
    let (other, stranger) = (scene.app.user("other").await, scene.app.agent("other-agent").await);
    let booking = scene.hold(10).await;
    let payment = scene.begin(&booking, "manual").await.text_at("/payment/id");
    let receipt = scene.receive(&payment, 1, 5, "T-1").await.expect(200);
    assert_eq!(receipt.at("/outcome"), "underpaid");
    let options = connect_options(&scene.app.profile.database.app());
    let mut db = PgConnection::connect_with(&options).await.unwrap();
    let id = |caller: &terrace_testkit::Caller| caller.user_id.unwrap().to_string();
    for (user, role, payments, events, changed) in [
        (id(&scene.guest), "user", 1_i64, 0_i64, 0_u64),
        (id(&other), "user", 0, 0, 0),
        (id(&scene.agent), "agent", 1, 1, 1),
        (id(&stranger), "agent", 0, 0, 0),
        (id(&scene.admin), "admin", 1, 1, 1),
        (String::new(), "anonymous", 0, 0, 0),
        (String::new(), "", 0, 0, 0),
    ] {
        db.execute("BEGIN").await.unwrap();
        let act = format!(
            "SELECT set_config('app.user_id', '{user}', true), set_config('app.role', '{role}', true)"
        );
        db.execute(sqlx::AssertSqlSafe(act)).await.unwrap();
        let count = async |db: &mut PgConnection, sql: &'static str| -> i64 {
            db.fetch_one(sql).await.unwrap().get(0)
        };
        assert_eq!(
            count(&mut db, "SELECT count(*) FROM payments").await,
            payments,
            "{role} {user}"
        );
        assert_eq!(
            count(&mut db, "SELECT count(*) FROM payment_events").await,
            events,
            "{role} {user}"
        );
        let paid = "UPDATE payments SET attention = NULL";
        assert_eq!(db.execute(paid).await.unwrap().rows_affected(), changed, "{role} {user}");
        let make = format!(
            "INSERT INTO payments (booking_id, provider, purpose, amount, currency) \
             VALUES ('{}', 'manual', 'deposit', 5, 'THB')",
            booking.id
        );
        let made = db.execute(sqlx::AssertSqlSafe(make)).await.is_ok();
        assert_eq!(made, changed == 1, "{role} {user}");
        db.execute("ROLLBACK").await.unwrap();
    }
    // Nobody of the application takes money off the books.
    let refused = db.execute("DELETE FROM payments").await.unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
}
