//! Whatever a model does, somebody gets an answer in time.

use std::time::{Duration, Instant};

use serde_json::json;
use terrace_testkit::{Answer, ScriptedModel, spoken};

use super::Talk;

#[tokio::test]
async fn every_fault_ends_with_the_guide() {
    let flood = || {
        vec![
            format!(
                "data: {}\n\n",
                json!({"choices": [{"delta": {"content": "x".repeat(60_000)}}]})
            );
            40
        ]
    };
    let faults = [
        ("refuses for the moment", Answer::Refuses(429)),
        ("is broken", Answer::Refuses(500)),
        ("refuses for good", Answer::Refuses(401)),
        ("sends no stream", Answer::Sends("<html>Bad gateway</html>".to_owned())),
        ("sends nothing", Answer::Streams(Vec::new())),
        (
            "sends garbage",
            Answer::Streams(vec!["data: {\"choices\": [{\"delta\": 7}]}\n\n".to_owned()]),
        ),
        ("sends half a line", Answer::Streams(vec!["data: {\"cho".to_owned()])),
        ("sends no text", Answer::Streams(vec!["\u{fffd}\u{0}\u{0}garbage\n".to_owned()])),
        ("breaks off", Answer::Streams(spoken("I have found many things that"))),
        ("never stops", Answer::Streams(flood())),
        ("calls nonsense", Answer::calling("search_properties", &json!("nonsense"))),
    ];
    // What broke off has been paid for, though nobody said how much.
    let was_heard = [
        "sends no stream",
        "sends nothing",
        "sends garbage",
        "sends half a line",
        "sends no text",
        "breaks off",
        "never stops",
        "calls nonsense",
    ];
    for (what, fault) in faults {
        let model = ScriptedModel::saying([fault]).await;
        let talk = Talk::with(&model).await;
        let villa = talk.villa().await;
        let begun = Instant::now();
        let answer = talk.ask("villa with a pool in Rawai").await;
        assert!(begun.elapsed() < Duration::from_secs(8), "{what}: {:?}", begun.elapsed());
        assert_eq!(answer.at("/state"), "done", "{what}");
        assert_eq!(answer.at("/degraded"), true, "{what}");
        assert_eq!(answer.at("/properties/0/id"), json!(villa.id), "{what}");
        let spent: i64 = talk.app.value("SELECT sum(tokens) FROM chat_messages").await;
        assert_eq!(spent > 0, was_heard.contains(&what), "{what} costs {spent}");
    }
}

/// One that takes the question and is silent costs its patience, and no more.
#[tokio::test]
async fn silence_has_an_end() {
    for silent in
        [Answer::Hangs, Answer::FallsSilent(spoken("One moment please, I am thinking about"))]
    {
        let model = ScriptedModel::saying([silent]).await;
        let talk = Talk::with(&model).await;
        let villa = talk.villa().await;
        let begun = Instant::now();
        let (answer, elsewhere) = tokio::join!(
            talk.ask("villa with a pool in Rawai"),
            talk.app.anonymous().get("/api/v1/properties"),
        );
        assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
        assert_eq!(answer.at("/properties/0/id"), json!(villa.id));
        let _ = elsewhere.expect(200);
    }
}
