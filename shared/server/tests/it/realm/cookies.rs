//! A token in a cookie: only from the brand's own front ends.

use reqwest::Method;
use terrace_testkit::{Caller, TestApp, Token, listing, setup};

const OURS: &str = "http://localhost:5273";
const SITE: &str = "sec-fetch-site";

/// Where a request says that it comes from; whether it may read, and whether it may write.
type From = (&'static str, &'static [(&'static str, &'static str)], bool, bool);

const FROM: &[From] = &[
    ("our front end", &[("origin", OURS)], true, true),
    ("our front end, same site", &[("origin", OURS), (SITE, "same-site")], true, true),
    ("our own origin", &[(SITE, "same-origin")], true, false),
    ("a program that says nothing", &[], false, false),
    ("another site", &[("origin", "https://evil.example")], false, false),
    ("another site that embeds us", &[(SITE, "cross-site")], false, false),
    ("a neighbour that embeds us", &[(SITE, "same-site")], false, false),
    ("an address that was typed in", &[(SITE, "none")], false, false),
    ("nobody", &[("origin", "null")], false, false),
    ("nearly us", &[("origin", "http://localhost:5273.evil.example")], false, false),
    ("us without the port", &[("origin", "http://localhost")], false, false),
    ("us by another scheme", &[("origin", "https://localhost:5273")], false, false),
    ("the other brand", &[("origin", "http://localhost:5274")], false, false),
    ("two at once", &[("origin", OURS), ("origin", "https://evil.example")], false, false),
    ("us, says another site", &[("origin", OURS), (SITE, "cross-site")], false, false),
    (
        "another, same origin",
        &[("origin", "https://evil.example"), (SITE, "same-origin")],
        false,
        false,
    ),
];

async fn app() -> TestApp {
    setup("bestays").with(|profile| profile.identity.session_cookie = true).spawn().await
}

/// A request with a cookie and what a browser says of where it comes from; the answer's status.
async fn status(
    visitor: &Caller,
    method: &Method,
    path: &str,
    cookie: &str,
    from: &[(&str, &str)],
) -> u16 {
    let mut call = visitor.call(method.clone(), path).header("cookie", cookie);
    for (name, value) in from {
        call = call.header(name, value);
    }
    if *method != Method::GET {
        call = call.json(&listing::rent());
    }
    call.await.status
}

#[tokio::test]
async fn a_cookie_counts_from_our_front_ends_and_from_nowhere_else() {
    let app = app().await;
    let agent = app.agent("somchai").await;
    let cookie = format!("other=1; __session={}", agent.token.clone().unwrap());
    let visitor = app.anonymous();
    for (what, from, reads, writes) in FROM {
        let (reads, writes) = (*reads, *writes);
        let expected = |may: bool, status: u16| if may { status } else { 401 };
        let read = status(&visitor, &Method::GET, "/api/v1/me", &cookie, from).await;
        assert_eq!(read, expected(reads, 200), "reading: {what}");
        let write = status(&visitor, &Method::POST, "/api/v1/properties", &cookie, from).await;
        assert_eq!(write, expected(writes, 201), "writing: {what}");
    }
    let made: i64 = app.value("SELECT count(*) FROM properties").await;
    assert_eq!(made, 2, "nothing was made for anybody else");
}

#[tokio::test]
async fn a_cookie_that_is_no_token_is_none() {
    let app = app().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let (ann_token, bob_token) = (ann.token.clone().unwrap(), bob.token.clone().unwrap());
    let visitor = app.anonymous();
    let expired =
        app.token(&Token { age: std::time::Duration::from_secs(7200), ..Token::of("user_ann") });
    let from = &[("origin", OURS)][..];
    for (what, cookie) in [
        ("expired", format!("__session={expired}")),
        ("the other brand's", format!("__session={}", app.foreign().token.unwrap())),
        ("garbage", "__session=garbage".to_owned()),
        ("two people", format!("__session={ann_token}; __session={bob_token}")),
        ("another name", format!("session={ann_token}")),
    ] {
        let read = status(&visitor, &Method::GET, "/api/v1/me", &cookie, from).await;
        assert_eq!(read, 401, "{what}");
        // Nobody chose to send it: what everyone may see is not withheld.
        let public = status(&visitor, &Method::GET, "/api/v1/properties", &cookie, from).await;
        assert_eq!(public, 200, "{what}");
    }
    // A token in the header is what its sender means.
    let cookie = format!("__session={ann_token}");
    let me =
        bob.get("/api/v1/me").header("cookie", &cookie).header("origin", OURS).await.expect(200);
    assert_eq!(me.at("/display_name"), "bob");
    let broken =
        app.bearer("broken").get("/api/v1/me").header("cookie", &cookie).header("origin", OURS);
    broken.await.problem(401, "unauthorized");
    let seen = visitor.get("/api/v1/properties").await.expect(200);
    let vary =
        seen.headers.get_all("vary").iter().any(|it| it.to_str().unwrap().contains("Cookie"));
    assert!(vary, "{seen:?}");
}

/// Of a brand that has not asked for it, a cookie is never looked at.
#[tokio::test]
async fn cookies_are_asked_for() {
    let app = setup("bestays").spawn().await;
    let ann = app.user("ann").await;
    let cookie = format!("__session={}", ann.token.unwrap());
    let from = &[("origin", OURS)][..];
    let read = status(&app.anonymous(), &Method::GET, "/api/v1/me", &cookie, from).await;
    assert_eq!(read, 401);
}
