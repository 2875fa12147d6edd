//! Lists with an account and without, and what is told about them.

mod alerts;
mod digests;
mod favourites;
mod hostile;
mod letters;
mod merge;
mod owners;
mod plans;
mod saved_searches;
mod visitors;

use std::time::Duration;

use serde_json::{Value, json};
use terrace_testkit::{Call, Caller, Listing, Reply, TestApp, listing};
use uuid::Uuid;

const FAVOURITES: &str = "/api/v1/favourites";
const SEARCHES: &str = "/api/v1/saved-searches";
const ALERTS: &str = "/api/v1/alerts";
const MERGE: &str = "/api/v1/me/merge-visitor";

/// Somebody without an account, by their token.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    pub(super) caller: Caller,
    pub(super) token: String,
}

impl Visitor {
    pub(super) async fn new(app: &TestApp) -> Self {
        let caller = app.anonymous();
        let made = caller.post_empty("/api/v1/visitors").await.expect(201);
        Self { caller, token: made.text_at("/token") }
    }

    fn get(&self, path: &str) -> Call {
        self.caller.get(path).header("visitor-token", &self.token)
    }

    fn post(&self, path: &str, body: Value) -> Call {
        self.caller.post(path, body).header("visitor-token", &self.token)
    }

    fn patch(&self, path: &str, body: Value) -> Call {
        self.caller.patch(path, body).header("visitor-token", &self.token)
    }

    fn delete(&self, path: &str) -> Call {
        self.caller.delete(path).header("visitor-token", &self.token)
    }

    async fn merge_into(&self, person: &Caller) -> Reply {
        person.post_empty(MERGE).header("visitor-token", &self.token).await
    }

    /// The id inside the token.
    fn id(&self) -> Uuid {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        Uuid::from_slice(&URL_SAFE_NO_PAD.decode(&self.token).unwrap()[..16]).unwrap()
    }
}

fn favourite(listing: &Listing) -> Value {
    json!({"property_id": listing.id})
}

/// A search for what the villas of these tests are.
fn villas(notify: &str) -> Value {
    json!({"name": "Villas", "notify": notify,
        "filters": {"transaction_type": "rent", "province": "Phuket", "price_max": 10_000_000}})
}

/// A search for the role matrix: of this person.
pub(super) async fn search_of(owner: &Caller) -> Listing {
    let made = owner.post(SEARCHES, villas("never")).await.expect(201);
    let id = made.text_at("/id").parse().unwrap();
    // There may be only so many.
    let list = owner.get(&format!("{SEARCHES}?limit=100")).await.expect(200);
    for item in list.at("/items").as_array().unwrap() {
        if item["id"] != json!(id) {
            let path = format!("{SEARCHES}/{}", item["id"].as_str().unwrap());
            let _ = owner.delete(&path).await.expect(204);
        }
    }
    Listing { id, slug: String::new(), etag: String::new(), json: made.json() }
}

/// A visitor for the role matrix: their token stands in the slug.
pub(super) async fn visitor(app: &TestApp) -> Listing {
    let token = Visitor::new(app).await.token;
    Listing { id: Uuid::nil(), slug: token, etag: String::new(), json: Value::Null }
}

/// The ids in a list.
fn ids(reply: &Reply, field: &str) -> Vec<String> {
    let items = reply.at("/items");
    let items = items.as_array().unwrap();
    items.iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

/// Waits until everything that has happened has been looked at, and what follows is done.
async fn told(app: &TestApp) {
    const BEHIND: &str = "SELECT EXISTS (SELECT FROM events WHERE seq IS NULL) OR (SELECT seq FROM event_cursors WHERE name = 'alerts') \
        < (SELECT seq FROM event_cursors WHERE name = 'head')";
    let pool = app.sql().await;
    let caught_up = tokio::time::timeout(Duration::from_secs(60), async {
        while sqlx::query_scalar::<_, bool>(BEHIND).fetch_one(&pool).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    caught_up.await.expect("alerts are written within 60 seconds");
    pool.close().await;
    app.settled().await;
}

/// A listing at another price.
async fn reprice(agent: &Caller, target: &Listing, price: i64) -> Listing {
    let call = agent.patch(&target.path(), json!({"rent_price": price})).if_match(&target.etag);
    Listing::of(&call.await.expect(200))
}

async fn withdraw(agent: &Caller, target: &Listing) -> Listing {
    let call = agent.post_empty(&target.at("unpublish")).if_match(&target.etag);
    Listing::of(&call.await.expect(200))
}

/// Subjects of the letters about alerts, and to whom.
async fn letters(app: &TestApp) -> Vec<(String, String)> {
    let letters = app.letters().await.into_iter();
    let ours = letters.filter(|(template, _)| template == "listing_alerts");
    let mut letters: Vec<_> = ours.map(|(_, letter)| (letter.to, letter.subject)).collect();
    letters.sort();
    letters
}

/// Kind, price and price before of somebody's alerts, the newest first.
fn alerts_in(reply: &Reply) -> Vec<(String, i64, Option<i64>)> {
    let items = reply.at("/items");
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| {
            let kind = item["kind"].as_str().unwrap().to_owned();
            (kind, item["price"].as_i64().unwrap(), item["old_price"].as_i64())
        })
        .collect()
}

fn villa(title: &str) -> Value {
    listing::with(listing::rent(), json!({"title": title}))
}
