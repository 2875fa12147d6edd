//! What a listing was: its history for everyone, what it said at a moment, and the trail.

use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, TestApp, listing, spawn_app};

const AUDIT: &str = "/api/v1/admin/audit";

fn kinds(reply: &terrace_testkit::Reply) -> Vec<String> {
    let items = reply.at("/items").as_array().cloned().unwrap();
    items
        .iter()
        .map(|item| item["kind"].as_str().unwrap().trim_start_matches("listing.").to_owned())
        .collect()
}

#[tokio::test]
async fn everyone_sees_prices_and_publication_and_managers_see_all() {
    let app = spawn_app("bestays").await;
    let (agent, rival, admin) =
        (app.agent("somchai").await, app.agent("malee").await, app.admin().await);
    let draft = agent.create(listing::rent()).await;
    let price = |amount: i64| json!({"rent_price": amount});
    let before = Listing::of(
        &agent.patch(&draft.path(), price(8_000_000)).if_match(&draft.etag).await.expect(200),
    );
    app.anonymous().get(&draft.at("history")).await.problem(404, "not_found");
    rival.get(&draft.at("history")).await.problem(404, "not_found");
    let made = agent.publish(&before).await;
    let dearer = agent.patch(&made.path(), price(9_000_000)).if_match(&made.etag).await.expect(200);

    let history = made.at("history");
    let public = app.anonymous().get(&history).await.expect(200);
    assert_eq!(
        kinds(&public),
        ["price_changed", "published"],
        "what was changed in the draft was never public"
    );
    assert_eq!(public.at("/items/0/from"), 8_000_000);
    assert_eq!(public.at("/items/0/to"), 9_000_000);
    assert_eq!(public.at("/items/0/currency"), "THB");
    assert!(public.at("/items/0/at").is_string());
    assert_eq!(
        (public.at("/items/0/actor"), public.at("/items/0/version")),
        (Value::Null, Value::Null)
    );
    assert_eq!(rival.get(&history).await.expect(200).body, public.body);

    let all =
        ["updated", "price_changed", "updated", "published", "updated", "price_changed", "created"];
    let own = agent.get(&history).await.expect(200);
    assert_eq!(kinds(&own), all);
    assert_eq!(own.at("/items/0/actor"), json!(agent.user_id.unwrap()));
    assert_eq!(own.at("/items/0/version"), 4);
    assert_eq!(kinds(&admin.get(&history).await.expect(200)), all);
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = agent.get(&format!("{history}?limit=2{cursor}")).await.expect(200);
        paged.extend(kinds(&page));
        match page.at("/next_cursor") {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    assert_eq!(paged, all);
    agent.get(&format!("{history}?cursor=x")).await.problem(400, "invalid_cursor");

    let _ = agent.delete(&made.path()).if_match(dearer.etag()).await.expect(204);
    app.anonymous().get(&history).await.problem(404, "not_found");
    assert_eq!(kinds(&agent.get(&history).await.expect(200))[..2], ["updated", "deleted"]);
}

/// A generator of our own: the same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// One random change; the tag of the version after it.
async fn change(
    agent: &Caller,
    made: &Listing,
    etag: &str,
    numbers: &mut Numbers,
) -> Option<String> {
    let number = numbers.below(1000);
    let call = match numbers.below(12) {
        0 => agent.patch(&made.path(), json!({"title": format!("Title {number}"), "tags": [format!("t{number}")]})),
        1 => agent.patch(&made.path(), json!({"rent_price": 1_000_000 + number, "description": "", "reference": "R-1"})),
        2 => agent.patch(&made.path(), json!({"rental_details": {"price_per_night": 1 + number, "check_in_time": "14:30"}})),
        3 => agent.patch(&made.path(), json!({"location_details": {"country": "TH", "province": "Krabi", "lat": 8.0, "lng": 98.9}})),
        4 => agent.patch(&made.path(), json!({"physical_specs": {"land_thai": {"rai": 1 + number}, "area_sqm": 1.5}, "cover_image": null})),
        5 => agent.patch(&made.path(), json!({"contact_info": {"name": format!("Person {number}")}, "company_id": null, "is_featured": number.is_multiple_of(2)})),
        6 => agent.put(&made.at("translations/th"), json!({"title": format!("ชื่อ {number}")})),
        7 => agent.put(&made.at("translations/th"), json!({"description": format!("คำ {number}"), "location_province": "กระบี่"})),
        8 => agent.delete(&made.at("translations/th")),
        9 => agent.post_empty(&made.at(if number.is_multiple_of(2) { "publish" } else { "unpublish" })),
        10 => agent.delete(&made.path()),
        _ => agent.post_empty(&made.at("restore")),
    };
    let reply = call.if_match(etag).await;
    match reply.status {
        200 => Some(reply.etag()),
        204 => Some(agent.get(&made.path()).await.expect(200).etag()),
        // Taken away: only a restore is for it. Not ready, or not from where it stands.
        404 | 409 => None,
        _ => panic!("{reply:?}"),
    }
}

async fn as_of(caller: &Caller, made: &Listing, at: &str, locale: &str) -> Value {
    let path = format!("{}?as_of={at}&locale={locale}", made.path());
    caller.get(&path).await.expect(200).json()
}

/// What is read now, as it is told of a moment.
fn without_the_person(mut told: Value, at: Option<&str>) -> Value {
    let fields = told.as_object_mut().unwrap();
    fields.remove("contact_info");
    if let Some(at) = at {
        assert_eq!(fields.remove("as_of").unwrap(), json!(at));
        assert_eq!(fields.remove("left_out").unwrap(), json!(["contact_info"]));
    }
    told
}

#[tokio::test]
async fn a_moment_is_told_as_it_was_read_then() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    // The database's clock is the one that counts; with microseconds, as JSON has them.
    let now = async |app: &TestApp| -> String {
        app.value("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')").await
    };
    let before = now(&app).await;
    let made = agent.create(listing::rent()).await;
    let mut numbers = Numbers(11);
    let (mut etag, mut moments) = (made.etag.clone(), Vec::new());
    for _ in 0..60 {
        if let Some(next) = change(&agent, &made, &etag, &mut numbers).await {
            etag = next;
        }
        let mut read = Vec::new();
        for locale in ["en", "th"] {
            let reply = agent.get(&format!("{}?locale={locale}", made.path())).await.expect(200);
            read.push(without_the_person(reply.json(), None));
        }
        moments.push((now(&app).await, read));
    }
    assert!(
        moments.iter().any(|(_, read)| read[0].get("deleted_at").is_some()),
        "some change took it away"
    );
    for (at, read) in &moments {
        for (locale, read) in ["en", "th"].iter().zip(read) {
            let told = as_of(&agent, &made, at, locale).await;
            // Microseconds that end in zeros are told in milliseconds.
            let told_at = told["as_of"].as_str().unwrap().to_owned();
            assert_eq!(&without_the_person(told, Some(&told_at)), read, "{at} in {locale}");
        }
    }
    // Replayed to its end, the trail is the row.
    let last = &moments.last().unwrap().1[0];
    let whole = as_of(&agent, &made, "9999-12-31T23:59:59Z", "en").await;
    assert_eq!(&without_the_person(whole, Some("9999-12-31T23:59:59Z")), last);

    agent.get(&format!("{}?as_of={before}", made.path())).await.problem(404, "not_found");
    for at in ["yesterday", "2026-11-26", "%2B12026-01-01T00:00:00Z", ""] {
        let reply = agent.get(&format!("{}?as_of={at}", made.path())).await;
        reply.problem(400, "invalid_parameter");
        assert_eq!(reply.fields(), ["as_of invalid"]);
    }
}

#[tokio::test]
async fn the_past_is_for_those_who_manage_it() {
    let app = spawn_app("bestays").await;
    let (agent, rival, admin) =
        (app.agent("somchai").await, app.agent("malee").await, app.admin().await);
    let draft = agent.create(listing::rent()).await;
    let at = |made: &Listing| format!("{}?as_of=9999-01-01T00:00:00Z", made.path());
    rival.get(&at(&draft)).await.problem(404, "not_found");
    let made = agent.publish(&draft).await;
    app.anonymous().get(&at(&made)).await.problem(401, "unauthorized");
    app.user("guest").await.get(&at(&made)).await.problem(403, "forbidden");
    rival.get(&at(&made)).await.problem(403, "forbidden");
    let told = admin.get(&at(&made)).await.expect(200);
    assert_eq!(told.at("/contact_info"), Value::Null);
    assert!(!told.text().contains("somchai@example.com"));
    let by_slug = format!("/api/v1/properties/{}?as_of=9999-01-01T00:00:00Z", made.slug);
    assert_eq!(agent.get(&by_slug).await.expect(200).at("/id"), json!(made.id));
}

#[tokio::test]
async fn the_trail_names_who_changed_what() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let made = agent.create(listing::rent()).await;
    let edit = json!({"title": "Second", "contact_info": {"name": "Malee"}});
    let edit = agent
        .patch(&made.path(), edit)
        .if_match(&made.etag)
        .header("x-request-id", "the-edit-itself");
    let edited = edit.await.expect(200);
    let _ = agent
        .put(&made.at("translations/th"), json!({"title": "ชื่อ สอง"}))
        .if_match(edited.etag())
        .await
        .expect(200);

    let row = admin
        .get(&format!("{AUDIT}?row_id={}&table_name=properties&action=update&limit=2", made.id))
        .await
        .expect(200);
    assert_eq!(row.at("/items/1/actor"), json!({"id": agent.user_id.unwrap(), "name": "somchai"}));
    assert_eq!(row.at("/items/1/request_id"), "the-edit-itself");
    assert_eq!(row.at("/items/1/before/title"), "Sea view home in Rawai");
    assert_eq!(row.at("/items/1/after/title"), "Second");
    assert_eq!(row.at("/items/1/after/contact_info"), "[redacted]");
    let text = admin.get(&format!("{AUDIT}?row_id={}/th", made.id)).await.expect(200);
    assert_eq!(text.at("/items/0/after"), json!({"title": "ชื่อ สอง"}));
    let by_somchai =
        admin.get(&format!("{AUDIT}?actor={}&limit=100", agent.user_id.unwrap())).await.expect(200);
    let expected: i64 = app
        .value(format!("SELECT count(*) FROM audit_log WHERE actor = '{}'", agent.user_id.unwrap()))
        .await;
    assert_eq!(
        by_somchai.at("/items").as_array().unwrap().len(),
        usize::try_from(expected).unwrap()
    );

    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("{AUDIT}?limit=3{cursor}")).await.expect(200);
        seen.extend(
            page.at("/items").as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()),
        );
        match page.at("/next_cursor") {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    let all: Vec<i64> = app.values("SELECT id FROM audit_log ORDER BY id DESC").await;
    assert_eq!(seen, all);

    let at: String = app.value("SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM audit_log WHERE request_id = 'the-edit-itself'").await;
    let since = admin.get(&format!("{AUDIT}?from={at}&limit=100")).await.expect(200);
    let until = admin.get(&format!("{AUDIT}?to={at}&limit=100")).await.expect(200);
    let first: i64 =
        app.value("SELECT id FROM audit_log WHERE request_id = 'the-edit-itself'").await;
    let ids = |reply: &terrace_testkit::Reply| -> Vec<i64> {
        reply
            .at("/items")
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].as_i64().unwrap())
            .collect()
    };
    let (after, before): (Vec<i64>, Vec<i64>) = all.iter().partition(|id| **id >= first);
    assert_eq!(ids(&since), after, "its first moment counts");
    assert_eq!(ids(&until), before[..100]);
    for (query, field) in [
        ("actor=somchai", "actor invalid"),
        ("action=truncate", "action unknown_value"),
        ("from=yesterday", "from invalid"),
        ("limit=101", "limit invalid"),
        ("table=properties", "table unknown_parameter"),
    ] {
        assert_eq!(admin.get(&format!("{AUDIT}?{query}")).await.expect(400).fields(), [field]);
    }
}
