//! A real Airbnb calendar over fourteen months, snapshot by snapshot, over HTTP.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    path::Path,
};

use chrono::{NaiveDate, TimeZone as _, Utc};
use flate2::read::GzDecoder;
use terrace_testkit::{FeedServer, Said, listing};

use super::support::{allowing, connect, read};

/// The snapshots, oldest first: the day, and the file.
fn snapshots() -> Option<Vec<(NaiveDate, String)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/calendars/ota/flatA_airbnb_history.tar.gz");
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    let mut bytes = Vec::new();
    GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    // A tar is blocks of 512 bytes: a head with name and length (octal), then the file.
    let mut found = BTreeMap::new();
    let mut at = 0;
    while at + 512 <= bytes.len() && bytes[at] != 0 {
        let text = |from: usize, to: usize| {
            let field = &bytes[at + from..at + to];
            String::from_utf8_lossy(field).trim_matches(['\0', ' ']).to_owned()
        };
        let (name, size) = (text(0, 100), usize::from_str_radix(&text(124, 136), 8).unwrap());
        if name.ends_with(".ics") {
            let day = name.split('_').next_back().unwrap()[..10].parse().unwrap();
            let body = String::from_utf8(bytes[at + 512..at + 512 + size].to_vec()).unwrap();
            found.insert(name, (day, body));
        }
        at += 512 + size.div_ceil(512) * 512;
    }
    Some(found.into_values().collect())
}

/// The bookings of a snapshot by name, read by other means than the platform's.
fn bookings(text: &str) -> BTreeMap<String, (NaiveDate, NaiveDate)> {
    let field = |event: &str, name: &str| {
        let line = event.lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit(':').next().unwrap().trim().to_owned()
    };
    let day = |text: &str| NaiveDate::parse_from_str(text, "%Y%m%d").unwrap();
    text.split("BEGIN:VEVENT")
        .skip(1)
        .filter(|event| field(event, "SUMMARY") == "Reserved")
        .map(|event| {
            (field(event, "UID"), (day(&field(event, "DTSTART")), day(&field(event, "DTEND"))))
        })
        .collect()
}

#[tokio::test]
async fn fourteen_months_of_one_flat() {
    let Some(snapshots) = snapshots() else { return };
    assert_eq!(snapshots.len(), 84);
    let channel = FeedServer::start().await;
    let app = allowing(&[&channel]).spawn().await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(listing::rent()).await;
    let state = app.state();
    let at = |day: NaiveDate| Utc.from_utc_datetime(&day.and_hms_opt(9, 0, 0).unwrap());
    state.calendars.pretend(at(snapshots[0].0));
    channel.say("/flat.ics", Said::body(snapshots[0].1.clone()));
    let calendar = connect(&agent, &listing, &channel.url("/flat.ics")).await;
    app.settled().await;

    // The truth: what each whole snapshot says of its own future, and who has come stays.
    let mut known: BTreeMap<String, (NaiveDate, NaiveDate)> = BTreeMap::new();
    let (mut empty, mut freed_by_empty, mut cancelled) = (0, 0, 0);
    for (today, text) in &snapshots {
        let today = *today;
        let before = nights(&app, today).await;
        state.calendars.pretend(at(today));
        channel.say("/flat.ics", Said::body(text.clone()));
        let said = read(&agent, &calendar).await;
        let after = nights(&app, today).await;
        if text.is_empty() {
            empty += 1;
            freed_by_empty += before.difference(&after).count();
            assert_eq!(said["calendar"]["last_result"], "empty");
            continue;
        }
        assert_eq!(said["calendar"]["last_result"], "ok", "{today}");
        let told = bookings(text);
        let gone: Vec<String> = known
            .iter()
            .filter(|(uid, (start, _))| *start > today && !told.contains_key(*uid))
            .map(|(uid, _)| uid.clone())
            .collect();
        cancelled += gone.len();
        known.retain(|uid, _| !gone.contains(uid));
        known.extend(told);
        let mut expected = BTreeSet::new();
        for (start, end) in known.values() {
            expected
                .extend(start.iter_days().take_while(|day| day < end).filter(|day| *day >= today));
        }
        assert_eq!(after, expected, "{today}");
    }
    assert_eq!((empty, freed_by_empty), (1, 0));
    assert!(cancelled >= 3, "{cancelled}");
    let conflicts: i64 = app.value("SELECT count(*) FROM calendar_conflicts").await;
    assert_eq!(conflicts, 0);
    eprintln!("84 snapshots, {} bookings, {cancelled} cancelled", known.len());
}

/// The nights that are taken on a day and after it.
async fn nights(app: &terrace_testkit::TestApp, today: NaiveDate) -> BTreeSet<NaiveDate> {
    app.values::<NaiveDate>(format!(
        "SELECT n::date FROM stays, generate_series(lower(during), upper(during) - 1, '1 day') n \
         WHERE n >= '{today}'"
    ))
    .await
    .into_iter()
    .collect()
}
