//! Bodies.

use reqwest::Method;
use serde_json::{Value, json};
use terrace_testkit::listing;

use super::{
    PATH, Scene, assert_sound,
    nasty::{NUMBERS, documents, texts},
};

#[tokio::test]
async fn no_document_breaks_a_write() {
    let scene = Scene::set().await;
    for (method, path) in scene.writes() {
        for body in documents() {
            let short: String = String::from_utf8_lossy(&body).chars().take(60).collect();
            let reply = scene.send(&method, &path, body).await;
            assert_sound(&format!("{method} {short:?}"), &reply);
        }
    }
}

/// Every text field with every text.
#[tokio::test]
async fn no_text_breaks_a_write() {
    let scene = Scene::set().await;
    let fields = [
        "/title",
        "/description",
        "/slug",
        "/tags/0",
        "/location_details/province",
        "/location_details/address",
        "/location_details/country",
        "/contact_info/name",
        "/contact_info/email",
        "/contact_info/phone",
        "/cover_image/url",
        "/cover_image/alt/en",
        "/policies/quiet_hours",
        "/amenities/interior/0",
        "/rental_details/check_in_time",
        "/agent_id",
    ];
    for text in texts() {
        for field in fields {
            let reply = scene
                .send(
                    &Method::PATCH,
                    &scene.target.path(),
                    one_field(field, json!(text)).to_string().into(),
                )
                .await;
            assert_sound(&format!("{field} = {text:?}"), &reply);
            if text.contains('\u{0}') {
                assert_eq!(reply.status, 422, "PostgreSQL has no NUL: {reply:?}");
            }
        }
        let reply = scene
            .agent
            .post(PATH, listing::with(listing::rent(), json!({"title": text, "description": text})))
            .await;
        assert_sound(&format!("a listing {text:?}"), &reply);
        let thai = json!({"title": text, "location_address": text}).to_string();
        let reply =
            scene.send(&Method::PUT, &scene.target.at("translations/th"), thai.into()).await;
        assert_sound(&format!("a translation {text:?}"), &reply);
    }
    // What was taken can be read.
    for path in [
        PATH.to_owned(),
        format!("{PATH}?scope=own&limit=100"),
        scene.target.path(),
        format!("{}?locale=th", scene.target.path()),
    ] {
        let _ = scene.agent.get(&path).await.expect(200);
    }
}

#[tokio::test]
async fn no_number_breaks_a_write() {
    let scene = Scene::set().await;
    let fields = [
        "/rent_price",
        "/sale_price",
        "/listing_priority",
        "/physical_specs/bedrooms",
        "/physical_specs/bathrooms",
        "/physical_specs/area_sqm",
        "/physical_specs/year_built",
        "/location_details/lat",
        "/cover_image/width",
        "/rental_details/price_per_night",
        "/rental_details/min_nights",
        "/policies/max_pets",
    ];
    for number in NUMBERS {
        for field in fields {
            let body = one_field(field, json!("@")).to_string().replace("\"@\"", number);
            let reply = scene.send(&Method::PATCH, &scene.target.path(), body.into()).await;
            assert_sound(&format!("{field} = {number}"), &reply);
        }
    }
    let _ = scene.agent.get(&scene.target.path()).await.expect(200);
}

/// A body with one field, and what must stand beside it.
fn one_field(pointer: &str, value: Value) -> Value {
    let mut body = json!({});
    if pointer.starts_with("/cover_image/") {
        body["cover_image"] = json!({"url": "/a.svg", "alt": {}});
    }
    if pointer == "/location_details/lat" {
        body["location_details"] = json!({"lng": 0});
    }
    let parts: Vec<_> = pointer.split('/').skip(1).collect();
    match parts.as_slice() {
        [list, "0"] => body[list] = json!([value]),
        [object, list, "0"] => body[object][list] = json!([value]),
        [object, map, key] => body[object][map][key] = value,
        [object, field] => body[object][field] = value,
        [field] => body[field] = value,
        _ => panic!("{pointer}"),
    }
    body
}
