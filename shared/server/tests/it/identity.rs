//! Who is asking.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use terrace_testkit::{Caller, Reply, TestApp, Token, listing, setup, spawn_app};

/// What a refusal tells, without what differs in every answer.
fn told(reply: &Reply) -> (u16, Vec<(String, String)>, serde_json::Value) {
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .filter(|(name, _)| {
            // How much is left is told to each request anew, whatever its token was.
            !matches!(name.as_str(), "x-request-id" | "date" | "ratelimit" | "ratelimit-policy")
        })
        // A set, written in any order.
        .map(|(name, value)| {
            let mut parts: Vec<_> = value.to_str().unwrap().split(", ").collect();
            parts.sort_unstable();
            (name.to_string(), parts.join(", "))
        })
        .collect();
    headers.sort();
    let mut body = reply.json();
    body["request_id"] = serde_json::Value::Null;
    (reply.status, headers, body)
}

fn forgeries(app: &TestApp) -> Vec<(&'static str, Option<String>)> {
    let good = app.token(&Token::of("user_ann"));
    let flipped = {
        let (rest, last) = good.split_at(good.len() - 4);
        format!("{rest}{}", if last == "AAAA" { "BBBB" } else { "AAAA" })
    };
    let parts: Vec<_> = good.split('.').collect();
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    let expired = Token { age: Duration::from_secs(7200), ..Token::of("user_ann") };
    let elsewhere =
        Token { party: Some("http://localhost:5274".to_owned()), ..Token::of("user_ann") };
    vec![
        ("no token", None),
        ("nothing", Some(String::new())),
        ("no scheme", Some(good.clone())),
        ("basic", Some("Basic dXNlcjpwYXNz".to_owned())),
        ("an empty token", bearer("")),
        ("garbage", bearer("garbage")),
        ("dots", bearer("...")),
        ("two tokens", bearer(&format!("{good} {good}"))),
        ("a broken signature", bearer(&flipped)),
        ("no signature", bearer(&format!("{}.{}.", parts[0], parts[1]))),
        (
            "another's signature",
            bearer(&format!(
                "{}.{}.{}",
                parts[0],
                parts[1],
                app.token(&Token::of("user_bob")).rsplit('.').next().unwrap()
            )),
        ),
        ("alg none", bearer(&format!("eyJhbGciOiJub25lIn0.{}.", parts[1]))),
        ("expired", bearer(&app.token(&expired))),
        ("another party", bearer(&app.token(&elsewhere))),
        ("the other brand's", bearer(app.foreign().token.as_deref().unwrap())),
        ("huge", bearer(&"x".repeat(6000))),
    ]
}

#[tokio::test]
async fn every_bad_token_gets_the_same_answer() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    let expected = told(&visitor.get("/api/v1/me").await);
    assert_eq!(expected.0, 401);
    for (what, authorization) in forgeries(&app) {
        let mut call = visitor.get("/api/v1/me");
        if let Some(value) = &authorization {
            call = call.header("authorization", value);
        }
        let reply = call.await;
        reply.problem(401, "unauthorized");
        assert_eq!(reply.header("www-authenticate"), "Bearer", "{what}");
        assert_eq!(told(&reply), expected, "{what}");
    }
    let users: i64 = app.value("SELECT count(*) FROM users").await;
    assert_eq!(users, 0, "a refused token left a row");
}

/// A wrong token is refused even where none is needed: its sender believes to be somebody.
#[tokio::test]
async fn a_bad_token_is_refused_on_public_routes_too() {
    let app = spawn_app("bestays").await;
    for (what, authorization) in
        forgeries(&app).into_iter().filter_map(|(what, value)| Some((what, value?)))
    {
        let reply =
            app.anonymous().get("/api/v1/properties").header("authorization", authorization).await;
        assert_eq!(reply.status, 401, "{what}: {reply:?}");
    }
}

#[tokio::test]
async fn a_token_in_the_address_is_no_token() {
    let app = spawn_app("bestays").await;
    let token = app.token(&Token::of("user_ann"));
    app.anonymous().get(&format!("/api/v1/me?token={token}")).await.problem(401, "unauthorized");
    app.anonymous()
        .get("/api/v1/me")
        .header("cookie", format!("__session={token}"))
        .await
        .problem(401, "unauthorized");
}

/// Two instances of the brand at once: the database decides, not the memory of one of them.
#[tokio::test]
async fn twenty_first_requests_make_one_person() {
    let app = spawn_app("bestays").await;
    let database = app.database.parse().unwrap();
    let twin = setup("bestays").with(move |profile| profile.database.name = database).spawn().await;
    let token = app
        .token(&Token { email: Some("new@bestays.example".to_owned()), ..Token::of("user_new") });
    let callers: Vec<Caller> = (0..20)
        .map(|nth| if nth % 2 == 0 { app.bearer(&token) } else { twin.bearer(&token) })
        .collect();
    let replies =
        join_all(callers.iter().map(|caller| async { caller.get("/api/v1/me").await.expect(200) }))
            .await;
    let ids: BTreeSet<_> = replies.iter().map(|reply| reply.text_at("/id")).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(replies[0].at("/email"), "new@bestays.example");
    assert_eq!(replies[0].at("/role"), "user");
    let rows: i64 = app.value("SELECT count(*) FROM users").await;
    assert_eq!(rows, 1);
}

/// The subject is the identity; an address that somebody else has is left out.
#[tokio::test]
async fn an_address_that_is_taken_does_not_lock_a_newcomer_out() {
    let app = spawn_app("bestays").await;
    let with_address =
        |subject: &str| {
            app.bearer(app.token(&Token {
                email: Some("One@bestays.example".to_owned()),
                ..Token::of(subject)
            }))
        };
    let first = with_address("user_one").get("/api/v1/me").await.expect(200);
    let second = with_address("user_two").get("/api/v1/me").await.expect(200);
    assert_eq!(first.at("/email"), "One@bestays.example");
    assert!(second.at("/email").is_null(), "{second:?}");
    assert_ne!(first.at("/id"), second.at("/id"));
}

#[tokio::test]
async fn the_database_says_what_somebody_may_do_and_the_token_does_not() {
    let app = spawn_app("bestays").await;
    let token =
        app.token(&Token { role_hint: Some("admin".to_owned()), ..Token::of("user_climber") });
    let climber = app.bearer(token);
    assert_eq!(climber.get("/api/v1/me").await.expect(200).at("/role"), "user");
    climber.post("/api/v1/properties", listing::rent()).await.problem(403, "forbidden");
    climber.get("/api/v1/properties?scope=all").await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_change_of_role_is_seen() {
    let app =
        setup("bestays").with(|profile| profile.identity.user_cache = Duration::ZERO).spawn().await;
    let ann = app.user("ann").await;
    ann.post("/api/v1/properties", listing::rent()).await.problem(403, "forbidden");
    // The last admin stays one.
    let _ = app.admin().await;
    app.execute("UPDATE users SET role = 'admin'").await;
    let _ = ann.post("/api/v1/properties", listing::rent()).await.expect(201);
    app.execute("UPDATE users SET role = 'user' WHERE auth_subject = 'user_ann'").await;
    ann.post("/api/v1/properties", listing::rent()).await.problem(403, "forbidden");
}

/// A row that does not say that it has changed is seen as it was, for so long.
#[tokio::test]
async fn somebody_is_remembered_for_a_while_and_no_longer() {
    let remembered = Duration::from_millis(700);
    let app = setup("bestays")
        .with(move |profile| profile.identity.user_cache = remembered)
        .spawn()
        .await;
    let ann = app.user("ann").await;
    app.execute(
        "ALTER TABLE users DISABLE TRIGGER users_updated_at; \
         UPDATE users SET updated_at = now() - interval '1 hour'",
    )
    .await;
    // Nothing is remembered before it is heard who has changed.
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        app.state().people.invalidate("user_ann").await;
        let asked = Instant::now();
        assert_eq!(ann.get("/api/v1/me").await.at("/role"), "user");
        app.execute("UPDATE users SET role = 'agent'").await;
        while ann.get("/api/v1/me").await.text_at("/role") == "user" {
            assert!(asked.elapsed() < remembered + Duration::from_secs(5), "still remembered");
            tokio::task::yield_now().await;
        }
        if asked.elapsed() >= remembered {
            break;
        }
        assert!(Instant::now() < deadline, "nobody is remembered");
        app.execute("UPDATE users SET role = 'user'").await;
    }
}

#[tokio::test]
async fn a_disabled_account_is_told_so_and_a_deleted_one_is_unknown() {
    let app =
        setup("bestays").with(|profile| profile.identity.user_cache = Duration::ZERO).spawn().await;
    let (ann, bob) = (app.agent("ann").await, app.agent("bob").await);
    app.execute("UPDATE users SET is_active = false WHERE auth_subject = 'user_ann'").await;
    app.execute("UPDATE users SET deleted_at = now() WHERE auth_subject = 'user_bob'").await;
    for path in ["/api/v1/me", "/api/v1/properties", "/health/live"] {
        ann.get(path).await.problem(403, "account_disabled");
    }
    ann.post("/api/v1/properties", listing::rent()).await.problem(403, "account_disabled");
    let gone = bob.get("/api/v1/me").await;
    assert_eq!(told(&gone), told(&app.anonymous().get("/api/v1/me").await));
    bob.post("/api/v1/properties", listing::rent()).await.problem(401, "unauthorized");
    let rows: i64 = app.value("SELECT count(*) FROM users").await;
    assert_eq!(rows, 2, "a deleted person came back");
}

#[tokio::test]
async fn the_realm_publishes_its_public_keys_and_nothing_else() {
    let apps = [spawn_app("bestays").await, spawn_app("realestate").await];
    let mut key_ids = BTreeSet::new();
    for app in &apps {
        let reply = app.anonymous().get("/.well-known/jwks.json").await.expect(200);
        let keys = reply.at("/keys").as_array().unwrap().clone();
        assert_eq!(keys.len(), 1, "{reply:?}");
        let fields: BTreeSet<_> = keys[0].as_object().unwrap().keys().map(String::as_str).collect();
        assert!(
            fields.is_subset(&BTreeSet::from(["kty", "kid", "alg", "use", "n", "e"])),
            "{fields:?}"
        );
        assert_eq!((&keys[0]["kty"], &keys[0]["alg"]), (&"RSA".into(), &"RS256".into()));
        key_ids.insert(keys[0]["kid"].as_str().unwrap().to_owned());
    }
    assert_eq!(key_ids.len(), 2, "two brands share a key");
}

#[tokio::test]
async fn a_token_is_good_for_its_own_brand_only() {
    let bestays = spawn_app("bestays").await;
    let realestate = spawn_app("realestate").await;
    let ours = bestays.admin().await;
    realestate.admin().await;
    let _ = ours.get("/api/v1/me").await.expect(200);
    realestate
        .bearer(ours.token.clone().unwrap())
        .get("/api/v1/me")
        .await
        .problem(401, "unauthorized");
}
