//! The table that editors take away and bring back.

use serde_json::json;
use terrace_testkit::{Call, Caller};

use super::{ADMIN, desk, published, seed::seed, text};
use crate::search::models::terrace;

fn import(admin: &Caller, query: &str, table: impl Into<Vec<u8>>) -> Call {
    let path = format!("{ADMIN}/import{query}");
    admin.call("POST".parse().unwrap(), &path).header("content-type", "text/csv").raw(table.into())
}

#[tokio::test]
async fn a_table_goes_out_and_comes_back_the_same() {
    let (app, admin) = desk().await;
    let answer = "- one, \"two\"\n- three\n\n| a | b |\n|---|---|\n| =1+1 | x |";
    let made = json!({"slug": "odd", "category": "stay", "is_published": true, "review_on": "2027-05-01", "sort_order": 4,
        "texts": {"en": {"question": "=HYPERLINK(\"x\")?", "answer": answer, "tags": ["+1", "b"]}, "th": text("ก", "ข")}});
    let _ = admin.post(ADMIN, made).await.expect(201);
    let out = admin.get(&format!("{ADMIN}/export")).await.expect(200);
    assert!(out.header("content-type").starts_with("text/csv"), "{out:?}");
    assert_eq!(out.header("content-disposition"), "attachment; filename=\"bestays-faqs.csv\"");
    let table = out.text();
    for cell in csv::Reader::from_reader(table.as_bytes())
        .records()
        .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
    {
        assert!(
            !cell.starts_with(['=', '+', '-', '@', '\t']),
            "{cell:?} would run in a spreadsheet"
        );
    }
    let same = import(&admin, "", table.clone()).await.expect(200);
    assert_eq!(same.json(), json!({"created": 0, "updated": 0, "unchanged": 1, "categories": 0}));
    let changed = table.replace("'- one", "'- uno");
    assert_ne!(changed, table);
    let tried = import(&admin, "?dry_run=true", changed.clone()).await.expect(200);
    let done = import(&admin, "", changed).await.expect(200);
    assert_eq!((tried.json(), done.at("/updated")), (done.json(), json!(1)));
    let text: String = app.value("SELECT answer FROM faq_texts WHERE locale = 'en'").await;
    assert_eq!(text, answer.replace("one", "uno"), "and the dry run had changed nothing");
    let bom = admin.get(&format!("{ADMIN}/export?bom=true")).await.expect(200);
    let again = import(&admin, "", bom.body.to_vec()).await.expect(200);
    assert_eq!(again.at("/unchanged"), 1);
}

#[tokio::test]
async fn a_table_that_is_wrong_changes_nothing_and_says_where() {
    let (app, admin) = desk().await;
    let head = "slug,category,locale,question,answer,tags,is_published,sort_order,review_on\n";
    let sound = "fine,stay,en,Q?,A,,true,0,\n";
    for (rows, fields) in [
        ("No Slug,stay,en,Q?,A,,true,0,\n", vec!["/3/slug invalid"]),
        ("one,stay,xx,Q?,A,,true,0,\n", vec!["/3/locale invalid"]),
        ("one,stay,en,,A,,true,0,\n", vec!["/3/question invalid", "/3/question invalid"]),
        ("one,stay,en,Q?,A,,perhaps,0,\n", vec!["/3/is_published invalid"]),
        ("one,stay,en,Q?,A,,true,many,\n", vec!["/3/sort_order invalid"]),
        ("one,stay,en,Q?,A,,true,0,soon\n", vec!["/3/review_on invalid"]),
        ("one,stay,en,Q?,A,,true,-4,\n", vec!["/3/sort_order invalid"]),
        ("one,stay,en,Q?,A,,true,0,\none,stay,en,Q?,B,,true,0,\n", vec!["/4/locale duplicate"]),
        (
            "one,stay,en,Q?,A,,true,0,\none,stay,th,Q?,B,,false,0,\n",
            vec!["/4/is_published conflict"],
        ),
        ("one,nowhere,en,Q?,A,,true,0,\n", vec!["/3/category unknown"]),
    ] {
        let reply = import(&admin, "", format!("{head}{sound}{rows}")).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), fields, "{rows}");
    }
    import(&admin, "", [0xff_u8, 0xfe, 0x00].repeat(9)).await.problem(400, "malformed_request");
    import(&admin, "", format!("{head}a,b\n")).await.problem(400, "malformed_request");
    for other in ["", "{}", "slug,question\n", "slug,question\na,b\n"] {
        let reply = import(&admin, "", other).await;
        reply.problem(422, "invalid_input");
        let missing = if other.starts_with("slug") { "category" } else { "slug" };
        assert_eq!(reply.fields(), [format!("/1/{missing} required")], "{other}");
    }
    let path = format!("{ADMIN}/import");
    admin.post(&path, json!({})).await.problem(415, "unsupported_media_type");
    import(&admin, "", vec![b'x'; (8 << 20) + 1]).await.problem(413, "payload_too_large");
    assert_eq!(app.value::<i64>("SELECT count(*) FROM faq_documents").await, 0);
}

#[tokio::test]
async fn operators_list_export_import_and_see_what_is_missing() {
    let (app, admin) = desk().await;
    seed(&app).await;
    let _ = published(&admin, "own", json!({"en": text("Own?", "Yes")})).await;
    app.execute("INSERT INTO faq_gaps (locale, words, question, asked) VALUES ('en', 'sauna', 'Is there a sauna?', 7)").await;
    let listed = terrace(&app, &["faq", "list", "--product", "bestays", "--json"], None).unwrap();
    let all = listed[0]["faqs"].as_array().unwrap().len();
    assert!(all > 25 && listed[0]["product"] == "bestays", "{all}");
    let shown = terrace(&app, &["faq", "list", "--product", "bestays"], None).unwrap();
    assert!(shown.as_str().unwrap().contains("how-to-book"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faqs.csv");
    let name = file.to_str().unwrap();
    let _ = terrace(&app, &["faq", "export", "--product", "bestays", "--out", name], None).unwrap();
    let done =
        terrace(&app, &["faq", "import", "--product", "bestays", name, "--json"], None).unwrap();
    assert_eq!((&done["unchanged"], &done["updated"]), (&json!(all), &json!(0)));
    std::fs::write(&file, "slug\nx\n").unwrap();
    let refused =
        terrace(&app, &["faq", "import", "--product", "bestays", name], None).unwrap_err();
    assert!(refused.contains("columns are"), "{refused}");
    let gaps = terrace(&app, &["faq", "gaps", "--product", "bestays", "--json"], None).unwrap();
    assert_eq!(gaps[0]["gaps"][0]["asked"], 7);
    let gaps = terrace(&app, &["faq", "gaps", "--product", "bestays"], None).unwrap();
    assert!(gaps.as_str().unwrap().contains("Is there a sauna?"));
}
