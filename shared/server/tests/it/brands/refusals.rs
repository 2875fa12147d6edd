//! What is refused has changed nothing.

use super::{Installation, free_port, new_id, value};

#[tokio::test]
async fn a_brand_that_cannot_be_is_refused_before_anything_is_made() {
    let place = Installation::new();
    let before = place.everything();
    let (id, port, taken) =
        (new_id(), free_port().to_string(), std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let taken = taken.local_addr().map(|address| (taken, address.port().to_string())).unwrap();
    let new = |id: &str, name: &str, from: &str, port: &str, more: &[&str]| {
        let mut all = vec!["product", "new", id, "--name", name, "--from", from, "--port", port];
        all.extend(more);
        all.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let origin = ["--origin", "http://localhost:5273"];
    let cases = [
        (new("Coast", "Coast Homes", "bestays", &port, &[]), "lower-case letters"),
        (new("terrace", "Coast Homes", "bestays", &port, &[]), "a product id"),
        (new(&id, "Coast Homes", "nobody", &port, &[]), "there is no product `nobody`"),
        (new(&id, "Coast Homes", &id, &port, &[]), "from itself"),
        (new(&id, "bestays", "bestays", &port, &[]), "is called so already"),
        (new(&id, "Coast \"Homes\"", "bestays", &port, &[]), "leave it out"),
        (new(&id, "Coast Homes", "bestays", "8101", &[]), "is bestays's"),
        (new(&id, "Coast Homes", "bestays", "80", &[]), "below 1024"),
        (new(&id, "Coast Homes", "bestays", &taken.1, &[]), "listens on it"),
        (new(&id, "Coast Homes", "bestays", &port, &origin), "a front end belongs to one product"),
        (new(&id, "Coast Homes", "bestays", &port, &["--origin", "coast"]), "an origin such as"),
        (new(&id, "Coast Homes", "bestays", &port, &["--resume"]), "was never begun"),
        (new("bestays", "Coast Homes", "bestays", &port, &[]), "from itself"),
    ];
    for (arguments, why) in cases {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let said = place.refused(&arguments).await;
        assert!(said.contains(why), "{arguments:?}: {said}");
        assert!(place.everything() == before, "{arguments:?} left something behind");
    }
    let databases = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{id}%'");
    assert_eq!(value::<i64>(None, &databases).await, 0);
}

#[tokio::test]
async fn a_server_that_is_away_is_told_before_anything_is_made() {
    let mut place = Installation::new();
    let before = place.everything();
    let away = ["postgres://postgres:", "hidden", "@127.0.0.1:1/postgres"].concat();
    place.env.insert("TERRACE_ADMIN_DATABASE_URL".to_owned(), away);
    let (id, port) = (new_id(), free_port().to_string());
    let new =
        ["product", "new", &id, "--name", "Coast Homes", "--from", "bestays", "--port", &port];
    let said = place.refused(&new).await;
    assert!(said.contains("is PostgreSQL running?") && !said.contains("hidden"), "{said}");
    assert!(place.everything() == before);
    place.env.remove("TERRACE_ADMIN_DATABASE_URL");
    assert!(place.refused(&new).await.contains("TERRACE_ADMIN_DATABASE_URL is not set"));
    assert!(place.everything() == before);
}

#[tokio::test]
async fn a_file_that_is_no_archive_brings_nothing() {
    let place = Installation::empty();
    let before = place.everything().len();
    for (name, bytes) in
        [("empty", &b""[..]), ("text", b"not a brand"), ("zip", b"\x1f\x8b\x08\x00half")]
    {
        let file = place.path(name);
        std::fs::write(&file, bytes).unwrap();
        let said = place.refused(&["product", "import", &file.display().to_string()]).await;
        assert!(said.contains("no whole archive"), "{name}: {said}");
    }
    let absent = place.refused(&["product", "import", "absent"]).await;
    assert!(absent.contains("cannot read absent"), "{absent}");
    assert_eq!(place.everything().len(), before + 3, "the files themselves");
}
