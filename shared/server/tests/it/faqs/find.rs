//! A question in anybody's words finds its answer, or hears that there is none.

use serde_json::json;
use terrace_product::Locale;
use terrace_server::faqs::find::find;
use terrace_testkit::{TestApp, spawn_app, with_query};

use super::{SEARCH, ask, desk, published, slugs, text};

/// The brand with everything that ships with it.
async fn shipped() -> TestApp {
    let app = spawn_app("bestays").await;
    super::seed::seed(&app).await;
    app.settled().await;
    app
}

#[tokio::test]
async fn both_languages_find_and_what_nobody_answers_is_said() {
    let app = shipped().await;
    let visitor = app.anonymous();
    for (question, slug, locale) in [
        ("can i bring my dog", "pets", "en"),
        ("พาหมาไปด้วยได้ไหม", "pets", "th"),
        ("money back if I cancell", "how-to-cancel", "en"),
        ("มีที่จอดรถหรือเปล่า", "parking", "th"),
        ("ต้องแจ้ง ตม. TM30 เองไหม", "tm30", "th"),
    ] {
        let found = ask(&visitor, question).await;
        assert_eq!(slugs(&found)[0], slug, "{question}: {found:?}");
        assert_eq!(
            (found.at("/confident"), found.at("/items/0/locale")),
            (json!(true), json!(locale)),
            "{question}"
        );
        assert_eq!(found.header("content-language"), locale);
    }
    for question in ["how tall is mount everest", "สูตรต้มยำกุ้ง", "zxqv"]
    {
        let found = ask(&visitor, question).await;
        assert_eq!(found.at("/confident"), false, "{question}: {found:?}");
    }
    // The language that is asked for beats that of the question.
    let found = visitor
        .get(&with_query(SEARCH, &[("q", "มีที่จอดรถไหม"), ("locale", "en")]))
        .await
        .expect(200);
    assert_eq!(found.at("/items/0/locale"), "en");
}

#[tokio::test]
async fn what_was_found_shows_where() {
    let app = shipped().await;
    let found = ask(&app.anonymous(), "scan a QR code").await;
    assert_eq!(slugs(&found)[0], "promptpay");
    let marks = found.at("/items/0/highlights");
    let snippet: Vec<u16> = marks["snippet"].as_str().unwrap().encode_utf16().collect();
    let cut = |range: &serde_json::Value| {
        let at = |nth: usize| usize::try_from(range[nth].as_u64().unwrap()).unwrap();
        String::from_utf16(&snippet[at(0)..at(1)]).unwrap()
    };
    let words: Vec<String> = marks["in_snippet"].as_array().unwrap().iter().map(cut).collect();
    assert!(words.contains(&"QR".to_owned()) && words.contains(&"code".to_owned()), "{marks}");
    assert!(found.text_at("/items/0/answer_html").starts_with("<p>"));
}

#[tokio::test]
async fn who_cites_gets_passages_and_nothing_is_counted() {
    let app = shipped().await;
    let state = app.state();
    let thai = Locale::parse("th").unwrap();
    let passages = find(&state, "ได้เงินประกันคืนเมื่อไหร่", &thai, 3).await.unwrap();
    let first = &passages[0];
    assert!(first.confident && passages.len() == 3, "{passages:?}");
    assert_eq!(first.locale, "th");
    assert!(
        first.url.ends_with("/faqs/deposit") && first.passage.contains("เงินประกัน"),
        "{first:?}"
    );
    terrace_server::faqs::flush(&state).await.unwrap();
    assert_eq!(app.value::<i64>("SELECT count(*) FROM faq_search_days").await, 0);
}

/// A document in the language of the question goes before one that says the same in another.
#[tokio::test]
async fn the_askers_language_comes_first() {
    let (app, admin) = desk().await;
    let _ =
        published(&admin, "english", json!({"en": text("Is parking free?", "Parking is free.")}))
            .await;
    let _ =
        published(&admin, "thai", json!({"th": text("ที่จอดรถฟรีไหม", "ที่จอดรถ parking ฟรี")})).await;
    app.settled().await;
    let visitor = app.anonymous();
    let of = async |locale: &str| {
        let path = with_query(SEARCH, &[("q", "ที่จอดรถ parking"), ("locale", locale)]);
        slugs(&visitor.get(&path).await.expect(200))
    };
    assert_eq!(of("th").await, ["thai", "english"]);
    assert_eq!(of("en").await.len(), 2);
    // Where there is nothing in the language, what there is in the brand's own is found.
    let only = ask(&visitor, "parking").await;
    assert_eq!(only.at("/items/0/locale"), "en");
}
