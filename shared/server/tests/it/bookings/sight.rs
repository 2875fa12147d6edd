//! Who sees which bookings, and what is nowhere to be seen.

use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, with_query};

use super::{BOOKINGS, Booking, confirmed, day, idle, placed, villa};

async fn ids(caller: &Caller, parameters: &[(&str, &str)]) -> Vec<String> {
    let list = caller.get(&with_query(BOOKINGS, parameters)).await.expect(200);
    let items = list.at("/items").as_array().cloned().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_sees_their_own() {
    let app = idle().spawn().await;
    let (somchai, noi) = (app.agent("somchai").await, app.agent("noi").await);
    let (malee, other, admin) =
        (app.user("malee").await, app.user("other").await, app.admin().await);
    let (his, hers) = (villa(&somchai).await, villa(&noi).await);
    let one = placed(&malee, &his, 30, 3).await;
    let two = placed(&other, &hers, 30, 3).await;
    // An agent goes on holiday, too.
    let three = placed(&somchai, &hers, 40, 3).await;
    let all = [&three.id, &two.id, &one.id].map(Clone::clone);
    assert_eq!(ids(&admin, &[]).await, all);
    assert_eq!(ids(&somchai, &[]).await, [three.id.clone(), one.id.clone()]);
    assert_eq!(ids(&noi, &[]).await, [three.id.clone(), two.id.clone()]);
    assert_eq!(ids(&malee, &[]).await, std::slice::from_ref(&one.id));
    assert_eq!(ids(&app.user("nobody").await, &[]).await, Vec::<String>::new());
    app.anonymous().get(BOOKINGS).await.problem(401, "unauthorized");

    for stranger in [&other, &noi] {
        for call in [
            stranger.get(&one.path()),
            stranger.get(&one.at("cancellation")),
            one.step(stranger, "cancel"),
            one.step(stranger, "alter"),
        ] {
            call.await.problem(404, "not_found");
        }
    }
    for command in ["confirm", "accept", "decline", "complete"] {
        one.step(&noi, command).await.problem(404, "not_found");
    }
    // Where they are a guest they do not act as the host.
    three.step(&somchai, "confirm").await.problem(403, "forbidden");
}

#[tokio::test]
async fn bookings_are_found_by_what_is_known_of_them() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let (malee, other) = (app.user("malee").await, app.user("other").await);
    let (villa, second) = (villa(&agent).await, super::villa(&agent).await);
    let one = confirmed(&malee, &agent, &villa, 30, 3).await;
    let two = placed(&other, &villa, 40, 3).await;
    let three = placed(&other, &second, 30, 3).await;
    app.execute(format!(
        "UPDATE bookings SET guest_email = 'Malee@Example.com' WHERE id = '{}'",
        one.id
    ))
    .await;
    let (from, to) = (day(32).to_string(), day(33).to_string());
    let property = second.id.to_string();
    let reference = two.json["reference"].as_str().unwrap().to_lowercase().replace('-', " ");
    let all: [&str; 3] = [&three.id, &two.id, &one.id];
    for (parameters, expected) in [
        (&[("status", "confirmed")][..], &all[2..]),
        (&[("status", "held,confirmed")], &all),
        (&[("status", "cancelled")], &[]),
        (&[("property_id", &property)], &all[..1]),
        (&[("from", &from), ("to", &to)], &[all[0], all[2]]),
        (&[("from", &day(33).to_string()), ("to", &day(40).to_string())], &[]),
        (&[("q", &reference)], &all[1..2]),
        (&[("q", "malee@example.COM")], &all[2..]),
        (&[("q", "nobody")], &[]),
        (&[("limit", "2")], &all[..2]),
    ] {
        assert_eq!(ids(&agent, parameters).await, expected, "{parameters:?}");
    }
    let first = agent.get(&format!("{BOOKINGS}?limit=1&count=true")).await.expect(200);
    assert_eq!(first.at("/total"), 3);
    let cursor = first.text_at("/next_cursor");
    assert_eq!(ids(&agent, &[("limit", "2"), ("cursor", &cursor)]).await, all[1..]);
    agent
        .get(&with_query(BOOKINGS, &[("status", "held"), ("cursor", &cursor)]))
        .await
        .problem(400, "invalid_cursor");
    for (name, value) in [
        ("status", "paid"),
        ("from", "tomorrow"),
        ("to", "9999-01-01"),
        ("q", " "),
        ("limit", "101"),
        ("sort", "price"),
    ] {
        agent.get(&with_query(BOOKINGS, &[(name, value)])).await.problem(400, "invalid_parameter");
    }
    let query = with_query(BOOKINGS, &[("from", &to), ("to", &from)]);
    agent.get(&query).await.problem(400, "invalid_parameter");
}

/// What a guest tells their host is in nobody's events, history or audit.
#[tokio::test]
async fn nothing_personal_leaves_the_booking() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa: Listing = villa(&agent).await;
    let quote = super::quote(&user, &villa, 30, 3).await;
    let body = json!({"quote_id": quote, "guest": {"name": "Canary Name", "email": "canary@example.com",
        "phone": "081 999 8877", "note": "canary note"}});
    let booking = Booking::of(&super::book(&user, body).await.expect(201));
    let call = user.post(&booking.at("cancel"), json!({"reason": "canary reason"}));
    let _ = call.if_match(&booking.etag).await.expect(200);
    let told: Vec<String> = app
        .values(
            "SELECT data::text FROM events UNION ALL SELECT data::text FROM booking_events \
             UNION ALL SELECT coalesce(before::text, '') || coalesce(after::text, '') FROM audit_log WHERE table_name = 'bookings' \
             UNION ALL SELECT row_to_json(s)::text FROM stays s UNION ALL SELECT row_to_json(q)::text FROM quotes q",
        )
        .await;
    assert!(told.len() > 6, "{told:?}");
    for text in told {
        assert!(!text.to_lowercase().contains("canary") && !text.contains("999"), "{text}");
    }
    // The booking outlives its guest.
    app.execute(format!(
        "UPDATE bookings SET guest_user_id = NULL, guest_name = NULL, guest_email = NULL, guest_phone = NULL, \
             guest_note = NULL, cancellation_reason = NULL, erased_at = now() WHERE id = '{}'",
        booking.id
    ))
    .await;
    let left = agent.get(&booking.path()).await.expect(200);
    assert_eq!(
        left.at("/guest"),
        json!({"user_id": null, "name": null, "email": null, "phone": null})
    );
    assert_eq!(left.at("/note"), Value::Null);
}
