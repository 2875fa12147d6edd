//! Texts in the brand's languages, each with its own fallback.

use serde_json::json;
use terrace_testkit::{Listing, listing, spawn_app};

#[tokio::test]
async fn each_text_falls_back_on_its_own() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create_published(listing::rent()).await;
    let texts = json!({"title": "บ้านวิวทะเลราไวย์", "location_province": "ภูเก็ต"});
    let put = agent.put(&made.at("translations/th"), texts).if_match(&made.etag).await.expect(200);
    assert_eq!(put.at("/version"), 3);

    let thai = app.anonymous().get(&format!("{}?locale=th", made.path())).await.expect(200);
    assert_eq!(thai.header("content-language"), "th");
    assert_eq!(thai.at("/locale"), "th");
    assert_eq!(thai.at("/title"), "บ้านวิวทะเลราไวย์");
    assert_eq!(thai.at("/description"), "Quiet, bright, close to the beach.");
    assert_eq!(thai.at("/location_details/province"), "ภูเก็ต");
    assert_eq!(thai.at("/location_details/district"), "Mueang Phuket");
    assert_eq!(thai.at("/location_details/lat"), 7.78);

    let english = app.anonymous().get(&made.path()).await.expect(200);
    assert_eq!(english.header("content-language"), "en");
    assert_eq!(english.at("/title"), "Sea view home in Rawai");
    assert_eq!(english.at("/location_details/province"), "Phuket");

    let list = app.anonymous().get("/api/v1/properties?locale=th").await.expect(200);
    assert_eq!(list.header("content-language"), "th");
    assert_eq!(list.at("/items/0/title"), "บ้านวิวทะเลราไวย์");
    assert_eq!(list.at("/items/0/province"), "ภูเก็ต");
    assert_eq!(list.at("/items/0/district"), "Mueang Phuket");

    // A filter is in the words of the fallback language, whatever language is shown.
    let filtered =
        app.anonymous().get("/api/v1/properties?locale=th&province=Phuket").await.expect(200);
    assert_eq!(filtered.at("/items").as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_language_is_replaced_and_taken_away_whole() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create_published(listing::rent()).await;
    let path = made.at("translations/th");
    let first = json!({"title": "หนึ่ง บ้าน", "description": "คำอธิบาย"});
    let one = Listing::of(&agent.put(&path, first).if_match(&made.etag).await.expect(200));
    let two = agent.put(&path, json!({"description": "ใหม่"})).if_match(&one.etag).await.expect(200);
    let thai =
        || async { app.anonymous().get(&format!("{}?locale=th", made.path())).await.expect(200) };
    let seen = thai().await;
    assert_eq!(seen.at("/title"), "Sea view home in Rawai", "a text that is not there falls back");
    assert_eq!(seen.at("/description"), "ใหม่");
    let _ = agent.delete(&path).if_match(two.etag()).await.expect(200);
    assert_eq!(thai().await.at("/description"), "Quiet, bright, close to the beach.");
    let rows: i64 = app.value("SELECT count(*) FROM property_translations").await;
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn only_the_brands_other_languages_are_translations() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create(listing::rent()).await;
    for (locale, code) in [
        ("en", "default_locale"),
        ("de", "unknown_locale"),
        ("th-TH", "unknown_locale"),
        ("TH", "unknown_locale"),
        ("thai", "unknown_locale"),
    ] {
        let path = made.at(&format!("translations/{locale}"));
        let put = agent.put(&path, json!({"title": "Something"})).if_match(&made.etag).await;
        put.problem(422, "invalid_input");
        assert_eq!(put.fields(), [format!("/locale {code}")], "{put:?}");
        let delete = agent.delete(&path).if_match(&made.etag).await;
        assert_eq!(delete.fields(), [format!("/locale {code}")], "{delete:?}");
    }
    let path = made.at("translations/th");
    let empty = agent.put(&path, json!({})).if_match(&made.etag).await;
    assert_eq!(empty.fields(), [" required"], "{empty:?}");
    let short = agent.put(&path, json!({"title": "ก"})).if_match(&made.etag).await;
    assert_eq!(short.fields(), ["/title invalid"], "{short:?}");
    let unknown = agent.put(&path, json!({"subtitle": "คำ"})).if_match(&made.etag).await;
    assert_eq!(unknown.fields(), ["/subtitle unknown_field"], "{unknown:?}");
}

#[tokio::test]
async fn the_language_is_the_parameters_then_the_headers_then_the_brands() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    for (query, header, expected) in [
        ("", None, "en"),
        ("", Some("th"), "th"),
        ("", Some("th-TH"), "th"),
        ("", Some("de, th;q=0.8, en;q=0.5"), "th"),
        ("", Some("de, en;q=0.5, th;q=0.4"), "en"),
        ("", Some("de"), "en"),
        ("", Some("*"), "en"),
        ("", Some("th;q=0, en"), "en"),
        ("", Some("not a language!!"), "en"),
        ("", Some(";;;=,,,"), "en"),
        ("?locale=th", Some("en"), "th"),
        ("?locale=en", Some("th"), "en"),
        ("?locale=th-TH", None, "th"),
    ] {
        for path in [
            "/api/v1/properties",
            "/api/v1/amenities",
            "/api/v1/policies",
            "/api/v1/facets",
            "/api/v1/product",
        ] {
            let mut call = visitor.get(&format!("{path}{query}"));
            if let Some(header) = header {
                call = call.header("accept-language", header);
            }
            let reply = call.await.expect(200);
            assert_eq!(reply.header("content-language"), expected, "{query} {header:?}: {reply:?}");
            assert!(reply.header("vary").contains("Accept-Language"), "{reply:?}");
        }
    }
}

#[tokio::test]
async fn the_brand_speaks_the_language_too() {
    let app = spawn_app("realestate").await;
    let english = app.anonymous().get("/api/v1/product").await.expect(200);
    let thai = app.anonymous().get("/api/v1/product?locale=th").await.expect(200);
    assert_eq!(english.at("/id"), "realestate");
    assert_eq!(
        english.at("/transaction_types"),
        json!(["sale", "lease", "business", "investment"])
    );
    assert_eq!(english.at("/locales/enabled"), json!(["en", "th"]));
    assert_ne!(english.at("/tagline"), thai.at("/tagline"));
    for secret in ["password", "redis", "database", "postgres"] {
        assert!(!english.text().to_lowercase().contains(secret), "{secret} in {english:?}");
    }
}
