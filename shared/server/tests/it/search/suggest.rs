//! What is being typed is completed, letter by letter.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, Reply, TestApp, listing, setup, spawn_app, with_query};

async fn ask(caller: &Caller, parameters: &[(&str, &str)]) -> Reply {
    caller.get(&with_query("/api/v1/search/suggest", parameters)).await
}

async fn typed(caller: &Caller, q: &str, locale: &str) -> Vec<Value> {
    let reply = ask(caller, &[("q", q), ("locale", locale)]).await.expect(200);
    reply.at("/items").as_array().unwrap().clone()
}

/// The texts of one kind, the likeliest first.
fn texts(items: &[Value], kind: &str) -> Vec<String> {
    let of_kind = items.iter().filter(|item| item["kind"] == kind);
    of_kind.map(|item| item["text"].as_str().unwrap().to_owned()).collect()
}

fn first<'a>(items: &'a [Value], kind: &str) -> &'a Value {
    items.iter().find(|item| item["kind"] == kind).unwrap_or(&Value::Null)
}

/// The parts of a text that are marked, as a browser cuts them.
fn marked(item: &Value) -> Vec<String> {
    let units: Vec<u16> = item["text"].as_str().unwrap().encode_utf16().collect();
    let at = |mark: &Value, end: usize| usize::try_from(mark[end].as_u64().unwrap()).unwrap();
    let marks = item["highlight"].as_array().unwrap().iter();
    marks.map(|mark| String::from_utf16(&units[at(mark, 0)..at(mark, 1)]).unwrap()).collect()
}

fn in_bangkok(title: &str, lat: f64, lng: f64) -> Value {
    let location = json!({"country": "TH", "province": "Bangkok", "district": "Watthana",
        "address": title, "lat": lat, "lng": lng});
    let fields = json!({"title": title, "property_type": "condo", "location_details": location,
        "amenities": {"building": ["gym"]}});
    listing::with(listing::rent(), fields)
}

/// A villa in Phuket, and a loft in Bangkok that has a Thai title.
async fn homes() -> (TestApp, Caller, Listing) {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = json!({"title": "Pool villa above Patong", "tags": []});
    let _ = agent.create_published(listing::with(listing::rent(), villa)).await;
    let loft =
        agent.create(in_bangkok("Bright penthouse (loft) 😀 at Thong Lo", 13.7303, 100.5812)).await;
    let thai = json!({"title": "ลอฟต์สว่างย่านทองหล่อ", "location_province": "กรุงเทพมหานคร", "location_district": "วัฒนา"});
    let loft = Listing::of(
        &agent.put(&loft.at("translations/th"), thai).if_match(&loft.etag).await.expect(200),
    );
    let loft = agent.publish(&loft).await;
    app.settled().await;
    (app, agent, loft)
}

#[tokio::test]
async fn places_are_there_after_two_letters_in_either_script() {
    let (app, _, _) = homes().await;
    let visitor = app.anonymous();
    for (q, locale, text, marks) in [
        ("th", "en", "Thong Lo", vec!["Th"]),
        ("tho", "en", "Thong Lo", vec!["Tho"]),
        ("thong lo", "en", "Thong Lo", vec!["Thong Lo"]),
        ("THONGLO", "en", "Thong Lo", vec!["Thong Lo"]),
        ("tong lor", "en", "Thong Lo", vec![]),
        ("ทอง", "th", "ทองหล่อ", vec!["ทอง"]),
        ("ทองหล่อ", "en", "Thong Lo", vec![]),
        ("phuk", "en", "Phuket", vec!["Phuk"]),
        ("phukt", "en", "Phuket", vec![]),
        ("ภูเ", "th", "ภูเก็ต", vec!["ภูเ"]),
    ] {
        let items = typed(&visitor, q, locale).await;
        let place = first(&items, "place");
        assert_eq!(place["text"], text, "{q}: {items:?}");
        assert_eq!(marked(place), marks, "{q}");
    }
    let items = typed(&visitor, "thong lo", "en").await;
    let place = first(&items, "place");
    assert_eq!(place["detail"], "Area in Bangkok");
    // What to do is what a list understands.
    let params = place["params"].as_object().unwrap();
    let params: Vec<(&str, &str)> =
        params.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    let list = visitor.get(&with_query("/api/v1/properties", &params)).await.expect(200);
    assert_eq!(list.at("/items/0/title"), "Bright penthouse (loft) 😀 at Thong Lo");
    let thai = typed(&visitor, "วัฒนา", "th").await;
    assert_eq!(first(&thai, "place")["detail"], "เขต · กรุงเทพมหานคร");
}

/// Chiang Mai is a larger name than Chiang Dao, and has nothing to offer.
#[tokio::test]
async fn places_with_something_to_offer_come_first() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let location = json!({"country": "TH", "province": "Chiang Mai", "district": "Chiang Dao"});
    let far = json!({"title": "A hut", "location_details": location});
    let hut = agent.create(listing::with(listing::rent(), far.clone())).await;
    let visitor = app.anonymous();
    // A draft is no offer.
    assert_eq!(texts(&typed(&visitor, "chiang", "en").await, "place")[0], "Chiang Mai");
    let _ = agent.publish(&hut).await;
    let (other, _kept) = app.beside().await;
    let places = texts(&typed(&other, "chiang d", "en").await, "place");
    assert_eq!(places[0], "Chiang Dao");
    let places = texts(&typed(&other, "chiang", "en").await, "place");
    assert_eq!(places[..2], ["Chiang Mai", "Chiang Dao"]);
    assert!(places.len() > 2, "others are there, after them: {places:?}");
}

#[tokio::test]
async fn listings_are_found_by_their_titles() {
    let (app, agent, loft) = homes().await;
    let visitor = app.anonymous();
    let (english, thai) = ("Bright penthouse (loft) 😀 at Thong Lo", "ลอฟต์สว่างย่านทองหล่อ");
    for (q, locale, text, marks) in [
        ("br", "en", english, vec!["Br"]),
        ("bright pent", "en", english, vec!["Bright pent"]),
        ("loft", "en", english, vec!["loft"]),
        ("thong pent", "en", english, vec!["pent", "Thong"]),
        ("at thong lo", "en", english, vec!["at Thong Lo"]),
        // A title in the language that it is typed in.
        ("ลอฟ", "en", thai, vec!["ลอฟ"]),
        ("ทองหล่อ", "th", thai, vec!["ทองหล่อ"]),
        ("bri", "th", english, vec!["Bri"]),
    ] {
        let items = typed(&visitor, q, locale).await;
        let listing = first(&items, "listing");
        assert_eq!(
            (&listing["text"], &listing["slug"]),
            (&json!(text), &json!(loft.slug)),
            "{q}: {items:?}"
        );
        let whole = marked(listing).join("|");
        assert!(whole == marks.join("|") || q == "at thong lo", "{q}: {whole}");
        assert_eq!(listing.get("params"), None);
    }
    let items = typed(&visitor, "loft", "th").await;
    assert_eq!(first(&items, "listing")["detail"], "คอนโด · วัฒนา · กรุงเทพมหานคร");
    // A word begins where it begins.
    for q in ["right", "oft", "hong", "zebra", "bright zebra"] {
        assert_eq!(texts(&typed(&visitor, q, "en").await, "listing"), [""; 0], "{q}");
    }
    // At once, before the indexer has looked.
    let _ = agent.post_empty(&loft.at("unpublish")).if_match(&loft.etag).await.expect(200);
    assert_eq!(texts(&typed(&visitor, "loft", "en").await, "listing"), [""; 0]);
    let draft = agent.create(in_bangkok("Loftiest draft", 13.7, 100.5)).await;
    app.settled().await;
    assert_eq!(texts(&typed(&visitor, "lof", "en").await, "listing"), [""; 0], "{}", draft.slug);
}

#[tokio::test]
async fn misspelt_titles_are_found() {
    let (app, _, _) = homes().await;
    // The words of all documents, as they are counted every other minute.
    app.execute(
        "INSERT INTO search_words (word, documents) SELECT word, ndoc \
         FROM ts_stat('SELECT words FROM search_documents') WHERE length(word) BETWEEN 1 AND 40 \
         ON CONFLICT DO NOTHING",
    )
    .await;
    let visitor = app.anonymous();
    for (q, marks) in [("penthuse", "penthouse"), ("brigt penthouse", "Bright|penthouse")] {
        let items = typed(&visitor, q, "en").await;
        let listing = first(&items, "listing");
        assert_eq!(listing["text"], "Bright penthouse (loft) 😀 at Thong Lo", "{q}: {items:?}");
        // As far as the word of the index goes.
        let whole = marked(listing).join("|");
        assert!(marks.starts_with(&whole) && !whole.is_empty(), "{q}: {whole}");
    }
    // Every word must be one that could be meant.
    assert_eq!(texts(&typed(&visitor, "penthuse xylophone", "en").await, "listing"), [""; 0]);
}

#[tokio::test]
async fn kinds_and_amenities_are_those_that_are_offered() {
    let (app, _, _) = homes().await;
    let visitor = app.anonymous();
    for (q, locale, kind, text, params) in [
        ("vil", "en", "property_type", "Villas", json!({"property_type": "villa"})),
        ("villa", "en", "property_type", "Villas", json!({"property_type": "villa"})),
        ("วิล", "th", "property_type", "วิลล่า", json!({"property_type": "villa"})),
        ("condom", "en", "property_type", "Condos", json!({"property_type": "condo"})),
        ("gy", "en", "amenity", "Gym", json!({"amenities": "gym"})),
    ] {
        let items = typed(&visitor, q, locale).await;
        let found = first(&items, kind);
        assert_eq!((&found["text"], &found["params"]), (&json!(text), &params), "{q}: {items:?}");
    }
    for locale in ["en", "th"] {
        let named = visitor.get(&format!("/api/v1/amenities?locale={locale}")).await.expect(200);
        let all = named.at("/items");
        let name = |slug: &str| {
            let all = all.as_array().unwrap();
            all.iter().find(|a| a["slug"] == slug).unwrap()["name"].as_str().unwrap().to_owned()
        };
        // Another has it, this one has not.
        let pool = name("private_pool");
        let begins: String = pool.chars().take(6).collect();
        let items = typed(&visitor, &begins, locale).await;
        assert_eq!(
            first(&items, "amenity")["params"],
            json!({"amenities": "private_pool"}),
            "{items:?}"
        );
        let sauna = name("sauna");
        assert_eq!(texts(&typed(&visitor, &sauna, locale).await, "amenity"), [""; 0], "{sauna}");
    }
    assert_eq!(texts(&typed(&visitor, "wareh", "en").await, "property_type"), [""; 0]);
}

/// Whoever types "pa" may mean a place or a house.
#[tokio::test]
async fn no_kind_takes_all_the_room() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    for nth in 0..9 {
        let body = json!({"title": format!("Patong house {nth}")});
        let _ = agent.create_published(listing::with(listing::rent(), body)).await;
    }
    for _ in 0..2 {
        let body = json!({"title": "Patong house 1"});
        let _ = agent.create_published(listing::with(listing::rent(), body)).await;
    }
    app.settled().await;
    let visitor = app.anonymous();
    let items = typed(&visitor, "pa", "en").await;
    assert_eq!((items.len(), texts(&items, "listing").len()), (8, 4), "{items:?}");
    // Nothing else is meant by this.
    let reply = ask(&visitor, &[("q", "patong hou"), ("limit", "20")]).await.expect(200);
    let mut listings = texts(reply.at("/items").as_array().unwrap(), "listing");
    let all = listings.len();
    listings.dedup();
    assert_eq!((listings.len(), all), (9, 9), "each title once: {listings:?}");
    let one = ask(&visitor, &[("q", "patong hou"), ("limit", "1")]).await.expect(200);
    assert_eq!(one.at("/items").as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_typed_is_refused_by_name() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    let long = "ก".repeat(101);
    let very_long = "x".repeat(20_000);
    for (parameters, fields) in [
        (vec![], "q required"),
        (vec![("q", long.as_str())], "q invalid"),
        (vec![("q", very_long.as_str())], "q invalid"),
        (vec![("q", "a\0b")], "q invalid"),
        (vec![("q", "a"), ("limit", "0")], "limit invalid"),
        (vec![("q", "a"), ("limit", "21")], "limit invalid"),
        (vec![("q", "a"), ("locale", "xx")], "locale invalid"),
        (vec![("q", "a"), ("kind", "place")], "kind unknown_parameter"),
    ] {
        let reply = ask(&visitor, &parameters).await;
        let _ = reply.problem(400, "invalid_parameter");
        assert_eq!(reply.fields(), [fields]);
    }
}

#[tokio::test]
async fn whatever_is_typed_is_answered_soon() {
    let (app, _, _) = homes().await;
    let visitor = app.anonymous();
    let words = (0..50).map(|_| "a").collect::<Vec<_>>().join(" ");
    let thai = "ก".repeat(100);
    for q in [
        "",
        " ",
        "%",
        "_",
        "\\",
        "%_%\\",
        "'",
        "a",
        "ก",
        "่",
        "ๆ",
        "เ",
        "😀",
        "👨‍👩‍👧‍👦",
        "\u{1}\u{7f}\u{200b}\u{202e}",
        "' OR 1=1 --",
        "a' & !b | (c",
        "(a+)+$",
        "İ",
        "ß",
        "e\u{301}",
        "\"",
        "--",
        "ab:*A",
        &words,
        &thai,
    ] {
        let begun = Instant::now();
        let items = typed(&visitor, q, "en").await;
        assert!(items.len() <= 8);
        assert!(begun.elapsed() < Duration::from_secs(2), "{q}: {:?}", begun.elapsed());
        for item in &items {
            let _ = marked(item);
        }
    }
    for q in ["", "%_\\", "😀", "\u{1}"] {
        assert_eq!(typed(&visitor, q, "en").await, [Value::Null; 0], "{q:?}");
    }
    // A sign that parts words in patterns means nothing here.
    assert_eq!(texts(&typed(&visitor, "b%o", "en").await, "listing"), [""; 0]);
}

#[tokio::test]
async fn suggestions_may_be_kept_for_a_moment() {
    let (app, _, _) = homes().await;
    let visitor = app.anonymous();
    let first = ask(&visitor, &[("q", "thong")]).await.expect(200);
    assert_eq!(first.header("cache-control"), "public, max-age=30");
    assert_eq!(first.header("content-language"), "en");
    let again = visitor.get("/api/v1/search/suggest?q=thong").header("if-none-match", first.etag());
    let _ = again.await.expect(304);
    let other =
        visitor.get("/api/v1/search/suggest?q=phuket").header("if-none-match", first.etag());
    let _ = other.await.expect(200);
}

/// Before the indexer has looked at anything, names are there all the same.
#[tokio::test]
async fn names_need_no_index() {
    let app = setup("bestays").with(|profile| profile.jobs.in_server = false).spawn().await;
    let agent = app.agent("somchai").await;
    let _ = agent.create_published(listing::rent()).await;
    let items = typed(&app.anonymous(), "phuket", "en").await;
    assert_eq!(first(&items, "place")["text"], "Phuket");
    assert_eq!(texts(&items, "listing"), [""; 0]);
}
