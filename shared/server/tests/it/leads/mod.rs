//! Leads: asking, and what comes of it.

mod ask;
mod export;
mod hostile;
mod letters;
mod pipeline;
mod privacy;
mod routing;
mod sight;
mod tasks;

use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, Reply, TestApp, listing};

pub(super) const LEADS: &str = "/api/v1/leads";

/// A visitor's enquiry.
fn enquiry(email: &str) -> Value {
    json!({"name": "Malee Jaidee", "email": email, "message": "Is it free in May?"})
}

/// An enquiry about a listing.
fn about(listing: &Listing, email: &str) -> Value {
    listing::with(enquiry(email), json!({"property_id": listing.id}))
}

/// A lead as staff sees it.
pub(super) struct Lead {
    pub(super) path: String,
    pub(super) etag: String,
    pub(super) json: Value,
}

impl Lead {
    async fn read(caller: &Caller, id: &str) -> Self {
        let path = format!("{LEADS}/{id}");
        Self::of(&caller.get(&path).await.expect(200))
    }

    fn of(reply: &Reply) -> Self {
        let path = format!("{LEADS}/{}", reply.text_at("/id"));
        Self { path, etag: reply.etag(), json: reply.json() }
    }

    fn at(&self, rest: &str) -> String {
        format!("{}/{rest}", self.path)
    }

    fn event_kinds(&self) -> Vec<String> {
        let events = self.json["events"].as_array().unwrap();
        events.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    }
}

/// Asks as a visitor and reads the lead as somebody of the staff.
async fn ask(app: &TestApp, staff: &Caller, body: Value) -> Lead {
    let told = app.anonymous().post(LEADS, body).await.expect(202);
    find(staff, &told.text_at("/reference")).await
}

async fn find(staff: &Caller, q: &str) -> Lead {
    let list = staff.get(&terrace_testkit::with_query(LEADS, &[("q", q)])).await.expect(200);
    let items = list.at("/items");
    assert_eq!(items.as_array().unwrap().len(), 1, "{q}: {list:?}");
    Lead::read(staff, items[0]["id"].as_str().unwrap()).await
}

/// A lead for the role matrix: of agent A, with a task.
pub(super) async fn lead_of(app: &TestApp, agent: &Caller) -> Listing {
    let listing = agent.create_published(listing::rent()).await;
    let email = format!("{}@example.com", listing.id);
    let lead = ask(app, agent, about(&listing, &email)).await;
    let _ = agent.post(&lead.at("tasks"), json!({"title": "Call back"})).await.expect(201);
    let lead = Lead::read(agent, lead.json["id"].as_str().unwrap()).await;
    let id = lead.json["id"].as_str().unwrap().parse().unwrap();
    let task = lead.json["tasks"][0]["id"].as_str().unwrap().to_owned();
    Listing { id, slug: task, etag: lead.etag, json: lead.json }
}
