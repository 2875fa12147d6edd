//! What a ticket takes, and what it does not.

use serde_json::json;
use terrace_testkit::{setup, spawn_app};

use super::{address, ask, asking, bare, pictures, send, send_with, stored};

#[tokio::test]
async fn a_ticket_takes_one_file_once() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(bare()).await;
    let file = pictures::jpeg(400, 300);
    let ticket = ask(&agent, &listing, &file, "image/jpeg").await.expect(201).json();

    let mut other = file.clone();
    let last = other.len() - 1;
    other[last] ^= 1;
    for (what, sent, headers, status, code) in [
        ("a longer file", [&file[..], b"x"].concat(), vec![], 422, "upload_mismatch"),
        ("a shorter file", file[1..].to_vec(), vec![], 422, "upload_mismatch"),
        ("nothing", vec![], vec![], 422, "upload_mismatch"),
        ("another file of that length", other, vec![], 422, "upload_mismatch"),
        (
            "another type",
            file.clone(),
            vec![("content-type", "text/html")],
            415,
            "unsupported_media_type",
        ),
    ] {
        let (got, said) = send_with(&app, &ticket, &sent, &headers).await;
        assert_eq!((got, said["code"].as_str()), (status, Some(code)), "{what}: {said}");
    }
    assert!(stored(&app).is_empty(), "what is refused leaves nothing behind");

    assert_eq!(send(&app, &ticket, &file).await.0, 204);
    let (status, said) = send(&app, &ticket, &file).await;
    assert_eq!((status, said["code"].as_str()), (409, Some("conflict")), "{said}");
    assert_eq!(stored(&app).len(), 1);
    let id = ticket["id"].as_str().unwrap();
    let _ = agent.post_empty(&format!("/api/v1/media/{id}/complete")).await.expect(202);
    app.settled().await;
    assert_eq!(send(&app, &ticket, &file).await.0, 409, "and not when it is ready either");
}

/// Two at once: one name, one file.
#[tokio::test]
async fn of_two_that_send_at_once_one_wins() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(bare()).await;
    let file = pictures::jpeg(1200, 900);
    let ticket = ask(&agent, &listing, &file, "image/jpeg").await.expect(201).json();
    let sent = futures_util::future::join_all((0..8).map(|_| send(&app, &ticket, &file))).await;
    let mut statuses: Vec<u16> = sent.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(stored(&app).len(), 1);
}

#[tokio::test]
async fn an_address_is_not_made_by_others_and_ends() {
    let app = setup("bestays")
        .with(|profile| profile.media.ticket = std::time::Duration::from_secs(1))
        .spawn()
        .await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(bare()).await;
    let file = pictures::jpeg(400, 300);
    let ticket = ask(&agent, &listing, &file, "image/jpeg").await.expect(201).json();
    let url = address(&app, &ticket);
    let path = url.strip_prefix(&app.base).unwrap();
    let (head, seal) = path.rsplit_once('.').unwrap();
    let forged = [
        format!("{head}.{}", seal.replace(|c: char| c.is_ascii_lowercase(), "A")),
        head.to_owned(),
        format!("{head}."),
        format!("{}x.{seal}", head),
        "/api/v1/media/uploads/x.y".to_owned(),
    ];
    for path in forged {
        let reply = app.anonymous().call(reqwest::Method::PUT, &path).raw(file.clone()).await;
        reply.problem(404, "not_found");
    }
    let ends: chrono::DateTime<chrono::Utc> =
        ticket["expires_at"].as_str().unwrap().parse().unwrap();
    while chrono::Utc::now().timestamp() <= ends.timestamp() {
        tokio::task::yield_now().await;
    }
    let (status, said) = send(&app, &ticket, &file).await;
    assert_eq!((status, said["code"].as_str()), (410, Some("upload_expired")), "{said}");
    assert!(stored(&app).is_empty());
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_named() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(bare()).await;
    let sound = asking(b"abc", "image/png");
    for (change, field) in [
        (json!({"content_type": "image/svg+xml"}), "/content_type unknown_value"),
        (json!({"content_type": "image/gif"}), "/content_type unknown_value"),
        (json!({"content_type": "text/html"}), "/content_type unknown_value"),
        (json!({"bytes": 0}), "/bytes invalid"),
        (json!({"bytes": 20_971_521}), "/bytes too_large"),
        (json!({"bytes": -1}), "/bytes invalid_type"),
        (json!({"sha256": "abc"}), "/sha256 invalid"),
        (json!({"filename": ""}), "/filename invalid"),
        (json!({"filename": "a\nb"}), "/filename invalid"),
        (json!({"folder": "/etc"}), "/folder unknown_field"),
    ] {
        let body = terrace_testkit::listing::with(sound.clone(), change);
        let reply = agent.post(&listing.at("media"), body).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field]);
    }
    let rows: i64 = app.value("SELECT count(*) FROM media").await;
    assert_eq!(rows, 0);
}
