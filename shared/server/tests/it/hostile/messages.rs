//! Paths, headers and sizes.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{PATH, Scene};

#[tokio::test]
async fn no_path_breaks_the_router() {
    let scene = Scene::set().await;
    for key in [
        "%00",
        "a%00b",
        "%ff",
        "%C0%AF",
        "%2e%2e",
        "..",
        ".",
        "%2F",
        "a%2Fb",
        "%25",
        "%",
        "%zz",
        "-",
        "--",
        "~",
        "'",
        "%27%3B--",
        "*",
        "null",
        "undefined",
        "0",
        "-1",
        "%F0%9F%8F%9D",
        "%E0%B8%81",
        "{}",
        "urn:uuid:01a1fc0e-1a25-76b3-9281-a4f5ba54aa67",
        "{01a1fc0e-1a25-76b3-9281-a4f5ba54aa67}",
        "01a1fc0e1a2576b39281a4f5ba54aa67",
        "01A1FC0E-1A25-76B3-9281-A4F5BA54AA67",
        &"a".repeat(4000),
    ] {
        for (method, path) in [
            ("GET", format!("{PATH}/{key}")),
            ("PATCH", format!("{PATH}/{key}")),
            ("DELETE", format!("{PATH}/{key}")),
            ("POST", format!("{PATH}/{key}/publish")),
            ("PUT", format!("{PATH}/{}/translations/{key}", scene.target.id)),
            ("GET", format!("/docs/{key}")),
            ("GET", format!("/{key}")),
        ] {
            let answer = raw(&scene, method, &path, "").await;
            let status: u16 = answer.split(' ').nth(1).unwrap_or_default().parse().unwrap_or(999);
            assert!((200..500).contains(&status), "{method} {path}: {answer}");
            assert!(
                status < 400 || answer.contains("application/problem+json"),
                "{method} {path}: {answer}"
            );
        }
    }
}

#[tokio::test]
async fn no_header_breaks_a_request() {
    let scene = Scene::set().await;
    let long = "x".repeat(6000);
    for name in [
        "authorization",
        "if-match",
        "if-none-match",
        "accept-language",
        "accept",
        "accept-encoding",
        "content-type",
        "content-encoding",
        "idempotency-key",
        "x-request-id",
        "origin",
        "cookie",
        "range",
        "if-modified-since",
        "x-forwarded-for",
        "forwarded",
        "host",
        "expect",
        "content-length",
        "transfer-encoding",
        "upgrade",
        "connection",
        "te",
        "priority",
        "access-control-request-method",
    ] {
        for value in [
            "",
            "*",
            ",",
            ";;;",
            "\"",
            "W/",
            "W/\"",
            "0",
            "-1",
            "q=9",
            "\x7f",
            "a\tb",
            "Bearer",
            "bearer  ",
            "null",
            "\u{e9}",
            "th;q=NaN",
            "en;q=1e9",
            long.as_str(),
        ] {
            let answer =
                raw(&scene, "GET", &format!("{PATH}?limit=1"), &format!("{name}: {value}\r\n"))
                    .await;
            // Where the message itself cannot be read the connection may end without a word.
            let status: u16 = answer.split(' ').nth(1).unwrap_or("400").parse().unwrap_or(999);
            assert!((100..500).contains(&status), "{name}: {value:?}: {answer}");
        }
    }
}

/// What well-behaved clients would not send.
async fn raw(scene: &Scene, method: &str, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(scene.app.address()).await.unwrap();
    let host = if headers.starts_with("host:") { "" } else { "Host: x\r\n" };
    let token = scene.agent.token.as_deref().unwrap();
    let authorization = if headers.starts_with("authorization:") {
        String::new()
    } else {
        format!("Authorization: Bearer {token}\r\n")
    };
    let close = if headers.starts_with("connection:") { "" } else { "Connection: close\r\n" };
    let request = format!(
        "{method} {path} HTTP/1.1\r\n{host}{authorization}{close}If-Match: \"1-en\"\r\n{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // The client has no more to say: what waits for a body does not wait for ever.
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let read =
        tokio::time::timeout(std::time::Duration::from_secs(10), stream.read_to_end(&mut answer))
            .await;
    assert!(
        read.is_ok(),
        "{method} {path} {headers:?}: no end after {}",
        String::from_utf8_lossy(&answer)
    );
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn what_is_too_long_is_refused_at_once() {
    let scene = Scene::set().await;
    for size in [9_000, 100_000, 1_000_000] {
        let reply = scene
            .app
            .anonymous()
            .get(&format!("{PATH}?tags={}", "a".repeat(size)))
            .try_send()
            .await;
        if let Ok(reply) = reply {
            assert!((200..500).contains(&reply.status), "{size}: {}", reply.status);
        }
    }
    let _ = scene.app.anonymous().get(PATH).await.expect(200);
}
