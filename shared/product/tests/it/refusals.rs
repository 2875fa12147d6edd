//! What is refused key by key: wrong kinds, unknown names, secrets in the wrong
//! place, missing files; in the words the operator reads.

use terrace_product::{Environment, Profiles};

use crate::support::{Sandbox, env, production_secrets, refused, spoil, with_variable};

#[test]
fn a_key_of_the_wrong_kind_is_named_with_its_layer_and_what_was_expected() {
    let file = "products/bestays/product.toml";
    for (from, to, problem) in [
        (
            "port = 8101",
            "port = \"8101\"",
            "server.port ({file}): expected a whole number from 0 to 65535, found the text \"8101\"",
        ),
        (
            "port = 8101",
            "port = 70000",
            "server.port ({file}): expected a whole number from 0 to 65535, found 70000",
        ),
        (
            "port = 8101",
            "port = 81.5",
            "server.port ({file}): expected a whole number from 0 to 65535, found 81.5",
        ),
        ("name = \"BeStays\"", "name = 5", "name ({file}): expected a text, found 5"),
        (
            "name = \"BeStays\"",
            "name = \"\"",
            "name ({file}): is empty; give it a value or remove it",
        ),
        (
            "enabled = [\"en\", \"th\"]",
            "enabled = \"en\"",
            "locales.enabled ({file}): expected a list of texts, found the text \"en\"",
        ),
        (
            "enabled = [\"en\", \"th\"]",
            "enabled = [\"en\", 5]",
            "locales.enabled ({file}): expected a list of texts, found 5 in it",
        ),
        (
            "enabled = [\"en\", \"th\"]",
            "enabled = [\"en\", \"en\"]",
            "locales.enabled ({file}): holds the text \"en\" twice",
        ),
        (
            "enabled = [\"en\", \"th\"]",
            "enabled = [\"en\", \"thai\"]",
            "locales.enabled ({file}): expected a locale such as `en` or `pt-BR`, found `thai`",
        ),
        (
            "default = \"en\"",
            "default = { en = 1 }",
            "locales.default ({file}): expected a text, found a table",
        ),
        (
            "primary = \"#a3412a\"",
            "primary = \"red\"",
            "theme.colors.primary ({file}): expected a colour such as `#a8452c`, found `red`",
        ),
        (
            "currency = \"THB\"",
            "currency = \"BTC\"",
            "market.currency ({file}): unknown variant `BTC`, expected one of `THB`, `USD`, `EUR`, `GBP`, `JPY`",
        ),
        (
            "timezone = \"Asia/Bangkok\"",
            "timezone = \"Asia/Bangkokk\"",
            "market.timezone ({file}): expected a time zone of the IANA database such as `Asia/Bangkok`, found `Asia/Bangkokk`",
        ),
        (
            "phone = \"+6620000101\"",
            "phone = \"02 000 0101\"",
            "contact.phone ({file}): expected a telephone number such as `+66812345678` (a plus sign, then 7 to 15 digits), found `02 000 0101`",
        ),
        (
            "logo = \"/assets/logo.svg\"",
            "logo = \"/assets/../product.toml\"",
            "theme.logo ({file}): expected a path under `/assets/` (letters, digits, `-`, `_`, `.` and `/`, no `..`), found `/assets/../product.toml`",
        ),
    ] {
        assert_eq!(spoil("product.toml", from, to), refused(&problem.replace("{file}", file)));
    }
}

#[test]
fn a_section_must_be_a_table() {
    let sandbox = Sandbox::new();
    sandbox.write("bestays/development.toml", "log = 5");
    assert_eq!(
        sandbox.refusal(&env([])),
        refused("log (products/bestays/development.toml): expected a table of keys, found 5")
    );
}

#[test]
fn an_unknown_key_is_named_with_its_file_and_the_closest_known_one() {
    for (file, from, to, problem) in [
        (
            "development.toml",
            "name =",
            "nmae =",
            "database.nmae ({file}): unknown key; did you mean `database.name`?",
        ),
        (
            "product.toml",
            "[contact]",
            "[contakt]",
            "contakt ({file}): unknown key; did you mean `contact`?",
        ),
        (
            "product.toml",
            "[seo.title]",
            "[seo.titel]",
            "seo.titel ({file}): unknown key; did you mean `seo.title`?",
        ),
        (
            "product.toml",
            "[tagline] ",
            "[tagline]\nthai = \"x\" #",
            "tagline.thai ({file}): unknown key; remove it (shared/product/src/defaults.toml lists every key)",
        ),
    ] {
        let file_name = format!("products/bestays/{file}");
        assert_eq!(spoil(file, from, to), refused(&problem.replace("{file}", &file_name)));
    }
}

#[test]
fn an_unknown_variable_of_the_product_is_refused_even_when_empty() {
    for (name, value, problem) in [
        ("BESTAYS__DATABSE__PORT", "5544", "names no key; did you mean BESTAYS__DATABASE__PORT?"),
        ("BESTAYS__DATABSE__PORT", "", "names no key; did you mean BESTAYS__DATABASE__PORT?"),
        (
            "BESTAYS__DATABASE__APP_PASWORD_FILE",
            "/run/x",
            "names no key; did you mean BESTAYS__DATABASE__APP_PASSWORD_FILE?",
        ),
        (
            "BESTAYS__SERVER__DATABASE_URL",
            "x",
            "names no key; remove it (shared/product/src/defaults.toml lists every key)",
        ),
        ("BESTAYS__database__port", "5544", "names no key; did you mean BESTAYS__DATABASE__PORT?"),
        ("BESTAYS_DATABASE_PORT", "5544", "is not read; did you mean BESTAYS__DATABASE__PORT?"),
        ("bestays__database__port", "5544", "is not read; did you mean BESTAYS__DATABASE__PORT?"),
        (
            "BESTAYS_DATABASE_APP_PASSWORD_FILE",
            "/run/x",
            "is not read; did you mean BESTAYS__DATABASE__APP_PASSWORD_FILE?",
        ),
    ] {
        assert_eq!(with_variable(name, value), refused(&format!("{name}: {problem}")));
    }
    // Other programs' variables that only begin alike are none of ours.
    let others = env([
        ("BESTAYS_DATABASE_URL", "x"),
        ("BESTAYSX__SERVER__PORT", "x"),
        ("REALESTATE__NONSENSE", "x"),
    ]);
    Sandbox::new().load(&others).expect("a profile");
}

#[test]
fn a_variable_of_the_wrong_kind_is_named() {
    for (name, value, problem) in [
        (
            "BESTAYS__DATABASE__PORT",
            "0x10",
            "expected a whole number from 1 to 65535, found the text \"0x10\"",
        ),
        ("BESTAYS__SEO__INDEX", "yes", "expected true or false, found the text \"yes\""),
        (
            "BESTAYS__SERVER__HOST",
            "localhost",
            "expected an address such as `127.0.0.1`, or `0.0.0.0` for all of the machine's, found `localhost`",
        ),
        (
            "BESTAYS__SERVER__TRUSTED_PROXIES",
            "10.0.0.0/8,10.0.0.0/64",
            "expected an address or a range such as `10.0.0.0/8`, found `10.0.0.0/64`",
        ),
        (
            "BESTAYS__REDIS__PREFIX",
            "bestays",
            "expected a key prefix (lower-case letters, digits, `-` and `:`, ending in `:`, such as `bestays:`), found `bestays`",
        ),
        (
            "BESTAYS__DATABASE__NAME",
            "bestays-db",
            "expected a database name (1 to 63 lower-case letters, digits and underscores, no digit first), found `bestays-db`",
        ),
        (
            "BESTAYS__DATABASE__APP_PASSWORD_FILE",
            "/nowhere",
            "cannot read the file /nowhere: No such file or directory (os error 2)",
        ),
    ] {
        assert_eq!(with_variable(name, value), refused(&format!("{name}: {problem}")));
    }
}

#[test]
fn origins_are_written_as_browsers_send_them() {
    for origin in [
        "https://www.example.com/",
        "https://WWW.example.com",
        "https://www.example.com:443",
        "https://www.example.com/path",
        "https://user@www.example.com",
        "www.example.com",
        "*",
        "null",
        "ftp://www.example.com",
        "https://",
    ] {
        assert_eq!(
            with_variable("BESTAYS__SERVER__ORIGINS", origin),
            refused(&format!(
                "BESTAYS__SERVER__ORIGINS: expected an origin such as `https://www.example.com` (lower case, no path, no trailing slash, no default port), found `{origin}`"
            ))
        );
    }
}

#[test]
fn every_problem_is_told_at_once() {
    let sandbox = Sandbox::new();
    sandbox
        .edit("bestays/product.toml", "port = 8101", "port = 0.5")
        .edit("bestays/development.toml", "[log]", "[logs]")
        .edit("bestays/development.toml", "format =", "level =");
    let said = sandbox.refusal(&env([("BESTAYS__DATABASE__PORT", "none")]));
    assert_eq!(
        said,
        "the profile of `bestays` (development) has 3 problems:\
         \n  - server.port (products/bestays/product.toml): expected a whole number from 0 to 65535, found 0.5\
         \n  - logs (products/bestays/development.toml): unknown key; did you mean `log`?\
         \n  - BESTAYS__DATABASE__PORT: expected a whole number from 1 to 65535, found the text \"none\""
    );
}

#[test]
fn a_missing_key_is_named_with_the_file_it_belongs_to() {
    assert_eq!(
        spoil("product.toml", "name = \"BeStays\"", ""),
        refused(
            "name (missing in products/bestays/product.toml): no layer sets it; write it there, or set BESTAYS__NAME"
        )
    );
    assert_eq!(
        spoil("development.toml", "name = \"bestays_db_dev\"", ""),
        refused(
            "database.name (missing in products/bestays/development.toml): no layer sets it; write it there, or set BESTAYS__DATABASE__NAME"
        )
    );
}

#[test]
fn a_secret_in_the_brands_file_is_refused_by_name_and_not_repeated() {
    let sandbox = Sandbox::new();
    sandbox.edit(
        "bestays/product.toml",
        "[market]",
        "[database]\napp_password = \"hunter2\"\nreplica_url = \"postgres://a:hunter2@b/c\"\n[redis]\nurl = \"redis://:hunter2@b/0\"\n[market]",
    );
    let said = sandbox.refusal(&env([]));
    assert_eq!(
        said,
        "the profile of `bestays` (development) has 3 problems:\
         \n  - database.app_password (products/bestays/product.toml): is a secret and must not stand in this file; remove it, and set BESTAYS__DATABASE__APP_PASSWORD or BESTAYS__DATABASE__APP_PASSWORD_FILE (the path of a file that holds it)\
         \n  - database.replica_url (products/bestays/product.toml): holds a password and must not stand in this file; remove it, and set BESTAYS__DATABASE__REPLICA_URL or BESTAYS__DATABASE__REPLICA_URL_FILE (the path of a file that holds it)\
         \n  - redis.url (products/bestays/product.toml): holds a password and must not stand in this file; remove it, and set BESTAYS__REDIS__URL or BESTAYS__REDIS__URL_FILE (the path of a file that holds it)"
    );
}

#[test]
fn a_secret_in_productions_file_is_refused_too() {
    let sandbox = Sandbox::new();
    sandbox.edit(
        "bestays/production.toml",
        "[database]",
        "[database]\nowner_password = \"hunter2\"",
    );
    let said =
        sandbox.said(sandbox.load_in(Environment::Production, &production_secrets("bestays")));
    assert!(
        said.contains("database.owner_password (products/bestays/production.toml): is a secret"),
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_broken_secret_is_not_repeated() {
    for (name, value) in [
        ("BESTAYS__REDIS__URL", "hunter2"),
        ("BESTAYS__REDIS__URL", "http://:hunter2@host"),
        ("BESTAYS__DATABASE__REPLICA_URL", "mysql://:hunter2@host"),
    ] {
        let said = with_variable(name, value);
        assert!(said.contains(name) && !said.contains("hunter2"), "{said}");
    }
    let said =
        spoil("development.toml", "app_password = \"bestays_app_dev\"", "app_password = 8675309");
    let place = "products/bestays/development.toml";
    assert_eq!(
        said,
        refused(&format!("database.app_password ({place}): expected a text, found something else"))
    );
    let said = with_variable("BESTAYS__REDIS__URL", "postgres://:hunter2@host/db");
    assert_eq!(
        said,
        refused(
            "redis.url (variable BESTAYS__REDIS__URL): expected a URL that begins with redis://, found postgres://"
        )
    );
    let said = with_variable("BESTAYS__DATABASE__REPLICA_URL", "redis://:hunter2@host/0");
    assert_eq!(
        said,
        refused(
            "database.replica_url (variable BESTAYS__DATABASE__REPLICA_URL): expected a URL that begins with postgres://"
        )
    );
}

#[test]
fn what_cannot_be_found_is_said_with_what_there_is() {
    let sandbox = Sandbox::new();
    sandbox.copy("realestate");
    let profiles = sandbox.profiles().expect("products");
    let unknown = profiles.load("bestay", Environment::Development, &env([]));
    assert_eq!(
        sandbox.said(unknown),
        "there is no product `bestay` in products/; there are: bestays, realestate"
    );

    let empty = tempfile::TempDir::new().expect("a folder");
    let nowhere = Profiles::locate(empty.path(), &env([]))
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(nowhere.starts_with("no folder `products` here or in any folder above"), "{nowhere}");

    let named = env([("TERRACE_PRODUCTS_DIR", "/nowhere")]);
    let unreadable = Profiles::locate(empty.path(), &named).err().map(|error| error.to_string());
    assert_eq!(
        unreadable.as_deref(),
        Some("cannot read /nowhere: No such file or directory (os error 2)")
    );
}

#[test]
fn products_are_found_from_a_folder_below() {
    let sandbox = Sandbox::new();
    let below = sandbox.path("bestays");
    let ids = |start: &std::path::Path| {
        let found = Profiles::locate(start, &env([])).expect("products");
        found.ids().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(ids(&below), ["bestays"]);
    // A folder without a product.toml is no product.
    std::fs::create_dir(sandbox.path("drafts")).expect("a folder");
    assert_eq!(ids(&below), ["bestays"]);
}

#[test]
fn a_file_that_is_not_toml_is_named_with_the_line() {
    let sandbox = Sandbox::new();
    for (text, place) in
        [("[log]\nlevel debug\n", "line 2, column 7"), ("[log]\n[log]\n", "line 2, column 2")]
    {
        sandbox.write("bestays/development.toml", text);
        let said = sandbox.refusal(&env([]));
        let start = format!(
            "products/bestays/development.toml is not valid TOML: TOML parse error at {place}"
        );
        assert!(said.starts_with(&start), "{said}");
    }
}
