//! Query parameters and cursors.

use serde_json::{Value, json};
use terrace_testkit::listing;

use super::{PATH, Scene, assert_sound};

#[tokio::test]
async fn no_parameter_breaks_a_list() {
    let scene = Scene::set().await;
    let visitor = scene.app.anonymous();
    let names = [
        "transaction_type",
        "property_type",
        "price_min",
        "price_max",
        "price_per_night_min",
        "price_per_night_max",
        "bedrooms",
        "bedrooms_min",
        "bathrooms",
        "bathrooms_max",
        "area_min",
        "land_min",
        "furnished",
        "province",
        "district",
        "amenities",
        "amenities_all",
        "tags",
        "bbox",
        "near",
        "check_in",
        "guests",
        "featured",
        "scope",
        "sort",
        "limit",
        "cursor",
        "count",
        "locale",
    ];
    let values = [
        "",
        ",",
        ",,,",
        "%00",
        "a%00b",
        "%ff%fe",
        "%",
        "%zz",
        "%u0041",
        "+",
        "0",
        "-0",
        "-1",
        "1e3",
        "1e400",
        "NaN",
        "inf",
        "-inf",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999999999",
        "32768",
        "abc",
        "true",
        "null",
        "9999-12-31",
        "0000-01-01",
        "-262143-01-01",
        "2026-13-45",
        "1,2,3,4",
        "-180,-90,180,90",
        "NaN,NaN,NaN,NaN",
        "1e400,0,1,1",
        "90,180",
        "-90,-180",
        "%27%20OR%201%3D1--",
        "{}",
        "[]",
        "%F0%9F%8F%9D",
        "%E0%B8%81",
        "%EF%BB%BF",
        "eyJsaXN0IjoiIn0",
        "bnVsbA",
        "..%2f..",
        "a=b=c",
    ];
    for name in names {
        for value in values {
            let query = match name {
                "check_in" => format!("check_in={value}&check_out=9999-12-31"),
                "near" => format!("near={value}&radius_km=500"),
                _ => format!("{name}={value}"),
            };
            let reply = visitor.get(&format!("{PATH}?{query}")).await;
            assert_sound(&query, &reply);
            if name != "bbox" {
                let map = format!("{PATH}/map?zoom=22&bbox=-180,-90,180,90&{query}");
                assert_sound(&query, &visitor.get(&map).await);
            }
            // The same from somebody who may see more.
            if matches!(name, "scope" | "cursor" | "locale") {
                assert_sound(&query, &scene.agent.get(&format!("{PATH}?scope=own&{query}")).await);
            }
        }
    }
    for query in [
        "&&&",
        "=",
        "=x",
        "?",
        "a",
        "limit",
        "limit=1&limit=2",
        "%00=1",
        "limit%00=1",
        "[]=1",
        "tags[]=a",
        "tags[0]=a",
        "near=90,0&radius_km=500",
        "near=-90,180&radius_km=0.1",
        "near=0,180&radius_km=500",
        "near=0,-180&radius_km=500",
        "check_in=9999-12-30&check_out=9999-12-31",
        "check_in=-4713-01-01&check_out=-4713-01-02",
        "check_in=+262142-12-30&check_out=+262142-12-31",
        "price_min=9223372036854775807&price_max=9223372036854775807",
        "guests=2147483647",
        "guests=2147483648",
        "bathrooms=1e308",
    ] {
        assert_sound(query, &visitor.get(&format!("{PATH}?{query}")).await);
    }
    for value in values {
        for query in [format!("bbox={value}&zoom=9"), format!("near=0,0&zoom={value}")] {
            assert_sound(&query, &visitor.get(&format!("{PATH}/map?{query}")).await);
        }
    }
    for path in ["/api/v1/facets", "/api/v1/amenities", "/api/v1/policies", "/api/v1/product"] {
        for value in values {
            assert_sound(value, &visitor.get(&format!("{path}?locale={value}")).await);
            assert_sound(value, &visitor.get(&format!("{path}?transaction_type={value}")).await);
        }
    }
}

/// Cursors of ours, with other insides.
#[tokio::test]
async fn no_cursor_breaks_a_list() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let scene = Scene::set().await;
    for _ in 0..2 {
        let _ = scene.agent.create_published(listing::rent()).await;
    }
    let visitor = scene.app.anonymous();
    let cursor = visitor.get(&format!("{PATH}?limit=1")).await.text_at("/next_cursor");
    let inside: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
    let changes = [
        ("/after", json!(null)),
        ("/after", json!({})),
        ("/after/p", json!(i64::MAX)),
        ("/after/p", json!(i64::MIN)),
        ("/after/p", json!("x")),
        ("/after/p", json!(1e300)),
        ("/after/at", json!("0001-01-01T00:00:00Z")),
        ("/after/at", json!("9999-12-31T23:59:60Z")),
        ("/after/at", json!("+262142-12-31T23:59:59Z")),
        ("/after/at", json!("-262143-01-01T00:00:00Z")),
        ("/after/at", json!("-5000-01-01T00:00:00Z")),
        ("/after/at", json!("294277-01-01T00:00:00Z")),
        ("/after/at", json!("+294277-01-01T00:00:00Z")),
        ("/after/at", json!("yesterday")),
        ("/after/id", json!("x")),
        ("/after/id", json!("ffffffff-ffff-ffff-ffff-ffffffffffff")),
        ("/list", json!("")),
        ("/list", json!({"a": 1})),
    ];
    for (pointer, value) in changes {
        let mut forged = inside.clone();
        *forged.pointer_mut(pointer).unwrap() = value.clone();
        let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
        let reply = visitor.get(&format!("{PATH}?limit=1&cursor={forged}")).await;
        assert_sound(&format!("{pointer} = {value}"), &reply);
    }
    for garbage in ["A", "AA==", "%20", &"A".repeat(5000), "....", "eyJ9"] {
        visitor.get(&format!("{PATH}?cursor={garbage}")).await.problem(400, "invalid_cursor");
    }
}
