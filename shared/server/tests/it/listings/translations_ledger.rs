//! Languages in step: what is missing, stale or a machine's, told by the database itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use terrace_testkit::{Caller, Listing, TestApp, listing, spawn_app};

const LEDGER: &str = "/api/v1/admin/translations";

async fn translated(app: &TestApp, agent: &Caller) -> Listing {
    let _ = app;
    let made = agent.create_published(listing::rent()).await;
    let texts =
        json!({"title": "บ้านวิวทะเล", "description": "เงียบสงบ", "location_province": "ภูเก็ต"});
    Listing::of(
        &agent.put(&made.at("translations/th"), texts).if_match(&made.etag).await.expect(200),
    )
}

/// Fields of a listing that are stale, in order.
const STALE: &str = "SELECT coalesce(string_agg(field::text, ' ' ORDER BY field::text), '') \
                     FROM property_translations WHERE is_stale";

#[tokio::test]
async fn an_edit_makes_its_translations_stale_in_the_same_transaction() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = translated(&app, &agent).await;

    let mut db = PgConnection::connect_with(&app.owner()).await.unwrap();
    let stale = async |db: &mut PgConnection| -> String {
        sqlx::query_scalar(AssertSqlSafe(STALE)).fetch_one(db).await.unwrap()
    };
    db.execute("BEGIN").await.unwrap();
    db.execute("UPDATE properties SET title = 'Planted', location_details = location_details || '{\"province\": \"Krabi\"}'")
        .await
        .unwrap();
    assert_eq!(stale(&mut db).await, "location_province title", "seen before the commit");
    db.execute("UPDATE properties SET title = 'Sea view home in Rawai'").await.unwrap();
    assert_eq!(
        stale(&mut db).await,
        "location_province",
        "a text that is put back is in step again"
    );
    db.execute("ROLLBACK").await.unwrap();
    assert_eq!(stale(&mut db).await, "");
    db.execute("UPDATE properties SET listing_priority = 7, tags = '{}'").await.unwrap();
    assert_eq!(stale(&mut db).await, "", "what is not translated makes nothing stale");

    // Through the front door, and back into step.
    let edit = json!({"description": "Loud."});
    let edited =
        Listing::of(&agent.patch(&made.path(), edit).if_match(&made.etag).await.expect(200));
    assert_eq!(stale(&mut db).await, "description");
    let same = json!({"title": "บ้านวิวทะเล", "description": "เงียบสงบ"});
    let _ = agent.put(&made.at("translations/th"), same).if_match(&edited.etag).await.expect(200);
    assert_eq!(stale(&mut db).await, "", "who saves it again says that it still holds");
}

/// Imports count, too: what a file says again unchanged, it has not translated anew.
#[tokio::test]
async fn an_import_that_changes_a_text_leaves_its_translation_stale() {
    let app = spawn_app("bestays").await;
    let folder = tempfile::TempDir::new().unwrap();
    let take = async |title: &str, thai: &str| {
        let row = json!({"external_id": "1", "transaction_type": "rent", "property_type": "villa", "title": title,
            "rent_price": 100, "translations": {"th": {"title": thai, "description": "คำอธิบาย"}}});
        let file = folder.path().join("rows.jsonl");
        std::fs::write(&file, row.to_string()).unwrap();
        let mut options = terrace_server::interchange::ImportOptions::new(file);
        options.refused = folder.path().join("refused.csv");
        let state = app.state();
        let report =
            terrace_server::interchange::import(&state.db, &app.profile, options).await.unwrap();
        assert_eq!(report.refused, 0, "{report:?}");
        app.value::<String>(STALE).await
    };
    assert_eq!(take("First title", "ชื่อแรก").await, "");
    let origins: Vec<String> =
        app.values("SELECT DISTINCT origin::text FROM property_translations").await;
    assert_eq!(origins, ["import"]);
    assert_eq!(take("Second title", "ชื่อแรก").await, "title");
    assert_eq!(take("Second title", "ชื่อที่สอง").await, "");
    assert_eq!(take("Third title", "ชื่อที่สาม").await, "", "both at once are in step");
}

/// Neither of two transactions sees the other's row: without the lock the translation would pass
/// for fresh for ever.
#[tokio::test]
async fn a_translation_and_an_edit_at_once_wait_for_each_other() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create(listing::rent()).await;
    let mut editor = PgConnection::connect_with(&app.owner()).await.unwrap();
    let mut translator = PgConnection::connect_with(&app.owner()).await.unwrap();
    editor.execute("BEGIN; UPDATE properties SET title = 'Another title'").await.unwrap();
    let insert = format!(
        "INSERT INTO property_translations (property_id, locale, field, value) VALUES ('{}', 'th', 'title', 'เก่า')",
        made.id
    );
    let writing =
        tokio::spawn(async move { translator.execute(AssertSqlSafe(insert)).await.map(drop) });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                   AND query LIKE 'INSERT INTO property_translations%' AND datname = current_database()";
    while app.value::<i64>(waiting).await == 0 && !writing.is_finished() {
        tokio::task::yield_now().await;
    }
    editor.execute("COMMIT").await.unwrap();
    writing.await.unwrap().unwrap();
    let in_step: bool = app
        .value(
            "SELECT t.source_hash = source_hash(p.title) AND NOT t.is_stale \
             FROM property_translations t JOIN properties p ON p.id = t.property_id",
        )
        .await;
    assert!(in_step, "stamped with the title that was committed");
}

#[tokio::test]
async fn a_review_is_of_the_text_and_the_version_that_were_seen() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = translated(&app, &agent).await;
    app.execute("UPDATE property_translations SET origin = 'machine'").await;
    let left = async || agent.get(&format!("{LEDGER}?state=machine_unreviewed")).await.expect(200);
    assert_eq!(left().await.at("/items").as_array().unwrap().len(), 3);
    let edited = agent.patch(&made.path(), json!({"title": "New title"})).if_match(&made.etag);
    let edited = edited.await.expect(200);

    let review = made.at("translations/th/review");
    agent.post_empty(&review).if_match(&made.etag).await.problem(412, "version_mismatch");
    agent.post_empty(&review).await.problem(428, "precondition_required");
    let reviewed = agent.post_empty(&review).if_match(edited.etag()).await.expect(200);
    assert_eq!(reviewed.etag(), edited.etag(), "what the listing says has not changed");
    let state: String = app
        .value(
            "SELECT string_agg(DISTINCT concat_ws(' ', is_stale, reviewed_at IS NOT NULL, u.display_name), '|') \
             FROM property_translations t JOIN users u ON u.id = t.reviewed_by",
        )
        .await;
    assert_eq!(state, "f t somchai");
    assert_eq!(left().await.at("/items"), json!([]));

    // Another text is another review.
    app.execute("UPDATE property_translations SET value = 'ใหม่' WHERE field = 'title'").await;
    let unreviewed: Vec<String> = app
        .values("SELECT field::text FROM property_translations WHERE reviewed_at IS NULL AND reviewed_by IS NULL")
        .await;
    assert_eq!(unreviewed, ["title"]);

    let bare = agent.create(listing::rent()).await;
    let nothing = agent.post_empty(&bare.at("translations/th/review")).if_match(&bare.etag).await;
    nothing.problem(404, "not_found");
    let _ =
        agent.post_empty(&made.at("translations/en/review")).if_match(&made.etag).await.expect(422);
}

#[tokio::test]
async fn an_answer_says_in_which_language_each_text_is() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create_published(listing::rent()).await;
    let bare = json!({"description": ""});
    let made = Listing::of(&agent.patch(&made.path(), bare).if_match(&made.etag).await.expect(200));
    let texts = json!({"title": "บ้าน สวย", "location_district": "เมืองภูเก็ต"});
    let put = agent.put(&made.at("translations/th"), texts).if_match(&made.etag).await.expect(200);

    let thai = app.anonymous().get(&format!("{}?locale=th", made.path())).await.expect(200);
    let languages = json!({"title": "th", "location_district": "th", "location_province": "en",
        "location_subdistrict": "en", "location_address": "en"});
    assert_eq!(thai.at("/languages"), languages, "there is no description, in any language");
    let fallbacks = json!(["location_address", "location_province", "location_subdistrict"]);
    assert_eq!(thai.at("/fallbacks"), fallbacks);
    let english = app.anonymous().get(&made.path()).await.expect(200);
    assert_eq!(english.at("/languages/title"), "en");
    assert_eq!(english.at("/fallbacks"), json!([]));

    // A text that only the other language has.
    let only = json!({"description": "มีแต่ภาษาไทย"});
    let _ = agent.put(&made.at("translations/th"), only).if_match(put.etag()).await.expect(200);
    let thai = app.anonymous().get(&format!("{}?locale=th", made.path())).await.expect(200);
    assert_eq!(thai.at("/languages/description"), "th");
    assert_eq!(thai.at("/languages/title"), "en");
}

/// A generator of our own: the same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// What the test knows of a translation: the source that it was written from, and whether a
/// machine's draft has been looked at.
#[derive(Clone, Debug)]
struct Known {
    from: String,
    unreviewed: bool,
}

/// The rows of the ledger, page by page.
async fn whole_ledger(caller: &Caller, filter: &str) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("{LEDGER}?limit=7{filter}{cursor}")).await.expect(200);
        rows.extend(page.at("/items").as_array().cloned().unwrap());
        match page.at("/next_cursor") {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => return rows,
        }
    }
}

#[tokio::test]
async fn the_ledger_is_what_the_texts_say() {
    const FIELDS: [&str; 3] = ["title", "description", "location_province"];
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let mut numbers = Numbers(7);
    let mut ids = Vec::new();
    let mut sources: BTreeMap<(usize, &str), String> = BTreeMap::new();
    let mut known: BTreeMap<(usize, &str), Known> = BTreeMap::new();
    let source = |nth: usize| ["", "One text", "Two text", "Three text"][nth].to_owned();
    for nth in 0..12 {
        let texts = json!({"description": source(nth % 2), "location_details": {"country": "TH", "province": "One text"}});
        let made = agent.create(listing::with(listing::rent(), texts)).await;
        sources.insert((nth, "title"), made.json["title"].as_str().unwrap().to_owned());
        sources.insert((nth, "description"), source(nth % 2));
        sources.insert((nth, "location_province"), source(1));
        app.execute(format!(
            "INSERT INTO property_views (property_id, day, views) VALUES ('{}', current_date, {}), \
             ('{0}', current_date - 40, 1000)",
            made.id,
            1 + nth % 3
        ))
        .await;
        ids.push(made.id);
    }
    for _ in 0..150 {
        let (nth, field) = (numbers.below(ids.len()), FIELDS[numbers.below(FIELDS.len())]);
        let (id, now) = (ids[nth], sources[&(nth, field)].clone());
        match numbers.below(5) {
            0 | 1 => {
                let text =
                    source(if field == "title" { 1 + numbers.below(3) } else { numbers.below(4) });
                let change = match field {
                    "location_province" => format!(
                        "location_details = location_details || jsonb_build_object('province', '{text}')"
                    ),
                    _ => format!("{field} = '{text}'"),
                };
                app.execute(format!("UPDATE properties SET {change} WHERE id = '{id}'")).await;
                sources.insert((nth, field), text);
            }
            2 => {
                let origin = ["human", "machine", "import"][numbers.below(3)];
                app.execute(format!(
                    "INSERT INTO property_translations (property_id, locale, field, value, origin) \
                     VALUES ('{id}', 'th', '{field}', 'ข้อความ {}', '{origin}') \
                     ON CONFLICT (property_id, locale, field) DO UPDATE SET value = excluded.value, \
                        origin = excluded.origin, reviewed_at = NULL",
                    numbers.below(1000)
                ))
                .await;
                known.insert((nth, field), Known { from: now, unreviewed: origin == "machine" });
            }
            3 => {
                app.execute(format!("UPDATE property_translations SET value = value, reviewed_at = now() WHERE property_id = '{id}' AND field = '{field}'")).await;
                if let Some(known) = known.get_mut(&(nth, field)) {
                    *known = Known { from: now, unreviewed: false };
                }
            }
            _ => {
                app.execute(format!("DELETE FROM property_translations WHERE property_id = '{id}' AND field = '{field}'")).await;
                known.remove(&(nth, field));
            }
        }
    }
    let mut expected: Vec<(i64, String, String, String)> = Vec::new();
    for ((nth, field), source) in sources.iter().filter(|(_, source)| !source.is_empty()) {
        let state = match known.get(&(*nth, *field)) {
            None => "missing",
            Some(known) if known.from != *source => "stale",
            Some(known) if known.unreviewed => "machine_unreviewed",
            Some(_) => continue,
        };
        let views = i64::try_from(1 + nth % 3).unwrap();
        expected.push((-views, ids[*nth].to_string(), (*field).to_owned(), state.to_owned()));
    }
    expected.sort();
    let told = |rows: Vec<Value>| -> Vec<(i64, String, String, String)> {
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        rows.iter()
            .map(|row| {
                assert_eq!(row["locale"], "th");
                (
                    -row["views"].as_i64().unwrap(),
                    text(row, "property_id"),
                    text(row, "field"),
                    text(row, "state"),
                )
            })
            .collect()
    };
    assert_eq!(told(whole_ledger(&admin, "").await), expected);
    assert_eq!(told(whole_ledger(&agent, "").await), expected, "all are this agent's own");
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for (.., state) in &expected {
        *counts.entry(state).or_default() += 1;
    }
    assert_eq!(counts.len(), 3, "every state is there: {counts:?}");
    for (state, count) in &counts {
        let rows = told(whole_ledger(&admin, &format!("&state={state}")).await);
        let of_state: Vec<_> = expected.iter().filter(|row| row.3 == *state).cloned().collect();
        assert_eq!(rows, of_state);
        assert_eq!(i64::try_from(rows.len()).unwrap(), *count);
    }
    let summary = admin.get(LEDGER).await.expect(200).at("/summary");
    let counts: Vec<Value> = counts
        .iter()
        .map(|(state, count)| json!({"locale": "th", "state": state, "count": count}))
        .collect();
    assert_eq!(summary, json!(counts));
}

#[tokio::test]
async fn an_agent_sees_the_ledger_of_their_own_listings() {
    let app = spawn_app("bestays").await;
    let (somchai, malee, admin) =
        (app.agent("somchai").await, app.agent("malee").await, app.admin().await);
    let own = somchai.create(listing::rent()).await;
    let gone = somchai.create(listing::rent()).await;
    let _ = somchai.delete(&gone.path()).if_match(&gone.etag).await.expect(204);
    let _ = malee.create(listing::rent()).await;
    let rows = whole_ledger(&somchai, "").await;
    assert_eq!(rows.len(), 6, "every text of the one that is theirs and there");
    assert!(rows.iter().all(|row| row["property_id"] == json!(own.id)));
    assert_eq!(whole_ledger(&admin, "").await.len(), 12);
    let of_malee = format!("&agent_id={}", malee.user_id.unwrap());
    assert_eq!(whole_ledger(&admin, &of_malee).await.len(), 6);
    somchai.get(&format!("{LEDGER}?x=1{of_malee}")).await.problem(400, "invalid_parameter");
    somchai.get(&format!("{LEDGER}?limit=1{of_malee}")).await.problem(403, "forbidden");
    for (query, field) in [
        ("locale=en", "locale invalid"),
        ("locale=de", "locale invalid"),
        ("state=fresh", "state invalid"),
        ("limit=0", "limit invalid"),
        ("cursor=x", "cursor invalid"),
    ] {
        let reply = admin.get(&format!("{LEDGER}?{query}")).await.expect(400);
        assert_eq!(reply.fields(), [field], "{query}");
    }
}

#[tokio::test]
async fn visits_are_counted_and_written_down() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create_published(listing::rent()).await;
    for _ in 0..3 {
        let _ = app.anonymous().get(&made.path()).await.expect(200);
    }
    let _ = app
        .anonymous()
        .get(&format!("/api/v1/properties/{}?locale=th", made.slug))
        .await
        .expect(200);
    let _ = agent.get(&made.path()).await.expect(200);
    let state = app.state();
    terrace_server::listings::views::flush(&state).await.unwrap();
    terrace_server::listings::views::flush(&state).await.unwrap();
    let views: i64 = app.value("SELECT sum(views) FROM property_views").await;
    assert_eq!(views, 4, "visitors count, whatever they call it; its agent does not");
}
