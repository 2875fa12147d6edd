//! Calendars of channels, in every mood, and while people book: no night is free after a bad
//! answer, each overlap is told once, and whoever reads while somebody books is answered.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc, time::Duration};

use serde_json::json;

use crate::{
    channel::{Channel, Said},
    http::{Ask, Reply},
    report::Report,
    run::{PATIENT, Run, together},
    stage::Brand,
    world::{self, Home, OVERLAPS, Wish, day},
};

/// Nights of a channel's event, in days from today, half-open.
type Nights = (u64, u64);

/// What each channel has sold from the beginning.
const SOLD: [Nights; 3] = [(5, 8), (12, 15), (20, 22)];
/// What we sell, and what the channel sells on top of it.
const OURS: Nights = (30, 34);
const THEIRS: Nights = (32, 36);

/// The server is to answer everybody as they come.
const UNHURRIED: [(&str, &str); 3] =
    [PATIENT, ("LIMITS__ENABLED", "false"), ("DATABASE__MAX_CONNECTIONS", "16")];

/// A home that reads a calendar.
struct Feed {
    home: Home,
    calendar: String,
    path: String,
}

/// A calendar of these events.
fn ics(events: &[Nights]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//A channel//EN\r\n".to_owned();
    for (from, to) in events {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "BEGIN:VEVENT\r\nUID:{from}-{to}@channel.example\r\nDTSTART;VALUE=DATE:{}\r\nDTEND;VALUE=DATE:{}\r\n\
             SUMMARY:Reserved\r\nEND:VEVENT\r\n",
            day(*from).format("%Y%m%d"),
            day(*to).format("%Y%m%d"),
        );
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

/// A brand that may ask the channel, and homes that read a calendar of it each.
async fn connected(run: &Run<'_>, channel: &Channel) -> anyhow::Result<(Brand, Vec<Feed>)> {
    let permit = channel.address();
    let env = [&UNHURRIED[..], &[("OUTBOUND__PERMIT", permit.as_str())]].concat();
    let brand = run.brand_with(&env).await?;
    let mut feeds = Vec::new();
    for (nth, home) in world::homes(&brand, run.count("feeds")).await?.into_iter().enumerate() {
        let path = format!("/{nth}.ics");
        channel.say(&path, Said::body(ics(&SOLD)));
        let body = json!({"direction": "import", "name": "Channel", "url": channel.url(&path)});
        let ask = Ask::post(format!("/api/v1/properties/{home}/calendars"), &body).by(&brand.agent);
        let calendar = brand.clients.must(&ask).await?.expect(201)?.text("/id");
        feeds.push(Feed { home, calendar, path });
    }
    Ok((brand, feeds))
}

fn reading(brand: &Brand, feed: &Feed) -> Ask {
    Ask::post_empty(format!("/api/v1/calendars/{}/sync", feed.calendar)).by(&brand.agent)
}

/// Every feed is read once; whatever is not answered with 200 is an error of the proof.
async fn read(run: &Run<'_>, brand: &Brand, feeds: &[Feed]) -> anyhow::Result<()> {
    let asks = feeds.iter().map(|feed| reading(brand, feed));
    let read = together(run.count("connections"), asks, async |ask| {
        brand.clients.must(&ask).await?.expect(200).map(drop)
    });
    read.await.into_iter().collect()
}

/// Home and nights of everything that is taken.
async fn taken(brand: &Brand) -> anyhow::Result<BTreeMap<(String, String), String>> {
    let sql = "SELECT s.property_id::text, n::date::text, s.kind::text FROM stays s, \
               generate_series(lower(s.during), upper(s.during) - 1, interval '1 day') n";
    let rows: Vec<(String, String, String)> = brand.rows(sql).await?;
    Ok(rows.into_iter().map(|(home, night, kind)| ((home, night), kind)).collect())
}

pub(crate) async fn conflict(run: &Run<'_>) -> anyhow::Result<Report> {
    let channel = Channel::open().await?;
    let (brand, feeds) = connected(run, &channel).await?;
    read(run, &brand, &feeds).await?;
    let mut report = Report::default();
    let per_feed: u64 = SOLD.iter().map(|(from, to)| to - from).sum();
    let all = u64::try_from(feeds.len())?;
    report.exactly(
        "what a channel has sold is taken",
        usize::try_from(all * per_feed)?,
        taken(&brand).await?.len(),
    );
    run.mutate(&brand).await?;

    // Whoever has no address gets no letter.
    brand.sql("UPDATE users SET email = 'host@example.com' WHERE role = 'agent'").await?;
    run.say(format!("{all} channels sell nights that are ours"));
    book_ours(run, &brand, &feeds).await?;
    let with_theirs = ics(&[&SOLD[..], &[THEIRS]].concat());
    // Said three times, an overlap is told once.
    for _ in 0..3 {
        for feed in &feeds {
            channel.say(&feed.path, Said::body(with_theirs.clone()));
        }
        read(run, &brand, &feeds).await?;
    }

    let before = taken(&brand).await?;
    let empty = ics(&[]);
    let half = with_theirs.as_bytes().get(..with_theirs.len() / 2).unwrap_or_default();
    let moods = [
        ("empty", Said::body(empty)),
        ("500", Said::status(500)),
        ("half a file", Said::body(half)),
        ("broken off", Said::body(with_theirs.clone()).cut_in_half()),
        ("a web page", Said::body("<html><body>Please log in.</body></html>")),
        ("gone", Said::status(404)),
        ("nothing", Said::body("")),
    ];
    let mut freed = Vec::new();
    for (mood, said) in moods {
        run.say(format!("every channel answers: {mood}"));
        for feed in &feeds {
            channel.say(&feed.path, said.clone());
        }
        read(run, &brand, &feeds).await?;
        let after = taken(&brand).await?;
        let gone = before.keys().filter(|night| !after.contains_key(night));
        freed.extend(gone.map(|(home, night)| format!("{mood}: {night} of {home}")));
    }
    report.count("nights", before.len());
    report.none("no night is free after a bad answer", &freed);

    for feed in &feeds {
        channel.say(&feed.path, Said::body(with_theirs.clone()));
    }
    read(run, &brand, &feeds).await?;
    let count = i64::try_from(all)?;
    let alerts = "SELECT count(*) FROM events WHERE kind = 'calendar.conflict'";
    let letters = "SELECT count(*) FROM notifications WHERE template = 'calendar_conflict'";
    let open = "SELECT count(*) FROM calendar_conflicts WHERE resolved_at IS NULL";
    report.exactly("each overlap is one alert", count, brand.number(alerts).await?);
    report.exactly("each overlap is one letter", count, brand.number(letters).await?);
    report.exactly("each overlap is there to be settled", count, brand.number(open).await?);
    let ours = "SELECT count(*) FROM bookings WHERE status = 'confirmed'";
    report.exactly("nothing of ours is cancelled", count, brand.number(ours).await?);
    report.exactly("no overlap", 0, brand.number(OVERLAPS).await?);
    Ok(report)
}

/// A guest of ours books the same nights of every home, and the agent settles it.
async fn book_ours(run: &Run<'_>, brand: &Brand, feeds: &[Feed]) -> anyhow::Result<()> {
    let guests = world::guests(brand, "ours", feeds.len())?;
    let wishes: Vec<_> = feeds
        .iter()
        .zip(guests)
        .map(|(feed, guest)| wish(feed, guest, OURS, format!("ours-{}", feed.home)))
        .collect();
    let asks = world::bookings(brand, &wishes).await?;
    let booked = together(run.count("connections"), &asks, async |ask| {
        let made = brand.clients.must(ask).await?.expect(201)?;
        let confirm = world::act(&made, "confirm", &brand.agent);
        brand.clients.must(&confirm).await?.expect(200).map(drop)
    });
    booked.await.into_iter().collect()
}

fn wish(feed: &Feed, guest: Arc<str>, (from, to): Nights, mark: String) -> Wish {
    Wish { home: feed.home.clone(), from, to, guest, mark }
}

/// The same nights are sold by a channel and booked here at the same moment.
pub(crate) async fn race(run: &Run<'_>) -> anyhow::Result<Report> {
    let channel = Channel::open().await?;
    let (brand, feeds) = connected(run, &channel).await?;
    let rounds = run.count("rounds");
    let mut asks = Vec::new();
    for round in 0..rounds {
        let guests = world::guests(&brand, &format!("racer-{round}"), feeds.len())?;
        let wishes = feeds.iter().zip(guests).map(|(feed, guest)| {
            wish(feed, guest, nights(round), format!("race-{round}-{}", feed.home))
        });
        asks.push(world::bookings(&brand, &wishes.collect::<Vec<_>>()).await?);
    }
    run.mutate(&brand).await?;
    let mut dice = run.dice();
    let (mut read, mut booked) = (BTreeMap::new(), BTreeMap::new());
    for (round, asks) in asks.iter().enumerate() {
        run.say(format!("round {}: {} channels sell what people book", round + 1, feeds.len()));
        let sold: Vec<_> = (0..=round).map(nights).collect();
        let pairs: Vec<_> =
            feeds.iter().zip(asks).map(|(feed, ask)| (feed, ask, dice.u64(0..25))).collect();
        for feed in &feeds {
            channel.say(&feed.path, Said::body(ics(&sold)));
        }
        let brand = &brand;
        let told = together(run.count("connections"), pairs, async |(feed, ask, late)| {
            let reading = reading(brand, feed);
            let booking = async {
                tokio::time::sleep(Duration::from_millis(late)).await;
                brand.clients.send(ask).await
            };
            futures_util::future::join(brand.clients.send(&reading), booking).await
        });
        for (reading, booking) in told.await {
            *read.entry(word(reading)).or_default() += 1;
            *booked.entry(word(booking)).or_default() += 1;
        }
    }
    let all = u64::try_from(rounds * feeds.len())?;
    let count = |of: &BTreeMap<String, u64>, word: &str| of.get(word).copied().unwrap_or_default();
    let mut report = Report::default();
    report.count("readings", serde_json::to_value(&read)?);
    report.count("bookings", serde_json::to_value(&booked)?);
    report.exactly("whoever reads while somebody books is answered", all, count(&read, "200 "));
    let made = count(&booked, "201 ");
    let taken = count(&booked, "409 dates_taken");
    report.exactly("whoever books while it is read is answered", all, made + taken);
    let found = "SELECT count(*) FROM calendar_conflicts";
    let found = u64::try_from(brand.number(found).await?)?;
    report.exactly("whatever both have sold is a conflict", made, found);
    report.exactly("no overlap", 0, brand.number(OVERLAPS).await?);
    report.exactly("no deadlock", 0, brand.cluster.logged("deadlock detected")?);
    Ok(report)
}

/// What is raced for in a round.
fn nights(round: usize) -> Nights {
    let from = 40 + u64::try_from(round).unwrap_or_default() * 4;
    (from, from + 3)
}

fn word(answer: Result<Reply, crate::http::Lost>) -> String {
    match answer {
        Ok(reply) => format!("{} {}", reply.status, reply.code()),
        Err(lost) => format!("{lost:?}"),
    }
}
