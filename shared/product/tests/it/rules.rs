//! What is refused though every key is fine alone, and what production asks for
//! besides; in the words the operator reads.

use terrace_product::Environment;

use crate::support::{Sandbox, env, production_secrets, refused, spoil, with_variable};

#[test]
fn the_default_languages_texts_are_needed() {
    let sandbox = Sandbox::new();
    let path = sandbox.path("bestays/product.toml");
    let text = std::fs::read_to_string(&path).expect("the file");
    let (before_titles, _) = text.split_once("[seo.title]").expect("the section");
    sandbox.write("bestays/product.toml", before_titles);
    let said = sandbox.refusal(&env([]));
    let missed: Vec<_> = said.lines().skip(1).filter_map(|line| line.split(' ').nth(3)).collect();
    assert_eq!(missed, ["seo.title.en", "seo.description.en"], "{said}");

    assert_eq!(
        spoil("product.toml", "en = \"BeStays: villas", "# en = \"BeStays: villas"),
        refused(
            "seo.title.en (missing in products/bestays/product.toml): every other language falls back to it; write it there"
        )
    );
    assert_eq!(
        spoil("product.toml", "en = \"Every day", "# en = \"Every day"),
        refused(
            "contact.hours.en (missing in products/bestays/product.toml): every other language falls back to it; write it there"
        )
    );
}

#[test]
fn languages_must_fit_together() {
    assert_eq!(
        spoil("product.toml", "default = \"en\"", "default = \"de\"").lines().nth(1),
        Some(
            "  - locales.default (products/bestays/product.toml): `de` is not among locales.enabled; add it there or choose another"
        )
    );
    assert_eq!(
        with_variable("BESTAYS__TAGLINE__DE", "Zuhause"),
        refused(
            "tagline.de (variable BESTAYS__TAGLINE__DE): the language `de` is not among locales.enabled; add it there or remove the text"
        )
    );
    assert_eq!(
        with_variable("BESTAYS__LISTINGS__REQUIRED_LOCALES", "th,de"),
        refused(
            "listings.required_locales (variable BESTAYS__LISTINGS__REQUIRED_LOCALES): `de` is not among locales.enabled; add it there or require it no more"
        )
    );
}

#[test]
fn who_is_paid_says_where_to() {
    let said = Sandbox::new()
        .edit("bestays/development.toml", "promptpay_id = \"0000000000000\"\n", "")
        .edit("bestays/development.toml", "\nen = \"Example Bank", "\n# en = \"Example Bank")
        .edit("bestays/development.toml", "\nth = \"ธนาคาร", "\n# th = \"ธนาคาร")
        .refusal(&env([]));
    assert!(said.contains("payments.promptpay_id") && said.contains("would not know"), "{said}");
    let said = spoil("development.toml", "\"0000000000000\"", "\"12345\"");
    assert!(said.contains("payments.promptpay_id") && said.contains("a PromptPay id"), "{said}");
    let said = spoil("product.toml", "currency = \"THB\"", "currency = \"EUR\"");
    assert!(said.contains("PromptPay moves THB only"), "{said}");
    let said = with_variable("BESTAYS__PAYMENTS__PROVIDERS", "manual,manual");
    assert!(said.contains("PAYMENTS__PROVIDERS") && said.contains("twice"), "{said}");
    let said = with_variable("BESTAYS__PAYMENTS__PROVIDERS", "paypal");
    assert!(said.contains("`manual` or `stripe`") || said.contains("unknown variant"), "{said}");
    let said = with_variable("BESTAYS__PAYMENTS__BANK_ACCOUNT__DE", "Bank");
    assert!(said.contains("payments.bank_account.de"), "{said}");
}

/// Outside production the secrets follow from the brand; in production they come from outside.
#[test]
fn stripe_needs_its_secrets() {
    use secrecy::ExposeSecret;
    let providers = ("BESTAYS__PAYMENTS__PROVIDERS", "stripe");
    let sandbox = Sandbox::new();
    let profile = sandbox.load(&env([providers])).expect("secrets of development");
    let secret = profile.payments.stripe_webhook_secret.expect("a secret");
    assert!(secret.expose_secret().contains("known to everybody"));
    let mut production = production_secrets("bestays");
    production.insert(providers.0.to_owned(), providers.1.to_owned());
    let said = sandbox.said(sandbox.load_in(Environment::Production, &production));
    for key in ["payments.stripe_secret_key", "payments.stripe_webhook_secret"] {
        assert!(said.contains(key), "{said}");
    }
    for (key, value) in [
        ("BESTAYS__PAYMENTS__STRIPE_SECRET_KEY", "a key of somebody"),
        ("BESTAYS__PAYMENTS__STRIPE_WEBHOOK_SECRET", "a secret of somebody"),
        ("BESTAYS__PAYMENTS__STRIPE_URL", "http://stripe.example"),
    ] {
        production.insert(key.to_owned(), value.to_owned());
    }
    let said = sandbox.said(sandbox.load_in(Environment::Production, &production));
    assert!(said.contains("payments.stripe_url") && said.contains("https://"), "{said}");
    production.remove("BESTAYS__PAYMENTS__STRIPE_URL");
    let profile = sandbox.load_in(Environment::Production, &production).expect("all there");
    assert!(!format!("{profile:?}").contains("of somebody"));
}

/// What opens a realm is told from what does not, and never repeated.
#[test]
fn the_secrets_of_a_realm_are_what_they_should_be() {
    let secret = "whsec_b3VyIG93biBzZWNyZXQsIDI0IGxvbmc=";
    for (key, value, told) in [
        ("WEBHOOK_SECRET", "sk_live_something", "begins with whsec_"),
        ("WEBHOOK_SECRET", "whsec_short", "begins with whsec_"),
        ("WEBHOOK_SECRET", "whsec_b3VyIG93biBzZWNyZXQsIDI0IGxvbmc!", "begins with whsec_"),
        ("PREVIOUS_WEBHOOK_SECRET", "whsec_short", "begins with whsec_"),
        ("PREVIOUS_WEBHOOK_SECRET", secret, "set it, or remove the other"),
        ("SECRET_KEY", "pk_live_something", "begins with sk_"),
    ] {
        let said = with_variable(&format!("BESTAYS__IDENTITY__{key}"), value);
        assert!(said.contains(told) && !said.contains(value), "{key}: {said}");
    }
    let mut variables = production_secrets("bestays");
    variables.insert("BESTAYS__IDENTITY__SECRET_KEY".to_owned(), "sk_test_other".to_owned());
    let sandbox = Sandbox::new();
    let said = sandbox.said(sandbox.load_in(Environment::Production, &variables));
    assert!(said.contains("one is live and the other is not"), "{said}");
    variables.insert("BESTAYS__IDENTITY__SECRET_KEY".to_owned(), "sk_live_ours".to_owned());
    variables.insert("BESTAYS__IDENTITY__WEBHOOK_SECRET".to_owned(), secret.to_owned());
    variables.insert("BESTAYS__IDENTITY__API_URL".to_owned(), "http://api.example".to_owned());
    let said = sandbox.said(sandbox.load_in(Environment::Production, &variables));
    assert!(said.contains("identity.api_url") && said.contains("https://"), "{said}");
    variables.remove("BESTAYS__IDENTITY__API_URL");
    let profile = sandbox.load_in(Environment::Production, &variables).expect("all there");
    assert_eq!(profile.identity.webhook_secrets().count(), 1);
    let debug = format!("{profile:?}");
    assert!(!debug.contains("sk_live") && !debug.contains("whsec_"), "{debug}");
}

#[test]
fn a_model_has_a_name() {
    let said = with_variable("BESTAYS__MODEL__PROVIDER", "openai");
    assert!(said.contains("model.name"), "{said}");
    let sandbox = Sandbox::new();
    let named = env([("BESTAYS__MODEL__PROVIDER", "openai"), ("BESTAYS__MODEL__NAME", "small")]);
    assert_eq!(
        sandbox.load(&named).expect("a profile").model.name.expect("a name").as_str(),
        "small"
    );
}

#[test]
fn what_makes_vectors_is_named_or_has_a_folder() {
    assert_eq!(
        with_variable("BESTAYS__EMBEDDING__PROVIDER", "openai"),
        refused(
            "embedding.name (set BESTAYS__EMBEDDING__NAME): embedding.provider = \"openai\" needs it; say which of its models to use"
        )
    );
    assert_eq!(
        with_variable("BESTAYS__EMBEDDING__PROVIDER", "local"),
        refused(
            "embedding.folder (set BESTAYS__EMBEDDING__FOLDER): embedding.provider = \"local\" needs it; name the folder that holds the model"
        )
    );
    for dimensions in ["0", "1537"] {
        let said = with_variable("BESTAYS__EMBEDDING__DIMENSIONS", dimensions);
        assert!(said.contains("EMBEDDING__DIMENSIONS") && said.contains("1536"), "{said}");
    }
    let said = with_variable("BESTAYS__EMBEDDING__PROVIDER", "magic");
    assert!(said.contains("`hashing`, `openai`, `local`"), "{said}");

    let sandbox = Sandbox::new();
    let local = env([
        ("BESTAYS__EMBEDDING__PROVIDER", "local"),
        ("BESTAYS__EMBEDDING__FOLDER", "models/small"),
    ]);
    let folder = sandbox.load(&local).expect("a profile").embedding.folder.expect("a folder");
    let checkout = sandbox.path("bestays").ancestors().nth(2).expect("a checkout").to_owned();
    assert_eq!(folder, checkout.join("models/small"), "relative to the checkout");
    let said = {
        let mut sized = local;
        sized.insert("BESTAYS__EMBEDDING__DIMENSIONS".to_owned(), "384".to_owned());
        sandbox.refusal(&sized)
    };
    assert!(said.contains("a local model makes as many as it makes"), "{said}");
}

#[test]
fn a_search_goes_by_something() {
    let sandbox = Sandbox::new();
    let words = |weight| ("BESTAYS__SEARCH__WORDS_WEIGHT", weight);
    let meaning = |weight| ("BESTAYS__SEARCH__MEANING_WEIGHT", weight);
    assert_eq!(
        sandbox.refusal(&env([words("0"), meaning("0")])),
        refused(
            "search.words_weight (variable BESTAYS__SEARCH__WORDS_WEIGHT): is 0, and so is search.meaning_weight; nothing would tell one hit from another"
        )
    );
    let search = sandbox.load(&env([words("0"), meaning("150")])).expect("a profile").search;
    assert_eq!((search.words_weight, search.meaning_weight), (0, 150));
    let said = sandbox.refusal(&env([words("1001")]));
    assert!(said.contains("SEARCH__WORDS_WEIGHT") && said.contains("1000"), "{said}");
}

#[test]
fn the_folders_name_is_the_id() {
    assert_eq!(
        spoil("product.toml", "id = \"bestays\"", "id = \"bestay\""),
        refused(
            "id (products/bestays/product.toml): is `bestay`, but the folder is named `bestays`; give both the same name"
        )
    );
    let sandbox = Sandbox::new();
    for name in ["pg", "Coast", "co-ast", "1coast", "c"] {
        std::fs::create_dir(sandbox.path(name)).expect("a folder");
        sandbox.write(&format!("{name}/product.toml"), "");
        assert_eq!(
            sandbox.said(sandbox.profiles()),
            format!(
                "products/{name} holds a product.toml, but its name is no product id: expected a product id (2 to 24 lower-case letters and digits, a letter first, not all, pg, postgres or terrace), found `{name}`"
            )
        );
        std::fs::remove_dir_all(sandbox.path(name)).expect("removed");
    }
}

#[test]
fn what_would_serve_nobody_is_refused() {
    for (from, to, problem) in [
        (
            "transaction_types = [\"rent\"]",
            "transaction_types = []",
            "market.transaction_types ({file}): is empty: no listing would be allowed; name at least one type",
        ),
        (
            "port = 8101",
            "port = 0",
            "server.port ({file}): 0 (any free port) is for tests; choose one",
        ),
        (
            "heading = [\"Anuphan\"]",
            "heading = []",
            "theme.fonts.heading ({file}): is empty: name at least one family",
        ),
    ] {
        assert_eq!(
            spoil("product.toml", from, to),
            refused(&problem.replace("{file}", "products/bestays/product.toml"))
        );
    }
    let said = spoil("development.toml", "origins = [\"http://localhost:5273\"]", "origins = []");
    assert_eq!(
        said,
        "the profile of `bestays` (development) has 2 problems:\
         \n  - server.origins (products/bestays/development.toml): is empty: no front end could call the API; name at least one\
         \n  - identity.authorized_parties (derived from server.origins): is empty: no token would be accepted; name at least one origin"
    );
    assert_eq!(
        with_variable("BESTAYS__DATABASE__APP_ROLE", "bestays_owner"),
        refused(
            "database.app_role (variable BESTAYS__DATABASE__APP_ROLE): is the owner's role too; the role that serves requests must own nothing, so give it a name of its own"
        )
    );
}

#[test]
fn clerk_needs_a_publishable_key() {
    assert_eq!(
        with_variable("BESTAYS__IDENTITY__PROVIDER", "clerk"),
        refused(
            "identity.publishable_key (not set): the clerk provider needs it; copy it from the product's Clerk dashboard (it begins with pk_)"
        )
    );
}

#[test]
fn production_without_its_secrets_says_what_to_bring() {
    let sandbox = Sandbox::new();
    assert_eq!(
        sandbox.said(sandbox.load_in(Environment::Production, &env([]))),
        "the profile of `bestays` (production) has 3 problems:\
         \n  - database.app_password (not set): production needs a password; set BESTAYS__DATABASE__APP_PASSWORD_FILE to a file that holds it, or BESTAYS__DATABASE__APP_PASSWORD\
         \n  - redis.password (not set): production needs a password; set BESTAYS__REDIS__PASSWORD_FILE to a file that holds it, or BESTAYS__REDIS__PASSWORD\
         \n  - visitors.secret (not set): production needs a secret; set BESTAYS__VISITORS__SECRET_FILE to a file that holds it, or BESTAYS__VISITORS__SECRET"
    );
}

#[test]
fn production_signs_with_a_long_secret() {
    let mut variables = production_secrets("bestays");
    variables.insert("BESTAYS__VISITORS__SECRET".to_owned(), "hunter2".to_owned());
    let sandbox = Sandbox::new();
    assert_eq!(
        sandbox.said(sandbox.load_in(Environment::Production, &variables)),
        "the profile of `bestays` (production) has one problem:\
         \n  - visitors.secret (variable BESTAYS__VISITORS__SECRET): is too short to sign with; make one of 32 random characters or more"
    );
}

#[test]
fn production_refuses_what_only_suits_a_laptop() {
    let sandbox = Sandbox::new();
    let refusal = |changes: &[(&str, &str)]| {
        let mut variables = production_secrets("bestays");
        variables
            .extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let said = sandbox.said(sandbox.load_in(Environment::Production, &variables));
        said.lines()
            .skip(1)
            .map(|line| line.trim_start_matches("  - ").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        refusal(&[("BESTAYS__MAIL__TRANSPORT", "capture")]),
        [
            "mail.transport (variable BESTAYS__MAIL__TRANSPORT): captured messages reach nobody; set it to `smtp`, with the server in mail.smtp_url"
        ]
    );
    assert_eq!(
        refusal(&[("BESTAYS__MAIL__SMTP_URL", "https://secret@mail.example")]),
        [
            "BESTAYS__MAIL__SMTP_URL: expected a URL that begins with smtp:// or smtps://, found `***`"
        ]
    );
    assert_eq!(
        refusal(&[("BESTAYS__OUTBOUND__PERMIT", "127.0.0.1:9000")]),
        [
            "outbound.permit (variable BESTAYS__OUTBOUND__PERMIT): opens this machine's own addresses to whoever may enter a webhook and is refused in production; remove it"
        ]
    );
    assert_eq!(
        refusal(&[("BESTAYS__IDENTITY__PROVIDER", "local")]),
        [
            "identity.provider (variable BESTAYS__IDENTITY__PROVIDER): the local realm lets anybody on this machine sign tokens and is refused in production; set it to `clerk`"
        ]
    );
    assert_eq!(
        refusal(&[("BESTAYS__IDENTITY__PUBLISHABLE_KEY", "pk_test_YmVzdGF5cy5leGFtcGxlJA")]),
        [
            "identity.publishable_key (variable BESTAYS__IDENTITY__PUBLISHABLE_KEY): belongs to a development instance; production needs the key that begins with pk_live_"
        ]
    );
    assert_eq!(
        refusal(&[("BESTAYS__SERVER__ORIGINS", "https://a.example,http://b.example")]),
        [
            "server.origins (variable BESTAYS__SERVER__ORIGINS): `http://b.example` is not encrypted; production needs https://",
            "identity.authorized_parties (derived from server.origins): `http://b.example` is not encrypted; production needs https://",
        ]
    );
    assert_eq!(
        refusal(&[("BESTAYS__SERVER__PUBLIC_URL", "http://api.example")]),
        [
            "server.public_url (variable BESTAYS__SERVER__PUBLIC_URL): `http://api.example` is not encrypted; production needs https://"
        ]
    );
    assert_eq!(
        refusal(&[("BESTAYS__IDENTITY__JWKS_URL", "http://keys.example/jwks.json")]),
        [
            "identity.jwks_url (variable BESTAYS__IDENTITY__JWKS_URL): `http://keys.example/jwks.json` is not encrypted; production needs https://"
        ]
    );
    assert_eq!(
        refusal(&[("BESTAYS__IDENTITY__ISSUER", "http://clerk.example")]),
        [
            "identity.issuer (variable BESTAYS__IDENTITY__ISSUER): `http://clerk.example` is not encrypted; production needs https://"
        ]
    );
}

#[test]
fn a_bucket_needs_all_that_opens_it() {
    let said = with_variable("BESTAYS__MEDIA__PROVIDER", "s3");
    for key in ["endpoint", "bucket", "access_key_id", "secret_access_key", "public_url"] {
        let line =
            format!("media.{key} (set BESTAYS__MEDIA__{}): media.provider", key.to_uppercase());
        assert!(said.contains(&line), "{key}: {said}");
    }
}

#[test]
fn pictures_are_fetched_encrypted_in_production() {
    let mut variables = production_secrets("bestays");
    variables.insert("BESTAYS__MEDIA__PUBLIC_URL".to_owned(), "http://media.example".to_owned());
    let said = Sandbox::new()
        .profiles()
        .expect("products")
        .load("bestays", Environment::Production, &variables)
        .expect_err("a refusal")
        .to_string();
    assert!(said.contains("media.public_url") && said.contains("https://"), "{said}");
}

/// What may be called besides the public internet is on this machine, and named with its port.
#[test]
fn what_is_permitted_is_on_this_machine() {
    for address in ["10.0.0.1:80", "127.0.0.1", "localhost:80", "http://127.0.0.1:80", "[::2]:80"] {
        let said = with_variable("BESTAYS__OUTBOUND__PERMIT", address);
        let expected =
            "expected an address of this machine with its port, such as `127.0.0.1:9000`";
        assert!(said.contains(expected), "{address}: {said}");
    }
    for port in ["0", "65536", "https", "-1"] {
        let said = with_variable("BESTAYS__OUTBOUND__PORTS", port);
        assert!(said.contains("expected a port such as `443`"), "{port}: {said}");
    }
}
