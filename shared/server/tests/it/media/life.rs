//! The whole way of a picture, with a folder behind it.

use image::GenericImageView;
use serde_json::json;
use terrace_testkit::spawn_app;

use super::{ask, bare, bare_published, pictures, send, stored, uploaded};

#[tokio::test]
async fn from_the_ticket_to_the_page() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let listing = bare_published(&agent).await;
    let file = pictures::jpeg(1500, 1000);

    let ticket = ask(&agent, &listing, &file, "image/jpeg").await.expect(201);
    assert_eq!(ticket.header("cache-control"), "private, no-store");
    assert_eq!(ticket.at("/method"), "PUT");
    assert_eq!(ticket.at("/headers/content-type"), "image/jpeg");
    assert_eq!(ticket.at("/headers/content-length"), file.len().to_string());
    assert_eq!(ticket.at("/remaining"), json!({"listing": 59, "day": 999}));
    let ends: chrono::DateTime<chrono::Utc> = ticket.text_at("/expires_at").parse().unwrap();
    let left = ends - chrono::Utc::now();
    assert!(left.num_seconds() > 0 && left.num_seconds() <= 600, "{left}");
    let path = format!("/api/v1/media/{}", ticket.text_at("/id"));
    assert_eq!(ticket.header("location"), path);
    let pending = agent.get(&path).await.expect(200);
    assert_eq!((pending.at("/state"), pending.at("/progress")), (json!("pending"), json!(0)));

    // Complete before it is sent: not there.
    agent.post_empty(&format!("{path}/complete")).await.problem(409, "not_uploaded");
    assert_eq!(send(&app, &ticket.json(), &file).await.0, 204);
    let completed = agent.post_empty(&format!("{path}/complete")).await.expect(202);
    assert_eq!(completed.at("/state"), "processing");
    // Saying so again changes nothing, now and later.
    let _ = agent.post_empty(&format!("{path}/complete")).await.expect(202);
    app.settled().await;
    let again = agent.post_empty(&format!("{path}/complete")).await.expect(202);
    assert_eq!(again.at("/state"), "ready");
    let jobs: i64 = app.value("SELECT count(*) FROM jobs").await;
    assert_eq!(jobs, 0);

    let media = agent.get(&path).await.expect(200).json();
    assert_eq!(media["progress"], 100);
    assert_eq!((&media["width"], &media["height"]), (&json!(1500), &json!(1000)));
    assert_eq!(media["filename"], "terrace.jpg");
    assert_eq!(media["position"], 0);

    // Everyone sees it with the listing, at once.
    let page = app.anonymous().get(&listing.path()).await.expect(200);
    assert_eq!(page.at("/version"), 4);
    let cover = page.at("/cover_image");
    assert_eq!(cover["media_id"], media["id"]);
    assert_eq!((&cover["width"], &cover["height"]), (&json!(1500), &json!(1000)));
    assert!(cover["blurhash"].as_str().unwrap().len() > 6);
    let widths: Vec<_> =
        cover["variants"].as_array().unwrap().iter().map(|v| v["width"].clone()).collect();
    assert_eq!(widths, [320, 640, 1280, 1500]);
    let item =
        app.anonymous().get("/api/v1/properties").await.expect(200).at("/items/0/cover_image");
    assert_eq!(item, cover, "the list shows it too");

    for variant in cover["variants"].as_array().unwrap() {
        let url = variant["url"].as_str().unwrap();
        let picture = app.anonymous().get(url).await.expect(200);
        assert_eq!(picture.header("content-type"), "image/webp");
        assert_eq!(picture.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(picture.header("x-content-type-options"), "nosniff");
        assert_eq!(picture.header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(picture.header("cross-origin-resource-policy"), "cross-origin");
        assert_eq!(picture.header("content-encoding"), "");
        let decoded = image::load_from_memory(&picture.body).unwrap();
        assert_eq!(json!(decoded.width()), variant["width"]);
        let same = app.anonymous().get(url).header("if-none-match", picture.etag()).await;
        assert_eq!((same.status, same.body.len()), (304, 0));
    }
    assert_eq!(stored(&app).len(), 4, "the four pictures, and not the file that was sent");
}

#[tokio::test]
async fn a_picture_stands_upright_and_says_nothing_of_where_it_was_taken() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let listing = bare_published(&agent).await;
    let file = pictures::jpeg_with_exif(900, 600, 6);
    let holds = |bytes: &[u8]| {
        bytes.windows(pictures::CANARY.len()).any(|window| window == pictures::CANARY.as_bytes())
    };
    assert!(holds(&file), "the canary is in the file that is sent");

    let media = uploaded(&app, &agent, &listing, &file, "image/jpeg").await;
    assert_eq!((&media["width"], &media["height"]), (&json!(600), &json!(900)), "{media}");
    let picture = app.anonymous().get(media["url"].as_str().unwrap()).await.expect(200);
    let upright = image::load_from_memory(&picture.body).unwrap();
    assert_eq!(upright.dimensions(), (600, 900));
    // What was left is above: a quarter turn to the right.
    let (above, below) = (upright.get_pixel(300, 100).0, upright.get_pixel(300, 800).0);
    assert!(above[0] > 180 && above[2] < 80, "{above:?}");
    assert!(below[2] > 180 && below[0] < 80, "{below:?}");

    let stored = stored(&app);
    assert!(!stored.is_empty());
    for (path, bytes) in stored {
        assert!(!holds(&bytes), "the canary is in {path}");
        assert!(!bytes.windows(4).any(|window| window == b"EXIF"), "{path}");
    }
}

#[tokio::test]
async fn every_format_that_is_taken_and_one_that_shines_through() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(bare()).await;
    let clear = image::RgbaImage::from_pixel(40, 30, image::Rgba([0, 0, 0, 0]));
    let mut clear_png = std::io::Cursor::new(Vec::new());
    clear.write_to(&mut clear_png, image::ImageFormat::Png).unwrap();
    for (file, kind) in [
        (pictures::png(700, 500), "image/png"),
        (pictures::encode(pictures::halves(700, 500), image::ImageFormat::WebP), "image/webp"),
        (clear_png.into_inner(), "image/png"),
    ] {
        let media = uploaded(&app, &agent, &listing, &file, kind).await;
        assert_eq!(media["state"], "ready", "{kind}: {media}");
        let shown = app.anonymous().get(media["url"].as_str().unwrap()).await.expect(200);
        let corner = image::load_from_memory(&shown.body).unwrap().get_pixel(2, 2).0;
        match media["width"].as_i64() {
            Some(40) => {
                assert!(corner[..3].iter().all(|c| *c > 250), "white, not black: {corner:?}")
            }
            _ => assert!(corner[0] > 180, "{corner:?}"),
        }
    }
    let hashes: i64 = app
        .value("SELECT count(*) FROM media WHERE phash IS NOT NULL AND blurhash IS NOT NULL")
        .await;
    assert_eq!(hashes, 3);
    let near: i32 = app
        .value("SELECT max(bit_count((a.phash # b.phash)::bit(64)))::int FROM media a, media b WHERE a.width = 700 AND b.width = 700")
        .await;
    assert!(near <= 4, "one picture in two formats: {near} bits apart");
}
