//! Listings that may be one: proposed, never merged.

use serde_json::{Value, json};
use terrace_server::interchange::{ImportOptions, import};
use terrace_testkit::{Caller, Listing, TestApp, listing, spawn_app};

const DUPLICATES: &str = "/api/v1/admin/duplicates";

/// A villa so far to the north of where all test listings are, metres; nothing is like it but
/// its size.
fn north(metres: f64) -> Value {
    let lat = 7.78 + metres / 111_195.0;
    listing::with(
        listing::rent(),
        json!({"location_details": {"country": "TH", "lat": lat, "lng": 98.32}}),
    )
}

async fn proposals(app: &TestApp, admin: &Caller) -> Vec<Value> {
    app.settled().await;
    admin.get(DUPLICATES).await.expect(200).at("/items").as_array().cloned().unwrap()
}

fn pair(proposal: &Value) -> [String; 2] {
    let mut ids = ["property", "other"].map(|one| proposal[one]["id"].as_str().unwrap().to_owned());
    ids.sort();
    ids
}

fn both(one: &Listing, two: &Listing) -> [String; 2] {
    let mut ids = [one.id.to_string(), two.id.to_string()];
    ids.sort();
    ids
}

#[tokio::test]
async fn what_stands_at_one_place_is_proposed() {
    let app = spawn_app("bestays").await;
    let (agent, rival, admin) =
        (app.agent("somchai").await, app.agent("malee").await, app.admin().await);
    let one = agent.create(north(0.0)).await;
    let far = rival.create(north(600.0)).await;
    let other_type = listing::with(north(20.0), json!({"property_type": "condo"}));
    let _ = rival.create(other_type).await;
    let larger = listing::with(north(30.0), json!({"physical_specs": {"area_sqm": 190.0}}));
    let _ = rival.create(larger).await;
    let unknown = listing::with(north(40.0), json!({"physical_specs": {}}));
    let _ = rival.create(unknown).await;
    assert_eq!(proposals(&app, &admin).await, Vec::<Value>::new());

    let twin = listing::with(north(149.0), json!({"physical_specs": {"area_sqm": 187.0}}));
    let two = rival.create(twin).await;
    let found = proposals(&app, &admin).await;
    // The larger one is near the twin, too: 190 is within 5 % of 187.
    assert_eq!(found.len(), 2, "{found:?}");
    let ours = found.iter().find(|proposal| pair(proposal) == both(&one, &two)).unwrap();
    assert_eq!((&ours["reasons"]["distance_m"], &ours["score"]), (&json!(149.0), &json!(50)));
    assert_eq!(ours["state"], "open");

    // Moved away, it is no twin any more; moved near another, it is that one's.
    let away = json!({"location_details": {"country": "TH", "lat": 7.78 + 700.0 / 111_195.0, "lng": 98.32}});
    let _ = rival.patch(&two.path(), away).if_match(&two.etag).await.expect(200);
    let found = proposals(&app, &admin).await;
    assert_eq!(found.iter().map(pair).collect::<Vec<_>>(), [both(&far, &two)]);
}

/// Two pictures of one house differ in few bits of their hash.
#[tokio::test]
async fn pictures_that_look_alike_make_it_all_but_certain() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let mut made = Vec::new();
    // The second has six bits more than the first, the third seven more; the fourth has no picture.
    for (nth, hash) in
        [Some(0_i64), Some(0b111_111), Some(i64::MIN | 0b11_1111), None].into_iter().enumerate()
    {
        let one = agent.create(north(10.0 * f64::from(u8::try_from(nth).unwrap()))).await;
        if let Some(hash) = hash {
            app.execute(format!(
                "INSERT INTO media (property_id, storage_key, content_type, phash, expires_at) \
                 VALUES ('{}', 'key-{nth}', 'image/webp', {hash}, now())",
                one.id
            ))
            .await;
        }
        made.push(one);
    }
    for one in &made {
        let _ = agent.patch(&one.path(), json!({"tags": []})).if_match(&one.etag).await.expect(200);
    }
    let found = proposals(&app, &admin).await;
    let of = |one: usize, two: usize| {
        let proposal =
            found.iter().find(|found| pair(found) == both(&made[one], &made[two])).unwrap();
        (proposal["reasons"]["pictures"].clone(), proposal["score"].as_i64().unwrap())
    };
    assert_eq!(found.len(), 6);
    assert_eq!(of(0, 1), (json!(1), 90));
    assert_eq!(of(0, 2), (Value::Null, 50), "seven bits are too many");
    assert_eq!(of(1, 2), (json!(1), 90));
    assert_eq!(of(0, 3), (Value::Null, 50));
    assert!(found[0]["score"].as_i64() >= found[5]["score"].as_i64(), "the likeliest first");
}

#[tokio::test]
async fn a_reference_or_an_id_that_two_share_is_proposed() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let nowhere = |reference: &str| {
        listing::with(listing::rent(), json!({"location_details": {}, "reference": reference}))
    };
    let one = agent.create(nowhere("RW-7")).await;
    let _ = agent.create(nowhere("RW-70")).await;
    let two = agent.create(nowhere("rw-7")).await;
    assert_eq!(one.json["reference"], "RW-7");
    let found = proposals(&app, &admin).await;
    assert_eq!(found.iter().map(pair).collect::<Vec<_>>(), [both(&one, &two)]);
    assert_eq!(found[0]["reasons"], json!({"reference": true, "external_id": false}));
    assert_eq!(found[0]["score"], 70);

    let renamed =
        agent.patch(&two.path(), json!({"reference": null})).if_match(&two.etag).await.expect(200);
    assert_eq!(renamed.at("/reference"), Value::Null);
    assert!(proposals(&app, &admin).await.is_empty(), "a proposal that no longer holds goes");
    let blank = agent.post("/api/v1/properties", nowhere("  ")).await.expect(422);
    assert_eq!(blank.fields(), ["/reference invalid"]);
}

/// Through the importer, two sources with one row in common.
#[tokio::test]
async fn an_import_is_looked_through_and_nothing_is_merged() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let folder = tempfile::TempDir::new().unwrap();
    for source in ["first", "second"] {
        let rows: Vec<String> = (0..3)
            .map(|nth| {
                let at = |base: f64| base + f64::from(nth) + if source == "first" { 0.0 } else { 0.1 };
                let id = if nth == 0 { "77".to_owned() } else { format!("{source}-{nth}") };
                json!({"external_source": source, "external_id": id, "transaction_type": "rent", "property_type": "villa",
                    "title": format!("Villa {nth} of {source}"), "rent_price": 100_000, "rental_details": {"price_per_night": 100_000},
                    "physical_specs": {"area_sqm": 100}, "location_details": {"lat": at(10.0), "lng": at(99.0)}})
                .to_string()
            })
            .collect();
        let file = folder.path().join(format!("{source}.jsonl"));
        std::fs::write(&file, rows.join("\n")).unwrap();
        let mut options = ImportOptions::new(file);
        options.refused = folder.path().join("refused.csv");
        let report = import(&app.state().db, &app.profile, options).await.unwrap();
        assert_eq!(report.created, 3, "{report:?}");
    }
    let found = proposals(&app, &admin).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["reasons"], json!({"reference": false, "external_id": true}));
    let listings: i64 =
        app.value("SELECT count(*) FROM properties WHERE deleted_at IS NULL AND version = 1").await;
    assert_eq!(listings, 6, "all are there, as they came");
}

#[tokio::test]
async fn a_person_decides_and_is_remembered() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let mut made = Vec::new();
    for metres in [0.0, 10.0, 20.0] {
        made.push(agent.create(north(metres)).await);
    }
    let found = proposals(&app, &admin).await;
    assert_eq!(found.len(), 3);
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin.get(&format!("{DUPLICATES}?limit=2{cursor}")).await.expect(200);
        paged.extend(page.at("/items").as_array().cloned().unwrap());
        match page.at("/next_cursor") {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    assert_eq!(paged, found);

    let first = format!("{DUPLICATES}/{}", found[0]["id"].as_str().unwrap());
    let decided = admin.patch(&first, json!({"state": "dismissed"})).await.expect(200);
    assert_eq!(decided.at("/decided_by"), json!(admin.user_id.unwrap()));
    // Another look changes no decision.
    for one in &made {
        let now = Listing::of(&agent.get(&one.path()).await.expect(200));
        let _ = agent.patch(&one.path(), json!({"tags": []})).if_match(&now.etag).await.expect(200);
    }
    assert_eq!(proposals(&app, &admin).await.len(), 2);
    let dismissed = admin.get(&format!("{DUPLICATES}?state=dismissed")).await.expect(200);
    assert_eq!(dismissed.at("/items/0/id"), found[0]["id"]);
    let again = admin.patch(&first, json!({"state": "open"})).await.expect(200);
    assert_eq!((again.at("/decided_by"), again.at("/decided_at")), (Value::Null, Value::Null));

    // A listing that is taken away is nobody's twin.
    let now = Listing::of(&agent.get(&made[0].path()).await.expect(200));
    let _ = agent.delete(&made[0].path()).if_match(&now.etag).await.expect(204);
    assert_eq!(
        proposals(&app, &admin).await.iter().map(pair).collect::<Vec<_>>(),
        [both(&made[1], &made[2])]
    );

    admin
        .patch(&format!("{DUPLICATES}/{}", agent.user_id.unwrap()), json!({"state": "open"}))
        .await
        .problem(404, "not_found");
    let reply = admin.patch(&first, json!({"state": "merged"})).await.expect(422);
    assert_eq!(reply.fields(), ["/state unknown_value"]);
    let _ = admin.get(&format!("{DUPLICATES}?state=merged")).await.expect(400);
}
