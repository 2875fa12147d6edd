//! What admins see of how answering goes.

use serde_json::json;
use terrace_server::assistant::summary::{AnswersQuery, summary_statement};
use terrace_testkit::{Answer, ScriptedModel, setup};

use super::{Talk, by_model};
use crate::plans::{connect, nodes, plan};

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

/// However long the brand has been talking.
#[tokio::test]
async fn a_summary_reads_its_stretch_alone() {
    let app = setup("bestays").with(|profile| profile.jobs.in_server = false).spawn().await;
    app.execute(
        "ALTER TABLE chat_conversations DISABLE TRIGGER USER; \
         INSERT INTO visitors (id) SELECT gen_random_uuid() FROM generate_series(1, 20); \
         INSERT INTO chat_conversations (id, visitor_id, locale, handed_over_at) \
             SELECT gen_random_uuid(), v.id, 'en', CASE WHEN n % 50 = 0 THEN '2026-01-01'::timestamptz + n * interval '30 minutes' END \
             FROM generate_series(1, 8000) n JOIN (SELECT id, row_number() OVER () AS nth FROM visitors) v ON v.nth = 1 + n % 20; \
         INSERT INTO chat_messages (id, conversation_id, author, state, made_by, tokens, first_ms, created_at) \
             SELECT gen_random_uuid(), c.id, 'assistant', 'done', 'guide', 10, 40, '2026-01-01'::timestamptz + c.nth * interval '30 minutes' \
             FROM (SELECT id, row_number() OVER () AS nth FROM chat_conversations) c; \
         ALTER TABLE chat_conversations ENABLE TRIGGER USER; ANALYZE chat_conversations; ANALYZE chat_messages",
    )
    .await;
    let query: AnswersQuery =
        serde_urlencoded::from_str("from=2026-02-01T00:00:00Z&to=2026-02-04T00:00:00Z").unwrap();
    let statement = summary_statement(&query, "Asia/Bangkok", 0).unwrap();
    let plan = plan(&connect(&app).await, statement).await;
    let used: Vec<_> = nodes(&plan).iter().filter_map(|node| node["Index Name"].as_str()).collect();
    for index in ["chat_messages_answered_idx", "chat_conversations_handed_over_idx"] {
        assert!(used.contains(&index), "{index} is not among {used:?}");
    }
    assert!(plan["Actual Rows"].as_f64().unwrap() > 0.0, "the plan proves nothing");
}
