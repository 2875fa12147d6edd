//! Which layer wins, and what is derived when none speaks.

use std::fs;

use terrace_product::{Environment, Locale, Port, Realm};

use crate::support::{Sandbox, env};

#[test]
fn each_layer_outranks_the_ones_before_it() {
    let sandbox = Sandbox::new();
    let workers = |variables| sandbox.load(&variables).expect("a profile").server.workers;
    assert_eq!(workers(env([])), 2, "the default");

    sandbox.edit("bestays/product.toml", "[server]\n", "[server]\nworkers = 3\n");
    assert_eq!(workers(env([])), 3, "product.toml");

    sandbox.edit("bestays/development.toml", "[server]\n", "[server]\nworkers = 4\n");
    assert_eq!(workers(env([])), 4, "development.toml");

    assert_eq!(workers(env([("BESTAYS__SERVER__WORKERS", "5")])), 5, "the variable");

    let file = sandbox.path("workers");
    fs::write(&file, "6\n").expect("a file");
    let file = file.to_str().expect("a path");
    let both = env([("BESTAYS__SERVER__WORKERS", "5"), ("BESTAYS__SERVER__WORKERS_FILE", file)]);
    assert_eq!(workers(both), 6, "the file the variable points to");
}

#[test]
fn an_environment_reads_its_own_file_only() {
    let sandbox = Sandbox::new();
    let name = |environment| {
        let profile = sandbox.load_in(environment, &env([])).expect("a profile");
        profile.database.name.to_string()
    };
    assert_eq!(name(Environment::Development), "bestays_db_dev");
    assert_eq!(name(Environment::Test), "bestays_db_test");
}

#[test]
fn a_products_variables_leave_the_others_alone() {
    let sandbox = Sandbox::new();
    sandbox.copy("realestate");
    let variables = env([
        ("BESTAYS__DATABASE__PORT", "5544"),
        ("REALESTATE__DATABASE__PORT", "5545"),
        ("PATH", "/bin"),
    ]);
    let ports: Vec<_> = sandbox
        .profiles()
        .and_then(|profiles| profiles.load_all(Environment::Development, &variables))
        .expect("profiles")
        .iter()
        .map(|profile| profile.database.port.get())
        .collect();
    assert_eq!(ports, [5544, 5545]);
}

#[test]
fn a_list_is_replaced_and_a_text_is_laid_over_language_by_language() {
    let sandbox = Sandbox::new();
    let variables = env([
        ("BESTAYS__SERVER__ORIGINS", "https://a.example, https://b.example"),
        ("BESTAYS__TAGLINE__TH", "ใหม่"),
    ]);
    let profile = sandbox.load(&variables).expect("a profile");
    let origins: Vec<_> = profile.server.origins.iter().map(|origin| origin.as_str()).collect();
    assert_eq!(origins, ["https://a.example", "https://b.example"]);

    let [en, th] = ["en", "th"].map(|locale| Locale::parse(locale).expect("a locale"));
    assert_eq!(profile.tagline.get(&th, &en), Some("ใหม่"));
    assert_eq!(
        profile.tagline.get(&en, &en),
        Some("Feel at home in Thailand, for a night or for a season")
    );
}

#[test]
fn a_locale_with_a_region_can_be_set_in_a_file_and_in_a_variable() {
    let sandbox = Sandbox::new();
    sandbox
        .edit(
            "bestays/product.toml",
            "enabled = [\"en\", \"th\"]",
            "enabled = [\"en\", \"th\", \"pt-BR\"]",
        )
        .edit("bestays/product.toml", "[tagline] ", "[tagline]\npt-BR = \"Em casa\" #");
    let [en, pt] = ["en", "pt-BR"].map(|locale| Locale::parse(locale).expect("a locale"));
    let profile = sandbox.load(&env([])).expect("a profile");
    assert_eq!(profile.tagline.get(&pt, &en), Some("Em casa"));

    let profile =
        sandbox.load(&env([("BESTAYS__TAGLINE__PT_BR", "Em sua casa")])).expect("a profile");
    assert_eq!(profile.tagline.get(&pt, &en), Some("Em sua casa"));
}

#[test]
fn a_variable_set_to_nothing_counts_as_not_set() {
    let profile = Sandbox::new().load(&env([
        ("BESTAYS__SERVER__WORKERS", ""),
        ("BESTAYS__DATABASE__APP_PASSWORD_FILE", ""),
    ]));
    assert_eq!(profile.expect("a profile").server.workers, 2);
}

#[test]
fn a_secret_file_loses_its_last_newline_and_nothing_else() {
    use secrecy::ExposeSecret;

    let sandbox = Sandbox::new();
    let file = sandbox.path("secret");
    let file_name = file.to_str().expect("a path");
    for (content, password) in
        [("0123\n", "0123"), ("a b \r\n", "a b "), ("x\n\n", "x\n"), ("true", "true")]
    {
        fs::write(&file, content).expect("a file");
        let profile = sandbox
            .load(&env([("BESTAYS__DATABASE__APP_PASSWORD_FILE", file_name)]))
            .expect("a profile");
        let read = profile.database.app().password.expect("a password");
        assert_eq!(read.expose_secret(), password);
    }
}

#[test]
fn what_follows_from_the_id_need_not_be_written() {
    let sandbox = Sandbox::new();
    let profile = sandbox.load(&env([])).expect("a profile");
    assert_eq!(profile.database.owner().user.as_str(), "bestays_owner");
    assert_eq!(profile.database.app().user.as_str(), "bestays_app");
    assert_eq!(profile.redis.prefix.as_str(), "bestays:");
    assert_eq!(profile.server.public_url.as_str(), "http://localhost:8101");
    assert_eq!(profile.identity.authorized_parties, profile.server.origins);
    assert_eq!(
        profile.identity.state_dir,
        sandbox.path("").parent().expect("a checkout").join(".dev/realms/bestays")
    );
    assert!(
        matches!(&profile.identity.realm, Realm::Local { issuer } if issuer.as_str() == "http://localhost:8101")
    );

    let moved = env([
        ("BESTAYS__SERVER__PUBLIC_URL", "http://127.0.0.1:9"),
        ("BESTAYS__IDENTITY__STATE_DIR", "/elsewhere"),
    ]);
    let profile = sandbox.load(&moved).expect("a profile");
    assert_eq!(profile.identity.realm.issuer().map(AsRef::as_ref), Some("http://127.0.0.1:9"));
    assert_eq!(profile.identity.state_dir.to_str(), Some("/elsewhere"));
}

#[test]
fn any_free_port_is_for_tests_and_still_gives_each_product_an_issuer() {
    let sandbox = Sandbox::new();
    let any = env([("BESTAYS__SERVER__PORT", "0")]);
    let profile = sandbox.load_in(Environment::Test, &any).expect("a profile");
    assert_eq!(profile.server.port, Port::ANY);
    assert_eq!(
        profile.identity.realm.issuer().map(AsRef::as_ref),
        Some("http://bestays.localhost")
    );
}
