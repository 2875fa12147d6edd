//! Handing over to a person.

use serde_json::json;
use terrace_testkit::{Answer, ScriptedModel};

use super::Talk;

#[tokio::test]
async fn a_person_takes_over_and_gives_back() {
    let question = json!({"name": "Ploy", "email": "p@example.com", "message": "Is it nice?"});
    let model = ScriptedModel::saying([
        Answer::calling("draft_lead", &question),
        Answer::spoken("It is a lovely place."),
    ])
    .await;
    let talk = Talk::with(&model).await;
    let villa = talk.villa().await;
    let _ = talk.ask("Is it nice there?").await;
    let hand = |body| talk.call(talk.app.anonymous().post(&talk.path("/handoff"), body));
    assert_eq!(hand(json!({"name": "Ploy"})).await.fields(), ["/email required"]);
    assert_eq!(hand(json!({"name": " ", "email": "p@example.com"})).await.fields().len(), 1);
    let body = json!({"name": "Ploy", "email": "p@example.com", "property_id": villa.id});
    // Handed over twice at once, it is with somebody once.
    let (first, second) = tokio::join!(hand(body.clone()), hand(body.clone()));
    let (receipt, refused) = if first.status == 202 { (first, second) } else { (second, first) };
    let receipt = receipt.expect(202);
    refused.problem(409, "wrong_state");
    hand(body).await.problem(409, "wrong_state");

    // The agent of the listing has it, with what was said.
    let agent = talk.app.agent("somchai").await;
    let leads = agent.get("/api/v1/leads").await.expect(200);
    assert_eq!(leads.at("/items/0/reference"), receipt.at("/reference"));
    let lead =
        agent.get(&format!("/api/v1/leads/{}", leads.text_at("/items/0/id"))).await.expect(200);
    let message = lead.text_at("/message");
    assert!(message.contains("Visitor: Is it nice there?"), "{message}");
    assert!(message.contains("Assistant: It is a lovely place."), "{message}");

    // The machine is silent, and says so; the visitor sees what happened.
    let read = talk.read().await;
    assert!(!read.at("/handed_over_at").is_null());
    assert!(read.text_at("/messages/2/content").contains(&receipt.text_at("/reference")));
    let waiting = talk.ask("Hello?").await;
    assert_eq!(model.asked().len(), 2, "no model is asked");
    assert!(waiting.text_at("/content").contains("Somebody here"));

    // Who looks after the enquiry reads what was said since then, and nobody else does.
    let other = talk.app.agent("malee").await;
    let said = format!("/api/v1/leads/{}/conversation", lead.text_at("/id"));
    let conversation = agent.get(&said).await.expect(200);
    assert_eq!(conversation.at("/messages/3/content"), "Hello?");
    // What was drafted is the visitor's to confirm.
    assert_eq!(read.at("/messages/1/drafts").as_array().unwrap().len(), 1);
    assert_eq!(conversation.at("/messages/1/drafts"), json!([]));
    assert_eq!(talk.path(""), format!("{}/{}", super::CONVERSATIONS, conversation.text_at("/id")));
    other.get(&said).await.problem(404, "not_found");

    // Only who looks after it gives it back, and once.
    let release = talk.path("/release");
    other.post_empty(&release).await.problem(404, "not_found");
    let _ = agent.post_empty(&release).await.expect(204);
    agent.post_empty(&release).await.problem(409, "wrong_state");
    model.then(Answer::spoken("I am here again."));
    assert_eq!(talk.ask("Are you there again?").await.text_at("/content"), "I am here again.");
}

/// Asked for in words, it is offered whatever a model would have said.
#[tokio::test]
async fn who_asks_for_a_person_is_offered_one() {
    let model = ScriptedModel::saying([]).await;
    let talk = Talk::with(&model).await;
    for words in
        ["Can I talk to a human please", "speak to an agent", "ขอติดต่อเจ้าหน้าที่", "โทรกลับได้ไหมคะ"]
    {
        let answer = talk.ask(words).await;
        assert_eq!(answer.at("/offers_handoff"), true, "{words}");
    }
    assert_eq!(model.asked().len(), 0);
}
