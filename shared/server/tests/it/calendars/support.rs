//! A channel, a listing that reads it, and stays of ours.

use std::net::SocketAddr;

use chrono::{Days, NaiveDate, Utc};
use serde_json::{Value, json};
use terrace_product::LoopbackAddress;
use terrace_testkit::{Caller, FeedServer, Listing, Said, Setup, TestApp, listing, setup};
use uuid::Uuid;

/// The day at the listings, and so many later.
pub(crate) fn day(later: u64) -> NaiveDate {
    let today = Utc::now().with_timezone(&chrono_tz::Tz::Asia__Bangkok).date_naive();
    today.checked_add_days(Days::new(later)).unwrap()
}

/// The product, allowed to ask these channels.
pub(crate) fn allowing(channels: &[&FeedServer]) -> Setup {
    let addresses: Vec<SocketAddr> = channels.iter().map(|channel| channel.address).collect();
    setup("bestays").with(move |profile| {
        profile.outbound.permit = addresses.into_iter().filter_map(LoopbackAddress::new).collect();
    })
}

/// An event of a channel: name, first night, day of leaving, what is said of it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) uid: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) summary: &'static str,
    /// Further lines.
    pub(crate) more: &'static str,
}

/// A booking, as Airbnb says it.
pub(crate) fn sold(uid: &str, start: u64, end: u64) -> Event {
    Event { uid: format!("{uid}@airbnb.com"), start, end, summary: "Reserved", more: "" }
}

/// Nights of which a channel says no more than that they are closed.
pub(crate) fn closed(uid: &str, start: u64, end: u64) -> Event {
    Event { uid: uid.to_owned(), start, end, summary: "CLOSED - Not available", more: "" }
}

/// A calendar of these events.
pub(crate) fn ics(events: &[Event]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//A channel//EN\r\n".to_owned();
    for Event { uid, start, end, summary, more } in events {
        text.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART;VALUE=DATE:{}\r\nDTEND;VALUE=DATE:{}\r\nSUMMARY:{summary}\r\n{more}END:VEVENT\r\n",
            day(*start).format("%Y%m%d"),
            day(*end).format("%Y%m%d"),
        ));
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

/// A listing, and one channel that it reads.
pub(crate) struct Connected {
    pub(crate) channel: FeedServer,
    pub(crate) app: TestApp,
    pub(crate) agent: Caller,
    pub(crate) listing: Listing,
    pub(crate) calendar: String,
}

/// A published listing that reads a channel, which says this.
pub(crate) async fn connected(events: &[Event]) -> Connected {
    let channel = FeedServer::start().await;
    channel.say("/a.ics", Said::body(ics(events)));
    let app = allowing(&[&channel]).spawn().await;
    let agent = app.agent("somchai").await;
    let listing = agent.create_published(listing::rent()).await;
    let calendar = connect(&agent, &listing, &channel.url("/a.ics")).await;
    app.settled().await;
    Connected { channel, app, agent, listing, calendar }
}

impl Connected {
    /// The channel says this from now on, and is asked; what came of it.
    pub(crate) async fn hears(&self, said: Said) -> Value {
        self.channel.say("/a.ics", said);
        read(&self.agent, &self.calendar).await
    }

    pub(crate) async fn hears_of(&self, events: &[Event]) -> Value {
        self.hears(Said::body(ics(events))).await
    }

    pub(crate) async fn nights(&self) -> Vec<String> {
        nights(&self.app, self.listing.id).await
    }
}

/// Lets a listing read a feed; the calendar's id.
pub(crate) async fn connect(agent: &Caller, listing: &Listing, url: &str) -> String {
    let body = json!({"direction": "import", "name": "Airbnb", "url": url});
    agent.post(&listing.at("calendars"), body).await.expect(201).text_at("/id")
}

/// Reads a calendar now.
pub(crate) async fn read(agent: &Caller, calendar: &str) -> Value {
    agent.post_empty(&format!("/api/v1/calendars/{calendar}/sync")).await.expect(200).json()
}

/// A calendar as its listing shows it.
pub(crate) async fn shown(agent: &Caller, listing: &Listing, calendar: &str) -> Value {
    let list = agent.get(&listing.at("calendars")).await.expect(200).json();
    let items = list["items"].as_array().unwrap().clone();
    items.into_iter().find(|item| item["id"] == calendar).unwrap()
}

/// What is taken of a listing, as `kind from to` in days from today.
pub(crate) async fn nights(app: &TestApp, listing: Uuid) -> Vec<String> {
    app.values(format!(
        "SELECT format('%s %s %s', kind, lower(during) - '{0}'::date, upper(during) - '{0}'::date) FROM stays \
         WHERE property_id = '{listing}' ORDER BY lower(during)",
        day(0)
    ))
    .await
}

/// Every night that is taken, in days from today, whoever has it.
pub(crate) async fn taken(app: &TestApp, listing: Uuid) -> Vec<i32> {
    app.values(format!(
        "SELECT (n::date - '{}'::date)::int4 FROM stays, generate_series(lower(during), upper(during) - 1, '1 day') n \
         WHERE property_id = '{listing}' ORDER BY 1",
        day(0)
    ))
    .await
}

/// Takes nights for ourselves; the stay's id.
pub(crate) async fn block(app: &TestApp, listing: Uuid, start: u64, end: u64) -> Uuid {
    app.value(format!(
        "INSERT INTO stays (property_id, during, kind) VALUES ('{listing}', '[{},{})', 'block') RETURNING id",
        day(start),
        day(end)
    ))
    .await
}

/// Books nights for a guest of ours; the stay's id.
pub(crate) async fn book(app: &TestApp, listing: Uuid, start: u64, end: u64) -> Uuid {
    let (stay, quote, booking) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let (from, to, reference) = (day(start), day(end), &booking.simple().to_string()[16..]);
    app.execute(format!(
        "SELECT set_config('app.role', 'system', false); \
         INSERT INTO quotes (id, property_id, check_in, check_out, guests, inputs, rules, lines, total, currency, hash, valid_until) \
         VALUES ('{quote}', '{listing}', '{from}', '{to}', 2, '{{}}', '{{}}', '[]', 100, 'THB', sha256('x'), now() + interval '1 day'); \
         INSERT INTO bookings (id, reference, property_id, quote_id, guest_email, check_in, check_out, guests, status, total, currency, confirmed_at) \
         VALUES ('{booking}', upper('B-{reference}'), '{listing}', '{quote}', 'guest@example.com', '{from}', '{to}', 2, 'confirmed', 100, 'THB', now()); \
         INSERT INTO stays (id, property_id, during, kind, booking_id) VALUES ('{stay}', '{listing}', '[{from},{to})', 'booking', '{booking}')"
    ))
    .await;
    stay
}

/// A listing of the agent's that reads a feed: the listing's id, and the calendar's as its slug.
pub(crate) async fn calendar_of(app: &TestApp, agent: &Caller, url: &str) -> Listing {
    let listing = agent.create(listing::rent()).await;
    let calendar = connect(agent, &listing, url).await;
    app.settled().await;
    Listing { slug: calendar, ..listing }
}

/// A calendar of ours of a draft of the agent's.
pub(crate) async fn export_of(agent: &Caller) -> Listing {
    let listing = agent.create(listing::rent()).await;
    let body = json!({"direction": "export", "name": "For Airbnb"});
    let made = agent.post(&listing.at("calendars"), body).await.expect(201);
    let id = made.text_at("/id").parse().unwrap();
    Listing { id, slug: String::new(), etag: String::new(), json: made.json() }
}

/// Nights of a draft of the agent's that are taken twice.
pub(crate) async fn conflict_of(app: &TestApp, agent: &Caller) -> Listing {
    let listing = agent.create(listing::rent()).await;
    let id: Uuid = app
        .value(format!(
            "WITH calendar AS (INSERT INTO calendars (property_id, direction, name, url, is_active) \
                 VALUES ('{0}', 'import', 'Airbnb', 'https://a.example/{0}.ics', false) RETURNING id) \
             INSERT INTO calendar_conflicts (calendar_id, property_id, external_uid, during, own_id, own_kind, own_during) \
             SELECT id, '{0}', 'a', '[2027-01-01,2027-01-03)', gen_random_uuid(), 'booking', '[2027-01-01,2027-01-03)' \
               FROM calendar RETURNING id",
            listing.id
        ))
        .await;
    Listing { id, slug: String::new(), etag: String::new(), json: Value::Null }
}
