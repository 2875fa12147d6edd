//! What payments ask for.

use std::sync::Arc;

use terrace_server::{
    app::State,
    bookings::{Owed, Paid, TooLate, machine::Status, paid, refund_due},
    db::Context,
    error::Error,
};
use terrace_testkit::TestApp;
use uuid::Uuid;

use super::{Booking, confirmed, day, idle, let_run_out, occupied, on_request, placed, villa};

async fn pay(app: &TestApp, booking: &Booking) -> Paid {
    let (state, id): (Arc<State>, Uuid) = (app.state(), booking.id.parse().unwrap());
    let wired = state.clone();
    state
        .db
        .tx(Context::system("test"), move |tx| {
            let state = wired.clone();
            Box::pin(async move { paid(tx, &state, id).await })
        })
        .await
        .unwrap()
}

async fn owed(app: &TestApp, booking: &Booking) -> Owed {
    let id: Uuid = booking.id.parse().unwrap();
    let state = app.state();
    let owed = state
        .db
        .tx(Context::system("test"), move |tx| Box::pin(async move { refund_due(tx, id).await }));
    owed.await.unwrap()
}

#[tokio::test]
async fn what_is_paid_for_is_the_guests_once() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let held = placed(&user, &villa, 30, 3).await;
    assert_eq!(pay(&app, &held).await, Paid::Confirmed);
    assert_eq!(pay(&app, &held).await, Paid::AlreadyConfirmed);
    let booking = Booking::read(&user, &held.id).await;
    assert_eq!((booking.status(), booking.kinds()), ("confirmed", vec!["held", "confirmed"]));
    assert_eq!(occupied(&app, &villa).await, [format!("booking {} {}", day(30), day(33))]);
    let letters: i64 = app
        .value("SELECT count(*) FROM notifications WHERE template IN ('booking_confirmed', 'booking_host')")
        .await;
    assert_eq!(letters, 2, "one to each side");
}

/// Money that comes after the hold: the stay is the guest's if nobody else has it, whether or not
/// somebody has tidied up, and else the money goes back; it is never lost to an error.
#[tokio::test]
async fn money_that_comes_late() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let (one, other) = (app.user("one").await, app.user("other").await);
    let villa = villa(&agent).await;
    for is_swept in [false, true] {
        let late = placed(&one, &villa, 30, 3).await;
        let_run_out(&app, &late.id, -1).await;
        if is_swept {
            terrace_server::bookings::sweep::expire(&app.state()).await.unwrap();
        }
        assert_eq!(pay(&app, &late).await, Paid::Confirmed, "{is_swept}");
        let late = Booking::read(&one, &late.id).await;
        assert_eq!(late.status(), "confirmed");
        let _ = late.step(&one, "cancel").await.expect(200);

        let lost = placed(&one, &villa, 30, 3).await;
        let_run_out(&app, &lost.id, -1).await;
        if is_swept {
            terrace_server::bookings::sweep::expire(&app.state()).await.unwrap();
        }
        let quicker = placed(&other, &villa, 32, 2).await;
        assert_eq!(pay(&app, &lost).await, Paid::GoesBack(TooLate::DatesTaken), "{is_swept}");
        assert_eq!(Booking::read(&one, &lost.id).await.status(), "expired");
        assert_eq!(occupied(&app, &villa).await.len(), 1);
        let _ = quicker.step(&other, "cancel").await.expect(200);
    }
}

#[tokio::test]
async fn money_for_what_was_called_off_goes_back() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let (villa, asked) = (villa(&agent).await, on_request(&agent).await);
    let held = placed(&user, &villa, 30, 3).await;
    let _ = held.step(&user, "cancel").await.expect(200);
    assert_eq!(pay(&app, &held).await, Paid::GoesBack(TooLate::WrongState));
    // Nobody pays for what was not granted.
    let requested = placed(&user, &asked, 30, 3).await;
    assert_eq!(pay(&app, &requested).await, Paid::GoesBack(TooLate::WrongState));
    let missing = Uuid::now_v7();
    let wired = app.state();
    let nothing: Result<Paid, Error> = app
        .state()
        .db
        .tx(Context::system("test"), move |tx| {
            let state = wired.clone();
            Box::pin(async move { paid(tx, &state, missing).await })
        })
        .await;
    assert_eq!(nothing.unwrap_err().code.name(), "not_found");
}

/// A refusal inside does not undo what the payment has written in the same transaction.
#[tokio::test]
async fn being_too_late_leaves_the_transaction_whole() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let (one, other) = (app.user("one").await, app.user("other").await);
    let villa = villa(&agent).await;
    let late = placed(&one, &villa, 30, 3).await;
    let_run_out(&app, &late.id, -1).await;
    let _ = placed(&other, &villa, 30, 3).await;
    let (wired, id): (Arc<State>, Uuid) = (app.state(), late.id.parse().unwrap());
    let asked = app.state();
    let written = asked.db.tx(Context::system("test"), move |tx| {
        let state = wired.clone();
        Box::pin(async move {
            use sea_orm::ConnectionTrait;
            tx.execute_unprepared(
                "UPDATE users SET display_name = 'has paid' WHERE display_name = 'one'",
            )
            .await?;
            paid(tx, &state, id).await
        })
    });
    assert_eq!(written.await.unwrap(), Paid::GoesBack(TooLate::DatesTaken));
    let kept: i64 = app.value("SELECT count(*) FROM users WHERE display_name = 'has paid'").await;
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn what_is_owed_follows_the_booking() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let booking = confirmed(&user, &agent, &villa, 3, 2).await;
    let total = booking.json["total"].as_i64().unwrap();
    let whole = owed(&app, &booking).await;
    assert_eq!((whole.amount, whole.status, whole.refund_of(total)), (total, Status::Confirmed, 0));
    let reply = booking.step(&user, "cancel").await.expect(200);
    let refund = reply.at("/refund/refund").as_i64().unwrap();
    let left = owed(&app, &booking).await;
    assert_eq!((left.amount, left.keeps_deposit), (total - refund, false));
    // Half was paid: what was paid beyond what is owed goes back, and no more.
    assert_eq!(left.refund_of(total), refund);
    assert_eq!(left.refund_of(total / 2), (total / 2 - (total - refund)).max(0));
    let held = placed(&user, &villa, 30, 2).await;
    let_run_out(&app, &held.id, -1).await;
    let over = owed(&app, &held).await;
    assert_eq!((over.amount, over.refund_of(100)), (0, 100));
}
