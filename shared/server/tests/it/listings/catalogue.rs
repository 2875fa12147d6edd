//! Listings choose their words from the catalogues.

use serde_json::json;
use terrace_testkit::{listing, spawn_app};

#[tokio::test]
async fn the_catalogues_are_read_in_every_language() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    for (path, slug, english, thai) in [
        ("/api/v1/amenities", "wifi", "Wi-Fi", "ไวไฟ"),
        ("/api/v1/policies", "pets_allowed", "Pets allowed", "อนุญาตให้เลี้ยงสัตว์"),
    ] {
        for (locale, expected) in [("en", english), ("th", thai)] {
            let reply = visitor.get(&format!("{path}?locale={locale}")).await.expect(200);
            let items = reply.at("/items").as_array().unwrap().clone();
            let item = items.iter().find(|item| item["slug"] == slug).unwrap();
            assert_eq!(item["name"], expected);
        }
    }
    let policies = visitor.get("/api/v1/policies").await.expect(200).at("/items");
    let select = policies
        .as_array()
        .unwrap()
        .iter()
        .find(|policy| policy["slug"] == "check_in_method")
        .unwrap()
        .clone();
    assert_eq!(select["data_type"], "select");
    assert_eq!(select["options"], json!(["host_greeting", "front_desk", "key_box", "smart_lock"]));
}

#[tokio::test]
async fn a_word_that_is_not_there_is_named() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create(listing::rent()).await;
    for (fields, expected) in [
        (
            json!({"amenities": {"interior": ["wifi", "wormhole"]}}),
            "/amenities/interior/1 unknown_value",
        ),
        (json!({"amenities": {"exterior": ["wifi"]}}), "/amenities/exterior/0 unknown_value"),
        (
            json!({"amenities": {"interior": ["Robert'); DROP TABLE--"]}}),
            "/amenities/interior/0 unknown_value",
        ),
        (json!({"amenities": {"roof": ["wifi"]}}), "/amenities/roof unknown_field"),
        (json!({"policies": {"no_such_rule": true}}), "/policies/no_such_rule unknown_field"),
        (json!({"policies": {"pets_allowed": "yes"}}), "/policies/pets_allowed invalid_type"),
        (json!({"policies": {"max_pets": -1}}), "/policies/max_pets invalid_type"),
        (json!({"policies": {"max_pets": 1.5}}), "/policies/max_pets invalid_type"),
        (json!({"policies": {"quiet_hours": ""}}), "/policies/quiet_hours invalid_type"),
        (
            json!({"policies": {"check_in_method": "teleport"}}),
            "/policies/check_in_method invalid_type",
        ),
    ] {
        let created =
            agent.post("/api/v1/properties", listing::with(listing::rent(), fields.clone())).await;
        created.problem(422, "invalid_input");
        assert_eq!(created.fields(), [expected], "{created:?}");
        let changed = agent.patch(&made.path(), fields).if_match(&made.etag).await;
        assert_eq!(changed.fields(), [expected], "{changed:?}");
    }
    let sound = json!({
        "amenities": {"interior": ["wifi"], "building": ["gym"], "exterior": [], "area": []},
        "policies": {"max_pets": 2, "check_in_method": "key_box", "quiet_hours": "always", "pets_allowed": true},
    });
    let changed = agent.patch(&made.path(), sound.clone()).if_match(&made.etag).await.expect(200);
    assert_eq!(changed.at("/amenities"), sound["amenities"]);
    assert_eq!(changed.at("/policies"), sound["policies"]);
}
