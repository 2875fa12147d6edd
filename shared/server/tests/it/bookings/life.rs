//! The way of a booking: every step that there is, and none that there is not.

use serde_json::json;
use terrace_server::bookings::machine::{Command, Facts, Party, Status, TRANSITIONS, step};

use super::{Booking, confirmed, day, idle, occupied, on_request, placed, villa};

#[tokio::test]
async fn a_hold_is_confirmed_by_staff() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let held = placed(&user, &villa, 30, 3).await;
    held.step(&user, "confirm").await.problem(403, "forbidden");
    let reply = held.step(&agent, "confirm").await.expect(200);
    let booking = Booking::of(&reply);
    assert_eq!((booking.status(), booking.kinds()), ("confirmed", vec!["held", "confirmed"]));
    assert_eq!(booking.json["hold_expires_at"], json!(null));
    assert_eq!(booking.json["events"][1]["actor_id"], json!(agent.user_id));
    assert_eq!(occupied(&app, &villa).await, [format!("booking {} {}", day(30), day(33))]);
    // Who has not seen the latest version changes nothing.
    held.step(&user, "cancel").await.problem(412, "version_mismatch");
    user.post(&booking.at("cancel"), json!({})).await.problem(428, "precondition_required");
}

/// Twenty confirm at once, ten of them another who runs the brand: one does.
#[tokio::test]
async fn of_twenty_who_confirm_one_does() {
    let app = idle().spawn().await;
    let (agent, admin, user) =
        (app.agent("somchai").await, app.admin().await, app.user("malee").await);
    let villa = villa(&agent).await;
    let held = placed(&user, &villa, 30, 3).await;
    let calls: Vec<_> = (0..20)
        .map(|nth| held.step(if nth % 2 == 0 { &agent } else { &admin }, "confirm"))
        .collect();
    let calls: Vec<_> =
        calls.into_iter().map(|call| tokio::spawn(async move { call.await })).collect();
    let mut done = 0;
    for call in calls {
        let reply = call.await.unwrap();
        match reply.status {
            200 => done += 1,
            _ => drop(reply.problem(412, "version_mismatch")),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(Booking::read(&user, &held.id).await.kinds(), ["held", "confirmed"]);
    let letters: i64 =
        app.value("SELECT count(*) FROM notifications WHERE template = 'booking_confirmed'").await;
    assert_eq!(letters, 1);
}

#[tokio::test]
async fn a_request_is_granted_or_refused() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = on_request(&agent).await;
    let first = placed(&user, &villa, 30, 3).await;
    let granted = Booking::of(&first.step(&agent, "accept").await.expect(200));
    assert_eq!((granted.status(), granted.kinds()), ("held", vec!["requested", "held"]));
    let until: chrono::DateTime<chrono::Utc> =
        serde_json::from_value(granted.json["hold_expires_at"].clone()).unwrap();
    let hours = (until - chrono::Utc::now()).num_minutes();
    assert!((24 * 60 - 2..=24 * 60).contains(&hours), "{hours}");
    let same: bool = app
        .value("SELECT bool_and(s.expires_at = b.hold_expires_at) FROM stays s JOIN bookings b ON b.id = s.booking_id")
        .await;
    assert!(same, "the hold lasts as long as its booking says");

    let second = placed(&user, &villa, 40, 3).await;
    let call = agent.post(&second.at("decline"), json!({"reason": "We are away."}));
    let refused = Booking::of(&call.if_match(&second.etag).await.expect(200));
    assert_eq!((refused.status(), &refused.json["reason"]), ("declined", &json!("We are away.")));
    assert_eq!(occupied(&app, &villa).await.len(), 1);
}

/// The policy is the one of the day on which it was booked; what it gives back is shown before.
#[tokio::test]
async fn a_change_of_mind_costs_what_was_agreed() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    // Moderate: everything five days before, half of the rent until a day before.
    for (ahead, rent_percent) in [(30, 100), (5, 100), (4, 50), (1, 50)] {
        let booking = confirmed(&user, &agent, &villa, ahead, 2).await;
        app.execute("UPDATE rental_details SET cancellation_policy = 'strict'").await;
        let cleaning = 150_000;
        let total = booking.json["total"].as_i64().unwrap();
        let refund = (total - cleaning) * rent_percent / 100 + cleaning;
        let shown = user.get(&booking.at("cancellation")).await.expect(200);
        assert_eq!((shown.at("/policy"), shown.at("/refund")), (json!("moderate"), json!(refund)));
        assert_eq!(shown.at("/kept"), json!(total - refund));
        let reply = booking.step(&user, "cancel").await.expect(200);
        assert_eq!(reply.at("/refund"), shown.json());
        let cancelled = Booking::of(&reply);
        assert_eq!(
            (cancelled.status(), &cancelled.json["refund_amount"]),
            ("cancelled", &json!(refund))
        );
        assert_eq!(
            cancelled.json["events"][2]["data"],
            json!({"refund": refund, "kept": total - refund})
        );
        assert_eq!(occupied(&app, &villa).await, Vec::<String>::new());
        app.execute("UPDATE rental_details SET cancellation_policy = 'moderate'").await;
    }
}

/// A host who calls it off keeps nothing, and neither does anybody of a stay that was not settled.
#[tokio::test]
async fn nothing_is_owed_for_what_was_not_settled_or_the_host_calls_off() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    app.execute("UPDATE rental_details SET cancellation_policy = 'strict'").await;
    let booking = confirmed(&user, &agent, &villa, 3, 2).await;
    let total = booking.json["total"].clone();
    let by_guest = user.get(&booking.at("cancellation")).await.expect(200);
    assert_eq!(by_guest.at("/refund"), 150_000, "only the cleaning");
    let by_host = agent.get(&booking.at("cancellation")).await.expect(200);
    assert_eq!((by_host.at("/refund"), by_host.at("/kept")), (total.clone(), json!(0)));
    let reply = booking.step(&agent, "cancel").await.expect(200);
    assert_eq!(reply.at("/refund_amount"), total);
    let held = placed(&user, &villa, 3, 2).await;
    let reply = held.step(&user, "cancel").await.expect(200);
    assert_eq!(reply.at("/refund_amount"), total);
    reply.at("/refund/lines").as_array().unwrap();
}

/// Every state and every command: what the table does not have is refused as such, and changes
/// nothing.
#[tokio::test]
async fn whatever_is_not_in_the_table_is_refused() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let booking = placed(&user, &villa, 30, 3).await;
    let facts = Facts {
        today: day(0),
        check_in: day(30),
        check_out: day(33),
        is_lapsed: false,
        is_instant: true,
    };
    let mut tried = 0;
    for status in Status::ALL {
        let name = status.name();
        app.execute(format!(
            "DELETE FROM stays; \
             INSERT INTO stays (property_id, during, kind, booking_id) SELECT property_id, daterange(check_in, check_out), 'booking', id FROM bookings; \
             UPDATE bookings SET status = '{name}', hold_expires_at = now() + interval '1 day', \
                 confirmed_at = CASE WHEN '{name}' IN ('confirmed', 'completed') THEN now() END, \
                 cancelled_at = CASE WHEN '{name}' = 'cancelled' THEN now() END, \
                 declined_at = CASE WHEN '{name}' = 'declined' THEN now() END, \
                 completed_at = CASE WHEN '{name}' = 'completed' THEN now() END"
        ))
        .await;
        for command in ["confirm", "accept", "decline", "cancel", "alter", "complete"] {
            let word: Command = command.parse().unwrap();
            for (caller, party) in [(&agent, Party::Host), (&user, Party::Guest)] {
                if step(*status, word, party, &facts).is_ok() {
                    continue;
                }
                tried += 1;
                let reply = booking.step(caller, command).await;
                let is_staffs = matches!(command, "confirm" | "accept" | "decline" | "complete");
                match is_staffs && party == Party::Guest {
                    true => drop(reply.problem(403, "forbidden")),
                    false => drop(reply.problem(409, "wrong_state")),
                }
            }
        }
        let after = Booking::read(&user, &booking.id).await;
        assert_eq!((after.status(), &after.json["version"]), (name, &json!(1)));
    }
    assert!(tried > 60, "{tried}");
    assert_eq!(TRANSITIONS.len(), 17, "a new row needs its own test");
}

/// A booking that is confirmed by another path than ours has its dates, or is not confirmed.
#[tokio::test]
async fn the_database_confirms_nothing_without_its_dates() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let held = placed(&user, &villa, 30, 3).await;
    let pool = app.sql().await;
    let sql = "UPDATE bookings SET status = 'confirmed', confirmed_at = now()";
    let refused = sqlx::query(sql).execute(&pool).await.unwrap_err();
    let refused = refused.as_database_error().unwrap();
    assert_eq!(refused.constraint(), Some("bookings_confirmed_stay"));
    pool.close().await;
    assert_eq!(Booking::read(&user, &held.id).await.status(), "held");
}
