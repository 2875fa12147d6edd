//! Bookings: a stay from the hold to the day of leaving, and what must never happen to it.

mod alter;
mod commands;
mod hostile;
mod letters;
mod life;
mod links;
mod model;
mod paid;
mod place;
pub(crate) mod plans;
mod sight;
mod time;

use chrono::{Days, FixedOffset, NaiveDate, Utc};
use serde_json::{Value, json};
use terrace_testkit::{Call, Caller, Listing, Reply, Setup, TestApp, listing, setup};
use uuid::Uuid;

pub(super) const BOOKINGS: &str = "/api/v1/bookings";

/// A brand whose server does no background work: nothing is tidied up by the way.
fn idle() -> Setup {
    setup("bestays").with(|profile| profile.jobs.in_server = false)
}

/// A day so many days from today, where the brand is.
fn day(ahead: u64) -> NaiveDate {
    let bangkok = FixedOffset::east_opt(7 * 3600).unwrap();
    Utc::now().with_timezone(&bangkok).date_naive() + Days::new(ahead)
}

/// A listing that is booked at once.
async fn villa(agent: &Caller) -> Listing {
    agent.create_published(listing::rent()).await
}

/// A listing whose host is asked first.
async fn on_request(agent: &Caller) -> Listing {
    let mut body = listing::rent();
    body["rental_details"]["instant_book"] = json!(false);
    agent.create_published(body).await
}

/// The price of a stay, as an id to be cited.
async fn quote(asks: &Caller, listing: &Listing, from: u64, nights: u64) -> String {
    let body = json!({"check_in": day(from), "check_out": day(from + nights), "guests": 2});
    asks.post(&listing.at("quote"), body).await.expect(201).text_at("/id")
}

fn guest(email: &str) -> Value {
    json!({"name": "Malee Jaidee", "email": email, "phone": "081 234 5678", "note": "We come late."})
}

fn order(quote: &str, email: &str) -> Value {
    json!({"quote_id": quote, "guest": guest(email)})
}

/// A request for a booking, with a key of its own.
fn book(caller: &Caller, order: Value) -> Call {
    caller.post(BOOKINGS, order).header("idempotency-key", Uuid::new_v4().to_string())
}

/// A booking as an answer showed it.
#[derive(Clone, Debug)]
pub(super) struct Booking {
    pub(super) id: String,
    pub(super) etag: String,
    pub(super) json: Value,
}

impl Booking {
    #[track_caller]
    fn of(reply: &Reply) -> Self {
        Self { id: reply.text_at("/id"), etag: reply.etag(), json: reply.json() }
    }

    async fn read(caller: &Caller, id: &str) -> Self {
        Self::of(&caller.get(&format!("{BOOKINGS}/{id}")).await.expect(200))
    }

    fn path(&self) -> String {
        format!("{BOOKINGS}/{}", self.id)
    }

    fn at(&self, rest: &str) -> String {
        format!("{}/{rest}", self.path())
    }

    fn status(&self) -> &str {
        self.json["status"].as_str().unwrap()
    }

    fn kinds(&self) -> Vec<&str> {
        let events = self.json["events"].as_array().unwrap();
        events.iter().map(|event| event["kind"].as_str().unwrap()).collect()
    }

    /// A step that has no words.
    fn step(&self, caller: &Caller, command: &str) -> Call {
        let call = caller.call("POST".parse().unwrap(), &self.at(command)).if_match(&self.etag);
        match command {
            "cancel" | "decline" => call.json(&json!({})),
            "alter" => call.json(&json!({"guests": 3})),
            _ => call,
        }
    }
}

/// A stay that a guest holds, or has asked for.
async fn placed(guest: &Caller, listing: &Listing, from: u64, nights: u64) -> Booking {
    let quote = quote(guest, listing, from, nights).await;
    Booking::of(&book(guest, order(&quote, "guest@example.com")).await.expect(201))
}

/// A stay that is settled.
async fn confirmed(
    guest: &Caller,
    host: &Caller,
    listing: &Listing,
    from: u64,
    nights: u64,
) -> Booking {
    let held = placed(guest, listing, from, nights).await;
    let _ = held.step(host, "confirm").await.expect(200);
    Booking::read(guest, &held.id).await
}

/// Lets the time of a hold run out, or gives it more.
async fn let_run_out(app: &TestApp, booking: &str, seconds: i64) {
    app.execute(format!(
        "UPDATE bookings SET hold_expires_at = now() + interval '{seconds} s' WHERE id = '{booking}'; \
         UPDATE stays SET expires_at = now() + interval '{seconds} s' WHERE booking_id = '{booking}' AND kind = 'hold'"
    ))
    .await;
}

/// What occupies a listing, as `kind from to`.
async fn occupied(app: &TestApp, listing: &Listing) -> Vec<String> {
    app.values(format!(
        "SELECT kind || ' ' || lower(during) || ' ' || upper(during) FROM stays WHERE property_id = '{}' ORDER BY during",
        listing.id
    ))
    .await
}

/// A quote for the role matrix, as the slug of its listing.
pub(super) async fn offer(app: &TestApp, agent: &Caller) -> Listing {
    let listing = villa(agent).await;
    // There may be only so many at once.
    app.execute("UPDATE bookings SET created_at = now() - interval '40 days'").await;
    let slug = quote(agent, &listing, 30, 3).await;
    Listing { slug, ..listing }
}

/// A booking for the role matrix: of user A, about a listing of agent A. The state that a call
/// needs is arranged beside the API.
pub(super) async fn booking_of(app: &TestApp, agent: &Caller, operation: &str) -> Listing {
    let listing = match operation {
        "accept_booking" | "decline_booking" => on_request(agent).await,
        _ => villa(agent).await,
    };
    let user = app.user("a-user").await;
    // There may be only so many at once.
    app.execute("UPDATE bookings SET created_at = now() - interval '40 days'").await;
    let booking = placed(&user, &listing, 30, 3).await;
    if operation == "complete_booking" {
        app.execute(format!(
            "UPDATE bookings SET status = 'confirmed', confirmed_at = now(), check_in = check_in - 60, check_out = check_out - 60 WHERE id = '{0}'; \
             UPDATE stays SET kind = 'booking', expires_at = NULL, during = daterange(lower(during) - 60, upper(during) - 60) WHERE booking_id = '{0}'",
            booking.id
        ))
        .await;
    }
    let id = booking.id.parse().unwrap();
    Listing { id, slug: String::new(), etag: booking.etag, json: booking.json }
}
