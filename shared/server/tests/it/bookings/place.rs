//! Placing a booking.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use terrace_testkit::{Caller, TestApp, listing, spawn_app};
use uuid::Uuid;

use super::{
    BOOKINGS, Booking, book, day, guest, idle, occupied, on_request, order, placed, quote, villa,
};

#[tokio::test]
async fn a_stay_is_held_at_the_price_that_was_quoted() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let quote = quote(&user, &villa, 30, 3).await;
    let told = user.get(&format!("/api/v1/quotes/{quote}")).await.expect(200);
    // What it costs now is no longer what it cost then.
    app.execute("UPDATE rental_details SET price_per_night = 999900").await;

    let reply = book(&user, order(&quote, "malee@example.com")).await.expect(201);
    let booking = Booking::of(&reply);
    assert_eq!(reply.header("location"), booking.path());
    assert_eq!(booking.status(), "held");
    assert_eq!(booking.json["quote_id"], json!(quote));
    assert_eq!(
        (&booking.json["total"], &booking.json["price"]["lines"]),
        (&told.at("/total"), &told.at("/lines"))
    );
    assert_eq!(booking.json["nights"], 3);
    assert_eq!(booking.json["guest"]["user_id"], json!(user.user_id));
    assert_eq!(booking.json["guest"]["email"], "malee@example.com");
    assert_eq!(booking.json["cancellation_policy"], "moderate");
    assert_eq!(booking.json["actions"], json!(["cancel", "alter"]));
    assert_eq!(booking.kinds(), ["held"]);
    // Who has an account needs no link.
    assert_eq!(booking.json.get("manage"), None);
    let until: chrono::DateTime<chrono::Utc> =
        serde_json::from_value(booking.json["hold_expires_at"].clone()).unwrap();
    let minutes = (until - chrono::Utc::now()).num_seconds();
    assert!((14 * 60..=15 * 60).contains(&minutes), "{minutes}");
    assert_eq!(occupied(&app, &villa).await, [format!("hold {} {}", day(30), day(33))]);
    let reference = booking.json["reference"].as_str().unwrap();
    assert_eq!(terrace_server::bookings::reference::parse(reference).as_deref(), Some(reference));
    // Nobody else has it.
    book(&app.user("other").await, order(&quote, "o@example.com"))
        .await
        .problem(409, "dates_taken");
}

#[tokio::test]
async fn a_request_waits_for_the_host() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = on_request(&agent).await;
    let booking = placed(&user, &villa, 30, 3).await;
    assert_eq!((booking.status(), booking.kinds()), ("requested", vec!["requested"]));
    // It keeps the dates meanwhile.
    let other = app.user("other").await;
    let body = json!({"check_in": day(32), "check_out": day(35), "guests": 2});
    other.post(&villa.at("quote"), body).await.problem(409, "dates_taken");
}

#[tokio::test]
async fn preparation_belongs_to_the_stay() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    app.execute("UPDATE rental_details SET preparation_days = 2").await;
    let next = quote(&user, &villa, 34, 2).await;
    let first = placed(&user, &villa, 30, 3).await;
    assert_eq!(first.json["check_out"], json!(day(33)));
    assert_eq!(occupied(&app, &villa).await, [format!("hold {} {}", day(30), day(35))]);
    book(&user, order(&next, "malee@example.com")).await.problem(409, "dates_taken");
    let later = quote(&user, &villa, 35, 2).await;
    let _ = book(&user, order(&later, "malee@example.com")).await.expect(201);
}

/// Fifty at once for the same nights, in ten ways to overlap: one gets them, nobody sees an error.
#[tokio::test]
async fn of_fifty_one_gets_the_nights() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let villa = villa(&agent).await;
    let mut calls = Vec::new();
    for nth in 0..50_u64 {
        let user = app.user(&format!("guest{nth}")).await;
        // All of them want the night of day 40.
        let quote = quote(&user, &villa, 36 + nth % 5, 5).await;
        calls.push(book(&user, order(&quote, "g@example.com")));
    }
    let calls: Vec<_> =
        calls.into_iter().map(|call| tokio::spawn(async move { call.await })).collect();
    let mut statuses: BTreeMap<(u16, String), usize> = BTreeMap::new();
    for call in calls {
        let reply = call.await.unwrap();
        *statuses.entry((reply.status, reply.code())).or_default() += 1;
    }
    let expected = [((201, String::new()), 1), ((409, "dates_taken".to_owned()), 49)];
    assert_eq!(statuses, BTreeMap::from(expected));
    let rows: i64 = app.value("SELECT count(*) FROM bookings").await;
    assert_eq!((rows, occupied(&app, &villa).await.len()), (1, 1));
    let overlaps: i64 = app
        .value("SELECT count(*) FROM stays a JOIN stays b ON a.property_id = b.property_id AND a.id < b.id AND a.during && b.during")
        .await;
    assert_eq!(overlaps, 0);
}

/// Twenty times the same request at once, and once more: one booking, and the same bytes.
#[tokio::test]
async fn a_request_that_is_sent_again_books_once() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let order = order(&quote(&user, &villa, 30, 3).await, "malee@example.com");
    let key = Uuid::new_v4().to_string();
    let call = |body: &Value| user.post(BOOKINGS, body.clone()).header("idempotency-key", &key);
    let calls: Vec<_> = (0..20).map(|_| call(&order)).collect();
    let calls: Vec<_> =
        calls.into_iter().map(|call| tokio::spawn(async move { call.await })).collect();
    let mut first = None;
    for one in calls {
        let reply = one.await.unwrap().expect(201);
        let body = first.get_or_insert_with(|| reply.body.clone());
        assert_eq!(*body, reply.body);
    }
    let again = call(&order).await.expect(201);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!((Some(&again.body), again.etag().as_str()), (first.as_ref(), "\"1-held\""));
    let rows: i64 = app.value("SELECT count(*) FROM bookings").await;
    assert_eq!(rows, 1);
    let mut other = order.clone();
    other["guest"]["name"] = json!("Somebody Else");
    call(&other).await.problem(422, "idempotency_mismatch");
}

/// That others were quicker is an answer that is kept: the second try of a lost request must not
/// take what its first try did not get.
#[tokio::test]
async fn a_refusal_is_replayed_too() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let (first, second) = (app.user("first").await, app.user("second").await);
    let villa = villa(&agent).await;
    let order = order(&quote(&second, &villa, 30, 3).await, "s@example.com");
    let taken = placed(&first, &villa, 31, 3).await;
    let key = Uuid::new_v4().to_string();
    let call = || second.post(BOOKINGS, order.clone()).header("idempotency-key", &key);
    let refused = call().await;
    let problem = refused.problem(409, "dates_taken");
    assert_eq!(problem["errors"][0]["code"], "taken");
    // Free again: the same request is answered as before, a new one is not.
    let _ = taken.step(&first, "cancel").await.expect(200);
    let again = call().await;
    assert_eq!((again.status, &again.body), (409, &refused.body));
    assert_eq!(again.header("content-type"), "application/problem+json");
    assert_eq!(again.header("idempotent-replayed"), "true");
    let _ = book(&second, order.clone()).await.expect(201);
}

/// Nobody of ours does it: dates are taken without the listing's turn, in the moment between the last
/// look and the booking. The table refuses, and the refusal is no answer to keep.
#[tokio::test]
async fn the_table_is_the_judge_of_who_takes_no_turn() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let order = order(&quote(&user, &villa, 30, 3).await, "malee@example.com");
    let key = Uuid::new_v4().to_string();
    let call = || user.post(BOOKINGS, order.clone()).header("idempotency-key", &key);
    let mut rogue = PgConnection::connect_with(&app.owner()).await.unwrap();
    let take = format!(
        "BEGIN; INSERT INTO stays (property_id, during, kind) VALUES ('{}', '[{},{})', 'block')",
        villa.id,
        day(31),
        day(32)
    );
    rogue.execute(AssertSqlSafe(take)).await.unwrap();
    let booking = call();
    let booking = tokio::spawn(async move { booking.await });
    let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
                   WHERE NOT l.granted AND a.datname = current_database()";
    while app.value::<i64>(waiting).await == 0 && !booking.is_finished() {
        tokio::task::yield_now().await;
    }
    rogue.execute("COMMIT").await.unwrap();
    booking.await.unwrap().problem(409, "dates_taken");
    let left: i64 = app
        .value("SELECT (SELECT count(*) FROM bookings) + (SELECT count(*) FROM idempotency_keys WHERE scope LIKE 'create_booking%')")
        .await;
    assert_eq!(left, 0);
    app.execute("DELETE FROM stays").await;
    let _ = call().await.expect(201);
}

#[tokio::test]
async fn without_a_key_nothing_is_booked() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let order = order(&quote(&user, &villa, 30, 3).await, "malee@example.com");
    user.post(BOOKINGS, order).await.problem(428, "precondition_required");
    assert_eq!(occupied(&app, &villa).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_cannot_be_booked_is_refused_by_field() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let quote = quote(&user, &villa, 30, 3).await;
    let visitor = app.anonymous();
    let with = |change: Value| {
        let mut body = order(&quote, "malee@example.com");
        for (name, value) in change.as_object().unwrap() {
            body["guest"][name] = value.clone();
        }
        body
    };
    for (caller, body, field) in [
        (&visitor, with(json!({"email": null})), "/guest/email required"),
        (&user, with(json!({"email": "nobody"})), "/guest/email invalid"),
        (&user, with(json!({"name": " "})), "/guest/name invalid"),
        (&user, with(json!({"name": "x".repeat(121)})), "/guest/name invalid"),
        (&user, with(json!({"phone": "not a phone"})), "/guest/phone invalid"),
        (&user, with(json!({"note": "x".repeat(2001)})), "/guest/note invalid"),
        (&user, with(json!({"card": "4242"})), "/guest/card unknown_field"),
        (
            &user,
            json!({"quote_id": Uuid::new_v4(), "guest": guest("a@b.example")}),
            "/quote_id unknown",
        ),
        (
            &user,
            json!({"quote_id": quote, "guest": guest("a@b.example"), "locale": "xx"}),
            "/locale unknown_value",
        ),
        (&user, json!({"quote_id": quote}), "/guest required"),
        (&user, json!({"quote_id": "x", "guest": guest("a@b.example")}), "/quote_id invalid_type"),
    ] {
        let reply = book(caller, body).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field]);
    }
    // Rules that came after the quote hold.
    app.execute("UPDATE rental_details SET min_nights = 7, max_guests = 1").await;
    let reply = book(&user, order(&quote, "malee@example.com")).await;
    reply.problem(422, "invalid_input");
    assert_eq!(reply.fields(), ["/check_out min_nights", "/guests guests"]);
    app.execute("UPDATE rental_details SET min_nights = 1, max_guests = 4").await;
    // What is no longer offered is not booked.
    let _ = agent.post_empty(&villa.at("unpublish")).if_match(&villa.etag).await.expect(200);
    book(&user, order(&quote, "malee@example.com")).await.problem(404, "not_found");
    assert_eq!(occupied(&app, &villa).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_price_that_has_changed_is_told_line_by_line() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let quote = quote(&user, &villa, 30, 3).await;
    let expire = "ALTER TABLE quotes DISABLE TRIGGER USER; \
         UPDATE quotes SET created_at = now() - interval '2 hours', valid_until = now() - interval '1 hour'; \
         ALTER TABLE quotes ENABLE TRIGGER USER";
    app.execute(expire).await;
    app.execute("UPDATE rental_details SET price_per_night = 430000").await;
    let key = Uuid::new_v4().to_string();
    let call =
        || user.post(BOOKINGS, order(&quote, "m@example.com")).header("idempotency-key", &key);
    let refused = call().await;
    refused.problem(409, "price_changed");
    assert!(refused.fields().contains(&"/total changed".to_owned()), "{:?}", refused.fields());
    assert_eq!(call().await.body, refused.body);
    // One that would come out the same is as good as new.
    app.execute("UPDATE rental_details SET price_per_night = 420000").await;
    let booking = Booking::of(&book(&user, order(&quote, "m@example.com")).await.expect(201));
    assert_ne!(booking.json["quote_id"], json!(quote));
}

/// What an account does not say is taken from it.
#[tokio::test]
async fn an_accounts_own_address_is_enough() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let quote = quote(&user, &villa, 30, 3).await;
    let body = json!({"quote_id": quote, "guest": {"name": "Malee"}});
    let booking = Booking::of(&book(&user, body).await.expect(201));
    assert_eq!(booking.json["guest"]["email"], "malee@bestays.example");
}

/// Whoever looks after a listing books it for somebody who has called.
#[tokio::test]
async fn staff_books_for_a_guest() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let villa = on_request(&agent).await;
    for nth in 0..5 {
        let quote = quote(&agent, &villa, 30 + 3 * nth, 3).await;
        let booking =
            Booking::of(&book(&agent, order(&quote, "caller@example.com")).await.expect(201));
        // Nobody has to ask themselves.
        assert_eq!(booking.status(), "held");
        assert_eq!(booking.json["guest"]["user_id"], Value::Null);
        assert_eq!(booking.json["actions"], json!(["confirm", "cancel", "alter"]));
    }
    // Elsewhere an agent is a guest like any other.
    let other = app.agent("other").await;
    let quote = quote(&other, &villa, 60, 3).await;
    let booking = Booking::of(&book(&other, order(&quote, "o@example.com")).await.expect(201));
    assert_eq!(booking.status(), "requested");
    assert_eq!(booking.json["guest"]["user_id"], json!(other.user_id));
}

async fn many(
    app: &TestApp,
    callers: &[Caller],
    emails: &[String],
    nights: usize,
) -> BTreeMap<(u16, String), usize> {
    let agent = app.agent("somchai").await;
    let villa = agent.create_published(listing::rent()).await;
    let mut calls = Vec::new();
    for nth in 0..nights {
        let caller = &callers[nth % callers.len()];
        let quote = quote(caller, &villa, 10 + 2 * u64::try_from(nth).unwrap(), 2).await;
        calls.push(book(caller, order(&quote, &emails[nth % emails.len()])));
    }
    let calls: Vec<_> =
        calls.into_iter().map(|call| tokio::spawn(async move { call.await })).collect();
    let mut statuses = BTreeMap::new();
    for call in calls {
        let reply = call.await.unwrap();
        *statuses.entry((reply.status, reply.code())).or_default() += 1;
    }
    statuses
}

fn counts(made: usize, refused: usize) -> BTreeMap<(u16, String), usize> {
    let all = [((201, String::new()), made), ((409, "hold_limit_reached".to_owned()), refused)];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Thirty at once: no more than three are kept.
#[tokio::test]
async fn nobody_keeps_every_night_for_themselves() {
    let app = idle().spawn().await;
    let user = app.user("malee").await;
    let email = ["malee@example.com".to_owned()];
    assert_eq!(many(&app, std::slice::from_ref(&user), &email, 30).await, counts(3, 27));
    // What was called off makes room, but not for ever.
    for _ in 0..2 {
        app.execute("UPDATE bookings SET status = 'expired'; DELETE FROM stays").await;
        assert_eq!(many(&app, std::slice::from_ref(&user), &email, 4).await, counts(3, 1));
    }
    app.execute("UPDATE bookings SET status = 'expired'; DELETE FROM stays").await;
    assert_eq!(many(&app, std::slice::from_ref(&user), &email, 4).await, counts(1, 3));
    app.execute("UPDATE bookings SET created_at = now() - interval '25 hours', status = 'expired'; DELETE FROM stays").await;
    assert_eq!(many(&app, &[user], &email, 4).await, counts(3, 1));
}

/// Without an account it is the address: the e-mail's, however it is spelt, and the network's.
#[tokio::test]
async fn guests_without_an_account_are_counted_by_their_addresses() {
    let app = idle().spawn().await;
    let visitor = [app.anonymous()];
    let spelt = ["malee@example.com", "MALEE@example.com", "Malee@Example.com"].map(str::to_owned);
    assert_eq!(many(&app, &visitor, &spelt, 12).await, counts(3, 9));
    let emails: Vec<String> = (0..20).map(|nth| format!("guest{nth}@example.com")).collect();
    // Three are there already.
    assert_eq!(many(&app, &visitor, &emails, 20).await, counts(3, 17));
    let hidden: Vec<String> = app.values("SELECT DISTINCT placed_from FROM bookings").await;
    assert_eq!(hidden.len(), 1);
    assert!(!hidden[0].contains("127.0.0.1") && hidden[0].len() == 22, "{hidden:?}");
}

/// The same key of somebody else is another key.
#[tokio::test]
async fn keys_are_each_ones_own() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let (one, other) = (app.user("one").await, app.user("other").await);
    let villa = villa(&agent).await;
    let body = order(&quote(&one, &villa, 30, 3).await, "g@example.com");
    let call =
        |caller: &Caller| caller.post(BOOKINGS, body.clone()).header("idempotency-key", "the-same");
    let _ = call(&one).await.expect(201);
    call(&other).await.problem(409, "dates_taken");
}
