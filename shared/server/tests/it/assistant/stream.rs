//! Streams that are cut, resumed, and read twice.

use terrace_testkit::{Answer, ScriptedModel, spoken};

use super::{Talk, heard, names};

#[tokio::test]
async fn whoever_is_cut_off_goes_on_where_it_ended() {
    let model = ScriptedModel::saying([Answer::spoken(
        "Firstly this. Then there is that. Lastly the rest.",
    )])
    .await;
    let talk = Talk::with(&model).await;
    let (events, location) = talk.listen("Tell me everything").await;
    assert_eq!(names(&events), ["token", "token", "token", "done"]);
    let ids: Vec<_> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, [1, 2, 3, 4]);
    for seen in 0..=3 {
        let again = talk
            .call(talk.app.anonymous().get(&location))
            .header("last-event-id", seen.to_string());
        assert_eq!(heard(&again.await.expect(200)), events[seen..], "after {seen}");
    }
    // Whoever has seen it all is told to stop coming back.
    let seen_all = talk.call(talk.app.anonymous().get(&location)).header("last-event-id", "4");
    let _ = seen_all.await.expect(204);
    for wrong in ["x", "-1", "2147483648"] {
        let call = talk.call(talk.app.anonymous().get(&location)).header("last-event-id", wrong);
        call.await.problem(400, "invalid_parameter");
    }
    // It is nobody else's to read.
    let other = crate::lists::visitor(&talk.app).await.slug;
    talk.app
        .anonymous()
        .get(&location)
        .header("visitor-token", &other)
        .await
        .problem(404, "not_found");
}

/// Two readers of one answer, one of whom comes while it is being made, read the same.
#[tokio::test]
async fn any_number_may_read() {
    let rest = match Answer::spoken(" And then the rest.") {
        Answer::Streams(pieces) => pieces,
        other => panic!("{other:?}"),
    };
    let model = ScriptedModel::saying([Answer::Pauses(spoken("The beginning. So"), rest)]).await;
    let talk = Talk::with(&model).await;
    let asking = talk.listen("Tell me a story");
    let joining = async {
        model.heard().await;
        let id: uuid::Uuid =
            talk.app.value("SELECT id FROM chat_messages WHERE state = 'open'").await;
        let path = format!("/api/v1/chat/messages/{id}/events");
        let reading =
            async { heard(&talk.call(talk.app.anonymous().get(&path)).await.expect(200)) };
        // While one answer is made, no other is.
        talk.asking("And another").await.problem(409, "request_in_flight");
        model.go_on();
        reading.await
    };
    let ((first, _), second) = tokio::join!(asking, joining);
    assert_eq!(first, second);
    assert_eq!(first.last().unwrap().data["content"], "The beginning. So And then the rest.");
}

/// Long after, or at another instance, the last event says it all.
#[tokio::test]
async fn another_instance_tells_the_whole() {
    let talk = Talk::with_guide().await;
    let answer = talk.ask("Is there a pool?").await;
    let (visitor, _second) = talk.app.beside().await;
    let path = format!("/api/v1/chat/messages/{}/events", answer.text_at("/id"));
    let events = heard(&talk.call(visitor.get(&path)).await.expect(200));
    assert_eq!(names(&events), ["done"]);
    assert_eq!(events[0].data["content"], answer.at("/content"));
}
