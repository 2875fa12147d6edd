//! What a feed says becomes nights that are taken, and follows it.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use terrace_testkit::Said;

use super::support::{
    Event, block, closed, connect, connected, day, ics, nights, read, shown, sold, taken,
};

#[tokio::test]
async fn what_moves_moves_what_goes_goes_and_what_comes_comes() {
    let it = connected(&[sold("a", 3, 6), sold("b", 10, 12), sold("c", 20, 22)]).await;
    let said = it.hears_of(&[sold("a", 4, 8), sold("c", 20, 22), sold("d", 30, 33)]).await;
    assert_eq!(
        said["changes"],
        json!({"added": 1, "changed": 1, "freed": 1, "kept": 0, "conflicts": 0})
    );
    assert_eq!(it.nights().await, ["external 4 8", "external 20 22", "external 30 33"]);
    // Two change places in one reading: neither is in the other's way.
    let _ = it.hears_of(&[sold("a", 20, 22), sold("c", 4, 8), sold("d", 29, 34)]).await;
    assert_eq!(it.nights().await, ["external 4 8", "external 20 22", "external 29 34"]);
    // And nothing changes where nothing has.
    let said = it.hears_of(&[sold("a", 20, 22), sold("c", 4, 8), sold("d", 29, 34)]).await;
    assert_eq!(
        said["changes"],
        json!({"added": 0, "changed": 0, "freed": 0, "kept": 0, "conflicts": 0})
    );
}

#[tokio::test]
async fn what_a_channel_takes_back_is_free_at_once() {
    let it = connected(&[sold("a", 3, 6), sold("b", 10, 12)]).await;
    let cancelled = Event { more: "STATUS:CANCELLED\r\n", ..sold("a", 3, 6) };
    let open = Event { more: "TRANSP:TRANSPARENT\r\n", ..sold("b", 10, 12) };
    let said = it.hears_of(&[cancelled, open]).await;
    assert_eq!(said["changes"]["freed"], 2);
    assert_eq!(it.nights().await, Vec::<String>::new());
    assert_eq!(said["calendar"]["ignored_count"], 2);
}

/// The edge of what Airbnb sells is nobody's stay.
#[tokio::test]
async fn a_rolling_window_takes_no_nights() {
    let window = |end| Event { summary: "Airbnb (Not available)", ..sold("w", 60, end) };
    let it = connected(&[sold("a", 3, 6), window(70)]).await;
    assert_eq!(it.nights().await, ["external 3 6"]);
    let _ = it.hears_of(&[sold("a", 3, 6), window(71)]).await;
    assert_eq!(it.nights().await, ["external 3 6"]);
}

#[tokio::test]
async fn two_channels_that_say_the_same_take_a_night_once_and_free_it_together() {
    let it = connected(&[sold("a", 3, 6)]).await;
    it.channel.say("/b.ics", Said::body(ics(&[closed("x", 3, 6), closed("y", 5, 9)])));
    let other = connect(&it.agent, &it.listing, &it.channel.url("/b.ics")).await;
    it.app.settled().await;
    assert_eq!(taken(&it.app, it.listing.id).await, [3, 4, 5, 6, 7, 8]);
    let conflicts: i64 = it.app.value("SELECT count(*) FROM calendar_conflicts").await;
    assert_eq!(conflicts, 0);
    // One takes it back; the other still says so.
    let cancelled = Event { more: "STATUS:CANCELLED\r\n", ..sold("a", 3, 6) };
    let _ = it.hears_of(&[cancelled]).await;
    assert_eq!(taken(&it.app, it.listing.id).await, [3, 4, 5, 6, 7, 8]);
    it.channel.say("/b.ics", Said::body(ics(&[closed("y", 5, 9)])));
    let _ = read(&it.agent, &other).await;
    assert_eq!(taken(&it.app, it.listing.id).await, [5, 6, 7, 8]);
}

/// Nights within one feed, too: overlapping, touching, one inside another.
#[tokio::test]
async fn overlapping_events_of_one_feed_take_each_night_once() {
    let it = connected(&[
        closed("a", 3, 6),
        closed("b", 5, 9),
        closed("c", 9, 10),
        closed("d", 4, 5),
        closed("e", 3, 6),
    ])
    .await;
    assert_eq!(taken(&it.app, it.listing.id).await, [3, 4, 5, 6, 7, 8, 9]);
}

#[tokio::test]
async fn an_unchanged_feed_is_not_sent_again() {
    let it = connected(&[]).await;
    let tagged = Said::body(ics(&[sold("a", 3, 6)])).with("etag", "\"v1\"");
    let said =
        it.hears(tagged.clone().with("last-modified", "Fri, 27 Nov 2026 10:00:00 GMT")).await;
    assert_eq!(said["calendar"]["last_result"], "ok");
    let said = it.hears(tagged.clone()).await;
    assert_eq!(said["calendar"]["last_result"], "unchanged");
    assert!(it.channel.heads("/a.ics").last().unwrap().contains("if-none-match: \"v1\""));
    assert_eq!(it.nights().await, ["external 3 6"]);
    // All of it is asked for once a day.
    it.app.execute("UPDATE calendars SET last_read_at = last_read_at - interval '25 hours'").await;
    let said = it.hears(tagged).await;
    assert_eq!(said["calendar"]["last_result"], "ok");
    assert!(!it.channel.heads("/a.ics").last().unwrap().contains("if-none-match"));
}

#[tokio::test]
async fn a_compressed_feed_is_read_and_a_bomb_is_not() {
    let pack = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    // Before anything is asked: a connection that rests while this is packed is closed.
    let bomb = pack(&vec![b' '; 60 << 20]);
    let it = connected(&[]).await;
    let packed = pack(ics(&[sold("a", 3, 6)]).as_bytes());
    let _ = it.hears(Said::body(packed).with("content-encoding", "gzip")).await;
    assert_eq!(it.nights().await, ["external 3 6"]);
    for (said, result) in [
        (Said::body(bomb.clone()).with("content-encoding", "gzip"), "too_large"),
        (Said::body(bomb.clone()), "not_a_calendar"),
        (Said::body(bomb).with("content-encoding", "br"), "encoding"),
        (Said::body(vec![b'x'; 6 << 20]), "too_large"),
    ] {
        let said = it.hears(said).await;
        assert_eq!(said["calendar"]["last_result"], result);
        assert_eq!(it.nights().await, ["external 3 6"]);
    }
}

#[tokio::test]
async fn what_a_channel_repeats_of_ours_is_ours() {
    let it = connected(&[]).await;
    let stay = block(&it.app, it.listing.id, 3, 6).await;
    let origin = it.app.profile.server.origins.first().unwrap().as_str().to_owned();
    let host = url::Url::parse(&origin).unwrap().host_str().unwrap().to_owned();
    let ours = Event { uid: format!("{stay}@{host}"), ..closed("", 3, 6) };
    let said = it.hears_of(&[ours]).await;
    assert_eq!((&said["changes"]["added"], &said["changes"]["conflicts"]), (&json!(0), &json!(0)));
    assert_eq!(it.nights().await, ["block 3 6"]);
}

/// An event that cannot be read keeps what it took, and is named to whoever keeps the listing.
#[tokio::test]
async fn an_event_that_breaks_keeps_its_nights() {
    let it = connected(&[sold("a", 3, 6), sold("b", 10, 12)]).await;
    let broken = ics(&[sold("a", 3, 6), sold("b", 10, 12)])
        .replace(&format!("DTSTART;VALUE=DATE:{}", day(3).format("%Y%m%d")), "DTSTART:soon");
    let said = it.hears(Said::body(broken)).await;
    let calendar = &said["calendar"];
    assert_eq!(
        (&calendar["health"], &calendar["last_result"]),
        (&json!("partly"), &json!("partly"))
    );
    assert_eq!(calendar["last_error"], "An event cannot be read: it does not say when it begins.");
    assert_eq!((&calendar["unread_count"], &said["changes"]["freed"]), (&json!(1), &json!(0)));
    assert_eq!(it.nights().await, ["external 3 6", "external 10 12"]);
}

/// Feeds that are due are queued, once, and read in the background.
#[tokio::test]
async fn a_feed_is_read_when_it_is_due() {
    let it = connected(&[sold("a", 3, 6)]).await;
    it.channel.say("/a.ics", Said::body(ics(&[sold("a", 4, 6)])));
    let waits: f64 = it
        .app
        .value("SELECT extract(epoch FROM next_sync_at - now())::float8 FROM calendars")
        .await;
    assert!((1500.0..2100.0).contains(&waits), "the next reading is in {waits} s");
    it.app.execute("UPDATE calendars SET next_sync_at = now()").await;
    // The round comes within half a minute.
    let pool = it.app.sql().await;
    let came = tokio::time::timeout(std::time::Duration::from_secs(60), async {
        loop {
            let now: String = sqlx::query_scalar("SELECT lower(during)::text FROM stays")
                .fetch_one(&pool)
                .await
                .unwrap();
            if now == day(4).to_string() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    });
    came.await.expect("the feed is read again");
    assert_eq!(it.channel.asked("/a.ics"), 2);
    let health = shown(&it.agent, &it.listing, &it.calendar).await;
    assert_eq!(health["health"], "ok");
    assert_eq!(nights(&it.app, it.listing.id).await, ["external 4 6"]);
}
