//! Files that mean harm, and files that are just broken.

use image::ImageFormat;
use serde_json::json;
use terrace_testkit::spawn_app;

use super::{bare, bare_published, pictures, stored, uploaded};

const NOT_A_PICTURE: &str = "not a JPEG, PNG or WebP";
const UNREADABLE: &str = "cannot be read";

#[tokio::test]
async fn what_is_no_sound_picture_is_rejected_with_a_reason_and_leaves_nothing() {
    let (jpeg, png) = (pictures::jpeg(600, 400), pictures::png(600, 400));
    let webp = pictures::encode(pictures::halves(600, 400), ImageFormat::WebP);
    let huge = pictures::blank_png(11_000, &[]);
    assert!(huge.len() < 600_000, "a bomb is small: {}", huge.len());
    let preview = [&pictures::jpeg_with_exif(600, 400, 1)[..200], &[0; 50]].concat();
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    let files = [
        ("11,000 pixels square", huge, "image/png", "11000 x 11000 pixels"),
        ("8,193 pixels wide", pictures::png(8193, 2), "image/png", "8192 on a side"),
        ("26 megapixels", pictures::blank_png(5100, &[]), "image/png", "25 million"),
        ("half a JPEG", jpeg[..jpeg.len() / 2].to_vec(), "image/jpeg", UNREADABLE),
        ("a JPEG without its end", jpeg[..jpeg.len() - 2].to_vec(), "image/jpeg", UNREADABLE),
        ("half a PNG", png[..png.len() / 2].to_vec(), "image/png", UNREADABLE),
        ("half a WebP", webp[..webp.len() / 2].to_vec(), "image/webp", UNREADABLE),
        ("a header and no picture", preview, "image/jpeg", UNREADABLE),
        ("three bytes of a JPEG", vec![0xFF, 0xD8, 0xFF], "image/jpeg", UNREADABLE),
        ("SVG", svg.to_vec(), "image/png", NOT_A_PICTURE),
        ("GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "image/png", NOT_A_PICTURE),
        (
            "HTML named .jpg",
            b"<html><script>alert(1)</script>".to_vec(),
            "image/jpeg",
            NOT_A_PICTURE,
        ),
        ("a picture behind HTML", [b"<!--", &jpeg[..]].concat(), "image/jpeg", NOT_A_PICTURE),
        ("one byte", vec![0], "image/jpeg", NOT_A_PICTURE),
        ("a JPEG called PNG", jpeg, "image/png", "is image/jpeg, but was announced as image/png"),
        ("a PNG called WebP", png, "image/webp", "is image/png, but was announced"),
    ];
    // After the files: they take longer to make than a connection that rests is kept.
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let listing = bare_published(&agent).await;
    for (what, file, kind, reason) in files {
        let media = uploaded(&app, &agent, &listing, &file, kind).await;
        assert_eq!(media["state"], "rejected", "{what}: {media}");
        let said = media["reject_reason"].as_str().unwrap();
        assert!(said.contains(reason), "{what}: {said}");
        assert_eq!(media["url"], json!(null), "{what}");
    }
    assert!(stored(&app).is_empty(), "every original is gone");
    let page = app.anonymous().get(&listing.path()).await.expect(200);
    assert_eq!((page.at("/cover_image"), page.at("/images")), (json!(null), json!([])));
    assert_eq!(page.at("/version"), 3, "and the listing was not touched");
    let dead: i64 = app.value("SELECT count(*) FROM jobs").await;
    assert_eq!(dead, 0, "no job fails for it");
}

/// Two files in one: what is stored is ours alone.
#[tokio::test]
async fn what_hides_in_a_picture_does_not_come_out_of_it() {
    const SCRIPT: &[u8] = b"<html><script>alert('polyglot')</script></html>";
    let jpeg = pictures::jpeg(600, 400);
    // A comment right behind the start, and what comes after the end.
    let mut comment = vec![0xFF, 0xD8, 0xFF, 0xFE];
    comment.extend(u16::try_from(SCRIPT.len() + 2).unwrap().to_be_bytes());
    comment.extend(SCRIPT);
    comment.extend(&jpeg[2..]);
    let zip = [b"PK\x03\x04".as_slice(), SCRIPT, b"PK\x05\x06", &[0; 18]].concat();
    let bomb = pictures::text_bomb(256 << 20);
    assert!(bomb.len() < 300_000, "{}", bomb.len());
    let files = [
        ("HTML in a comment", comment, "image/jpeg"),
        ("HTML behind the end", [&jpeg[..], SCRIPT].concat(), "image/jpeg"),
        ("an archive behind the end", [&jpeg[..], &zip].concat(), "image/jpeg"),
        ("HTML behind a PNG", [&pictures::png(600, 400)[..], SCRIPT].concat(), "image/png"),
        ("a text of 256 MiB", pictures::blank_png(64, &bomb), "image/png"),
    ];
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let listing = bare_published(&agent).await;
    for (what, file, kind) in files {
        let media = uploaded(&app, &agent, &listing, &file, kind).await;
        assert_eq!(media["state"], "ready", "{what}: {media}");
        let shown = app.anonymous().get(media["url"].as_str().unwrap()).await.expect(200);
        assert_eq!(shown.header("content-type"), "image/webp");
        assert_eq!(shown.header("x-content-type-options"), "nosniff");
    }
    for (path, bytes) in stored(&app) {
        for hidden in [b"polyglot".as_slice(), b"PK\x03\x04", b"<script"] {
            assert!(!bytes.windows(hidden.len()).any(|window| window == hidden), "{path}");
        }
        assert_eq!(&bytes[..4], b"RIFF", "{path}");
    }
}

/// An address that somebody has made up.
#[tokio::test]
async fn only_pictures_are_served() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(bare()).await;
    let media = uploaded(&app, &agent, &listing, &pictures::jpeg(400, 300), "image/jpeg").await;
    let url = media["url"].as_str().unwrap();
    let (folder, _) = url.rsplit_once('/').unwrap();
    for path in [
        format!("{folder}/321.webp"),
        format!("{folder}/..%2f..%2f..%2fupload.key"),
        format!("{folder}/%2e%2e"),
        "/api/v1/media/files/..%2f..%2fupload.key/1.webp".to_owned(),
        "/api/v1/media/files/quarantine/1.webp".to_owned(),
        "/api/v1/media/files/00000000000000000000000000000000/320.webp".to_owned(),
    ] {
        app.anonymous().get(&path).await.problem(404, "not_found");
    }
}
