//! What time does to a hold: exactly at its end, and without anybody tidying up.

use serde_json::json;
use terrace_server::bookings::sweep;

use super::{
    Booking, book, day, idle, let_run_out, occupied, on_request, order, placed, quote, villa,
};

#[tokio::test]
async fn a_hold_that_has_run_out_is_over_for_everybody_at_once() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let (first, second) = (app.user("first").await, app.user("second").await);
    let villa = villa(&agent).await;
    let wanted = quote(&second, &villa, 30, 3).await;
    let held = placed(&first, &villa, 30, 3).await;

    // A minute before its end it keeps everybody out ..
    let_run_out(&app, &held.id, 60).await;
    book(&second, order(&wanted, "s@example.com")).await.problem(409, "dates_taken");
    assert_eq!(Booking::read(&first, &held.id).await.status(), "held");
    // .. and a second after it nobody; no sweeper has run.
    let_run_out(&app, &held.id, -1).await;
    let over = Booking::read(&first, &held.id).await;
    assert_eq!((over.status(), &over.json["actions"]), ("expired", &json!([])));
    assert_ne!(over.etag, held.etag);
    held.step(&agent, "confirm").await.problem(409, "wrong_state");
    held.step(&first, "cancel").await.problem(409, "wrong_state");
    for (status, count) in [("held", 0), ("expired", 1), ("held,expired", 1)] {
        let list = first.get(&format!("{}?status={status}", super::BOOKINGS)).await.expect(200);
        assert_eq!(list.at("/items").as_array().unwrap().len(), count, "{status}");
    }
    let _ = book(&second, order(&wanted, "s@example.com")).await.expect(201);
    assert_eq!(occupied(&app, &villa).await, [format!("hold {} {}", day(30), day(33))]);
    held.step(&agent, "confirm").await.problem(409, "wrong_state");
}

#[tokio::test]
async fn tidying_up_writes_it_down_once() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let (villa, asked) = (villa(&agent).await, on_request(&agent).await);
    let held = placed(&user, &villa, 30, 3).await;
    let requested = placed(&user, &asked, 30, 3).await;
    let alive = placed(&user, &villa, 40, 3).await;
    for booking in [&held, &requested] {
        let_run_out(&app, &booking.id, -1).await;
    }
    for _ in 0..2 {
        sweep::expire(&app.state()).await.unwrap();
    }
    for (booking, begun) in [(&held, "held"), (&requested, "requested")] {
        let over = Booking::read(&user, &booking.id).await;
        assert_eq!((over.status(), over.kinds()), ("expired", vec![begun, "expired"]));
        assert_eq!(over.json["version"], 2);
    }
    assert_eq!(Booking::read(&user, &alive.id).await.status(), "held");
    assert_eq!(occupied(&app, &villa).await.len(), 1);
    let events: Vec<String> =
        app.values("SELECT kind FROM events WHERE subject_type = 'booking' ORDER BY id").await;
    assert_eq!(events.iter().filter(|kind| *kind == "booking.expired").count(), 2, "{events:?}");
}

#[tokio::test]
async fn who_has_left_has_stayed() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let staying = super::confirmed(&user, &agent, &villa, 30, 3).await;
    let left = super::confirmed(&user, &agent, &villa, 40, 3).await;
    staying.step(&agent, "complete").await.problem(409, "wrong_state");
    // Forty-three days later for one of them.
    app.execute(format!(
        "UPDATE stays SET during = daterange(lower(during) - 43, upper(during) - 43) WHERE booking_id = '{0}'; \
         UPDATE bookings SET check_in = check_in - 43, check_out = check_out - 43, placed_from = repeat('x', 22), \
             created_at = created_at - interval '50 days' WHERE id = '{0}'",
        left.id
    ))
    .await;
    left.step(&user, "cancel").await.problem(409, "wrong_state");
    sweep::complete(&app.state()).await.unwrap();
    let done = Booking::read(&user, &left.id).await;
    assert_eq!((done.status(), done.json["version"].clone()), ("completed", json!(3)));
    assert_eq!(Booking::read(&user, &staying.id).await.status(), "confirmed");
    app.execute(format!(
        "UPDATE bookings SET placed_from = repeat('y', 22) WHERE id = '{}'",
        staying.id
    ))
    .await;
    sweep::complete(&app.state()).await.unwrap();
    let known: i64 = app.value("SELECT count(*) FROM bookings WHERE placed_from IS NOT NULL").await;
    assert_eq!(known, 1, "only of the last day");
}
