//! Nights that a channel says are taken and that are ours: kept on both sides, told once.

use serde_json::json;
use terrace_testkit::Said;

use super::support::{
    Connected, Event, block, book, closed, connect, connected, day, ics, sold, taken,
};

const INBOX: &str = "/api/v1/admin/calendar-conflicts";

async fn open(it: &Connected) -> Vec<serde_json::Value> {
    it.agent.get(INBOX).await.expect(200).at("/items").as_array().unwrap().clone()
}

#[tokio::test]
async fn an_overlap_is_kept_shown_and_told_once() {
    let it = connected(&[]).await;
    let stay = book(&it.app, it.listing.id, 10, 14).await;
    for _ in 0..3 {
        let _ = it.hears_of(&[sold("a", 12, 16), sold("b", 20, 22)]).await;
    }
    // The booking stands, and what is left of the channel's nights is taken.
    assert_eq!(it.nights().await, ["booking 10 14", "external 14 16", "external 20 22"]);
    let conflicts = open(&it).await;
    assert_eq!(conflicts.len(), 1);
    let conflict = &conflicts[0];
    assert_eq!(
        conflict["theirs"],
        json!({"kind": "booking", "check_in": day(12), "check_out": day(16)})
    );
    assert_eq!(
        conflict["ours"],
        json!({"kind": "booking", "check_in": day(10), "check_out": day(14)})
    );
    assert_eq!(
        (&conflict["stay_id"], &conflict["calendar_name"]),
        (&json!(stay), &json!("Airbnb"))
    );
    assert!(conflict["booking_id"].is_string() && conflict["resolution"].is_null());

    let events: Vec<serde_json::Value> =
        it.app.values("SELECT data FROM events WHERE kind = 'calendar.conflict'").await;
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["with"], &events[0]["stay_id"]), (&json!("booking"), &json!(stay)));
    let letters = it.app.letters().await;
    assert_eq!(letters.len(), 1);
    let (template, letter) = &letters[0];
    assert_eq!(template, "calendar_conflict");
    assert_eq!(letter.to, "somchai@bestays.example");
    assert!(letter.text.contains("the same nights are booked"), "{}", letter.text);
    assert!(!letter.text.contains("guest@example.com"));
}

#[tokio::test]
async fn each_overlap_is_one_and_another_one_is_another() {
    let it = connected(&[]).await;
    let _ = book(&it.app, it.listing.id, 10, 14).await;
    let _ = block(&it.app, it.listing.id, 14, 16).await;
    let said = it.hears_of(&[sold("a", 12, 15)]).await;
    assert_eq!(said["changes"]["conflicts"], 2);
    // Other nights of the same event are another one, and the first is none any more.
    let said = it.hears_of(&[sold("a", 12, 14)]).await;
    assert_eq!(said["changes"]["conflicts"], 1);
    let conflicts = open(&it).await;
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0]["theirs"]["check_out"], json!(day(14)));
    // Touching is not overlapping: the day of leaving is not slept.
    let said = it.hears_of(&[sold("a", 6, 10), sold("b", 16, 18)]).await;
    assert_eq!(said["changes"]["conflicts"], 0);
    assert_eq!(open(&it).await.len(), 0);
    let gone = it.agent.get(&format!("{INBOX}?state=resolved")).await.expect(200);
    assert_eq!(gone.at("/items").as_array().unwrap().len(), 3);
    assert_eq!(gone.at("/items/0/resolution"), "gone");
    // The same again is the same again: open, and not told a second time.
    let said = it.hears_of(&[sold("a", 12, 14), sold("b", 16, 18)]).await;
    assert_eq!(said["changes"]["conflicts"], 0);
    assert_eq!(open(&it).await.len(), 1);
    assert_eq!(it.app.letters().await.len(), 3);
}

/// A booking that is cancelled leaves no night free that a channel has sold: in the same
/// transaction, whoever cancels, and however.
#[tokio::test]
async fn what_ours_gives_up_is_theirs_at_once() {
    let it = connected(&[]).await;
    let stay = book(&it.app, it.listing.id, 10, 14).await;
    let _ = it.hears_of(&[sold("a", 12, 16)]).await;
    it.app
        .execute(format!(
            "UPDATE stays SET during = '[{},{})' WHERE id = '{stay}'",
            day(9),
            day(13)
        ))
        .await;
    assert_eq!(taken(&it.app, it.listing.id).await, [9, 10, 11, 12, 13, 14, 15]);
    it.app.execute(format!("DELETE FROM stays WHERE id = '{stay}'")).await;
    assert_eq!(taken(&it.app, it.listing.id).await, [12, 13, 14, 15]);
    let _ = it.hears_of(&[sold("a", 12, 16)]).await;
    assert_eq!(open(&it).await.len(), 0);
    assert_eq!(taken(&it.app, it.listing.id).await, [12, 13, 14, 15]);
    // A listing that goes for good takes its calendars along.
    it.app
        .execute(format!(
            "SELECT set_config('app.role', 'system', false); DELETE FROM bookings; \
             INSERT INTO stays (property_id, during, kind) VALUES ('{0}', '[{1},{2})', 'block'); \
             DELETE FROM properties WHERE id = '{0}'",
            it.listing.id,
            day(40),
            day(42)
        ))
        .await;
    let left: i64 = it.app.value("SELECT count(*) FROM stays").await;
    assert_eq!(left, 0);
}

/// The days after a stay in which it is made ready are taken, and not slept in.
#[tokio::test]
async fn a_day_of_preparation_is_no_conflict() {
    let it = connected(&[]).await;
    let stay = book(&it.app, it.listing.id, 10, 14).await;
    it.app
        .execute(format!(
            "UPDATE stays SET during = '[{},{})', preparation_days = 2 WHERE id = '{stay}'",
            day(10),
            day(16)
        ))
        .await;
    let said = it.hears_of(&[sold("a", 14, 18)]).await;
    assert_eq!(said["changes"]["conflicts"], 0);
    assert_eq!(it.nights().await, ["booking 10 16", "external 16 18"]);
    let said = it.hears_of(&[sold("a", 13, 18)]).await;
    assert_eq!(said["changes"]["conflicts"], 1);
    assert_eq!(open(&it).await[0]["ours"]["check_out"], json!(day(14)));
}

/// A hold that has run out is nobody's, and no conflict.
#[tokio::test]
async fn a_hold_that_has_run_out_is_no_conflict() {
    let it = connected(&[]).await;
    let hold = |expires: &str, start: u64, end: u64| {
        format!(
            "INSERT INTO stays (property_id, during, kind, expires_at) VALUES ('{}', '[{},{})', 'hold', now() {expires})",
            it.listing.id,
            day(start),
            day(end)
        )
    };
    it.app.execute(hold("- interval '1 second'", 3, 6)).await;
    it.app.execute(hold("+ interval '10 minutes'", 10, 12)).await;
    let said = it.hears_of(&[sold("a", 3, 6), sold("b", 10, 12)]).await;
    assert_eq!(said["changes"]["conflicts"], 1);
    assert_eq!(it.nights().await, ["external 3 6", "hold 10 12"]);
    assert_eq!(open(&it).await[0]["ours"]["kind"], "hold");
}

/// What we told a channel comes back from it as closed: that is no conflict. That the channel has
/// sold the very same nights is one.
#[tokio::test]
async fn an_echo_is_no_conflict_and_a_sale_is() {
    let it = connected(&[]).await;
    let body = json!({"direction": "export", "name": "For Airbnb"});
    let export = it.agent.post(&it.listing.at("calendars"), body).await.expect(201);
    let address = export.text_at("/address");
    let path = address[address.find("/calendars/").unwrap()..].to_owned();

    // Nobody has heard of this booking from us: it cannot be an echo.
    let _ = book(&it.app, it.listing.id, 10, 14).await;
    let said = it.hears_of(&[closed("x", 10, 14)]).await;
    assert_eq!(said["changes"]["conflicts"], 1);

    let _ = book(&it.app, it.listing.id, 20, 24).await;
    let _ = book(&it.app, it.listing.id, 30, 34).await;
    let _ = book(&it.app, it.listing.id, 40, 44).await;
    let _ = it.app.anonymous().get(&path).await.expect(200);
    let said = it
        .hears_of(&[
            closed("x", 10, 14),
            closed("y", 20, 24),
            sold("z", 30, 34),
            closed("v", 41, 44),
        ])
        .await;
    // The same nights, closed: an echo. Sold, or other nights: none.
    assert_eq!(said["changes"]["conflicts"], 2);
    let mut theirs: Vec<String> = open(&it)
        .await
        .iter()
        .map(|conflict| conflict["theirs"]["check_in"].as_str().unwrap().to_owned())
        .collect();
    theirs.sort();
    assert_eq!(theirs, [day(10), day(30), day(41)].map(|day| day.to_string()));
}

#[tokio::test]
async fn the_inbox_is_ones_own_and_a_decision_is_kept() {
    let it = connected(&[]).await;
    let _ = book(&it.app, it.listing.id, 10, 14).await;
    let _ = it.hears_of(&[sold("a", 12, 16)]).await;
    let (admin, other) = (it.app.admin().await, it.app.agent("other").await);
    let id = open(&it).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("{INBOX}/{id}");
    assert_eq!(admin.get(INBOX).await.expect(200).at("/items/0/id"), id.as_str());
    assert_eq!(other.get(INBOX).await.expect(200).at("/items"), json!([]));
    other.patch(&path, json!({"resolution": "done"})).await.problem(404, "not_found");
    it.agent.patch(&path, json!({"resolution": "gone"})).await.problem(422, "invalid_input");
    it.agent.patch(&path, json!({})).await.problem(422, "invalid_input");

    let done = it.agent.patch(&path, json!({"resolution": "done"})).await.expect(200);
    assert_eq!(done.at("/resolution"), "done");
    assert_eq!(done.at("/resolved_by"), json!(it.agent.user_id));
    // What somebody has settled is not opened by the next reading.
    let _ = it.hears_of(&[sold("a", 12, 16)]).await;
    assert_eq!(open(&it).await.len(), 0);
    let again = it.agent.patch(&path, json!({"resolution": null})).await.expect(200);
    assert_eq!((again.at("/resolution"), again.at("/resolved_at")), (json!(null), json!(null)));
    let of = |listing: &str| format!("{INBOX}?property_id={listing}");
    let listing = it.listing.id.to_string();
    assert_eq!(it.agent.get(&of(&listing)).await.expect(200).at("/items/0/id"), id.as_str());
    assert_eq!(it.agent.get(&of(&id)).await.expect(200).at("/items"), json!([]));
    it.agent.get(&format!("{INBOX}?state=lost")).await.problem(400, "invalid_parameter");
}

#[tokio::test]
async fn the_inbox_has_pages() {
    let it = connected(&[]).await;
    let _ = book(&it.app, it.listing.id, 10, 40).await;
    let events: Vec<Event> =
        (0..5).map(|n| sold(&format!("e{n}"), 10 + n * 2, 11 + n * 2)).collect();
    let _ = it.hears_of(&events).await;
    let mut seen = std::collections::BTreeSet::new();
    let mut path = format!("{INBOX}?limit=2");
    loop {
        let page = it.agent.get(&path).await.expect(200).json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].to_string()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{INBOX}?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
}

/// A channel that hears of our nights, and another that tells them back, do not keep each other
/// and us busy.
#[tokio::test]
async fn two_channels_that_repeat_each_other_are_quiet() {
    let it = connected(&[sold("a", 3, 6)]).await;
    it.channel.say("/b.ics", Said::body(ics(&[closed("echo", 3, 6)])));
    let _ = connect(&it.agent, &it.listing, &it.channel.url("/b.ics")).await;
    it.app.settled().await;
    let body = json!({"direction": "export", "name": "For both", "include_imported": true});
    let export = it.agent.post(&it.listing.at("calendars"), body).await.expect(201);
    let address = export.text_at("/address");
    let path = &address[address.find("/calendars/").unwrap()..];
    let told = it.app.anonymous().get(path).await.expect(200).text();
    // The sale is passed on; what is merely closed is not.
    assert_eq!(told.matches("BEGIN:VEVENT").count(), 1);
    assert_eq!(open(&it).await.len(), 0);
}
