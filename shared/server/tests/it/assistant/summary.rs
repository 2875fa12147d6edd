//! What admins see of how answering goes.

use serde_json::json;
use terrace_testkit::{Answer, ScriptedModel};

use super::{Talk, by_model};

#[tokio::test]
async fn a_day_is_summed_up() {
    let model = ScriptedModel::saying([
        Answer::calling("get_property", &json!({"property_id": "nothing"})),
        Answer::spoken("There is a fine place in Rawai. It costs THB 9,900 a month."),
    ])
    .await;
    let app = by_model(&model)
        .with(|profile| profile.assistant.million_tokens_cost = 5_000_000)
        .spawn()
        .await;
    let talk = Talk::on(app, "en").await;
    let answer = talk.ask("Is there something in Rawai?").await;
    let _ = talk.ask("pool villa").await;
    let rate = format!("/api/v1/chat/messages/{}/feedback", answer.text_at("/id"));
    let _ =
        talk.call(talk.app.anonymous().post(&rate, json!({"is_helpful": true}))).await.expect(204);
    let hand = json!({"name": "Ploy", "email": "p@example.com"});
    let _ = talk.call(talk.app.anonymous().post(&talk.path("/handoff"), hand)).await.expect(202);
    let admin = talk.app.admin().await;
    let summary = admin.get("/api/v1/admin/chat/summary").await.expect(200);
    let days = summary.at("/items");
    assert_eq!(days.as_array().unwrap().len(), 1, "{days}");
    let day = &days[0];
    for (name, value) in [
        ("answers", 2),
        ("by_model", 1),
        ("degraded", 1),
        ("failed", 0),
        ("tokens", 200),
        ("cost", 1000),
        ("blocked", 1),
        ("tool_errors", 1),
        ("handoffs", 1),
        ("helpful", 1),
        ("unhelpful", 0),
    ] {
        assert_eq!(day[name], value, "{name} of {day}");
    }
    assert!(day["p50_first_ms"].is_i64() && day["p95_first_ms"].is_i64(), "{day}");
    admin
        .get("/api/v1/admin/chat/summary?from=2027-01-01T00:00:00Z&to=2026-01-01T00:00:00Z")
        .await
        .problem(400, "invalid_parameter");
}
