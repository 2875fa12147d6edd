//! A bucket behind it: what is pinned, and what happens when it is away.

use serde_json::json;
use terrace_testkit::{S3, S3Mode, setup};

use super::{ask, bare_published, pictures, send, send_with, upload, uploaded};

#[tokio::test]
async fn the_whole_way_with_a_bucket() {
    let s3 = S3::start();
    let app = setup("bestays").with(s3.serves()).spawn().await;
    let agent = app.agent("somchai").await;
    let made = bare_published(&agent).await;
    let file = pictures::jpeg_with_exif(900, 600, 3);
    let ticket = ask(&agent, &made, &file, "image/jpeg").await.expect(201).json();
    let url = ticket["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("{}/testkit/bestays/quarantine/", s3.endpoint)), "{url}");
    let pinned = "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match%3Bx-amz-checksum-sha256";
    assert!(url.contains(pinned), "{url}");
    for (what, sent, headers) in [
        ("another type", file.clone(), vec![("content-type", "text/html")]),
        ("another length", file[1..].to_vec(), vec![]),
        ("another content", [&file[..file.len() - 1], b"x"].concat(), vec![]),
        ("without its condition", file.clone(), vec![("if-none-match", "")]),
    ] {
        let (status, said) = send_with(&app, &ticket, &sent, &headers).await;
        assert_eq!(status, 403, "{what}: {said}");
    }
    assert_eq!(send(&app, &ticket, &file).await.0, 200);
    assert_eq!(send(&app, &ticket, &file).await.0, 412, "once");

    let path = format!("/api/v1/media/{}", ticket["id"].as_str().unwrap());
    let _ = agent.post_empty(&format!("{path}/complete")).await.expect(202);
    app.settled().await;
    let media = agent.get(&path).await.expect(200).json();
    assert_eq!(media["state"], "ready", "{media}");
    let objects = s3.objects();
    assert_eq!(
        objects.len(),
        3,
        "three widths, and not the file that was sent: {:?}",
        objects.keys()
    );
    for (key, object) in &objects {
        assert!(key.starts_with("bestays/pictures/"), "{key}");
        assert_eq!(object.content_type, "image/webp");
        assert_eq!(object.cache_control, "public, max-age=31536000, immutable");
        let canary = pictures::CANARY.as_bytes();
        assert!(!object.bytes.windows(canary.len()).any(|window| window == canary), "{key}");
    }
    // The address in the listing is the bucket's own; ours works as well, as an origin.
    let shown = media["url"].as_str().unwrap();
    assert!(shown.starts_with(&s3.endpoint), "{shown}");
    assert_eq!(reqwest::get(shown).await.unwrap().status().as_u16(), 200);
    let (_, end) = shown.split_once("/pictures/").unwrap();
    let _ = app.anonymous().get(&format!("/api/v1/media/files/{end}")).await.expect(200);
    // Nor is there any door of the folder's.
    let local = app.anonymous().call(reqwest::Method::PUT, "/api/v1/media/uploads/x.y").raw("x");
    local.await.problem(404, "not_found");

    let _ = agent.delete(&path).await.expect(204);
    app.settled().await;
    assert!(s3.objects().is_empty());
}

#[tokio::test]
async fn a_bucket_that_is_away_stops_uploads_and_nothing_else() {
    let s3 = S3::start();
    let app = setup("bestays").with(s3.serves()).spawn().await;
    let agent = app.agent("somchai").await;
    let made = bare_published(&agent).await;
    let file = pictures::jpeg(400, 300);
    let sent = ask(&agent, &made, &file, "image/jpeg").await.expect(201).json();
    assert_eq!(send(&app, &sent, &file).await.0, 200);
    let complete = format!("/api/v1/media/{}/complete", sent["id"].as_str().unwrap());
    for mode in [S3Mode::Failing, S3Mode::Hanging] {
        s3.set_mode(mode);
        let begun = std::time::Instant::now();
        for reply in [
            ask(&agent, &made, &file, "image/jpeg").await,
            agent.post_empty(&complete).await,
            app.anonymous().get(&format!("/api/v1/media/files/{}/320.webp", "0".repeat(32))).await,
        ] {
            reply.problem(503, "unavailable");
            assert_eq!(reply.header("retry-after"), "1");
            assert!(!reply.text().contains("127.0.0.1"), "{}", reply.text());
        }
        assert!(begun.elapsed().as_secs() < 10, "{mode:?}: {:?}", begun.elapsed());
        let _ = app.anonymous().get(&made.path()).await.expect(200);
        let _ = app.anonymous().get("/api/v1/properties").await.expect(200);
        let rows: i64 = app.value("SELECT count(*) FROM media").await;
        assert_eq!(rows, 1, "no row without an upload");
        // Taking away works: the objects follow when they can.
    }
    s3.set_mode(S3Mode::Serving);
    let _ = agent.post_empty(&complete).await.expect(202);
    app.settled().await;
    let media = agent.get(&format!("/api/v1/media/{}", sent["id"].as_str().unwrap())).await;
    assert_eq!(media.at("/state"), "ready");
}

/// The work is done when the bucket is back, without anybody asking.
#[tokio::test]
async fn work_that_a_bucket_interrupts_goes_on() {
    let s3 = S3::start();
    let app = setup("bestays").with(s3.serves()).spawn().await;
    let agent = app.agent("somchai").await;
    let made = bare_published(&agent).await;
    let file = pictures::jpeg(400, 300);
    let first = uploaded(&app, &agent, &made, &file, "image/jpeg").await;
    s3.set_mode(S3Mode::Failing);
    let path = format!("/api/v1/media/{}", first["id"].as_str().unwrap());
    let _ = agent.delete(&path).await.expect(204);
    let failing = "SELECT count(*) FROM jobs WHERE last_error LIKE '%picture storage%'";
    while app.value::<i64>(failing).await == 0 {
        tokio::task::yield_now().await;
    }
    s3.set_mode(S3Mode::Serving);
    app.execute("UPDATE jobs SET run_at = now()").await;
    app.settled().await;
    assert!(s3.objects().is_empty());

    // A second run of a job that is done finds nothing to do.
    let id = upload(&app, &agent, &made, &file, "image/jpeg").await;
    app.settled().await;
    let version = agent.get(&made.path()).await.expect(200).at("/version");
    app.execute(format!(
        "INSERT INTO jobs (id, kind, payload, max_attempts) \
         VALUES (gen_random_uuid(), 'media.process', '{}', 3)",
        json!({"id": id})
    ))
    .await;
    app.settled().await;
    assert_eq!(agent.get(&made.path()).await.expect(200).at("/version"), version);
}
