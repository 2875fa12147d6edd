//! Where values come from, and that secrets stay secret.

use serde_json::json;
use terrace_product::{Environment, ExplainedKey, Profile};

use crate::support::{Sandbox, env, production_secrets};

fn explained<'a>(profile: &'a Profile, key: &str) -> &'a ExplainedKey {
    profile
        .sources()
        .iter()
        .find(|source| source.key == key)
        .unwrap_or_else(|| panic!("no source of {key}"))
}

#[test]
fn every_key_is_shown_with_the_layer_it_came_from() {
    let sandbox = Sandbox::new();
    let file = sandbox.path("level");
    std::fs::write(&file, "debug\n").expect("a file");
    let file = file.display().to_string();
    let variables = env([("BESTAYS__DATABASE__PORT", "5544"), ("BESTAYS__LOG__LEVEL_FILE", &file)]);
    let profile = sandbox.load(&variables).expect("a profile");

    let product = sandbox.path("bestays/product.toml").display().to_string();
    let development = sandbox.path("bestays/development.toml").display().to_string();
    for (key, value, layer) in [
        ("server.workers", json!(2), "default".to_owned()),
        ("server.port", json!(8101), product.clone()),
        ("tagline.th", json!("อบอุ่นเหมือนอยู่บ้าน ทั่วไทย จะหนึ่งคืนหรือทั้งฤดูกาล"), product),
        ("log.format", json!("pretty"), development),
        ("database.port", json!(5544), "variable BESTAYS__DATABASE__PORT".to_owned()),
        ("log.level", json!("debug"), format!("file {file} (variable BESTAYS__LOG__LEVEL_FILE)")),
        ("database.app_role", json!("bestays_app"), "derived from id".to_owned()),
        (
            "identity.issuer",
            json!("http://localhost:8101"),
            "derived from server.public_url".to_owned(),
        ),
    ] {
        let source = explained(&profile, key);
        assert_eq!((&source.value, &source.layer, source.set), (&value, &layer, true), "{key}");
    }

    let unset = explained(&profile, "database.replica_url");
    assert_eq!(
        (unset.set, unset.layer.as_str(), unset.value_text().as_str()),
        (false, "-", "(not set)")
    );
    assert_eq!(explained(&profile, "locales.enabled").value_text(), "en, th");
}

#[test]
fn secrets_are_masked_wherever_a_profile_is_shown() {
    let mut variables = production_secrets("bestays");
    for (name, value) in [
        ("BESTAYS__DATABASE__OWNER_PASSWORD", "hunter2owner"),
        ("BESTAYS__DATABASE__APP_PASSWORD", "hunter2app"),
        ("BESTAYS__VISITORS__SECRET", "hunter2hunter2hunter2hunter2hunter2"),
        (
            "BESTAYS__DATABASE__REPLICA_URL",
            "postgres://app:hunter2@replica.example/db?password=hunter2",
        ),
        ("BESTAYS__EMBEDDING__API_KEY", "hunter2key"),
        ("BESTAYS__REDIS__URL", "rediss://:hunter2@redis.example/0"),
        ("BESTAYS__REDIS__PASSWORD", "hunter2redis"),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    let profile = Sandbox::new().load_in(Environment::Production, &variables).expect("a profile");
    let shown = [
        serde_json::to_string(profile.sources()).expect("json"),
        format!("{profile:?} {profile:#?}"),
        format!("{:?}", profile.database.owner()),
        profile.sources().iter().map(ExplainedKey::value_text).collect(),
        serde_json::to_string(&profile.summary()).expect("json"),
    ];
    for shown in shown {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let password = explained(&profile, "database.app_password");
    assert_eq!(
        (password.value_text().as_str(), password.set, password.secret),
        ("***", true, true)
    );
    assert_eq!(explained(&profile, "redis.url").value, json!("rediss://:***@redis.example/0"));
    assert_eq!(
        explained(&profile, "database.replica_url").value,
        json!("postgres://app:***@replica.example/db?***")
    );
    assert_eq!(profile.redis.url.expose(), "rediss://:hunter2@redis.example/0");
}

#[test]
fn a_secret_nobody_set_is_shown_as_not_set() {
    let sandbox = Sandbox::new();
    sandbox.edit("bestays/development.toml", "app_password =", "# app_password =");
    let profile =
        sandbox.load(&env([])).expect("a profile: local servers may trust local connections");
    let password = explained(&profile, "database.app_password");
    assert_eq!(
        (password.value_text().as_str(), password.set, password.secret),
        ("(not set)", false, true)
    );
}
