//! Money for bookings: begun, told, counted once, sent back.

mod command;
mod deliveries;
mod hostile;
mod late;
mod manual;
mod refunds;
mod sight;
mod stripe;

use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, Reply, StripeServer, TestApp, listing, setup};
use uuid::Uuid;

/// What a stay costs in these tests, satang.
const TOTAL: i64 = 1_234_500;

/// A booking that waits for its money.
#[derive(Clone, Debug)]
pub(super) struct Booking {
    pub(super) id: String,
    pub(super) reference: String,
}

impl Booking {
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

/// A guest holds a listing for three nights, so many days from now.
pub(super) async fn hold(app: &TestApp, guest: &Caller, villa: &Listing, from: u32) -> Booking {
    let (id, villa, guest) = (Uuid::now_v7(), villa.id, guest.user_id.unwrap());
    let reference = format!("BST-{}", &id.simple().to_string()[20..].to_uppercase());
    app.execute(format!(
        "\
         INSERT INTO quotes (id, property_id, check_in, check_out, guests, inputs, rules, lines, total, currency, hash, valid_until) \
            VALUES ('{id}', '{villa}', current_date + {from}, current_date + {from} + 3, 2, '{{}}', '{{}}', '[]', {TOTAL}, 'THB', sha256('x'), now() + interval '1 hour'); \
         INSERT INTO bookings (id, reference, property_id, quote_id, guest_user_id, check_in, check_out, guests, total, currency, hold_expires_at) \
            VALUES ('{id}', '{reference}', '{villa}', '{id}', '{guest}', current_date + {from}, current_date + {from} + 3, 2, {TOTAL}, 'THB', now() + interval '15 minutes'); \
         INSERT INTO stays (property_id, during, kind, booking_id, expires_at) \
            VALUES ('{villa}', daterange(current_date + {from}, current_date + {from} + 3), 'hold', '{id}', now() + interval '15 minutes')"
    ))
    .await;
    Booking { id: id.to_string(), reference }
}

/// For the role matrix: a booking of user A, of a listing of `agent`; or its payment that has come;
/// or a refund of that.
pub(super) async fn owed(app: &TestApp, agent: &Caller, paid: bool, back: bool) -> Listing {
    let guest = app.user("a-user").await;
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
         INSERT INTO stays (property_id, during, kind) VALUES ('{0}', daterange(current_date + {from}, current_date + {from} + 3), 'block')",
        villa.id
    ))
    .await;
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
        let app = setup("bestays").with(stripe.serves()).spawn().await;
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
