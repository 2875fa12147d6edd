//! A language model says in plainer words what a visitor said: a real server, scripted.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use terrace_product::{HttpUrl, ModelProvider};
use terrace_testkit::{Answer, Reply, ScriptedModel, TestApp, listing, setup};

use super::{ask, hits, search};

const QUERY: &str = "somewhere our twins can splash about, in Phuket";
const WORDS: &str = "our twins can splash about";

async fn with(model: &ScriptedModel, refine_ms: u32) -> TestApp {
    let base_url = HttpUrl::parse(&model.base_url()).unwrap();
    setup("bestays")
        .with(move |profile| {
            profile.model.provider = ModelProvider::Openai;
            profile.model.base_url = base_url;
            profile.model.name = Some("scripted".parse().unwrap());
            profile.model.timeout = Duration::from_secs(30);
            profile.model.retries = 0;
            profile.search.refine_ms = refine_ms;
        })
        .spawn()
        .await
}

fn says(plainly: &str) -> Answer {
    Answer::Says(json!({"sayings": [{"words": WORDS, "plainly": plainly}]}).to_string())
}

fn chips(reply: &Reply) -> Vec<Value> {
    reply
        .at("/understood/chips")
        .as_array()
        .unwrap()
        .iter()
        .map(|chip| chip["id"].clone())
        .collect()
}

#[tokio::test]
async fn what_a_model_says_becomes_chips_like_any_other() {
    let model = ScriptedModel::saying([says("private pool")]).await;
    let app = with(&model, 400).await;
    let (agent, visitor) = (app.agent("somchai").await, app.anonymous());
    let with_pool = json!({"amenities": {"exterior": ["private_pool"]}});
    let with_pool = agent.create_published(listing::with(listing::rent(), with_pool)).await;
    let without =
        agent.create_published(listing::with(listing::rent(), json!({"amenities": null}))).await;
    app.settled().await;

    let found = search(&visitor, QUERY).await;
    assert_eq!(chips(&found), ["amenity:private_pool", "place:province/83"]);
    let chip = found.at("/understood/chips/0");
    assert_eq!(
        (&chip["text"], &chip["plainly"], &chip["narrows"]),
        (&json!(WORDS), &json!("private pool"), &json!(true))
    );
    assert_eq!(chip["start"], QUERY.find(WORDS).unwrap());
    assert_eq!(found.at("/understood/chips/1/plainly"), Value::Null);
    assert_eq!(hits(&found, "id"), [json!(with_pool.id)]);

    // What was said of a question holds for all of its pages and everything that it offers.
    let offered = found.at("/relaxations").as_array().unwrap().clone();
    assert!(!offered.is_empty(), "one hit is few");
    for wider in &offered {
        assert_eq!(ask(&visitor, wider["search"].clone()).await.at("/total"), wider["count"]);
    }
    let body = json!({"query": QUERY, "without": ["amenity:private_pool"]});
    let taken_off = ask(&visitor, body).await;
    assert_eq!(chips(&taken_off), ["place:province/83"]);
    let mut ids = hits(&taken_off, "id");
    ids.sort_by_key(ToString::to_string);
    let mut both = [json!(with_pool.id), json!(without.id)];
    both.sort_by_key(ToString::to_string);
    assert_eq!(ids, both);
    assert_eq!(model.asked().len(), 1, "one question, one call");

    // What goes out: the words, and no listing or person.
    let asked = &model.asked()[0]["messages"][1]["content"];
    let asked: Value = serde_json::from_str(asked.as_str().unwrap()).unwrap();
    assert_eq!(asked["query"], QUERY);
    assert_eq!(asked.as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_model_that_does_not_help_does_not_harm() {
    let model = ScriptedModel::saying([]).await;
    let app = with(&model, 200).await;
    let visitor = app.anonymous();
    let long = "x".repeat(100_000);
    let unhelpful = [
        Answer::Hangs,
        Answer::Refuses(500),
        Answer::Refuses(401),
        Answer::Sends("<html>".to_owned()),
        Answer::Cut("{\"sayings\":".to_owned()),
        Answer::Says("[]".to_owned()),
        Answer::Says("{\"sayings\": \"pool\"}".to_owned()),
        Answer::Says("{\"filters\": {\"status\": \"draft\"}}".to_owned()),
        Answer::Says(json!({"sayings": [{"words": long, "plainly": long}]}).to_string()),
        // An amount that nobody named, and words that nobody said.
        says("under 10k a month"),
        Answer::Says(json!({"sayings": [{"words": "with a pool", "plainly": "pool"}]}).to_string()),
    ];
    for (nth, answer) in unhelpful.into_iter().enumerate() {
        model.then(answer);
        let begun = Instant::now();
        let found = search(&visitor, &format!("{QUERY} {}", "please ".repeat(nth))).await;
        assert_eq!(chips(&found), ["place:province/83"]);
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "nobody waits for the model's own limit"
        );
    }
}

/// A model that hangs costs the first few their wait, and then nobody.
#[tokio::test]
async fn a_model_that_hangs_is_left_alone() {
    let model = ScriptedModel::saying([]).await;
    let app = with(&model, 50).await;
    let visitor = app.anonymous();
    for nth in 0..12 {
        model.then(Answer::Hangs);
        let found = search(&visitor, &format!("villa number {nth} for my ménage")).await;
        assert_eq!(chips(&found), ["property_type:villa"]);
    }
    assert!(model.asked().len() < 9, "{} of 12 asked", model.asked().len());
}

#[tokio::test]
async fn a_model_is_asked_only_where_it_is_wanted() {
    let model = ScriptedModel::saying([]).await;
    let wanted = with(&model, 400).await;
    let visitor = wanted.anonymous();
    for query in [
        // Nothing is left to say.
        "",
        "2 bed villa in Phuket",
        // What looks personal stays here.
        "a villa for somchai@example.com",
        "call me for a quiet villa 081 234 5678",
        &"quiet villa by the lagoon ".repeat(20),
    ] {
        let _ = search(&visitor, query).await;
    }
    let unwanted = with(&model, 0).await;
    let _ = search(&unwanted.anonymous(), QUERY).await;
    assert_eq!(model.asked(), Vec::<Value>::new());
    let _ = search(&visitor, QUERY).await;
    assert_eq!(model.asked().len(), 1);
}
