//! An application whose webhooks may reach a receiver of the test.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use standardwebhooks::Webhook;
use terrace_outbound::header::HeaderMap;
use terrace_product::LoopbackAddress;
use terrace_testkit::{Caller, Listing, Received, Receiver, Setup, TestApp, setup};

pub(crate) const WEBHOOKS: &str = "/api/v1/admin/webhooks";

/// The product, allowed to call these receivers.
pub(crate) fn allowing(receivers: &[&Receiver]) -> Setup {
    let addresses: Vec<SocketAddr> = receivers.iter().map(|receiver| receiver.address).collect();
    setup("bestays").with(move |profile| {
        profile.outbound.permit = addresses.into_iter().filter_map(LoopbackAddress::new).collect();
    })
}

/// An endpoint that a test has made.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Hook {
    /// An endpoint at this receiver that hears of these kinds.
    pub(crate) async fn make(admin: &Caller, receiver: &Receiver, kinds: &[&str]) -> Self {
        let body = json!({"url": receiver.url("/hook"), "event_types": kinds});
        let made = admin.post(WEBHOOKS, body).await.expect(201);
        Self { id: made.text_at("/id"), secret: made.text_at("/secret") }
    }

    pub(crate) fn path(&self) -> String {
        format!("{WEBHOOKS}/{}", self.id)
    }

    pub(crate) fn at(&self, rest: &str) -> String {
        format!("{}/{rest}", self.path())
    }

    pub(crate) async fn log(&self, admin: &Caller, query: &str) -> Vec<Value> {
        let reply = admin.get(&self.at(&format!("deliveries?limit=100&{query}"))).await.expect(200);
        reply.at("/items").as_array().cloned().unwrap()
    }

    pub(crate) async fn shown(&self, admin: &Caller) -> Value {
        admin.get(&self.path()).await.expect(200).json()
    }
}

/// What the reference implementation says of a signature.
pub(crate) fn is_signed_by(received: &Received, secret: &str) -> bool {
    let mut headers = HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, received.header(name).parse().unwrap());
    }
    Webhook::new(secret).unwrap().verify(received.body.as_bytes(), &headers).is_ok()
}

/// Waits until every event has been taken up and no delivery is due or under way; those that wait
/// for a later time, and those of endpoints that are switched off, are left alone.
pub(crate) async fn quiet(app: &TestApp) {
    const OPEN: &str = "SELECT (SELECT count(*) FROM events WHERE seq IS NULL) \
        + (SELECT h.seq - c.seq FROM event_cursors h, event_cursors c WHERE h.name = 'head' AND c.name = 'webhooks') \
        + (SELECT count(*) FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id AND e.is_active \
            WHERE d.status IN ('pending', 'failed') AND (d.locked_until IS NOT NULL OR d.next_attempt_at <= now()))";
    until(app, OPEN, 0).await;
}

/// Waits until a count has this value.
pub(crate) async fn until(app: &TestApp, sql: &str, expected: i64) {
    let pool = app.sql().await;
    let mut last = -1;
    let reached = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            last = sqlx_count(&pool, sql).await;
            if last == expected {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let reached = reached.await.is_ok();
    assert!(reached, "{sql}: is {last}, not {expected}, after 60 seconds");
    pool.close().await;
}

async fn sqlx_count(pool: &sqlx::PgPool, sql: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(pool).await.unwrap()
}

/// Time passes: what waits for another attempt is due.
pub(crate) async fn pass_time(app: &TestApp) {
    app.execute(
        "UPDATE webhook_deliveries SET next_attempt_at = now() \
         WHERE status IN ('pending', 'failed') AND locked_until IS NULL",
    )
    .await;
}

/// Changes a listing's price: an event `listing.price_changed` and one `listing.updated`.
pub(crate) async fn reprice(agent: &Caller, listing: &Listing, price: i64) -> Listing {
    let call = agent.patch(&listing.path(), json!({"rent_price": price})).if_match(&listing.etag);
    Listing::of(&call.await.expect(200))
}
