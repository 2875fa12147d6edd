//! What no two products may share.

use terrace_product::{Env, Environment, Profile, check_all};

use crate::support::{Sandbox, env, production_secrets};

fn both(environment: Environment, variables: &Env) -> Vec<Profile> {
    let sandbox = Sandbox::new();
    sandbox.copy("realestate");
    let profiles = sandbox.profiles().expect("products");
    profiles.load_all(environment, variables).expect("profiles that are fine alone")
}

/// What the operator reads about each clash.
fn clashes(profiles: &[Profile]) -> Vec<String> {
    let said = check_all(profiles).err().map(|error| error.to_string()).unwrap_or_default();
    said.lines().skip(1).map(|line| line.trim_start_matches("  - ").to_owned()).collect()
}

fn in_development<const N: usize>(variables: [(&str, &str); N]) -> Vec<String> {
    clashes(&both(Environment::Development, &env(variables)))
}

const REALM: &str = "a token of one would open the other; give each product a realm of its own";

#[test]
fn products_that_share_nothing_get_along() {
    check_all(&both(Environment::Development, &env([]))).expect("no clash");
    check_all(&both(
        Environment::Test,
        &env([("BESTAYS__SERVER__PORT", "0"), ("REALESTATE__SERVER__PORT", "0")]),
    ))
    .expect("any free port is not the same port");
}

#[test]
fn each_thing_of_ones_own_is_refused_when_shared() {
    for (name, value, clash) in [
        (
            "REALESTATE__SERVER__PUBLIC_URL",
            "http://localhost:8101",
            vec![
                "share server.public_url `http://localhost:8101`: one address leads to one product; give each its own".to_owned(),
                format!("share identity.issuer `http://localhost:8101`: {REALM}"),
            ],
        ),
        (
            "REALESTATE__IDENTITY__ISSUER",
            "http://localhost:8101",
            vec![format!("share identity.issuer `http://localhost:8101`: {REALM}")],
        ),
        (
            "REALESTATE__SERVER__ORIGINS",
            "http://localhost:5274,http://localhost:5273",
            vec!["share server.origins `http://localhost:5273`: a front end belongs to one product; remove it from one of them".to_owned()],
        ),
        (
            "REALESTATE__IDENTITY__AUTHORIZED_PARTIES",
            "http://localhost:5273",
            vec!["share server.origins and identity.authorized_parties `http://localhost:5273`: a front end belongs to one product; remove it from one of them".to_owned(),
                 "share identity.authorized_parties `http://localhost:5273`: a front end's tokens belong to one product; remove it from one of them".to_owned()],
        ),
        (
            "REALESTATE__MAIL__FROM_ADDRESS",
            "hello@bestays.example",
            vec!["share mail.from_address `hello@bestays.example`: people would not know which brand writes to them; give each its own".to_owned()],
        ),
        (
            "REALESTATE__DATABASE__NAME",
            "bestays_db_dev",
            vec!["share database.name `localhost:5432/bestays_db_dev`: every product has a database of its own; rename one of them".to_owned()],
        ),
        (
            "REALESTATE__DATABASE__APP_ROLE",
            "bestays_app",
            vec!["share database.app_role `bestays_app`: a role must open one product's database only; rename one of them".to_owned()],
        ),
        (
            "REALESTATE__DATABASE__APP_ROLE",
            "bestays_owner",
            vec!["share database.owner_role and database.app_role `bestays_owner`: a role must open one product's database only; rename one of them".to_owned()],
        ),
        (
            "REALESTATE__REDIS__PREFIX",
            "bestays:",
            vec!["share redis.prefix `bestays:`: each would read the other's keys; give each its own prefix".to_owned()],
        ),
        (
            "REALESTATE__REDIS__PREFIX",
            "bestays:estate:",
            vec!["share redis.prefix `bestays:` and `bestays:estate:`: each would read the other's keys; give each its own prefix".to_owned()],
        ),
    ] {
        let expected: Vec<_> = clash.iter().map(|clash| format!("`bestays` and `realestate` {clash}")).collect();
        assert_eq!(in_development([(name, value)]), expected, "{name}={value}");
    }
}

#[test]
fn a_port_is_listened_on_by_one_product() {
    // The addresses derived from the port clash with it.
    let said = in_development([("REALESTATE__SERVER__PORT", "8101")]);
    assert_eq!(
        said.first().map(String::as_str),
        Some(
            "`bestays` and `realestate` share server.port `8101`: both could not listen; give one of them another port"
        )
    );
}

#[test]
fn one_machine_has_several_names_but_one_database() {
    let said = in_development([
        ("BESTAYS__DATABASE__HOST", "localhost"),
        ("REALESTATE__DATABASE__HOST", "::1"),
        ("REALESTATE__DATABASE__NAME", "bestays_db_dev"),
    ]);
    assert_eq!(said.len(), 1, "{said:?}");
    let elsewhere = [
        ("REALESTATE__DATABASE__HOST", "db.example"),
        ("REALESTATE__DATABASE__NAME", "bestays_db_dev"),
    ];
    assert!(
        in_development(elsewhere).is_empty(),
        "the same name on another server is another database"
    );
}

#[test]
fn a_replica_of_the_other_products_database_is_refused() {
    assert_eq!(
        in_development([(
            "REALESTATE__DATABASE__REPLICA_URL",
            "postgres://a@[::1]/bestays_db_dev"
        )]),
        [
            "`bestays` and `realestate` share database.name and database.replica_url `localhost:5432/bestays_db_dev`: every product has a database of its own; rename one of them"
        ]
    );
}

#[test]
fn state_and_replicas_are_kept_apart() {
    let said = in_development([
        ("BESTAYS__IDENTITY__STATE_DIR", "/var/state"),
        ("REALESTATE__IDENTITY__STATE_DIR", "/var/./state/"),
        ("BESTAYS__DATABASE__REPLICA_URL", "postgres://a:hunter2@replica.example/db"),
        ("REALESTATE__DATABASE__REPLICA_URL", "postgres://b:hunter3@REPLICA.example:5432/db"),
    ]);
    assert_eq!(
        said,
        [
            "`bestays` and `realestate` share database.replica_url `replica.example:5432/db`: a replica of one product's database cannot serve the other; correct one of them",
            "`bestays` and `realestate` share identity.state_dir `/var/state`: the keys of one would overwrite the other's; give each its own folder",
        ]
    );
}

#[test]
fn in_production_realms_and_passwords_are_compared_too() {
    let mut variables = production_secrets("bestays");
    variables.extend(production_secrets("realestate"));
    check_all(&both(Environment::Production, &variables)).expect("no clash");

    for (name, value) in [
        ("REALESTATE__IDENTITY__PUBLISHABLE_KEY", "pk_live_YmVzdGF5cy5leGFtcGxlJA"),
        ("BESTAYS__IDENTITY__JWKS_URL", "https://keys.example/jwks.json"),
        ("REALESTATE__IDENTITY__JWKS_URL", "https://keys.example/jwks.json"),
        ("REALESTATE__DATABASE__APP_PASSWORD", "app-of-bestays"),
        ("REALESTATE__REDIS__USER", "bestays"),
        ("REALESTATE__REDIS__PASSWORD", "redis-of-bestays"),
        ("REALESTATE__VISITORS__SECRET", "signs-for-the-visitors-of-bestays-alone"),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    let said = clashes(&both(Environment::Production, &variables));
    assert_eq!(
        said,
        [
            "`bestays` and `realestate` share redis.user `bestays@localhost:6379`: one who is both sees the keys of both; give each its own".to_owned(),
            format!("`bestays` and `realestate` share identity.jwks_url `https://keys.example/jwks.json`: {REALM}"),
            format!("`bestays` and `realestate` share identity.publishable_key `pk_live_YmVzdGF5cy5leGFtcGxlJA`: {REALM}"),
            "`bestays` and `realestate` share database.app_password ***: who learns one has both; make a new one for each".to_owned(),
            "`bestays` and `realestate` share redis.password ***: who learns one has both; make a new one for each".to_owned(),
            "`bestays` and `realestate` share visitors.secret ***: who learns one has both; make a new one for each".to_owned(),
        ]
    );
}

/// Whoever could sign for one brand could have bookings of the other confirmed.
#[test]
fn brands_share_no_secret_of_payments() {
    let mut variables = env([
        ("BESTAYS__PAYMENTS__PROVIDERS", "stripe"),
        ("REALESTATE__PAYMENTS__PROVIDERS", "stripe"),
    ]);
    check_all(&both(Environment::Development, &variables)).expect("each has its own");
    for (name, value) in [
        ("BESTAYS__PAYMENTS__STRIPE_WEBHOOK_SECRET", "whsec_one"),
        ("REALESTATE__PAYMENTS__STRIPE_PREVIOUS_WEBHOOK_SECRET", "whsec_one"),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    let said = clashes(&both(Environment::Development, &variables));
    assert_eq!(
        said,
        [
            "`bestays` and `realestate` share payments.stripe_webhook_secret and payments.stripe_previous_webhook_secret ***: \
             money paid to one would confirm bookings of the other; give each its own"
        ]
    );
}

#[test]
fn brands_share_no_secret_of_a_realm() {
    let secret = "whsec_b3VyIG93biBzZWNyZXQsIDI0IGxvbmc=";
    let variables = env([
        ("BESTAYS__IDENTITY__WEBHOOK_SECRET", secret),
        ("REALESTATE__IDENTITY__WEBHOOK_SECRET", "whsec_YW5vdGhlciBzZWNyZXQsIDI0IGxvbmc="),
        ("REALESTATE__IDENTITY__PREVIOUS_WEBHOOK_SECRET", secret),
    ]);
    assert_eq!(
        clashes(&both(Environment::Development, &variables)),
        [
            "`bestays` and `realestate` share identity.webhook_secret and identity.previous_webhook_secret ***: \
             people of one realm would be changed by the other; give each its own"
        ]
    );
}

#[test]
fn every_clash_of_every_pair_is_told_at_once() {
    let sandbox = Sandbox::new();
    sandbox.copy("realestate");
    std::fs::create_dir(sandbox.path("coast")).expect("a folder");
    for file in ["product.toml", "development.toml"] {
        std::fs::copy(sandbox.path("bestays").join(file), sandbox.path("coast").join(file))
            .expect("a copy");
    }
    sandbox.edit("coast/product.toml", "id = \"bestays\"", "id = \"coast\"");
    let variables = env([("REALESTATE__REDIS__PREFIX", "coast:")]);
    let profiles = sandbox
        .profiles()
        .expect("products")
        .load_all(Environment::Development, &variables)
        .expect("profiles");
    let said = clashes(&profiles);
    let pairs: Vec<_> = said.iter().filter_map(|clash| clash.split_once(" share ")).collect();
    let of = |pair: &str| pairs.iter().filter(|(products, _)| *products == pair).count();
    // A folder copied and not finished: port, address, origin, database, issuer, sender.
    assert_eq!(of("`bestays` and `coast`"), 6, "{said:#?}");
    assert_eq!(of("`coast` and `realestate`"), 1, "{said:#?}");
    assert_eq!(of("`bestays` and `realestate`"), 0, "{said:#?}");
}

const FOLDERS: &str = "each would sweep the other's pictures away; give each its own folder";
const BUCKETS: &str =
    "each would sweep the other's pictures away; give each its own bucket or prefix";

#[test]
fn pictures_are_kept_apart() {
    let same =
        [("BESTAYS__MEDIA__FOLDER", "/var/media"), ("REALESTATE__MEDIA__FOLDER", "/var/./media/")];
    let said = format!("`bestays` and `realestate` share media.folder `/var/media`: {FOLDERS}");
    assert_eq!(in_development(same), [said]);
    let inside = [
        ("BESTAYS__MEDIA__FOLDER", "/var/media"),
        ("REALESTATE__MEDIA__FOLDER", "/var/media/estate"),
    ];
    let said = format!(
        "`bestays` and `realestate` share media.folder `/var/media` and `/var/media/estate`: {FOLDERS}"
    );
    assert_eq!(in_development(inside), [said]);
    let beside = [
        ("BESTAYS__MEDIA__FOLDER", "/var/media"),
        ("REALESTATE__MEDIA__FOLDER", "/var/media-estate"),
    ];
    assert!(in_development(beside).is_empty());
}

#[test]
fn a_bucket_is_shared_by_prefix_only() {
    let with = |prefix: &str, public_url: &str| {
        let mut variables = env([("REALESTATE__MEDIA__PREFIX", prefix)]);
        for product in ["BESTAYS", "REALESTATE"] {
            for (key, value) in [
                ("PROVIDER", "s3"),
                ("ENDPOINT", "https://account.r2.cloudflarestorage.com"),
                ("BUCKET", "pictures"),
                ("ACCESS_KEY_ID", "a"),
                ("SECRET_ACCESS_KEY", "b"),
                ("PUBLIC_URL", "https://media.example"),
            ] {
                variables.insert(format!("{product}__MEDIA__{key}"), value.to_owned());
            }
        }
        variables.insert("REALESTATE__MEDIA__PUBLIC_URL".to_owned(), public_url.to_owned());
        clashes(&both(Environment::Development, &variables))
    };
    assert!(with("estate/", "https://estate.example").is_empty());
    let place = "https://account.r2.cloudflarestorage.com/pictures/bestays/";
    assert_eq!(
        with("bestays/", "https://estate.example"),
        [format!("`bestays` and `realestate` share media.bucket `{place}`: {BUCKETS}")]
    );
    assert_eq!(
        with("bestays/estate/", "https://estate.example"),
        [format!(
            "`bestays` and `realestate` share media.bucket `{place}` and `{place}estate/`: {BUCKETS}"
        )]
    );
    assert_eq!(
        with("estate/", "https://media.example"),
        [
            "`bestays` and `realestate` share media.public_url `https://media.example`: a picture's address leads to one product; give each its own"
        ]
    );
}
