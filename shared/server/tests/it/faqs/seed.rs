//! What ships with the brands.

use serde_json::json;
use terrace_product::Locale;
use terrace_server::faqs::files::{FaqFiles, FaqImport};
use terrace_testkit::{TestApp, spawn_app};

use super::{ADMIN, FAQS};
use crate::search::models::terrace;

/// Brings the brand's own questions in, as an operator does.
pub(super) async fn seed(app: &TestApp) {
    let product = app.product.clone();
    let done = terrace(app, &["faq", "import", "--product", &product, "--json"], None).unwrap();
    assert!(done["created"].as_u64().unwrap() >= 25, "{done}");
}

#[tokio::test]
async fn both_brands_ship_answers_in_both_languages() {
    for product in ["bestays", "realestate"] {
        let app = spawn_app(product).await;
        let files =
            FaqFiles::read(&app.profile.folder.join("seed/faq"), &app.profile.locales).unwrap();
        assert!(files.len() >= 25, "{product}: {}", files.len());
        seed(&app).await;
        let whole: bool = app
            .value("SELECT count(*) = 2 * (SELECT count(*) FROM faq_documents) AND bool_and(cardinality(tags) > 1) FROM faq_texts")
            .await;
        assert!(whole, "{product}: each is in both languages, with other words for it");
        let lonely: Vec<String> = app
            .values("SELECT slug FROM faq_documents d WHERE NOT EXISTS (SELECT FROM faq_related r WHERE r.document_id = d.id)")
            .await;
        assert_eq!(lonely, Vec::<String>::new());
        let again =
            terrace(&app, &["faq", "import", "--product", product, "--json"], None).unwrap();
        assert_eq!(
            (&again["created"], &again["updated"], &again["categories"]),
            (&json!(0), &json!(0), &json!(0))
        );
        let reader = app.anonymous().get(&format!("{FAQS}?limit=100&locale=th")).await.expect(200);
        let items = reader.at("/items");
        assert!(items.as_array().unwrap().iter().all(|item| item["locale"] == "th"));
    }
}

/// What an editor has changed since is corrected by the files, what is only theirs stays.
#[tokio::test]
async fn files_correct_what_differs_and_leave_what_they_do_not_have() {
    let app = spawn_app("bestays").await;
    seed(&app).await;
    let admin = app.admin().await;
    let id: uuid::Uuid = app.value("SELECT id FROM faq_documents WHERE slug = 'pets'").await;
    let path = format!("{ADMIN}/{id}");
    let before = admin.get(&path).await.expect(200);
    let body = json!({"is_published": false, "related": [], "texts": {"en": {"question": "Dogs?", "answer": "No."}}});
    let _ = admin.patch(&path, body).if_match(before.etag()).await.expect(200);
    let own = json!({"slug": "our-own", "category": "house", "texts": {"en": {"question": "Q?", "answer": "A"}}});
    let _ = admin.post(ADMIN, own).await.expect(201);
    let done = terrace(&app, &["faq", "import", "--product", "bestays", "--json"], None).unwrap();
    assert_eq!((&done["created"], &done["updated"]), (&json!(0), &json!(1)));
    let after = admin.get(&path).await.expect(200);
    assert_eq!(
        (after.at("/texts"), after.at("/related")),
        (before.at("/texts"), before.at("/related"))
    );
    assert_eq!(after.at("/is_published"), false, "who took it away had a reason");
}

#[test]
fn a_wrong_file_is_told_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let [en, th] = ["en", "th"].map(|text| Locale::parse(text).unwrap());
    let locales = terrace_product::Locales { default: en.clone(), enabled: vec![en, th] };
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let told = || FaqFiles::read(folder.path(), &locales).unwrap_err().to_string();
    for (text, complaint) in [
        ("# A\n\nloose\n", "line 3: text before the first question"),
        ("# A\n## Q?\nx", "line 2: a question ends with its slug"),
        ("# A\n## Q? {#search}\nx", "line 2: search cannot be a slug"),
        ("# A\n## Q? {#one-one}\n\n## R? {#two}\nx", "one-one"),
        ("# A\n## Q? {#one}\nx\n## R? {#one}\ny", "line 4: one is there twice"),
        ("## Q? {#one}\nx", "the category's name"),
    ] {
        file("10-a.en.md", text);
        assert!(told().contains(complaint), "{}: {complaint}", told());
    }
    file("10-a.en.md", "# A\n## Q? {#one}\nx");
    file("20-b.th.md", "# B\n## Q? {#one}\nx");
    assert!(told().contains("one is in a, too"), "{}", told());
    file("20-b.th.md", "# B\n");
    file("b.xx.md", "# B\n");
    assert!(told().contains("like 10-payment.en.md"), "{}", told());
    std::fs::rename(folder.path().join("b.xx.md"), folder.path().join("30-b.xx.md")).unwrap();
    assert!(told().contains("does not speak xx"), "{}", told());
    let nowhere = FaqFiles::read(&folder.path().join("nowhere"), &locales).unwrap();
    assert!(nowhere.is_empty() && FaqImport::default().changes() == 0);
}
