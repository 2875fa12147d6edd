//! Other dates, or another number of guests.

use serde_json::json;
use terrace_testkit::Caller;

use super::{Booking, confirmed, day, idle, occupied, on_request, placed, villa};

fn dates(from: u64, to: u64) -> serde_json::Value {
    json!({"check_in": day(from), "check_out": day(to)})
}

async fn alter(
    caller: &Caller,
    booking: &Booking,
    body: serde_json::Value,
) -> terrace_testkit::Reply {
    caller.post(&booking.at("alter"), body).if_match(&booking.etag).await
}

#[tokio::test]
async fn the_stay_moves_and_the_difference_is_told() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let booking = confirmed(&user, &agent, &villa, 30, 3).await;
    let before = booking.json["total"].as_i64().unwrap();

    let path = format!("{}?preview=true", booking.at("alter"));
    let shown = user.post(&path, dates(31, 36)).await.expect(200);
    let total = shown.at("/price/total").as_i64().unwrap();
    assert_eq!(shown.at("/difference"), json!(total - before));
    assert_eq!(shown.at("/difference"), 2 * 420_000);
    let nights = json!({"kind": "nights", "before": 3 * 420_000, "after": 5 * 420_000, "difference": 2 * 420_000});
    let cleaning =
        json!({"kind": "cleaning", "before": 150_000, "after": 150_000, "difference": 0});
    assert_eq!(shown.at("/differences"), json!([nights, cleaning]));
    // Looking changes nothing.
    assert_eq!(Booking::read(&user, &booking.id).await.json, booking.json);
    let kept: i64 = app.value("SELECT count(*) FROM quotes").await;
    assert_eq!(kept, 1);

    let mut body = dates(31, 36);
    body["expected_total"] = json!(total + 1);
    alter(&user, &booking, body.clone()).await.problem(409, "price_changed");
    body["expected_total"] = json!(total);
    let reply = alter(&user, &booking, body).await.expect(200);
    assert_eq!(reply.at("/differences"), shown.at("/differences"));
    let altered = Booking::of(&reply);
    assert_eq!((altered.status(), altered.json["total"].as_i64()), ("confirmed", Some(total)));
    assert_eq!(altered.kinds(), ["held", "confirmed", "altered"]);
    assert_eq!(
        altered.json["events"][2]["data"],
        json!({
            "from": {"check_in": day(30), "check_out": day(33), "guests": 2, "total": before},
            "to": {"check_in": day(31), "check_out": day(36), "guests": 2, "total": total},
        })
    );
    assert_ne!(altered.json["quote_id"], booking.json["quote_id"]);
    assert_eq!(occupied(&app, &villa).await, [format!("booking {} {}", day(31), day(36))]);
}

/// Nights that somebody else has are not to be had, and then the old ones stay.
#[tokio::test]
async fn what_is_not_got_is_not_given_up() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let (one, other) = (app.user("one").await, app.user("other").await);
    let villa = villa(&agent).await;
    let booking = confirmed(&one, &agent, &villa, 30, 3).await;
    let _ = placed(&other, &villa, 35, 3).await;
    let stays = occupied(&app, &villa).await;
    for (from, to) in [(34, 37), (30, 36), (36, 38)] {
        let refused = alter(&one, &booking, dates(from, to)).await;
        refused.problem(409, "dates_taken");
        assert_eq!(refused.fields(), [" taken"]);
        let path = format!("{}?preview=true", booking.at("alter"));
        one.post(&path, dates(from, to)).await.problem(409, "dates_taken");
    }
    assert_eq!(occupied(&app, &villa).await, stays);
    assert_eq!(Booking::read(&one, &booking.id).await.json, booking.json);
    // The rules of the listing hold as they do for a new stay.
    for (body, field) in [
        (dates(30, 31), "/check_out min_nights"),
        (dates(33, 30), "/check_out out_of_range"),
        (json!({"guests": 7}), "/guests guests"),
        (json!({}), " required"),
        (json!({"guests": 0}), "/guests invalid"),
        (json!({"price": 1}), "/price unknown_field"),
    ] {
        let refused = alter(&one, &booking, body).await;
        refused.problem(422, "invalid_input");
        assert_eq!(refused.fields(), [field]);
    }
    assert_eq!(occupied(&app, &villa).await, stays);
}

/// Two move towards each other's nights at once: nobody loses what they had, nothing overlaps, and
/// nobody waits for ever.
#[tokio::test]
async fn two_who_move_at_once_do_not_meet() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let (one, other) = (app.user("one").await, app.user("other").await);
    let villa = villa(&agent).await;
    let mut bookings = [
        confirmed(&one, &agent, &villa, 30, 3).await,
        confirmed(&other, &agent, &villa, 40, 3).await,
    ];
    for round in 0..10 {
        let (from, to) = if round % 2 == 0 { (34, 38) } else { (30, 43) };
        let moves = [(&one, &bookings[0]), (&other, &bookings[1])].map(|(caller, booking)| {
            let call = caller.post(&booking.at("alter"), dates(from, to)).if_match(&booking.etag);
            tokio::spawn(async move { call.await })
        });
        for moved in moves {
            let reply = moved.await.unwrap();
            assert!(reply.status == 200 || reply.code() == "dates_taken", "{reply:?}");
        }
        bookings = [
            Booking::read(&one, &bookings[0].id).await,
            Booking::read(&other, &bookings[1].id).await,
        ];
        assert_eq!(occupied(&app, &villa).await.len(), 2);
        let agree: bool = app
            .value("SELECT bool_and(lower(s.during) = b.check_in AND upper(s.during) = b.check_out) FROM stays s JOIN bookings b ON b.id = s.booking_id")
            .await;
        assert!(agree);
    }
}

/// A stay that was granted is moved by its host alone.
#[tokio::test]
async fn what_was_granted_is_not_moved_without_the_host() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let asked = on_request(&agent).await;
    let requested = placed(&user, &asked, 30, 3).await;
    let held = Booking::of(&requested.step(&agent, "accept").await.expect(200));
    alter(&user, &held, dates(50, 53)).await.problem(409, "wrong_state");
    let settled = Booking::of(&held.step(&agent, "confirm").await.expect(200));
    let refused = alter(&user, &settled, dates(50, 53)).await;
    let problem = refused.problem(409, "wrong_state");
    assert!(problem["detail"].as_str().unwrap().contains("host"), "{problem}");
    assert_eq!(Booking::read(&user, &settled.id).await.json["actions"], json!(["cancel"]));
    let mut body = dates(50, 53);
    body["asked_by_guest"] = json!(true);
    let moved = alter(&agent, &settled, body).await.expect(200);
    assert_eq!(moved.at("/check_in"), json!(day(50)));
}

#[tokio::test]
async fn holds_and_requests_can_be_altered_too() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    for listing in [villa(&agent).await, on_request(&agent).await] {
        let kept = placed(&user, &listing, 30, 3).await;
        let altered = Booking::of(&alter(&user, &kept, json!({"guests": 4})).await.expect(200));
        assert_eq!((altered.status(), &altered.json["guests"]), (kept.status(), &json!(4)));
        assert_eq!(altered.json["hold_expires_at"], kept.json["hold_expires_at"]);
        // The host may move it as well.
        let moved = alter(&agent, &altered, dates(50, 52)).await.expect(200);
        assert_eq!(moved.at("/check_in"), json!(day(50)));
        assert_eq!(occupied(&app, &listing).await, [format!("hold {} {}", day(50), day(52))]);
    }
}
