//! A server like OpenAI's, on a good day and on bad ones.

use std::time::Instant;

use serde_json::{Value, json};
use terrace_embedding::{Embedder, Embedding, Failure, Purpose, State, WIDTH, open};

use crate::server::{Reply, Server, as_number, settings, vectors};

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("a house with {n} rooms")).collect()
}

/// Asks for vectors of so many texts, as a job does.
async fn ask(server: &Server, changes: Value, count: usize) -> Result<Vec<Embedding>, Failure> {
    let model = open(&server.settings(changes)).expect("a model");
    model.embed(&texts(count), Purpose::Document).await
}

fn vector(n: usize) -> Embedding {
    #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
    Embedding::new(vec![1.0, as_number(n) as f32]).expect("a vector")
}

#[track_caller]
fn retry(outcome: Result<Vec<Embedding>, Failure>) -> String {
    match outcome {
        Err(Failure::Retry(reason)) => reason,
        other => panic!("not to be tried again: {other:?}"),
    }
}

#[track_caller]
fn last(outcome: Result<Vec<Embedding>, Failure>) -> String {
    match outcome {
        Err(Failure::Final(reason)) => reason,
        other => panic!("not final: {other:?}"),
    }
}

#[tokio::test]
async fn texts_go_out_in_batches_and_come_back_in_order() {
    let server = Server::start([Reply::Vectors]).await;
    let found = ask(&server, json!({"batch": 2}), 5).await.expect("vectors");
    assert_eq!(found, [0, 1, 0, 1, 0].map(vector));
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked[0].head.starts_with("POST /v1/embeddings HTTP/1.1"), "{}", asked[0].head);
    let head = asked[0].head.to_ascii_lowercase();
    assert!(head.contains("authorization: bearer sk-secret"), "{head}");
    assert!(!head.contains("openai-"), "nothing of the process's environment: {head}");
    assert_eq!(
        asked[1].body,
        json!({
            "model": "small",
            "input": ["a house with 2 rooms", "a house with 3 rooms"],
            "encoding_format": "float",
        })
    );
}

#[tokio::test]
async fn the_model_is_named_with_what_changes_its_vectors() {
    let server = Server::start([Reply::With(200, "", vectors([(0, vec![1.0, 0.0])]))]).await;
    let sized = open(&server.settings(json!({"dimensions": 2, "api_key": null}))).expect("a model");
    assert_eq!(sized.model().as_str(), "openai/small/2");
    assert!(sized.embed(&texts(1), Purpose::Query).await.is_ok());
    let asked = &server.asked()[0];
    assert_eq!(asked.body["dimensions"], 2);
    assert!(!asked.head.to_ascii_lowercase().contains("authorization"), "there is no key");
    let whole = open(&server.settings(json!({}))).expect("a model");
    assert_eq!(whole.model().as_str(), "openai/small");
    assert!(!format!("{whole:?}").contains("sk-secret"), "{whole:?}");
}

#[tokio::test]
async fn answers_are_put_in_order_by_their_numbers() {
    let shuffled = vectors([2, 0, 1].map(|n| (n, vec![1.0, as_number(n)])));
    let server = Server::start([Reply::With(200, "", shuffled)]).await;
    let found = ask(&server, json!({}), 3).await.expect("vectors");
    assert_eq!(found, [0, 1, 2].map(vector));
}

#[tokio::test]
async fn what_was_refused_for_the_moment_is_asked_again() {
    for refusal in [
        Reply::With(
            429,
            "Retry-After: 0\r\n",
            r#"{"error":{"message":"slow down","code":429}}"#.into(),
        ),
        Reply::With(
            429,
            "Retry-After: 0\r\n",
            r#"{"error":{"message":"slow","code":"rate"}}"#.into(),
        ),
        Reply::With(503, "", "<html>away</html>".to_owned()),
    ] {
        let server = Server::start([refusal.clone(), Reply::Vectors]).await;
        let found = ask(&server, json!({}), 2).await.unwrap_or_else(|e| panic!("{refusal:?}: {e}"));
        assert_eq!((found.len(), server.asked().len()), (2, 2));
    }
}

#[tokio::test]
async fn after_its_tries_the_job_waits() {
    let refusal = r#"{"error":{"message":"sk-secret house","code":429}}"#;
    let server = Server::start([Reply::With(429, "Retry-After: 0\r\n", refusal.to_owned())]).await;
    let reason = retry(ask(&server, json!({"retries": 1}), 1).await);
    assert_eq!(reason, "the model is not available: status 429 Too Many Requests");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_server_that_asks_for_a_minute_is_not_asked_earlier() {
    let server = Server::start([Reply::With(429, "Retry-After: 60\r\n", "{}".to_owned())]).await;
    let before = Instant::now();
    retry(ask(&server, json!({}), 1).await);
    assert_eq!(server.asked().len(), 1);
    assert!(before.elapsed().as_secs() < 5);
}

#[tokio::test]
async fn what_is_refused_for_good_is_final_and_says_where_to_look() {
    for (status, look_at) in [
        (400, "embedding.name and embedding.dimensions"),
        (401, "embedding.api_key"),
        (403, "embedding.api_key"),
        (404, "embedding.base_url and embedding.name"),
        (413, "embedding.batch"),
    ] {
        let body = r#"{"error":{"message":"wrong key sk-secret for: a house with 0 rooms"}}"#;
        let server = Server::start([Reply::With(status, "", body.to_owned())]).await;
        let reason = last(ask(&server, json!({}), 1).await);
        assert!(reason.contains(&format!("status {status}")), "{reason}");
        assert!(reason.ends_with(&format!("look at {look_at}")), "{reason}");
        assert!(!reason.contains("sk-secret") && !reason.contains("house"), "{reason}");
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::start([Reply::Vectors]).await;
    for status in [301, 302, 307, 308] {
        let location: &'static str =
            Box::leak(format!("Location: {}/embeddings\r\n", other.address).into_boxed_str());
        let server = Server::start([Reply::With(status, location, String::new())]).await;
        let reason = last(ask(&server, json!({}), 1).await);
        assert!(reason.contains("embedding.base_url"), "{reason}");
    }
    assert!(other.asked().is_empty(), "the key went nowhere else");
}

#[tokio::test]
async fn silence_ends_with_the_time_limit() {
    let server = Server::start([Reply::Silence]).await;
    let reason = retry(ask(&server, json!({"timeout_seconds": 1}), 1).await);
    assert_eq!(reason, "the model did not answer in time");
    assert_eq!(server.asked().len(), 1, "it has had its time");
}

#[tokio::test]
async fn those_who_search_do_not_wait_for_a_job_s_time_limit() {
    let server = Server::start([Reply::Silence]).await;
    let model = open(&server.settings(json!({"timeout_seconds": 600}))).expect("a model");
    let before = Instant::now();
    for _ in 0..10 {
        retry(model.embed(&texts(1), Purpose::Query).await);
    }
    assert!(before.elapsed().as_secs() < 10);
    assert_eq!((model.state(), server.asked().len()), (State::Resting, 5));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_asked_later() {
    let server = Server::start([Reply::BreaksOff]).await;
    assert_eq!(retry(ask(&server, json!({}), 1).await), "the answer broke off");
    // Nothing listens at port 1.
    let away = open(&settings("http://127.0.0.1:1/v1", json!({"retries": 0}))).expect("a model");
    let reason = retry(away.embed(&texts(1), Purpose::Document).await);
    assert_eq!(reason, "the model's server cannot be reached");
}

#[tokio::test]
async fn broken_answers_are_refused() {
    let numbered = |indexes: [usize; 2]| vectors(indexes.map(|n| (n, vec![1.0, 2.0])));
    for (body, expected) in [
        ("no JSON".to_owned(), "no JSON"),
        ("{}".to_owned(), "no list of vectors"),
        (r#"{"data": [{"index": 0, "embedding": "AACAPw=="}]}"#.to_owned(), "no list of vectors"),
        (r#"{"data": [{"index": 0, "embedding": [null, 1]}]}"#.to_owned(), "no list of vectors"),
        (vectors([(0, vec![1.0])]), "2 texts with 1 vectors"),
        (vectors([]), "2 texts with 0 vectors"),
        (vectors((0..3).map(|n| (n, vec![1.0]))), "2 texts with 3 vectors"),
        (numbered([0, 0]), "numbers its vectors wrongly"),
        (numbered([1, 2]), "numbers its vectors wrongly"),
        (vectors((0..2).map(|n| (n, vec![0.0, 0.0]))), "all of it is zero"),
        (vectors((0..2).map(|n| (n, vec![1e300, 0.0]))), "no finite number"),
    ] {
        let server = Server::start([Reply::With(200, "", body.clone())]).await;
        let reason = retry(ask(&server, json!({}), 2).await);
        assert!(reason.contains(expected), "{body}: {reason}");
    }
}

#[tokio::test]
async fn vectors_of_another_width_are_a_matter_of_settings() {
    let wide = vectors([(0, vec![0.5; WIDTH + 1])]);
    let server = Server::start([Reply::With(200, "", wide)]).await;
    let reason = last(ask(&server, json!({}), 1).await);
    assert!(reason.contains("1537") && reason.contains("set embedding.dimensions"), "{reason}");

    let server = Server::start([Reply::With(200, "", vectors([(0, vec![0.5; 384])]))]).await;
    let reason = last(ask(&server, json!({"dimensions": 512}), 1).await);
    assert!(reason.contains("set that to 384"), "{reason}");
    let found = ask(&server, json!({}), 1).await.expect("a narrow vector");
    assert!(found[0].as_slice()[384..].iter().all(|&number| number == 0.0));
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_it() {
    let long = format!("{{\"data\": [], \"padding\": \"{}\"}}", "x".repeat(10 << 20));
    let server = Server::start([Reply::With(200, "", long)]).await;
    assert_eq!(retry(ask(&server, json!({}), 1).await), "the model's answer is too long");
}

#[tokio::test]
async fn no_text_is_sent_that_the_server_would_refuse() {
    let server = Server::start([Reply::Vectors]).await;
    let model = open(&server.settings(json!({}))).expect("a model");
    let blank = ["fine".to_owned(), " \n".to_owned()];
    assert_eq!(last(model.embed(&blank, Purpose::Document).await), "a text is empty");
    assert!(server.asked().is_empty());
    model
        .embed(&["บ้าน".repeat(10_000)], Purpose::Document)
        .await
        .expect("a vector of its beginning");
    let sent = server.asked()[0].body["input"][0].as_str().map(str::len);
    assert_eq!(sent, Some(7_998), "whole characters of three bytes");
}

#[test]
fn a_key_that_fits_into_no_header_is_refused_without_showing_it() {
    let broken = settings("http://127.0.0.1:1/v1", json!({"api_key": "sk-se\ncret"}));
    let said = open(&broken).err().map(|error| format!("{error} {error:?}")).unwrap_or_default();
    assert!(said.starts_with("embedding.api_key: ") && !said.contains("cret"), "{said}");
    let nameless = settings("http://127.0.0.1:1/v1", json!({"name": null}));
    assert!(open(&nameless).is_err_and(|error| error.to_string().starts_with("embedding.name")));
}
