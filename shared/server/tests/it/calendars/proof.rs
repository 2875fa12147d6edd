//! Many feeds, in every mood: no night is free after a bad answer, and each overlap is one alert.
//!
//! A handful by default; `TERRACE_FEEDS=200` proves it with as many.

use futures_util::{StreamExt, stream};
use terrace_testkit::{FeedServer, Listing, Said, listing};

use super::support::{allowing, book, connect, ics, nights, read, sold};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Normal,
    Overlap,
    Empty,
    Broken,
    Half,
}

const MOODS: [Mood; 5] = [Mood::Normal, Mood::Overlap, Mood::Empty, Mood::Broken, Mood::Half];

#[tokio::test]
async fn no_night_is_free_after_a_bad_answer_and_each_overlap_is_one_alert() {
    let feeds: usize =
        std::env::var("TERRACE_FEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(10);
    let channel = FeedServer::start().await;
    let app = allowing(&[&channel])
        .with(|profile| profile.limits.user_per_minute = 1_000_000)
        .spawn()
        .await;
    let agent = app.agent("somchai").await;
    let events = [sold("a", 5, 8), sold("b", 12, 15), sold("c", 20, 22)];
    let mut all: Vec<(Listing, String, String)> = Vec::new();
    for n in 0..feeds {
        let path = format!("/{n}.ics");
        channel.say(&path, Said::body(ics(&events)));
        let listing = agent.create(listing::rent()).await;
        let calendar = connect(&agent, &listing, &channel.url(&path)).await;
        all.push((listing, calendar, path));
    }
    app.settled().await;
    let whole = ics(&events);
    let mut overlaps = 0;
    for (round, mood) in MOODS.iter().enumerate() {
        for (listing, _, path) in &all {
            channel.say(
                path,
                match mood {
                    Mood::Normal => Said::body(whole.clone()),
                    Mood::Overlap => {
                        // A booking of ours where the channel has sold nothing yet, and then it has.
                        let _ = book(&app, listing.id, 30, 34).await;
                        overlaps += 1;
                        let mut more = events.to_vec();
                        more.push(sold("d", 32, 36));
                        Said::body(ics(&more))
                    }
                    Mood::Empty => Said::body(ics(&[])),
                    Mood::Broken => Said::status(500),
                    Mood::Half => Said::body(&whole.as_bytes()[..whole.len() / 2]),
                },
            );
        }
        let read: Vec<_> = stream::iter(&all)
            .map(|(_, calendar, _)| read(&agent, calendar))
            .buffer_unordered(4)
            .collect()
            .await;
        assert_eq!(read.len(), feeds);
        for (listing, _, path) in &all {
            let mut expected = vec!["external 5 8", "external 12 15", "external 20 22"];
            if round > 0 {
                expected.extend(["booking 30 34", "external 34 36"]);
            }
            assert_eq!(nights(&app, listing.id).await, expected, "{mood:?} {path}");
        }
    }
    let alerts: i64 =
        app.value("SELECT count(*) FROM events WHERE kind = 'calendar.conflict'").await;
    let open: i64 =
        app.value("SELECT count(*) FROM calendar_conflicts WHERE resolved_at IS NULL").await;
    let letters: i64 =
        app.value("SELECT count(*) FROM notifications WHERE template = 'calendar_conflict'").await;
    assert_eq!((alerts, open, letters), (overlaps, overlaps, overlaps));
    let twice: i64 = app
        .value(
            "SELECT count(*) FROM stays a JOIN stays b ON a.property_id = b.property_id \
             AND a.id < b.id AND a.during && b.during",
        )
        .await;
    assert_eq!(twice, 0);
    eprintln!("{feeds} feeds, {} moods, {overlaps} overlaps, {alerts} alerts", MOODS.len());
}
