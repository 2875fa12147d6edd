//! Bad input is refused politely, whatever it is.

use serde_json::json;
use terrace_testkit::{spawn_app, with_query};

use super::{ADMIN, FAQS, SEARCH, desk};
use crate::search::models;

#[tokio::test]
async fn questions_may_be_anything() {
    let app = spawn_app("bestays").await;
    super::seed::seed(&app).await;
    app.settled().await;
    let visitor = app.anonymous();
    for question in [
        "'; DROP TABLE faq_documents; --",
        "\\",
        "%_%",
        "a & !b | (c <-> d)",
        "' \" `",
        "((((",
        "🦄🦄🦄",
        "\u{202e}abc",
        "ก".repeat(400).as_str(),
        "x".repeat(500).as_str(),
        "wi-fi ".repeat(80).as_str(),
        "!!!",
        "0",
        "-1e309",
    ] {
        let reply = visitor.get(&with_query(SEARCH, &[("q", question)])).await;
        assert_eq!(reply.status, 200, "{question}: {reply:?}");
    }
    for (parameters, name) in [
        (vec![("q", "")], "q"),
        (vec![("q", "   ")], "q"),
        (vec![("q", &*"x".repeat(501))], "q"),
        (vec![("q", "a\0b")], "q"),
        (vec![("q", "a"), ("limit", "0")], "limit"),
        (vec![("q", "a"), ("limit", "21")], "limit"),
        (vec![("q", "a"), ("locale", "xx")], "locale"),
        (vec![("q", "a"), ("what", "b")], "what"),
        (vec![], "q"),
    ] {
        let reply = visitor.get(&with_query(SEARCH, &parameters)).await;
        reply.problem(400, "invalid_parameter");
        assert!(reply.fields()[0].starts_with(name), "{:?}", reply.fields());
    }
    let nothing =
        visitor.get(&with_query(SEARCH, &[("q", "wifi"), ("category", "none")])).await.expect(200);
    assert_eq!((nothing.at("/items"), nothing.at("/confident")), (json!([]), json!(false)));
    visitor.get(&format!("{FAQS}/%00")).await.problem(404, "not_found");
    visitor.get(&format!("{FAQS}/{}", "x".repeat(2_000))).await.problem(404, "not_found");
    visitor.get(&format!("{FAQS}?cursor=bm9uZQ")).await.problem(400, "invalid_cursor");
}

#[tokio::test]
async fn texts_come_back_as_they_were_written() {
    let (app, admin) = desk().await;
    for (nth, nasty) in [
        "<img src=x onerror=alert(1)>",
        "\u{202e}gnp.exe",
        "Zalgo ̷̛t̵e̶x̴t",
        "กำ้ำ",
        "'; --",
        "{{7*7}} ${x}",
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({"slug": format!("nasty-{nth}"), "category": "stay", "is_published": true,
            "texts": {"en": {"question": nasty, "answer": nasty, "tags": [nasty]}}});
        let made = admin.post(ADMIN, body).await.expect(201);
        assert_eq!(made.at("/texts/en/question"), nasty);
        let shown = app.anonymous().get(&format!("{FAQS}/nasty-{nth}")).await.expect(200);
        assert_eq!((shown.at("/question"), shown.at("/tags/0")), (json!(nasty), json!(nasty)));
        assert!(!shown.text_at("/answer_html").contains("<img"), "{shown:?}");
    }
    let nul = json!({"category": "stay", "texts": {"en": {"question": "a\u{0}b", "answer": "x"}}});
    assert_eq!(admin.post(ADMIN, nul).await.fields(), ["/texts/en/question invalid"]);
    app.settled().await;
    let models =
        models::terrace(&app, &["search", "models", "--product", "bestays", "--json"], None)
            .unwrap();
    assert_eq!(models[0]["models"][0]["failing"], 0, "all of them are in the index");
}
