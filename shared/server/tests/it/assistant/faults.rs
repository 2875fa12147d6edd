//! Whatever a model does, somebody gets an answer in time.

use std::time::{Duration, Instant};

use serde_json::json;
use terrace_testkit::{Answer, ScriptedModel, spoken};

use super::{Talk, by_model};

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

/// One that speaks and speaks, and says nothing that could be read: words without an end of a sentence.
#[tokio::test]
async fn words_that_nobody_reads_have_an_end() {
    let model = ScriptedModel::saying([Answer::Drips("and ".to_owned())]).await;
    let talk = Talk::with(&model).await;
    let villa = talk.villa().await;
    let begun = Instant::now();
    let answer = talk.ask("villa with a pool in Rawai").await;
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!(answer.at("/degraded"), true);
    assert_eq!(answer.at("/properties/0/id"), json!(villa.id));
    model.left().await;
}

/// Soon after the last reader has left nobody listens to the model any more: it would be paid for nothing.
#[tokio::test]
async fn who_has_left_is_not_spoken_to() {
    let model =
        ScriptedModel::saying([Answer::Drips("And then there was more. ".to_owned())]).await;
    let talk = Talk::with(&model).await;
    let begun = Instant::now();
    tokio::select! {
        _ = talk.listen("Tell me everything") => panic!("it has no end"),
        () = model.heard() => {}
    }
    model.left().await;
    // Long before its time would have been up.
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    while talk.read().await.at("/messages/1/state") == "open" {}
    assert_eq!(talk.read().await.at("/messages/1/state"), "failed");
}

#[tokio::test]
async fn another_model_stands_in_for_one_that_is_away() {
    let model =
        ScriptedModel::saying([Answer::Refuses(500), Answer::spoken("Good morning.")]).await;
    let app = by_model(&model)
        .with(|profile| profile.model.fallback_name = Some("second".parse().unwrap()))
        .spawn()
        .await;
    let talk = Talk::on(app, "en").await;
    let answer = talk.ask("Good morning to you").await;
    assert_eq!(answer.text_at("/content"), "Good morning.");
    assert_eq!(answer.at("/degraded"), false);
    let asked: Vec<_> = model.asked().iter().map(|asked| asked["model"].clone()).collect();
    assert_eq!(asked, ["scripted", "second"]);
    let made_by: String =
        talk.app.value("SELECT made_by FROM chat_messages WHERE author = 'assistant'").await;
    assert_eq!(made_by, "second");
}

/// Nobody waits for what has failed five times, until it has had a rest.
#[tokio::test]
async fn a_model_that_keeps_failing_is_left_alone_and_comes_back() {
    let model = ScriptedModel::saying((0..5).map(|_| Answer::Refuses(500))).await;
    let app =
        by_model(&model).with(|profile| profile.assistant.turns_per_day = 10_000).spawn().await;
    let talk = Talk::on(app, "en").await;
    for _ in 0..7 {
        assert_eq!(talk.ask("Good morning to you").await.at("/degraded"), true);
    }
    assert!(model.asked().len() <= 6, "{}", model.asked().len());
    model.then(Answer::spoken("Good morning."));
    model.then(Answer::spoken("Good morning."));
    let mut tries = 0;
    while talk.ask("Good morning to you").await.at("/degraded") == true {
        tries += 1;
        assert!(tries < 2_000, "it is never asked again");
    }
}
