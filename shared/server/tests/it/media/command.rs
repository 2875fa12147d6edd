//! `terrace media`, as an operator types it.

use std::process::Command;

use serde_json::{Value, json};
use terrace_testkit::{S3, TestApp, spawn_app};

use super::{bare_published, pictures};

/// What a command said.
pub(super) struct Said {
    pub(super) code: Option<i32>,
    pub(super) output: String,
    pub(super) errors: String,
}

impl Said {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.output)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.output, self.errors))
    }
}

fn terrace(app: &TestApp, arguments: &[&str], more: &[(&str, String)]) -> Said {
    let mut env = app.environment();
    env.extend(more.iter().map(|(key, value)| (format!("BESTAYS__MEDIA__{key}"), value.clone())));
    let output = Command::new(env!("CARGO_BIN_EXE_terrace"))
        .args(arguments)
        .env_clear()
        .envs(env)
        .output()
        .unwrap();
    Said {
        code: output.status.code(),
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

pub(super) fn run(app: &TestApp, arguments: &[&str]) -> Said {
    terrace(app, arguments, &[])
}

/// With a bucket, told by variables as an operator would.
pub(super) fn run_on(app: &TestApp, s3: &S3, arguments: &[&str]) -> Said {
    let settings = [
        ("PROVIDER", "s3".to_owned()),
        ("ENDPOINT", s3.endpoint.clone()),
        ("BUCKET", "testkit".to_owned()),
        ("ACCESS_KEY_ID", "testkit-id".to_owned()),
        ("SECRET_ACCESS_KEY", "testkit-secret".to_owned()),
        ("PUBLIC_URL", format!("{}/testkit/bestays/pictures", s3.endpoint)),
    ];
    terrace(app, arguments, &settings)
}

#[tokio::test]
async fn a_folder_of_pictures_becomes_a_listings() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = bare_published(&agent).await;
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("1-pool.jpg", &pictures::jpeg_with_exif(500, 400, 1));
    put("2-plan.png", &pictures::png(500, 400));
    put("3-notes.txt", b"call the owner");
    put("4-broken.jpg", &pictures::jpeg(500, 400)[..900]);
    put(".hidden.jpg", b"");
    std::fs::create_dir(folder.path().join("raw")).unwrap();
    let path = folder.path().to_str().unwrap();

    let said = run(
        &app,
        &["media", "import", "--product", "bestays", "--listing", &made.slug, path, "--json"],
    );
    assert_eq!(said.code, Some(1), "a rejected file is a failure: {}", said.errors);
    assert!(said.errors.contains("2 of 4 files were rejected"), "{}", said.errors);
    let results = said.json();
    let told: Vec<_> =
        results.as_array().unwrap().iter().map(|one| (&one["file"], &one["state"])).collect();
    assert_eq!(
        json!(told),
        json!([
            ["1-pool.jpg", "ready"],
            ["2-plan.png", "ready"],
            ["3-notes.txt", "rejected"],
            ["4-broken.jpg", "rejected"]
        ])
    );
    let page = agent.get(&made.path()).await.expect(200);
    assert_eq!(page.at("/cover_image/media_id"), results[0]["id"]);
    assert_eq!(page.at("/images/0/media_id"), results[1]["id"]);
    let by: uuid::Uuid = app.value("SELECT DISTINCT uploaded_by FROM media").await;
    assert_eq!(Some(by), agent.user_id, "it counts for the agent in charge");

    std::fs::remove_file(folder.path().join("3-notes.txt")).unwrap();
    std::fs::remove_file(folder.path().join("4-broken.jpg")).unwrap();
    let id = made.id.to_string();
    let table = run(&app, &["media", "import", "--product", "bestays", "--listing", &id, path]);
    assert_eq!(table.code, Some(0), "{}", table.errors);
    assert!(
        table.output.contains("2-plan.png") && table.output.contains("2 ready, 0 rejected"),
        "{}",
        table.output
    );
}

#[tokio::test]
async fn a_listing_or_a_folder_that_is_not_there_is_named() {
    let app = spawn_app("bestays").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let said =
        run(&app, &["media", "import", "--product", "bestays", "--listing", "no-such", path]);
    assert_eq!(said.code, Some(1));
    assert!(said.errors.contains("There is no such listing"), "{}", said.errors);
    let said = run(
        &app,
        &["media", "import", "--product", "bestays", "--listing", "x", "/no/such/folder"],
    );
    assert!(said.errors.contains("/no/such/folder"), "{}", said.errors);
}
