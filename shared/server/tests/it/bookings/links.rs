//! Guests without an account: the link, and what it opens.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use terrace_testkit::{Call, Caller, Listing, TestApp, setup};

use super::{BOOKINGS, Booking, book, day, idle, occupied, order, quote, villa};

/// A stay of somebody without an account, and the token of its link.
async fn by_visitor(app: &TestApp, listing: &Listing, from: u64, email: &str) -> (Booking, String) {
    let visitor = app.anonymous();
    let quote = quote(&visitor, listing, from, 3).await;
    let reply = book(&visitor, order(&quote, email)).await.expect(201);
    (Booking::of(&reply), reply.text_at("/manage/token"))
}

fn with(call: Call, token: &str) -> Call {
    call.header("booking-token", token)
}

#[tokio::test]
async fn the_link_opens_its_booking_and_no_other() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let villa = villa(&agent).await;
    let (one, token) = by_visitor(&app, &villa, 30, "one@example.com").await;
    let (other, others) = by_visitor(&app, &villa, 40, "other@example.com").await;
    let url = one.json["manage"]["url"].as_str().unwrap();
    assert_eq!(url, format!("http://localhost:5273/bookings/{}#{token}", one.id));
    let visitor = app.anonymous();

    let seen = with(visitor.get(&one.path()), &token).await.expect(200);
    assert_eq!(
        (seen.at("/reference"), seen.at("/actions")),
        (one.json["reference"].clone(), json!(["cancel", "alter"]))
    );
    let list = with(visitor.get(&format!("{BOOKINGS}?count=true")), &token).await.expect(200);
    assert_eq!((list.at("/total"), list.at("/items/0/id")), (json!(1), json!(one.id)));

    for call in [
        visitor.get(&other.path()),
        visitor.get(&other.at("cancellation")),
        visitor.post(&other.at("cancel"), json!({})).if_match(&other.etag),
        visitor.post(&other.at("alter"), json!({"guests": 1})).if_match(&other.etag),
        visitor.post(&format!("{}?preview=true", other.at("alter")), json!({"guests": 1})),
    ] {
        with(call, &token).await.problem(404, "not_found");
    }
    // Without it, or with what is none of ours, nobody is known.
    let mut forged = token.clone().into_bytes();
    forged[3] = if forged[3] == b'A' { b'B' } else { b'A' };
    for call in [
        visitor.get(&one.path()),
        with(visitor.get(&one.path()), ""),
        with(visitor.get(&one.path()), "nonsense"),
        with(visitor.get(&one.path()), std::str::from_utf8(&forged).unwrap()),
        with(with(visitor.get(&one.path()), &token), &others),
        with(visitor.post_empty(&one.at("confirm")).if_match(&one.etag), &token),
        visitor.get(BOOKINGS),
    ] {
        call.await.problem(401, "unauthorized");
    }
    // Another brand has other links, whatever its secret.
    let secret = app.profile.visitors.secret.clone();
    let elsewhere =
        setup("realestate").with(move |profile| profile.visitors.secret = secret).spawn().await;
    with(elsewhere.anonymous().get(&one.path()), &token).await.problem(401, "unauthorized");
    // Whoever has an account uses it, if they have been sent one.
    let user = app.user("friend").await;
    let _ = with(user.get(&one.path()), &token).await.expect(200);
    user.get(&one.path()).await.problem(404, "not_found");

    let altered = visitor.post(&one.at("alter"), json!({"guests": 3})).if_match(&one.etag);
    let altered = with(altered, &token).await.expect(200);
    let cancelled = visitor.post(&one.at("cancel"), json!({})).if_match(altered.etag());
    let cancelled = with(cancelled, &token).await.expect(200);
    assert_eq!(cancelled.at("/events/2/actor_id"), Value::Null);
    assert_eq!(occupied(&app, &villa).await, [format!("hold {} {}", day(40), day(43))]);
}

#[tokio::test]
async fn a_link_ends() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let villa = villa(&agent).await;
    let (one, token) = by_visitor(&app, &villa, 30, "one@example.com").await;
    let read = || with(app.anonymous().get(&one.path()), &token);
    // So many days after the stay, and not a day before.
    for (left, status) in [(59, 200), (60, 200), (61, 404)] {
        let left = format!(
            "UPDATE bookings SET check_out = '{0}'::date - {left}, check_in = '{0}'::date - {left} - 3",
            day(0)
        );
        app.execute(left).await;
        assert_eq!(read().await.status, status);
    }
    app.execute(format!("UPDATE bookings SET check_in = '{}', check_out = '{}'", day(30), day(33)))
        .await;
    let _ = read().await.expect(200);
    app.execute("UPDATE bookings SET link_generation = link_generation + 1").await;
    read().await.problem(404, "not_found");
}

#[tokio::test]
async fn an_account_with_the_same_address_takes_it() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let villa = villa(&agent).await;
    let (one, token) = by_visitor(&app, &villa, 30, "MALEE@bestays.example").await;
    let (malee, thief) = (app.user("malee").await, app.user("thief").await);
    let claim = |caller: &Caller| caller.post_empty(&one.at("claim"));
    // Neither the link alone nor the address alone is enough.
    with(claim(&thief), &token).await.problem(409, "conflict");
    claim(&malee).await.problem(404, "not_found");
    with(claim(&app.anonymous()), &token).await.problem(401, "unauthorized");
    let (_, others) = by_visitor(&app, &villa, 40, "malee@bestays.example").await;
    with(claim(&malee), &others).await.problem(404, "not_found");

    let mine = Booking::of(&with(claim(&malee), &token).await.expect(200));
    assert_eq!(mine.json["guest"]["user_id"], json!(malee.user_id));
    assert_eq!(mine.kinds(), ["held", "claimed"]);
    let _ = malee.get(&one.path()).await.expect(200);
    // The link has had its time.
    with(app.anonymous().get(&one.path()), &token).await.problem(404, "not_found");
    with(claim(&malee), &token).await.problem(404, "not_found");
}

/// The database as the application is let into it, in somebody's name.
async fn as_app(app: &TestApp, settings: &[(&str, String)]) -> PgConnection {
    let options = terrace_server::db::connect_options(&app.profile.database.app());
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    for (name, value) in settings {
        let sql = format!("SELECT set_config('app.{name}', '{value}', false)");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    connection
}

/// The same by SQL, as the role that the application has: no condition of ours stands between.
#[tokio::test]
async fn the_database_shows_each_their_own() {
    let app = idle().spawn().await;
    let (agent, stranger, user) =
        (app.agent("somchai").await, app.agent("stranger").await, app.user("malee").await);
    let (villa, hers) = (villa(&agent).await, super::villa(&stranger).await);
    let (linked, _) = by_visitor(&app, &villa, 30, "one@example.com").await;
    let _ = super::placed(&user, &hers, 30, 3).await;
    app.execute(
        "INSERT INTO booking_offers (booking_id, kind, check_in, check_out, guests, quote_id, expires_at) \
         SELECT id, 'change', check_in, check_out, guests, quote_id, now() FROM bookings",
    )
    .await;
    let id = |caller: &Caller| caller.user_id.unwrap().to_string();
    let none = String::new();
    let cases = [
        ("admin", id(&user), none.clone(), 2),
        ("user", id(&user), none.clone(), 1),
        ("agent", id(&agent), none.clone(), 1),
        ("agent", id(&stranger), none.clone(), 1),
        ("user", id(&agent), none.clone(), 0),
        ("anonymous", none.clone(), linked.id.clone(), 1),
        ("anonymous", none.clone(), none.clone(), 0),
        // A link is nobody's who is somebody.
        ("user", id(&stranger), linked.id.clone(), 0),
        ("", id(&user), linked.id.clone(), 0),
    ];
    for (role, user_id, booking_id, expected) in cases {
        let settings =
            [("role", role.to_owned()), ("user_id", user_id), ("booking_id", booking_id)];
        let mut connection = as_app(&app, &settings).await;
        let sql = "SELECT ARRAY[(SELECT count(*) FROM bookings), (SELECT count(*) FROM booking_events), \
                          (SELECT count(*) FROM booking_offers)]";
        let counts: Vec<i64> = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
        assert_eq!(counts, [expected; 3], "{settings:?}");
        let change = "UPDATE bookings SET guest_note = 'changed'";
        let changed = sqlx::query(change).execute(&mut connection).await.unwrap();
        assert_eq!(changed.rows_affected(), u64::try_from(expected).unwrap(), "{settings:?}");
        // What happened is not rewritten, and nothing is taken away.
        for sql in [
            "UPDATE booking_events SET kind = 'x'",
            "DELETE FROM booking_events",
            "DELETE FROM booking_offers",
            "DELETE FROM bookings",
        ] {
            let refused = sqlx::query(sql).execute(&mut connection).await.unwrap_err();
            let code = refused.as_database_error().unwrap().code().unwrap().into_owned();
            assert_eq!(code, "42501", "{sql}");
        }
    }
}
