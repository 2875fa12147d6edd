//! What becomes of answers is added up; what nothing answers is listed.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use terrace_server::faqs;
use terrace_testkit::{TestApp, setup, with_query};

use super::{ADMIN, FAQS, SEARCH, ask, desk, published, text};

/// Waits until a query has this value: the instance writes by itself too, and may be at it.
async fn until(app: &TestApp, sql: &str, expected: Value) {
    let begun = Instant::now();
    loop {
        faqs::flush(&app.state()).await.unwrap();
        let found: Value = app.value(sql).await;
        if found == expected {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{sql}: {found}, not {expected}");
    }
}

const TOTALS: &str = "SELECT jsonb_build_array(coalesce(sum(searches), 0), coalesce(sum(no_answer), 0)) FROM faq_search_days";

#[tokio::test]
async fn answers_are_counted_and_a_client_rates_once_a_day() {
    let (app, admin) = desk().await;
    let made =
        published(&admin, "kite", json!({"en": text("May I fly a kite?", "On the beach.")})).await;
    app.settled().await;
    let visitor = app.anonymous();
    let _ = ask(&visitor, "kite").await;
    let _ = ask(&visitor, "submarine").await;
    for _ in 0..2 {
        let _ = visitor.get(&format!("{FAQS}/kite")).await.expect(200);
    }
    let rate = format!("{FAQS}/{}/feedback", made.text_at("/id"));
    for helpful in [false, true, true] {
        let _ = visitor.post(&rate, json!({"helpful": helpful})).await.expect(204);
    }
    until(&app, TOTALS, json!([2, 1])).await;
    let counted = "SELECT jsonb_build_array(sum(matched), sum(viewed), sum(helpful), sum(unhelpful)) FROM faq_days";
    until(&app, counted, json!([1, 2, 0, 1])).await;
    // A second round adds to the first.
    let _ = visitor.get(&format!("{FAQS}/kite")).await.expect(200);
    until(&app, counted, json!([1, 3, 0, 1])).await;

    let told = admin.get(&format!("{ADMIN}/analytics")).await.expect(200);
    assert_eq!((told.at("/searches"), told.at("/no_answer")), (json!(2), json!(1)));
    let first = told.at("/items/0");
    assert_eq!(
        (&first["slug"], &first["viewed"], &first["unhelpful"]),
        (&json!("kite"), &json!(3), &json!(1))
    );
    let before =
        admin.get(&format!("{ADMIN}/analytics?from=2020-01-01&to=2020-01-31")).await.expect(200);
    assert_eq!((before.at("/searches"), before.at("/items")), (json!(0), json!([])));
    for query in
        ["from=2026-02-01&to=2026-01-01", "from=2020-01-01&to=2026-01-01", "from=yesterday"]
    {
        admin.get(&format!("{ADMIN}/analytics?{query}")).await.problem(400, "invalid_parameter");
    }
    visitor.post(&rate, json!({"helpful": "very"})).await.problem(422, "invalid_input");
    let nobody = format!("{FAQS}/019abc00-0000-7000-8000-000000000000/feedback");
    visitor.post(&nobody, json!({"helpful": true})).await.problem(404, "not_found");
}

#[tokio::test]
async fn questions_without_an_answer_are_grouped_and_become_drafts() {
    let (app, admin) = desk().await;
    let _ =
        published(&admin, "kite", json!({"en": text("May I fly a kite?", "On the beach.")})).await;
    app.settled().await;
    let visitor = app.anonymous();
    for question in ["Is there a sauna?", "do you have a SAUNA", "saunas", "helipad please"] {
        let _ = ask(&visitor, question).await;
    }
    let thai = with_query(SEARCH, &[("q", "มีซาวน่าไหมครับ")]);
    let _ = visitor.get(&thai).await.expect(200);
    until(&app, TOTALS, json!([5, 5])).await;
    let gaps = admin.get(&format!("{ADMIN}/gaps")).await.expect(200);
    let items = gaps.at("/items");
    let asked = |nth: usize| (items[nth]["locale"].as_str().unwrap(), items[nth]["asked"].clone());
    assert_eq!((items.as_array().unwrap().len(), asked(0)), (3, ("en", json!(3))), "{items}");
    // The other two were asked once, and written down at the same moment.
    let mut rare = [asked(1), asked(2)];
    rare.sort_by_key(|(locale, _)| *locale);
    assert_eq!(rare, [("en", json!(1)), ("th", json!(1))], "{items}");
    let of_thai = admin.get(&format!("{ADMIN}/gaps?locale=th")).await.expect(200);
    assert_eq!(of_thai.at("/items/0/question"), "มีซาวน่าไหมครับ");

    let path = format!("{ADMIN}/gaps/{}", items[0]["id"].as_str().unwrap());
    assert_eq!(
        admin.post(&path, json!({"category": "nowhere"})).await.fields(),
        ["/category unknown"]
    );
    let draft = admin.post(&path, json!({"category": "stay"})).await.expect(201);
    assert_eq!(
        (draft.at("/is_published"), draft.at("/texts/en/question")),
        (json!(false), items[0]["question"].clone())
    );
    let _ = admin.get(draft.header("location")).await.expect(200);
    admin.post(&path, json!({"category": "stay"})).await.problem(409, "wrong_state");
    let helipad = (1..3).find(|nth| asked(*nth).0 == "en").unwrap();
    let aside = format!("{ADMIN}/gaps/{}", items[helipad]["id"].as_str().unwrap());
    let _ = admin.delete(&aside).await.expect(204);
    let left = admin.get(&format!("{ADMIN}/gaps")).await.expect(200);
    assert_eq!(left.at("/items").as_array().unwrap().len(), 1);
    // Asked again it is counted, and does not come back.
    let _ = ask(&visitor, "helipad?").await;
    let aside = "SELECT to_jsonb(asked) FROM faq_gaps WHERE dismissed_at IS NOT NULL";
    until(&app, aside, json!(2)).await;
    let none = format!("{ADMIN}/gaps/019abc00-0000-7000-8000-000000000000");
    admin.delete(&none).await.problem(404, "not_found");
    // A draft that is thrown away leaves the question open again.
    let _ = admin.delete(draft.header("location")).if_match(draft.etag()).await.expect(204);
    let open = admin.get(&format!("{ADMIN}/gaps")).await.expect(200);
    assert_eq!(open.at("/items/0/asked"), 3);
}

/// Words that say who somebody is, and those of whoever wants no memory, are counted and not kept.
#[tokio::test]
async fn what_looks_personal_is_not_kept() {
    let (app, _admin) = desk().await;
    let visitor = app.anonymous();
    let _ = ask(&visitor, "call me at 081-234-5678").await;
    let _ = ask(&visitor, "write to me@example.com").await;
    let _ = ask(&visitor, &"long ".repeat(60)).await;
    for header in ["dnt", "sec-gpc"] {
        let path = with_query(SEARCH, &[("q", "secret wish")]);
        let _ = visitor.get(&path).header(header, "1").await.expect(200);
    }
    until(&app, TOTALS, json!([5, 5])).await;
    assert_eq!(app.value::<i64>("SELECT count(*) FROM faq_gaps").await, 0);

    let forgetful = setup("bestays").with(|profile| profile.search.history_days = 0).spawn().await;
    let _ = ask(&forgetful.anonymous(), "sauna").await;
    until(&forgetful, TOTALS, json!([1, 1])).await;
    assert_eq!(forgetful.value::<i64>("SELECT count(*) FROM faq_gaps").await, 0);
}

/// Two instances that count the same at once lose nothing and wait for nobody in a circle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_add_up() {
    let (app, admin) = desk().await;
    for slug in ["one", "two", "six"] {
        let _ = published(&admin, slug, json!({"en": text("Q?", "A")})).await;
    }
    let (beside, instance) = app.beside().await;
    let callers = [app.anonymous(), beside];
    let reads = (0..60).map(|nth: usize| {
        let slug = ["one", "two", "six"][nth % 3];
        let caller = &callers[nth % 2];
        async move { caller.get(&format!("{FAQS}/{slug}")).await.expect(200) }
    });
    let _ = futures_util::future::join_all(reads).await;
    // An instance that stops writes down what it has counted.
    drop(instance);
    let sum = "SELECT coalesce(to_jsonb(sum(viewed)), '0') FROM faq_days";
    until(&app, sum, json!(60)).await;
}
