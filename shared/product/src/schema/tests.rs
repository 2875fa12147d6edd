use std::{collections::BTreeSet, path::Path};

use super::{KEYS, closest, find, is_section};
use crate::{
    layer::{self, FileRules, Layer},
    load, merge,
    profile::RawProfile,
};

/// `defaults.toml` with its examples in force.
fn documented() -> Layer {
    let uncomment = |line: &str| match line.strip_prefix("# ") {
        Some(example) if example.split_once(" = ").is_some_and(|(name, _)| !name.contains(' ')) => {
            example.to_owned()
        }
        _ => line.to_owned(),
    };
    let text: Vec<_> = load::DEFAULTS.lines().map(uncomment).collect();
    let rules = FileRules { origin: "default", secrets_go_to: None };
    let mut problems = Vec::new();
    let layer =
        layer::from_toml(&text.join("\n"), Path::new("defaults.toml"), &rules, &mut problems)
            .expect("the examples are TOML");
    assert_eq!(problems, [], "the examples are values of their keys");
    layer
}

#[test]
fn every_key_is_documented_with_an_example() {
    let example_locale = |path: &str| path.strip_suffix(".en").map(|text| format!("{text}.*"));
    let documented: BTreeSet<_> = documented()
        .entries
        .into_iter()
        .map(|entry| example_locale(&entry.path).unwrap_or(entry.path))
        .collect();
    let known: BTreeSet<_> = KEYS.iter().map(|key| key.path.to_owned()).collect();
    assert_eq!(documented, known);
}

#[test]
fn every_key_says_what_it_means() {
    for line in load::DEFAULTS.lines().filter(|line| line.contains(" = ")) {
        let comment =
            line.trim_start_matches("# ").split_once("  #").map(|(_, comment)| comment.trim());
        let comment = comment.or_else(|| {
            line.trim_start_matches("# ").split_once(" # ").map(|(_, comment)| comment)
        });
        assert!(comment.is_some_and(|comment| comment.len() > 3), "{line}");
    }
}

#[test]
fn the_profile_has_a_place_for_every_key() {
    let profile: Result<RawProfile, _> =
        serde_json::from_value(merge::nested(&documented().entries));
    assert!(profile.is_ok(), "{:?}", profile.err());
}

#[test]
fn texts_in_languages_are_found_by_locale() {
    assert!(find("tagline.th").is_some());
    assert!(find("seo.title.pt-BR").is_some());
    assert!(find("tagline.thai").is_none());
    assert!(find("tagline").is_none());
    assert!(is_section("tagline"));
    assert!(is_section("theme.colors"));
    assert!(!is_section("theme.color"));
    assert!(!is_section("name"));
}

#[test]
fn a_mistaken_key_is_answered_with_the_closest_one() {
    let closest = |path| closest(path).unwrap_or_default();
    assert_eq!(closest("databse.port"), "database.port");
    assert_eq!(closest("database.prot"), "database.port");
    assert_eq!(closest("server.origin"), "server.origins");
    assert_eq!(closest("identity.app_password"), "database.app_password");
    assert_eq!(closest("seo.titel.th"), "seo.title.th");
    assert_eq!(closest("colour"), "");
    assert_eq!(closest("x"), "");
}
