//! Everyone reads what is published, in the nearest language there is.

use serde_json::json;

use super::{ADMIN, FAQS, desk, published, slugs, text};

#[tokio::test]
async fn texts_are_in_the_language_asked_for_or_the_nearest() {
    let (app, admin) = desk().await;
    let _ = published(
        &admin,
        "both",
        json!({"en": text("Both?", "English"), "th": text("ทั้งสอง", "ไทย")}),
    )
    .await;
    let _ = published(&admin, "only-en", json!({"en": text("English?", "Only")})).await;
    let _ = published(&admin, "only-th", json!({"th": text("ไทย", "เท่านั้น")})).await;
    let visitor = app.anonymous();
    let thai = visitor.get(&format!("{FAQS}?locale=th")).await.expect(200);
    assert_eq!(thai.header("content-language"), "th");
    let locales: Vec<_> = (0..3).map(|nth| thai.at(&format!("/items/{nth}/locale"))).collect();
    assert_eq!(
        (slugs(&thai), locales),
        (
            vec!["both".to_owned(), "only-en".into(), "only-th".into()],
            vec![json!("th"), json!("en"), json!("th")]
        )
    );
    let one =
        visitor.get(&format!("{FAQS}/only-th")).header("accept-language", "en").await.expect(200);
    assert_eq!((one.at("/locale"), one.at("/languages")), (json!("th"), json!(["th"])));
    let same = visitor.get(&format!("{FAQS}/only-th")).header("if-none-match", one.etag()).await;
    assert_eq!(same.status, 304);
    let by_id = visitor.get(&format!("{FAQS}/{}", one.text_at("/id"))).await.expect(200);
    assert_eq!(by_id.text(), one.text());
    visitor.get(&format!("{FAQS}?locale=xx")).await.problem(400, "invalid_parameter");
    visitor.get(&format!("{FAQS}/nothing-like-it")).await.problem(404, "not_found");
}

#[tokio::test]
async fn answers_are_markdown_and_harmless_html() {
    let (app, admin) = desk().await;
    let answer =
        "See [the map](https://example.com/?a=1&b=2).\n\n<script>alert(1)</script>\n\n- one";
    let _ = published(&admin, "html", json!({"en": text("<b>Where?</b>", answer)})).await;
    let shown = app.anonymous().get(&format!("{FAQS}/html")).await.expect(200);
    assert_eq!(
        (shown.at("/answer"), shown.at("/question")),
        (json!(answer), json!("<b>Where?</b>"))
    );
    let html = shown.text_at("/answer_html");
    assert!(html.contains("<a href=\"https://example.com/?a=1&amp;b=2\" rel=\"nofollow noopener noreferrer\">the map</a>"), "{html}");
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script"), "{html}");
}

#[tokio::test]
async fn related_ones_are_shown_in_their_order_and_only_if_everyone_sees_them() {
    let (app, admin) = desk().await;
    let mut ids = Vec::new();
    for slug in ["one", "two", "six"] {
        ids.push(published(&admin, slug, json!({"en": text(&format!("{slug}?"), "!")})).await);
    }
    let related: Vec<_> = [1, 0, 2].iter().map(|nth: &usize| ids[*nth].at("/id")).collect();
    let body = json!({"slug": "main", "category": "stay", "is_published": true, "related": related,
        "texts": {"en": text("Main?", "!")}});
    let _ = admin.post(ADMIN, body).await.expect(201);
    let hide = json!({"is_published": false});
    let _ = admin.patch(ids[2].header("location"), hide).if_match(ids[2].etag()).await.expect(200);
    let shown = app.anonymous().get(&format!("{FAQS}/main")).await.expect(200);
    let related = shown.at("/related");
    let related: Vec<_> = related.as_array().unwrap().iter().map(|one| &one["slug"]).collect();
    assert_eq!(related, ["two", "one"]);
}

#[tokio::test]
async fn the_list_goes_on_where_it_ended() {
    let (app, admin) = desk().await;
    let names = json!({"sort_order": 0, "names": {"en": "First"}});
    let _ = admin.put(&format!("{ADMIN}/categories/zz-first"), names).await.expect(200);
    let later = json!({"sort_order": 5, "names": {"en": "Staying"}});
    let _ = admin.put(&format!("{ADMIN}/categories/stay"), later).await.expect(200);
    for (slug, category, place) in [
        ("b-two", "stay", 1),
        ("a-three", "stay", 2),
        ("z-one", "zz-first", 9),
        ("c-two", "stay", 1),
    ] {
        let body = json!({"slug": slug, "category": category, "is_published": true, "sort_order": place,
            "texts": {"en": text("Q?", "A")}});
        let _ = admin.post(ADMIN, body).await.expect(201);
    }
    let visitor = app.anonymous();
    let mut seen = Vec::new();
    let mut path = format!("{FAQS}?limit=1");
    loop {
        let page = visitor.get(&path).await.expect(200);
        seen.extend(slugs(&page));
        let next = page.at("/next_cursor");
        let Some(next) = next.as_str() else { break };
        path = format!("{FAQS}?limit=1&cursor={next}");
    }
    assert_eq!(seen, ["z-one", "b-two", "c-two", "a-three"]);
    let of_one = visitor.get(&format!("{FAQS}?category=zz-first")).await.expect(200);
    assert_eq!(slugs(&of_one), ["z-one"]);
    visitor.get(&format!("{path}&category=stay")).await.problem(400, "invalid_cursor");
    let long = "x".repeat(61);
    for list in [format!("{FAQS}?"), format!("{FAQS}/search?q=wifi&"), format!("{ADMIN}?")] {
        let reply = admin.get(&format!("{list}category={long}")).await;
        reply.problem(400, "invalid_parameter");
        assert_eq!(reply.fields(), ["category invalid"], "{list}");
    }
}
