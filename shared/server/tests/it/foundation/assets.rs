//! The brand's own files.

use terrace_testkit::{TestApp, setup};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const DRAWING: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";

/// A brand whose folder has one drawing, and a secret beside it.
async fn app_with_a_drawing() -> (TestApp, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let assets = folder.path().join("assets");
    std::fs::create_dir_all(assets.join("listings")).unwrap();
    std::fs::write(assets.join("listings/sea.svg"), DRAWING).unwrap();
    std::fs::write(folder.path().join("product.toml"), "secret = true").unwrap();
    let path = folder.path().to_owned();
    let app = setup("bestays").with(move |profile| profile.folder = path).spawn().await;
    (app, folder)
}

#[tokio::test]
async fn a_drawing_is_shown_and_never_run() {
    let (app, _folder) = app_with_a_drawing().await;
    let reply = app.anonymous().get("/assets/listings/sea.svg").await.expect(200);
    assert_eq!(reply.text(), DRAWING);
    assert_eq!(reply.header("content-type"), "image/svg+xml");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    assert!(!policy.contains("script-src"), "{policy}");
    assert!(reply.header("cache-control").contains("max-age"), "{reply:?}");
    let again =
        app.anonymous().get("/assets/listings/sea.svg").header("if-none-match", reply.etag()).await;
    assert_eq!(again.status, 304, "{again:?}");
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let (app, _folder) = app_with_a_drawing().await;
    for path in [
        "/assets/none.svg",
        "/assets/listings/none.svg",
        "/assets/",
        "/assets",
        "/assets/listings",
        "/assets/listings/",
    ] {
        app.anonymous().get(path).await.problem(404, "not_found");
    }
}

/// Clients normalise paths before they send them; a forger does not.
#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let (app, _folder) = app_with_a_drawing().await;
    for path in [
        "/assets/../product.toml",
        "/assets/listings/../../product.toml",
        "/assets/%2e%2e/product.toml",
        "/assets/%2e%2e%2fproduct.toml",
        "/assets/..%2fproduct.toml",
        "/assets/..%5cproduct.toml",
        "/assets/..\\product.toml",
        "/assets/%252e%252e%252fproduct.toml",
        "/assets/....//product.toml",
        "/assets//../product.toml",
        "/assets/./../product.toml",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/listings/sea.svg%00.png",
        "/assets/%00",
        "/assets/..;/product.toml",
        "/assets/%c0%ae%c0%ae/product.toml",
        "/assets/.hidden",
    ] {
        let answer = raw_get(&app, path).await;
        let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
        assert!((400..500).contains(&status), "{path}: {answer}");
        assert!(!answer.contains("secret") && !answer.contains("root:"), "{path}: {answer}");
        assert!(answer.contains("application/problem+json"), "{path}: {answer}");
    }
}

async fn raw_get(app: &TestApp, path: &str) -> String {
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
