//! Admins write documents; the database refuses what no document may be.

use serde_json::{Value, json};
use terrace_testkit::TestApp;

use super::{ADMIN, FAQS, desk, published, text};

#[tokio::test]
async fn a_document_is_made_changed_and_taken_away() {
    let (app, admin) = desk().await;
    let other = published(&admin, "pets", json!({"en": text("Pets?", "No.")})).await.text_at("/id");
    let body = json!({"slug": "wifi", "category": "stay", "sort_order": 3, "review_on": "2027-01-31",
        "texts": {"en": {"question": "Is there Wi-Fi?", "answer": "**Yes.**", "tags": ["internet"]}},
        "related": [other]});
    let made = admin.post(ADMIN, body.clone()).header("idempotency-key", "k1").await.expect(201);
    let again = admin.post(ADMIN, body.clone()).header("idempotency-key", "k1").await.expect(201);
    assert_eq!((again.text(), again.header("idempotent-replayed")), (made.text(), "true"));
    assert_eq!((made.at("/is_published"), made.at("/version")), (json!(false), json!(1)));
    assert_eq!((made.at("/related"), made.at("/review_on")), (json!([other]), json!("2027-01-31")));
    let taken = admin.post(ADMIN, body).await;
    taken.problem(409, "slug_taken");
    assert_eq!(taken.fields(), ["/slug taken"]);

    let path = made.header("location").to_owned();
    assert_eq!(admin.get(&path).await.expect(200).etag(), made.etag());
    let visitor = app.anonymous();
    visitor.get(&format!("{FAQS}/wifi")).await.problem(404, "not_found");
    let patch = json!({"is_published": true, "review_on": null, "related": [],
        "texts": {"th": text("มีไวไฟไหม", "มี")}});
    admin.patch(&path, patch.clone()).await.problem(428, "precondition_required");
    let changed = admin.patch(&path, patch.clone()).if_match(made.etag()).await.expect(200);
    assert_eq!((changed.at("/version"), changed.at("/review_on")), (json!(2), Value::Null));
    assert_eq!(changed.at("/texts/en/tags"), json!(["internet"]));
    assert_eq!(
        (changed.at("/texts/th/question"), changed.at("/related")),
        (json!("มีไวไฟไหม"), json!([]))
    );
    admin.patch(&path, patch).if_match(made.etag()).await.problem(412, "version_mismatch");
    let _ = visitor.get(&format!("{FAQS}/wifi")).await.expect(200);

    let gone = json!({"texts": {"th": null, "en": null}});
    let nothing_left = admin.patch(&path, gone).if_match(changed.etag()).await;
    nothing_left.problem(422, "invalid_input");
    assert_eq!(nothing_left.fields(), ["/texts required"]);
    admin.delete(&path).if_match(made.etag()).await.problem(412, "version_mismatch");
    let _ = admin.delete(&path).if_match(changed.etag()).await.expect(204);
    visitor.get(&format!("{FAQS}/wifi")).await.problem(404, "not_found");
    // Who did what is in the trail, the texts too.
    let trail: i64 = app
        .value("SELECT count(*) FROM audit_log WHERE table_name IN ('faq_documents', 'faq_texts') AND actor IS NOT NULL AND request_id IS NOT NULL")
        .await;
    assert!(trail >= 8, "{trail}");
}

#[tokio::test]
async fn input_is_refused_by_its_field() {
    let (_app, admin) = desk().await;
    let long = "x".repeat(301);
    let self_evident = |texts: Value| json!({"category": "stay", "texts": texts});
    for (body, field) in [
        (json!({"category": "nowhere"}), "/category unknown"),
        (json!({"category": "stay", "is_published": true}), "/texts required"),
        (json!({"category": "stay", "slug": "search"}), "/slug invalid"),
        (json!({"category": "stay", "slug": "No Slug"}), "/slug invalid"),
        (json!({"category": "stay", "sort_order": -1}), "/sort_order invalid"),
        (json!({"category": "stay", "review_on": "1066-10-14"}), "/review_on invalid"),
        (
            json!({"category": "stay", "related": ["019abc00-0000-7000-8000-000000000000"]}),
            "/related unknown",
        ),
        (json!({"category": "stay", "surprise": 1}), "/surprise unknown_field"),
        (self_evident(json!({"xx": text("A?", "B.")})), "/texts/xx unknown_value"),
        (self_evident(json!({"en": text(" ", "B.")})), "/texts/en/question invalid"),
        (self_evident(json!({"en": text(&long, "B.")})), "/texts/en/question invalid"),
        (self_evident(json!({"en": text("A?", "\n")})), "/texts/en/answer invalid"),
        (
            self_evident(json!({"en": {"question": "A?", "answer": "B.", "tags": [""]}})),
            "/texts/en/tags/0 invalid",
        ),
    ] {
        let reply = admin.post(ADMIN, body.clone()).await;
        reply.problem(422, "invalid_input");
        assert!(reply.fields().contains(&field.to_owned()), "{body}: {:?}", reply.fields());
    }
    let made = published(&admin, "self", json!({"en": text("A?", "B.")})).await;
    let own = json!({"related": [made.at("/id")]});
    let reply = admin.patch(made.header("location"), own).if_match(made.etag()).await;
    assert_eq!(reply.fields(), ["/related/0 invalid"]);
}

/// What no code may get past.
#[tokio::test]
async fn the_database_refuses_what_may_not_be() {
    let (app, admin) = desk().await;
    let id = published(&admin, "base", json!({"en": text("A?", "B.")})).await.text_at("/id");
    // Nobody else is at it: what is refused for want of a lock names no rule.
    app.settled().await;
    let pool = app.sql().await;
    for (sql, constraint) in [
        (format!("INSERT INTO faq_texts (document_id, locale, question, answer) VALUES ('{id}', 'english', 'A?', 'B.')"), "faq_texts_locale_check"),
        (format!("INSERT INTO faq_texts (document_id, locale, question, answer) VALUES ('{id}', 'th', E' \\n', 'B.')"), "faq_texts_question_check"),
        (format!("INSERT INTO faq_texts (document_id, locale, question, answer) VALUES ('{id}', 'th', 'A?', repeat('x', 20001))"), "faq_texts_answer_check"),
        (format!("INSERT INTO faq_texts (document_id, locale, question, answer, tags) VALUES ('{id}', 'th', 'A?', 'B.', '{{NULL}}')"), "faq_texts_tags_check"),
        (format!("INSERT INTO faq_related (document_id, related_id) VALUES ('{id}', '{id}')"), "faq_related_self_check"),
        (format!("DELETE FROM faq_texts WHERE document_id = '{id}'"), "faq_documents_texts_check"),
        ("INSERT INTO faq_documents (slug, category, is_published) VALUES ('empty', 'stay', true)".to_owned(), "faq_documents_texts_check"),
        ("INSERT INTO faq_documents (slug, category) VALUES ('search', 'stay')".to_owned(), "faq_documents_slug_check"),
        ("INSERT INTO faq_category_names (category, locale, name) VALUES ('stay', 'xxx', 'X')".to_owned(), "faq_category_names_locale_check"),
        ("DELETE FROM faq_categories".to_owned(), "faq_documents_category_fkey"),
    ] {
        let error = sqlx::query(sqlx::AssertSqlSafe(sql.clone())).execute(&pool).await.expect_err(&sql);
        let refused = error.as_database_error().and_then(|error| error.constraint()).map(str::to_owned);
        assert_eq!(refused.as_deref(), Some(constraint), "{sql}: {error}");
    }
}

#[tokio::test]
async fn categories_are_named_ordered_and_kept_while_they_are_used() {
    let (app, admin) = desk().await;
    let path = |slug: &str| format!("{ADMIN}/categories/{slug}");
    let names = json!({"sort_order": 0, "names": {"en": "Zebra"}});
    let _ = admin.put(&path("zebra"), names.clone()).await.expect(200);
    let _ = admin
        .put(&path("zebra"), json!({"names": {"en": "Zebras", "th": "ม้าลาย"}}))
        .await
        .expect(200);
    for (slug, body, fields) in [
        ("zebra", json!({"names": {"th": "ม้าลาย"}}), ["/names/en required"]),
        ("zebra", json!({"names": {"en": "Z", "xx": "Z"}}), ["/names/xx unknown_value"]),
    ] {
        assert_eq!(admin.put(&path(slug), body).await.fields(), fields);
    }
    admin.put(&path("No%20slug"), names).await.problem(400, "invalid_parameter");
    let made = published(&admin, "one", json!({"en": text("One?", "1")})).await;
    let all = admin.get(&format!("{ADMIN}/categories")).await.expect(200);
    assert_eq!(all.at("/items/0/slug"), "stay", "of the same place, by slug");
    assert_eq!(all.at("/items/0/documents"), 1);
    assert_eq!(all.at("/items/1/names"), json!({"en": "Zebras", "th": "ม้าลาย"}));
    // Readers see those with something in them, in their language.
    let seen = app.anonymous().get(&format!("{FAQS}/categories?locale=th")).await.expect(200);
    assert_eq!(seen.at("/items"), json!([{"slug": "stay", "name": "การเข้าพัก", "documents": 1}]));
    admin.delete(&path("stay")).await.problem(409, "in_use");
    let _ = admin.delete(&path("zebra")).await.expect(204);
    admin.delete(&path("zebra")).await.problem(404, "not_found");
    let _ = admin.delete(made.header("location")).if_match(made.etag()).await.expect(204);
    let _ = admin.delete(&path("stay")).await.expect(204);
}

async fn listed(app: &TestApp, query: &str) -> Vec<String> {
    let reply = app.admin().await.get(&format!("{ADMIN}?{query}")).await.expect(200);
    super::slugs(&reply)
}

#[tokio::test]
async fn the_desk_shows_drafts_what_is_missing_and_what_is_due() {
    let (app, admin) = desk().await;
    let _ = published(&admin, "aaa", json!({"en": text("Alpha 100%?", "A"), "th": text("ก", "ข")}))
        .await;
    let _ = published(&admin, "bbb", json!({"en": text("Beta?", "B")})).await;
    let draft = json!({"slug": "ccc", "category": "stay", "review_on": "2020-01-01"});
    let _ = admin.post(ADMIN, draft).await.expect(201);
    assert_eq!(listed(&app, "").await, ["aaa", "bbb", "ccc"]);
    assert_eq!(listed(&app, "is_published=false").await, ["ccc"]);
    assert_eq!(listed(&app, "missing=th").await, ["bbb", "ccc"]);
    assert_eq!(listed(&app, "is_due=true").await, ["ccc"]);
    assert_eq!(listed(&app, "q=100%25").await, ["aaa"]);
    assert_eq!(listed(&app, "category=other").await, Vec::<String>::new());
    let first = admin.get(&format!("{ADMIN}?limit=2")).await.expect(200);
    let next = first.text_at("/next_cursor");
    assert_eq!(listed(&app, &format!("limit=2&cursor={next}")).await, ["ccc"]);
    admin.get(&format!("{ADMIN}?limit=2&cursor={next}&q=x")).await.problem(400, "invalid_cursor");
    admin.get(&format!("{ADMIN}?missing=xx")).await.problem(400, "invalid_parameter");
}
