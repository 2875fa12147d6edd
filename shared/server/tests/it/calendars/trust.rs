//! What frees no night: answers that are none, and answers that cannot be believed yet.

use serde_json::json;
use terrace_testkit::Said;

use super::support::{connected, ics, sold};

#[tokio::test]
async fn an_answer_that_is_none_frees_nothing_and_has_a_name() {
    let events = [sold("a", 3, 6), sold("b", 10, 12), sold("c", 20, 22)];
    let it = connected(&events).await;
    let whole = ics(&events);
    let half = whole.len() / 2;
    let before = it.nights().await;
    assert_eq!(before.len(), 3);
    for (n, (said, result)) in [
        (Said::body(""), "empty"),
        (Said::body("<html><body>Log in</body></html>"), "page"),
        (Said::body("{\"error\": true}"), "not_a_calendar"),
        (Said::body(&whole.as_bytes()[..half]), "truncated"),
        (Said::body(whole.clone()).cut_after(half), "unreachable"),
        (Said::status(404), "gone"),
        (Said::status(403), "forbidden"),
        (Said::status(429), "too_often"),
        (Said::status(500), "channel_error"),
        (Said { status: 500, ..Said::body(ics(&[])) }, "channel_error"),
        (Said::status(302), "status"),
    ]
    .into_iter()
    .enumerate()
    {
        let said = it.hears(said).await;
        let calendar = &said["calendar"];
        assert_eq!(calendar["last_result"], result);
        assert_eq!(
            (&calendar["health"], &calendar["failure_count"]),
            (&json!("failing"), &json!(n + 1))
        );
        assert!(calendar["last_error"].as_str().unwrap().ends_with('.'), "{calendar}");
        assert_eq!(it.nights().await, before, "{result}");
    }
    // The waits grow, to a few hours.
    let wait: f64 = it
        .app
        .value("SELECT extract(epoch FROM next_sync_at - now())::float8 FROM calendars")
        .await;
    assert!((12_000.0..16_000.0).contains(&wait), "{wait}");
    let said = it.hears_of(&events).await;
    assert_eq!(
        (&said["calendar"]["health"], &said["calendar"]["failure_count"]),
        (&json!("ok"), &json!(0))
    );
}

/// A calendar without events is a calendar: it is believed when it has said so for a day.
#[tokio::test]
async fn an_empty_calendar_is_believed_after_three_answers_and_a_day() {
    let it = connected(&[sold("a", 3, 6), sold("b", 10, 12)]).await;
    for _ in 0..4 {
        let said = it.hears_of(&[]).await;
        assert_eq!((&said["changes"]["freed"], &said["changes"]["kept"]), (&json!(0), &json!(2)));
        let calendar = &said["calendar"];
        assert_eq!(
            (&calendar["health"], &calendar["missing_count"]),
            (&json!("holding"), &json!(2))
        );
    }
    assert_eq!(it.nights().await, ["external 3 6", "external 10 12"]);
    // One that comes back is as it was, and begins anew.
    let _ = it.hears_of(&[sold("a", 3, 6)]).await;
    let _ = it.hears_of(&[]).await;
    it.app
        .execute("UPDATE calendar_events SET missing_since = missing_since - interval '25 hours'")
        .await;
    // `a` has been missing once, `b` was gone at once when `a` alone was named.
    assert_eq!(it.nights().await, ["external 3 6"]);
    let _ = it.hears_of(&[]).await;
    assert_eq!(it.nights().await, ["external 3 6"]);
    let said = it.hears_of(&[]).await;
    assert_eq!(said["changes"]["freed"], 1);
    assert_eq!(it.nights().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_feed_that_is_suddenly_much_smaller_frees_nothing_unless_somebody_has_looked() {
    let it = connected(&[sold("a", 3, 6), sold("b", 10, 12), sold("c", 20, 22), sold("d", 30, 32)])
        .await;
    let said = it.hears_of(&[sold("d", 30, 32)]).await;
    assert_eq!((&said["changes"]["freed"], &said["changes"]["kept"]), (&json!(0), &json!(3)));
    assert_eq!(it.nights().await.len(), 4);
    let path = format!("/api/v1/calendars/{}/sync?accept_missing=true", it.calendar);
    let said = it.agent.post_empty(&path).await.expect(200);
    assert_eq!(said.at("/changes/freed"), 3);
    assert_eq!(it.nights().await, ["external 30 32"]);
}

/// Channels drop guests from their feeds while they sleep.
#[tokio::test]
async fn who_has_come_stays_to_the_end() {
    let it = connected(&[sold("here", 0, 4), sold("next", 10, 12), sold("later", 20, 22)]).await;
    let said = it.hears_of(&[sold("next", 10, 12), sold("later", 20, 22)]).await;
    assert_eq!(said["changes"]["freed"], 0);
    assert_eq!(it.nights().await, ["external 0 4", "external 10 12", "external 20 22"]);
}

/// Some channels invent new names with each answer.
#[tokio::test]
async fn new_names_for_the_same_nights_change_nothing() {
    let it = connected(&[sold("a", 3, 6), sold("b", 10, 12)]).await;
    for round in 0..5 {
        let said = it
            .hears_of(&[sold(&format!("x{round}"), 3, 6), sold(&format!("y{round}"), 10, 12)])
            .await;
        assert_eq!((&said["changes"]["added"], &said["changes"]["freed"]), (&json!(0), &json!(0)));
    }
    let rows: i64 = it.app.value("SELECT count(*) FROM calendar_events").await;
    assert_eq!(rows, 2);
    assert_eq!(it.nights().await, ["external 3 6", "external 10 12"]);
}

/// A channel that has been silent for a day is told of, once.
#[tokio::test]
async fn a_silent_channel_is_told_of_once() {
    let it = connected(&[sold("a", 3, 6)]).await;
    let _ = it.hears(Said::status(500)).await;
    assert_eq!(it.app.letters().await.len(), 0);
    it.app.execute("UPDATE calendars SET last_synced_at = now() - interval '25 hours'").await;
    for _ in 0..3 {
        let _ = it.hears(Said::status(500)).await;
    }
    let letters = it.app.letters().await;
    assert_eq!(letters.len(), 1);
    let (template, letter) = &letters[0];
    assert_eq!(template, "calendar_failing");
    assert!(letter.text.contains("The channel answered 500"), "{}", letter.text);
    let events: i64 =
        it.app.value("SELECT count(*) FROM events WHERE kind = 'calendar.failing'").await;
    assert_eq!(events, 1);
    assert_eq!(it.nights().await, ["external 3 6"]);
}
