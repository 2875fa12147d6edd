//! What belongs to nothing goes, and nothing else does.

use std::time::{Duration, SystemTime};

use serde_json::json;
use terrace_testkit::{S3, setup, spawn_app};

use super::{ask, bare, bare_published, command, pictures, send, stored, upload, uploaded};

#[tokio::test]
async fn what_belongs_to_nothing_goes_after_a_day() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = bare_published(&agent).await;
    let file = pictures::jpeg(200, 150);
    let kept = uploaded(&app, &agent, &made, &file, "image/jpeg").await;
    let rejected = uploaded(&app, &agent, &made, b"no picture", "image/jpeg").await;
    let never_sent = ask(&agent, &made, &file, "image/jpeg").await.expect(201).json();
    let never_completed = ask(&agent, &made, &file, "image/jpeg").await.expect(201).json();
    assert_eq!(send(&app, &never_completed, &file).await.0, 204);
    let taken = upload(&app, &agent, &made, &file, "image/jpeg").await;
    let _ = agent.delete(&format!("/api/v1/media/{taken}")).await.expect(204);
    let without = agent.create(bare()).await;
    let orphan = uploaded(&app, &agent, &without, &file, "image/jpeg").await;
    app.execute(format!("DELETE FROM properties WHERE id = '{}'", without.id)).await;
    app.settled().await;

    let young = command::run(&app, &["media", "sweep", "--product", "bestays", "--json"]);
    assert_eq!(young.json(), json!([{"product": "bestays", "rows": 0, "strays": 0}]));

    // A day later, for the rows and for two files that no row knows of.
    app.execute(
        "ALTER TABLE media DISABLE TRIGGER USER; UPDATE media SET created_at = created_at - interval '25 hours', \
         updated_at = updated_at - interval '25 hours', deleted_at = deleted_at - interval '25 hours'; \
         ALTER TABLE media ENABLE TRIGGER USER",
    )
    .await;
    let files = app.profile.media.folder.join("files");
    let yesterday = SystemTime::now() - Duration::from_secs(25 * 3600);
    for (path, age) in [
        ("quarantine/00000000000000000000000000000001", yesterday),
        ("pictures/00000000000000000000000000000002/320.webp", yesterday),
        ("incoming/00000000000000000000000000000003", yesterday),
        ("quarantine/00000000000000000000000000000004", SystemTime::now()),
    ] {
        let path = files.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, b"stray").unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(age).unwrap();
    }
    let swept = command::run(&app, &["media", "sweep", "--product", "bestays", "--json"]);
    assert_eq!(swept.json(), json!([{"product": "bestays", "rows": 5, "strays": 3}]));

    let left: Vec<uuid::Uuid> = app.values("SELECT id FROM media").await;
    assert_eq!(left.iter().map(|id| json!(id)).collect::<Vec<_>>(), [kept["id"].clone()]);
    let mut files: Vec<_> = stored(&app).into_iter().map(|(path, _)| path).collect();
    files.sort();
    assert_eq!(files.len(), 2, "the picture, and the stray that is young: {files:?}");
    let _ = app.anonymous().get(kept["url"].as_str().unwrap()).await.expect(200);
    for gone in [&rejected["id"], &never_sent["id"], &orphan["id"]] {
        agent
            .get(&format!("/api/v1/media/{}", gone.as_str().unwrap()))
            .await
            .problem(404, "not_found");
    }
    let again = command::run(&app, &["media", "sweep", "--product", "bestays"]);
    assert!(again.output.contains("bestays"), "{}", again.output);
}

#[tokio::test]
async fn a_bucket_is_swept_within_its_prefix() {
    let s3 = S3::start();
    let app = setup("bestays").with(s3.serves()).spawn().await;
    let agent = app.agent("somchai").await;
    let made = bare_published(&agent).await;
    let _ = uploaded(&app, &agent, &made, &pictures::jpeg(200, 150), "image/jpeg").await;
    let stray = "0".repeat(32);
    s3.plant(&format!("bestays/quarantine/{stray}"), "2026-01-01T00:00:00.000Z");
    s3.plant(&format!("bestays/pictures/{stray}/320.webp"), "2026-01-01T00:00:00.000Z");
    s3.plant(&format!("realestate/quarantine/{stray}"), "2026-01-01T00:00:00.000Z");
    let swept = command::run_on(&app, &s3, &["media", "sweep", "--product", "bestays", "--json"]);
    assert_eq!(swept.json(), json!([{"product": "bestays", "rows": 0, "strays": 1}]));
    let keys: Vec<_> = s3.objects().into_keys().collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(
        keys[1].starts_with("realestate/"),
        "the other brand's are not ours to judge: {keys:?}"
    );
}
