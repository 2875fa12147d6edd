//! `terrace product check` finds what is wrong, and says what to do.

use std::fs;

use serde_json::Value;

use super::Installation;

fn finding<'f>(checked: &'f Value, product: &str, found: &str) -> Option<&'f Value> {
    let brand = checked.as_array()?.iter().find(|brand| brand["product"] == product)?;
    let has = |finding: &&Value| finding["found"].as_str().is_some_and(|text| text.contains(found));
    brand["findings"].as_array()?.iter().find(has)
}

async fn checked(place: &Installation) -> (bool, Value) {
    let output = place.run(&["product", "check", "--all", "--json"]).await;
    let said = String::from_utf8(output.stdout).unwrap();
    (output.status.success(), serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}")))
}

#[tokio::test]
async fn the_brands_of_this_checkout_have_no_errors() {
    let mut place = Installation::empty();
    let products = super::checkout().join("products").display().to_string();
    place.env.insert("TERRACE_PRODUCTS_DIR".to_owned(), products);
    let table = place.said(&["product", "check", "--all"]).await;
    assert!(table.contains("bestays:") && table.contains("of 100"), "{table}");
    assert!(!table.contains("error"), "{table}");
}

#[tokio::test]
async fn each_shortcoming_is_named_with_its_remedy() {
    let place = Installation::new();
    let coast = place.path("products/coast");
    super::copy(&place.path("products/bestays"), &coast);
    let edit = |file: &str, changes: &[(&str, &str)]| {
        let mut text = fs::read_to_string(coast.join(file)).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        fs::write(coast.join(file), text).unwrap();
    };
    edit(
        "product.toml",
        &[
            ("id = \"bestays\"", "id = \"coast\""),
            ("name = \"BeStays\"", "name = \"Coast Homes\""),
            ("port = 8101", "port = 8103"),
            ("text_muted = \"#6b5648\"", "text_muted = \"#b9a99c\""),
            ("enabled = [\"en\", \"th\"]", "enabled = [\"en\", \"th\", \"de\"]"),
            ("/assets/logo.svg", "/assets/gone.svg"),
        ],
    );
    let (well, found) = checked(&place).await;
    assert!(!well);
    for (text, area, remedy) in [
        ("theme.colors.text_muted on background", "theme", "write theme.colors.text_muted = \"#"),
        ("theme.logo is /assets/gone.svg", "theme", "put it into the brand's folder"),
        ("tagline is missing in de", "texts", "[tagline] de"),
        ("letters are not written in de", "letters", "mail/<letter>.de.txt"),
        ("amenities have no name in de", "catalogue", "amenities.json"),
        ("shares server.origins `http://localhost:5273` with bestays", "apart", "one product"),
        ("shares mail.from_address", "apart", "give each its own"),
        ("there is no privacy page in th", "legal", "legal/privacy.th.md"),
    ] {
        let finding = finding(&found, "coast", text).unwrap_or_else(|| panic!("{text}: {found:#}"));
        assert_eq!(finding["area"], area, "{finding}");
        assert!(finding["remedy"].as_str().unwrap().contains(remedy), "{finding}");
    }
    let score = |product: &str| {
        let brands = found.as_array().unwrap();
        brands.iter().find(|brand| brand["product"] == product).unwrap()["score"].as_u64().unwrap()
    };
    assert!(score("coast") < score("bestays"), "{found:#}");

    // Names of the other brand, once its own are apart.
    edit(
        "product.toml",
        &[
            ("hello@bestays.example", "hello@coast.example"),
            ("@bestays.example", "@coast.example"),
            ("+6620000101", "+6620000303"),
        ],
    );
    for file in ["development.toml", "test.toml"] {
        edit(file, &[("bestays_", "coast_"), ("localhost:5273", "localhost:5275")]);
    }
    fs::write(coast.join("assets/notes.txt"), "Ask the people of BeStays at hello@bestays.example")
        .unwrap();
    let (_, found) = checked(&place).await;
    assert!(finding(&found, "coast", "shares").is_none(), "{found:#}");
    for mark in ["notes.txt says “hello@bestays.example”", "people.json says “bestays.example”"]
    {
        let finding = finding(&found, "coast", mark).unwrap_or_else(|| panic!("{mark}: {found:#}"));
        assert_eq!(
            (finding["area"].as_str(), finding["level"].as_str()),
            (Some("apart"), Some("error"))
        );
    }
    assert!(finding(&found, "bestays", "says").is_none(), "{found:#}");

    // A profile that cannot be read is a finding like any other; the others are looked over all the same.
    edit("product.toml", &[("port = 8103", "port = \"high\"")]);
    let (well, found) = checked(&place).await;
    assert!(!well && finding(&found, "coast", "server.port").is_some(), "{found:#}");
    assert!(finding(&found, "bestays", "privacy page").is_some(), "{found:#}");
}

#[tokio::test]
async fn a_secret_that_others_can_read_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let mut place = Installation::new();
    let secret = place.path("app.password");
    fs::write(&secret, "a-secret-for-a-test").unwrap();
    place
        .env
        .insert("BESTAYS__DATABASE__APP_PASSWORD_FILE".to_owned(), secret.display().to_string());
    fs::set_permissions(place.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    for (mode, is_error) in [(0o644, true), (0o640, true), (0o600, false)] {
        fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).unwrap();
        let (well, found) = checked(&place).await;
        let told = finding(&found, "bestays", "can be read by others");
        assert_eq!((told.is_some(), well), (is_error, !is_error), "{mode:o}: {found:#}");
    }
}
