//! What is to be done.

use serde_json::{Value, json};
use terrace_testkit::{listing, spawn_app};

use super::{LEADS, Lead, about, ask};

#[tokio::test]
async fn a_task_is_written_down_done_and_taken_away() {
    let app = spawn_app("bestays").await;
    let (agent, other, admin) =
        (app.agent("somchai").await, app.agent("malee").await, app.admin().await);
    let villa = agent.create_published(listing::rent()).await;
    let lead = ask(&app, &agent, about(&villa, "g@example.com")).await;
    let id = lead.json["id"].as_str().unwrap();
    let task = json!({"title": "Call back", "due_at": "2020-01-01T09:00:00Z"});
    let made = agent.post(&lead.at("tasks"), task).await.expect(201);
    assert_eq!(made.at("/assignee_id"), json!(agent.user_id));
    let path = lead.at(&format!("tasks/{}", made.text_at("/id")));
    let late = Lead::read(&agent, id).await;
    assert_eq!((&late.json["open_tasks"], &late.json["overdue_tasks"]), (&json!(1), &json!(1)));
    assert_eq!(late.json["next_due_at"], "2020-01-01T09:00:00Z");

    let done = agent.patch(&path, json!({"done": true})).await.expect(200);
    let at = done.at("/done_at");
    assert!(at.is_string());
    let again = agent.patch(&path, json!({"done": true, "title": "Called"})).await.expect(200);
    assert_eq!((again.at("/done_at"), again.at("/title")), (at, json!("Called")));
    assert_eq!(Lead::read(&agent, id).await.json["overdue_tasks"], 0);
    let open = agent
        .patch(&path, json!({"done": false, "due_at": null, "assignee_id": other.user_id}))
        .await
        .expect(200);
    assert_eq!((open.at("/done_at"), open.at("/due_at")), (Value::Null, Value::Null));
    assert_eq!(open.at("/assignee_id"), json!(other.user_id));
    assert_eq!(open.etag(), Lead::read(&agent, id).await.etag);

    for (body, field) in [
        (json!({"title": " "}), "/title invalid"),
        (json!({"assignee_id": villa.id}), "/assignee_id unknown"),
        (json!({"due_at": "+262142-01-01T00:00:00Z"}), "/due_at out_of_range"),
        (json!({"due_at": "-4800-01-01T00:00:00Z"}), "/due_at out_of_range"),
    ] {
        let reply = agent.patch(&path, body).await;
        assert_eq!((reply.status, reply.fields()), (422, vec![field.to_owned()]), "{reply:?}");
    }
    let _ = agent.delete(&path).await.expect(204);
    agent.delete(&path).await.problem(404, "not_found");
    agent.patch(&path, json!({"done": true})).await.problem(404, "not_found");
    let kinds = Lead::read(&agent, id).await.event_kinds();
    assert_eq!(
        kinds,
        ["created", "task_added", "task_done", "task_done", "task_reopened", "task_removed"]
    );
    // A task is reached by its own lead alone.
    let elsewhere = ask(&app, &admin, json!({"name": "H", "email": "h@example.com"})).await;
    let theirs = admin.post(&elsewhere.at("tasks"), json!({"title": "X"})).await.expect(201);
    let crossed = format!("{LEADS}/{id}/tasks/{}", theirs.text_at("/id"));
    agent.patch(&crossed, json!({"done": true})).await.problem(404, "not_found");
    admin.delete(&crossed).await.problem(404, "not_found");
}
