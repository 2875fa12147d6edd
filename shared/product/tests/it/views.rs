//! What the public and the operator's list see.

use serde_json::json;
use terrace_product::{Environment, Locale};

use crate::support::{Sandbox, env, real_products};

#[test]
fn the_public_view_shows_the_brand_in_one_language_and_nothing_else() {
    let profile =
        real_products().load("bestays", Environment::Development, &env([])).expect("a profile");
    let public = |locale| {
        let locale = Locale::parse(locale).expect("a locale");
        serde_json::to_value(profile.public(&locale)).expect("json")
    };
    let shown = public("th");
    let keys: Vec<_> = shown.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "id",
            "name",
            "tagline",
            "locale",
            "locales",
            "currency",
            "transaction_types",
            "theme",
            "contact",
            "seo"
        ]
    );
    assert_eq!(shown["tagline"], json!("อบอุ่นเหมือนอยู่บ้าน ทั่วไทย จะหนึ่งคืนหรือทั้งฤดูกาล"));
    assert_eq!(shown["locales"], json!({ "default": "en", "enabled": ["en", "th"] }));
    assert_eq!(shown["theme"]["colors"]["primary"], json!("#a3412a"));
    assert_eq!(shown["contact"]["hours"], json!("ทุกวัน 8.00–22.00 น."));
    assert_eq!(shown["seo"]["index"], json!(false));

    assert_eq!(
        public("th-TH")["locale"],
        json!("th"),
        "the language is enabled, the region is not"
    );
    assert_eq!(public("de")["locale"], json!("en"), "a language that is not enabled");
    assert_eq!(
        public("de")["tagline"],
        json!("Feel at home in Thailand, for a night or for a season")
    );
}

#[test]
fn a_theme_that_some_cannot_read_says_which_pairs_fail() {
    let sandbox = Sandbox::new();
    sandbox.edit("bestays/product.toml", "accent = \"#0f6b6b\"", "accent = \"#facc15\"");
    let theme =
        sandbox.load(&env([])).expect("a profile: contrast is advice, not a condition").theme;
    let failures: Vec<_> = theme.contrast_failures().iter().map(ToString::to_string).collect();
    assert_eq!(failures, ["theme.colors.on_accent on accent has a contrast of 1.53, AA needs 4.5"]);
}

#[test]
fn the_summary_is_what_a_list_of_products_needs() {
    let profile =
        real_products().load("realestate", Environment::Development, &env([])).expect("a profile");
    assert_eq!(
        serde_json::to_value(profile.summary()).expect("json"),
        json!({
            "id": "realestate",
            "name": "Sathira Estates",
            "environment": "development",
            "port": 8102,
            "public_url": "http://localhost:8102",
            "origins": ["http://localhost:5274"],
            "database": "realestate_db_dev",
        })
    );
}
