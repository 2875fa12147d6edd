//! Money for bookings: begun, told, counted once, sent back.

mod command;
mod deliveries;
mod guests;
mod hostile;
mod late;
mod manual;
mod plans;
mod refunds;
mod sight;
mod stripe;

use chrono::{Days, FixedOffset, NaiveDate, Utc};
use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, Reply, Setup, StripeServer, TestApp, listing, setup};
use uuid::Uuid;

/// What a stay costs in these tests, satang: three nights and the cleaning.
const TOTAL: i64 = 3 * 420_000 + 150_000;

/// A booking that waits for its money.
#[derive(Clone, Debug)]
pub(super) struct Booking {
    pub(super) id: String,
    pub(super) reference: String,
}

impl Booking {
    async fn of(app: &TestApp, reply: &Reply) -> Self {
        let booking = Self { id: reply.text_at("/id"), reference: reply.text_at("/reference") };
        assert_eq!(booking.status(app).await, "held", "{reply:?}");
        booking
    }

    /// The address of its payment.
    fn payment(&self) -> String {
        format!("/api/v1/bookings/{}/payment", self.id)
    }

    /// The address of all of its payments.
    fn payments(&self) -> String {
        format!("/api/v1/bookings/{}/payments", self.id)
    }

    async fn status(&self, app: &TestApp) -> String {
        app.value(format!("SELECT status::text FROM bookings WHERE id = '{}'", self.id)).await
    }

    async fn is_confirmed(&self, app: &TestApp) -> bool {
        let sql = format!(
            "SELECT count(*) FROM bookings b JOIN stays s ON s.booking_id = b.id \
             WHERE b.id = '{}' AND b.status = 'confirmed' AND s.kind = 'booking' AND s.expires_at IS NULL",
            self.id
        );
        app.value::<i64>(sql).await == 1
    }

    /// The hold's time is over.
    async fn lapse(&self, app: &TestApp) {
        app.execute(format!(
            "UPDATE bookings SET hold_expires_at = now() - interval '5 minutes' WHERE id = '{0}'; \
             UPDATE stays SET expires_at = now() - interval '5 minutes' WHERE booking_id = '{0}'; \
             UPDATE payments SET expires_at = now() - interval '5 minutes' WHERE booking_id = '{0}'",
            self.id
        ))
        .await;
    }
}

/// A day so many days from today, where the brand is.
fn day(ahead: u32) -> NaiveDate {
    let bangkok = FixedOffset::east_opt(7 * 3600).unwrap();
    Utc::now().with_timezone(&bangkok).date_naive() + Days::new(ahead.into())
}

/// A guest holds a listing for three nights, so many days from now.
pub(super) async fn hold(app: &TestApp, guest: &Caller, villa: &Listing, from: u32) -> Booking {
    Booking::of(app, &placed(guest, villa, from).await).await
}

/// The answer to a booking.
async fn placed(guest: &Caller, villa: &Listing, from: u32) -> Reply {
    let stay = json!({"check_in": day(from), "check_out": day(from + 3), "guests": 2});
    let quote = guest.post(&villa.at("quote"), stay).await.expect(201);
    assert_eq!((quote.at("/total"), quote.at("/due_now")), (json!(TOTAL), json!(TOTAL)));
    let person = json!({"name": "Malee Jaidee", "email": "malee@guest.example"});
    guest
        .post("/api/v1/bookings", json!({"quote_id": quote.at("/id"), "guest": person}))
        .header("idempotency-key", Uuid::new_v4().to_string())
        .await
        .expect(201)
}

/// For the role matrix: a booking of user A, of a listing of `agent`; or its payment that has come;
/// or a refund of that.
pub(super) async fn owed(app: &TestApp, agent: &Caller, paid: bool, back: bool) -> Listing {
    let guest = app.user("a-user").await;
    // There may be only so many at once.
    app.execute("UPDATE bookings SET created_at = now() - interval '40 days'").await;
    let villa = agent.create_published(listing::rent()).await;
    let booking = hold(app, &guest, &villa, 10).await;
    let named = |id: &str, version: i64| Listing {
        id: id.parse().unwrap(),
        slug: String::new(),
        etag: tag(version),
        json: Value::Null,
    };
    if !paid {
        return named(&booking.id, 1);
    }
    let begun = guest.post(&booking.payment(), json!({"provider": "manual"})).await.expect(201);
    let payment = begun.text_at("/payment/id");
    let path = format!("/api/v1/payments/{payment}");
    let receipt = json!({"amount": TOTAL, "reference": Uuid::new_v4()});
    let call = agent.post(&format!("{path}/receive"), receipt).if_match(tag(1));
    let version = call.await.expect(200).at("/version").as_i64().unwrap();
    if !back {
        return named(&payment, version);
    }
    let body = json!({"amount": 5, "reason": "other"});
    let admin = app.admin().await;
    let refund = admin.post(&format!("{path}/refund"), body).if_match(tag(version)).await;
    named(&refund.expect(201).text_at("/id"), 1)
}

/// Somebody else has the dates.
async fn take(app: &TestApp, villa: &Listing, from: u32) {
    app.execute(format!(
        "DELETE FROM stays WHERE property_id = '{0}' AND kind = 'hold' AND expires_at <= now(); \
         INSERT INTO stays (property_id, during, kind) VALUES ('{0}', daterange('{1}', '{2}'), 'block')",
        villa.id,
        day(from),
        day(from + 3),
    ))
    .await;
}

/// A brand at which one guest may hold as much as a test likes.
fn roomy() -> Setup {
    setup("bestays").with(|profile| {
        profile.bookings.live_holds = 1_000;
        profile.bookings.holds_per_day = 1_000;
    })
}

/// The people and the listing of most of these tests.
struct Scene {
    app: TestApp,
    stripe: StripeServer,
    agent: Caller,
    guest: Caller,
    admin: Caller,
    villa: Listing,
}

impl Scene {
    async fn set() -> Self {
        let stripe = StripeServer::start();
        let app = roomy().with(stripe.serves()).spawn().await;
        let (agent, guest, admin) =
            (app.agent("somchai").await, app.user("malee").await, app.admin().await);
        let villa = agent.create_published(listing::rent()).await;
        Self { app, stripe, agent, guest, admin, villa }
    }

    async fn hold(&self, from: u32) -> Booking {
        hold(&self.app, &self.guest, &self.villa, from).await
    }

    /// Begins to pay by a provider.
    async fn begin(&self, booking: &Booking, provider: &str) -> Reply {
        self.guest.post(&booking.payment(), json!({"provider": provider})).await.expect(201)
    }

    /// A payment as staff sees it.
    async fn record(&self, booking: &Booking, payment: &str) -> Value {
        let list = self.admin.get(&booking.payments()).await.expect(200);
        let items = list.at("/items");
        items
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item["id"] == payment)
            .cloned()
            .unwrap_or_else(|| panic!("no {payment} in {items}"))
    }

    /// The refunds of a booking.
    async fn refunds(&self, booking: &Booking) -> Vec<Value> {
        let items = self.admin.get(&booking.payments()).await.expect(200).at("/items");
        let refunds = items.as_array().unwrap().iter().filter(|item| item["purpose"] == "refund");
        refunds.cloned().collect()
    }

    /// Says that a transfer has come.
    async fn receive(&self, payment: &str, version: i64, amount: i64, reference: &str) -> Reply {
        self.agent
            .post(
                &format!("/api/v1/payments/{payment}/receive"),
                json!({"amount": amount, "reference": reference}),
            )
            .if_match(tag(version))
            .await
    }
}

/// The tag of a version.
fn tag(version: i64) -> String {
    format!("\"{version}-payment\"")
}

/// The kinds of events about payments so far.
async fn told(app: &TestApp) -> Vec<String> {
    app.values("SELECT kind FROM events WHERE subject_type = 'payment' ORDER BY id").await
}
