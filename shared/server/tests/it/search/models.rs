//! Models come and go; search stays.

use std::{process::Command, time::Duration};

use serde_json::{Value, json};
use terrace_product::{EmbeddingProvider, HttpUrl};
use terrace_testkit::{EmbeddingMood, EmbeddingServer, TestApp, listing, setup, spawn_app};

use super::{ask, hits, search};

pub(crate) async fn with(server: &EmbeddingServer) -> TestApp {
    let base_url = HttpUrl::parse(&server.base_url()).unwrap();
    setup("bestays")
        .with(move |profile| {
            profile.embedding.provider = EmbeddingProvider::Openai;
            profile.embedding.base_url = base_url;
            profile.embedding.name = Some("small".parse().unwrap());
            profile.embedding.api_key = Some("sesame".into());
            profile.embedding.retries = 0;
            profile.embedding.timeout = Duration::from_secs(2);
            profile.embedding.query_timeout = Duration::from_secs(1);
        })
        .spawn()
        .await
}

/// What an operator sees of a command, with the settings of another model where one is given.
pub(crate) fn terrace(
    app: &TestApp,
    arguments: &[&str],
    server: Option<&EmbeddingServer>,
) -> Result<Value, String> {
    let mut env = app.environment();
    for (key, value) in server.iter().flat_map(|server| {
        [
            ("PROVIDER", "openai".to_owned()),
            ("NAME", "small".to_owned()),
            ("API_KEY", "sesame".to_owned()),
            ("BASE_URL", server.base_url()),
            ("RETRIES", "0".to_owned()),
        ]
    }) {
        env.insert(format!("BESTAYS__EMBEDDING__{key}"), value);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_terrace"))
        .args(arguments)
        .env_clear()
        .envs(env)
        .output()
        .unwrap();
    if output.status.success() {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// While the model is away what is new is found by its words; back, it catches up by itself.
#[tokio::test]
async fn a_model_that_is_away_degrades_and_catches_up() {
    let server = EmbeddingServer::start().await;
    let app = with(&server).await;
    let agent = app.agent("somchai").await;
    let visitor = app.anonymous();
    let named = |title: &str| listing::with(listing::rent(), json!({"title": title}));
    let first = agent.create_published(named("Lighthouse")).await;
    app.settled().await;
    let whole = search(&visitor, "lighthouse").await;
    assert_eq!((whole.at("/degraded"), hits(&whole, "id")), (json!(false), vec![json!(first.id)]));
    assert!(whole.at("/items/0/why/similarity").as_f64().unwrap() > 0.0);

    for mood in [EmbeddingMood::Away, EmbeddingMood::Hangs] {
        server.be(mood);
        let title = format!("Windmill {mood:?}");
        let made = agent.create_published(named(&title)).await;
        let waiting = "SELECT count(*) FROM search_queue WHERE attempts > 0";
        until(&app, waiting, 1).await;
        let reply = search(&visitor, &format!("{mood:?}")).await;
        assert_eq!(
            (reply.at("/degraded"), hits(&reply, "id")),
            (json!(true), vec![json!(made.id)])
        );
        assert_eq!(reply.at("/items/0/why/similarity"), json!(null));

        server.be(EmbeddingMood::Answers);
        app.execute("UPDATE search_queue SET not_before = now()").await;
        until(&app, "SELECT count(*) FROM search_queue", 0).await;
        let missing = "SELECT count(*) FROM search_documents d WHERE NOT EXISTS \
            (SELECT FROM search_vectors v WHERE (v.property_id, v.locale) = (d.property_id, d.locale))";
        assert_eq!(app.value::<i64>(missing).await, 0);
        // Left alone after failures, it is soon tried again.
        let again = std::time::Instant::now();
        let anew = format!("the windmill of {mood:?}");
        while search(&visitor, &anew).await.at("/degraded") == json!(true) {
            assert!(again.elapsed() < Duration::from_secs(20), "it recovers by itself");
        }
    }
}

/// The next page, the next visitor, a model that went away meanwhile: what was asked lately is
/// known.
#[tokio::test]
async fn a_question_asked_again_needs_no_model() {
    let server = EmbeddingServer::start().await;
    let app = with(&server).await;
    let (agent, visitor) = (app.agent("somchai").await, app.anonymous());
    let title = json!({"title": "Lighthouse"});
    let _ = agent.create_published(listing::with(listing::rent(), title)).await;
    app.settled().await;
    let asked = || server.texts().into_iter().filter(|text| text == "an old lighthouse").count();
    let first = search(&visitor, "an old lighthouse").await;
    assert_eq!((first.at("/degraded"), asked()), (json!(false), 1));
    server.be(EmbeddingMood::Away);
    let second = ask(&visitor, json!({"query": "an old lighthouse", "offset": 1})).await;
    assert_eq!((second.at("/degraded"), second.at("/total"), asked()), (json!(false), json!(1), 1));
    assert_eq!(search(&visitor, "a new lighthouse").await.at("/degraded"), true);
}

async fn until(app: &TestApp, sql: &str, wanted: i64) {
    let begun = std::time::Instant::now();
    while app.value::<i64>(sql).await != wanted {
        assert!(begun.elapsed() < Duration::from_secs(20), "{sql} is {wanted} in the end");
    }
}

/// Both models' vectors lie side by side: the new index is built while the old one answers, and an
/// instance with the new model finds it ready.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_model_is_built_beside_the_old_one() {
    let server = EmbeddingServer::start().await;
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    for nth in 0..3 {
        let title = json!({"title": format!("Lighthouse {nth}")});
        let _ = agent.create_published(listing::with(listing::rent(), title)).await;
    }
    app.settled().await;
    let one = terrace(&app, &["search", "models", "--product", "bestays", "--json"], None).unwrap();
    assert_eq!((&one[0]["models"][0]["vectors"], &one[0]["models"][1]), (&json!(6), &Value::Null));
    assert_eq!(one[0]["configured"], one[0]["models"][0]["model"]);

    // A model that does not answer: said so, and nothing of the old one is lost.
    server.be(EmbeddingMood::Away);
    let failed = terrace(&app, &["reindex", "--product", "bestays"], Some(&server)).unwrap_err();
    assert!(failed.contains("503") && failed.contains("3 listings and questions wait"), "{failed}");
    server.be(EmbeddingMood::Answers);
    let built =
        terrace(&app, &["reindex", "--product", "bestays", "--json"], Some(&server)).unwrap();
    assert_eq!((&built[0]["model"], &built[0]["listings"]), (&json!("openai/small"), &json!(3)));
    let asked = server.texts().len();
    assert_eq!(asked, 6);
    // Again: nothing has changed, so nothing is asked for.
    let again =
        terrace(&app, &["reindex", "--product", "bestays", "--json"], Some(&server)).unwrap();
    assert_eq!((&again[0]["listings"], server.texts().len()), (&json!(3), asked));
    let anew = ["reindex", "--product", "bestays", "--anew", "--json"];
    let _ = terrace(&app, &anew, Some(&server)).unwrap();
    assert_eq!(server.texts().len(), 2 * asked);

    // The old model has answered all the while, and is queued for what changes now.
    let reply = search(&app.anonymous(), "lighthouse").await;
    assert_eq!((reply.at("/degraded"), hits(&reply, "id").len()), (json!(false), 3));
    let both =
        terrace(&app, &["search", "models", "--product", "bestays", "--json"], None).unwrap();
    let vectors: Vec<_> = both[0]["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["vectors"].clone())
        .collect();
    assert_eq!(vectors, [6, 6]);
    let _ = agent.create_published(listing::rent()).await;
    let queued: i64 = app.value("SELECT count(*) FROM search_queue WHERE slot = 1").await;
    assert_eq!(queued, 1, "the model that nobody runs yet will find what it has missed");

    let forget = ["search", "forget", "--product", "bestays", "openai/small"];
    let said = terrace(&app, &forget, None).unwrap();
    assert_eq!(said, json!("bestays: openai/small is forgotten\n"));
    let refused = terrace(&app, &forget, None).unwrap_err();
    assert!(refused.contains("has no model openai/small"), "{refused}");
    let own = one[0]["configured"].as_str().unwrap().to_owned();
    let refused =
        terrace(&app, &["search", "forget", "--product", "bestays", &own], None).unwrap_err();
    assert!(refused.contains("--force"), "{refused}");
    let left: i64 = app.value("SELECT count(*) FROM search_vectors WHERE slot = 1").await;
    assert_eq!(left, 0);
}
