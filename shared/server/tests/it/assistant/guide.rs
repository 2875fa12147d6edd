//! Without a model: search, the brand's own answers, and honesty.

use serde_json::json;
use terrace_testkit::setup;

use super::{CONVERSATIONS, Talk};

#[tokio::test]
async fn a_wish_finds_homes() {
    let talk = Talk::with_guide().await;
    let villa = talk.villa().await;
    let answer = talk.ask("villa with a pool in Rawai under 50k a month").await;
    assert_eq!(answer.at("/properties/0/id"), json!(villa.id));
    assert_eq!((answer.at("/state"), answer.at("/offers_handoff")), (json!("done"), json!(false)));
    let thai = talk.ask("วิลล่าพร้อมสระว่ายน้ำ ราไวย์ ไม่เกิน 50,000 บาทต่อเดือน").await;
    let is_thai = |letter: char| ('ก'..='๙').contains(&letter);
    assert!(thai.text_at("/content").chars().any(is_thai), "in the language of the question");
}

#[tokio::test]
async fn a_question_is_answered_by_the_brands_own_words() {
    let app = setup("bestays").spawn().await;
    let admin = app.admin().await;
    let text = |question: &str, answer: &str| json!({"question": question, "answer": answer});
    let _ = admin
        .put("/api/v1/admin/faqs/categories/stay", json!({"names": {"en": "Stay"}}))
        .await
        .expect(200);
    let faq = json!({"category": "stay", "slug": "pets", "is_published": true,
        "texts": {"en": text("May I bring my dog?", "Dogs are welcome **in most villas**.")}});
    let _ = admin.post("/api/v1/admin/faqs", faq).await.expect(201);
    app.settled().await;
    let talk = Talk::on(app, "en").await;
    let answer = talk.ask("May I bring my dog?").await;
    assert_eq!(answer.text_at("/content"), "Dogs are welcome in most villas.");
    assert_eq!(answer.at("/citations/0/question"), "May I bring my dog?");
    assert!(answer.text_at("/citations/0/url").ends_with("/faqs/pets"));
}

#[tokio::test]
async fn what_nothing_answers_is_said_and_a_person_offered() {
    let talk = Talk::with_guide().await;
    let answer = talk.ask("quantum chromodynamics lattice").await;
    assert_eq!(answer.at("/offers_handoff"), true);
    assert_eq!(answer.at("/properties"), json!([]));
    let asked = talk.ask("I want to talk to a person").await;
    assert_eq!((asked.at("/offers_handoff"), asked.at("/properties")), (json!(true), json!([])));
    let thai = talk.ask("ขอคุยกับเจ้าหน้าที่หน่อยค่ะ").await;
    assert!(thai.text_at("/content").contains("เจ้าหน้าที่"), "in the language of the question");
}

#[tokio::test]
async fn conversations_are_their_owners() {
    let talk = Talk::with_guide().await;
    let _ = talk.ask("Is there a pool?").await;
    let read = talk.read().await;
    assert_eq!(read.at("/title"), "Is there a pool?");
    assert_eq!(read.at("/messages/0/author"), "visitor");
    assert_eq!(read.at("/messages/1/author"), "assistant");
    let listed = talk.call(talk.app.anonymous().get(CONVERSATIONS)).await.expect(200);
    assert_eq!(listed.at("/items/0/id"), read.at("/id"));
    // Nobody else sees it, and to nobody does it look different from one that is not there.
    let other = crate::lists::visitor(&talk.app).await.slug;
    let theirs = talk.app.anonymous().get(&talk.path("")).header("visitor-token", &other).await;
    theirs.problem(404, "not_found");
    talk.app.anonymous().get(&talk.path("")).await.problem(401, "unauthorized");
    // Who signs in takes it along.
    let person = talk.app.user("ploy").await;
    let merge = person.post_empty("/api/v1/me/merge-visitor").header("visitor-token", &talk.token);
    let _ = merge.await.expect(200);
    let _ = person.get(&talk.path("")).await.expect(200);
    let _ = person.delete(&talk.path("")).await.expect(204);
    person.get(&talk.path("")).await.problem(404, "not_found");
    let left: i64 = talk.app.value("SELECT count(*) FROM chat_messages").await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn input_is_refused_by_its_field() {
    let talk = Talk::with_guide().await;
    let ask = |body| talk.call(talk.app.anonymous().post(&talk.path("/messages"), body));
    assert_eq!(ask(json!({"text": " "})).await.fields().len(), 1);
    assert_eq!(ask(json!({"text": "a".repeat(2001)})).await.fields().len(), 1);
    assert_eq!(ask(json!({"text": "Hi", "role": "system"})).await.fields().len(), 1);
    let locale = json!({"locale": "xx"});
    let begin = talk.call(talk.app.anonymous().post(CONVERSATIONS, locale));
    assert_eq!(begin.await.fields(), ["/locale unknown_value"]);
    for text in [
        "'; DROP TABLE users; --",
        "\u{202e}\u{1f600}",
        &"ก".repeat(2000),
        "{{prompt}}",
        "<script>",
    ] {
        let _ = talk.ask(text).await;
    }
}

#[tokio::test]
async fn somebody_may_ask_so_much_a_day() {
    let app = setup("bestays").with(|profile| profile.assistant.turns_per_day = 2).spawn().await;
    let talk = Talk::on(app, "en").await;
    let _ = talk.ask("one").await;
    let _ = talk.ask("two").await;
    talk.asking("three").await.problem(429, "rate_limited");
}

#[tokio::test]
async fn what_somebody_thinks_of_an_answer_is_kept() {
    let talk = Talk::with_guide().await;
    let answer = talk.ask("Is there a pool?").await;
    let path = format!("/api/v1/chat/messages/{}/feedback", answer.text_at("/id"));
    let rate =
        |is_helpful| talk.call(talk.app.anonymous().post(&path, json!({"is_helpful": is_helpful})));
    let _ = rate(true).await.expect(204);
    let _ = rate(false).await.expect(204);
    assert_eq!(talk.read().await.at("/messages/1/is_helpful"), false);
}

#[tokio::test]
async fn a_listing_that_is_taken_away_is_shown_no_more() {
    let talk = Talk::with_guide().await;
    let villa = talk.villa().await;
    let answer = talk.ask("pool villa in Rawai").await;
    assert_eq!(answer.at("/properties/0/id"), json!(villa.id));
    let agent = talk.app.agent("somchai").await;
    let _ = agent.post_empty(&villa.at("unpublish")).if_match(&villa.etag).await.expect(200);
    assert_eq!(talk.read().await.at("/messages/1/properties"), json!([]));
}
