//! Whatever is sent: never a 5xx, and every refusal a problem.

use serde_json::{Value, json};
use terrace_testkit::{listing, spawn_app};

use super::{LEADS, about, ask, enquiry};
use crate::hostile::{
    assert_sound,
    nasty::{documents, texts},
};

#[tokio::test]
async fn no_text_and_no_document_breaks_a_lead() {
    let app = spawn_app("bestays").await;
    let (agent, visitor) = (app.agent("somchai").await, app.anonymous());
    let villa = agent.create_published(listing::rent()).await;
    let lead = ask(&app, &agent, about(&villa, "g@example.com")).await;
    let version = || async {
        let id = lead.json["id"].as_str().unwrap();
        app.value::<i32>(format!("SELECT version FROM leads WHERE id = '{id}'")).await
    };
    for text in texts() {
        for field in [
            "name",
            "email",
            "phone",
            "line_id",
            "message",
            "locale",
            "kind",
            "property_id",
            "website",
        ] {
            let mut body = enquiry("h@example.com");
            body[field] = json!(text);
            assert_sound(&format!("{field} = {text:?}"), &visitor.post(LEADS, body).await);
        }
        for field in
            ["name", "email", "phone", "line_id", "status", "lost_reason", "assigned_agent_id"]
        {
            let call = agent.patch(&lead.path, json!({field: text}));
            let reply = call.if_match(format!("\"{}-lead\"", version().await)).await;
            assert_sound(&format!("{field} = {text:?}"), &reply);
        }
        let reply = agent.post(&lead.at("events"), json!({"kind": "note", "note": text})).await;
        assert_sound(&format!("note {text:?}"), &reply);
        let reply = agent.post(&lead.at("tasks"), json!({"title": text, "due_at": text})).await;
        assert_sound(&format!("task {text:?}"), &reply);
        let reply = agent.post(&lead.at("tasks"), json!({"title": text})).await;
        assert_sound(&format!("task {text:?}"), &reply);
        for name in
            ["q", "status", "cursor", "created_min", "assigned_agent_id", "limit", "overdue"]
        {
            let path = terrace_testkit::with_query(LEADS, &[(name, &text)]);
            assert_sound(&path, &agent.get(&path).await);
        }
    }
    for body in documents() {
        for path in [LEADS.to_owned(), lead.at("events"), lead.at("tasks")] {
            let reply = agent.call(reqwest::Method::POST, &path).bytes(body.clone()).await;
            assert_sound(&path, &reply);
        }
        let reply =
            agent.call(reqwest::Method::PATCH, &lead.path).if_match(&lead.etag).bytes(body).await;
        assert_sound("PATCH", &reply);
    }
    // What was taken can be read.
    for path in [LEADS.to_owned(), lead.path.clone(), format!("{LEADS}/export")] {
        let _ = agent.get(&path).await.expect(200);
    }
    let _: Value = agent.get(&format!("{LEADS}?limit=100")).await.expect(200).json();
}
