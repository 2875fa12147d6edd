//! Tokens of people without an account.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use terrace_testkit::{setup, spawn_app};

use super::{FAVOURITES, MERGE, SEARCHES, Visitor, favourite};
use terrace_testkit::listing;

#[tokio::test]
async fn a_token_opens_lists_and_nothing_is_kept_before_they_are_used() {
    let app = spawn_app("bestays").await;
    let visitor = Visitor::new(&app).await;
    let made = app.anonymous().post_empty("/api/v1/visitors").await.expect(201);
    assert_eq!(made.header("cache-control"), "private, no-store");
    assert_eq!(made.header("set-cookie"), "");
    let _ = visitor.get(FAVOURITES).await.expect(200);
    assert_eq!(app.value::<i64>("SELECT count(*) FROM visitors").await, 0);

    let villa = app.agent("somchai").await.create_published(listing::rent()).await;
    let _ = visitor.post(FAVOURITES, favourite(&villa)).await.expect(201);
    assert_eq!(app.value::<i64>("SELECT count(*) FROM visitors").await, 1);

    // A fresh token is of the same visitor; the old one goes on until it ends.
    let renewed = visitor.caller.post_empty("/api/v1/visitors");
    let renewed = renewed.header("visitor-token", &visitor.token).await.expect(201);
    let renewed = Visitor { token: renewed.text_at("/token"), ..visitor.clone() };
    assert_eq!(renewed.id(), visitor.id());
    let seen = renewed.get(&format!("{FAVOURITES}/ids")).await.expect(200);
    assert_eq!(seen.at("/ids/0"), villa.id.to_string());
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_refused_everywhere() {
    let (app, other) = (spawn_app("bestays").await, spawn_app("realestate").await);
    let visitor = Visitor::new(&app).await;
    let foreign = Visitor::new(&other).await;
    let bytes = URL_SAFE_NO_PAD.decode(&visitor.token).unwrap();
    let changed = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        URL_SAFE_NO_PAD.encode(bytes)
    };
    let person = app.user("malee").await;
    let bad: Vec<String> = vec![
        foreign.token.clone(),
        // Another id, another time, another signature.
        changed(0),
        changed(20),
        changed(40),
        visitor.token[..visitor.token.len() - 1].to_owned(),
        format!("{}A", visitor.token),
        format!("{}=", visitor.token),
        URL_SAFE_NO_PAD.encode([0; 56]),
        "x".repeat(5000),
        "null".to_owned(),
        " ".to_owned(),
        person.token.clone().unwrap(),
    ];
    for token in &bad {
        let forger = Visitor { token: token.clone(), ..visitor.clone() };
        for path in [FAVOURITES, SEARCHES, "/api/v1/alerts"] {
            forger.get(path).await.problem(401, "unauthorized");
        }
        // A bad body does not outrun the token.
        let call = forger.post(FAVOURITES, serde_json::json!({"nonsense": 1}));
        call.await.problem(401, "unauthorized");
        forger.merge_into(&person).await.problem(401, "unauthorized");
        let renew = app.anonymous().post_empty("/api/v1/visitors");
        renew.header("visitor-token", token).await.problem(401, "unauthorized");
    }
    // Not ASCII, and twice.
    let raw = app.anonymous().get(FAVOURITES).header("visitor-token", b"\xff\xfe");
    raw.await.problem(401, "unauthorized");
    let twice = visitor.get(FAVOURITES).header("visitor-token", &visitor.token);
    twice.await.problem(401, "unauthorized");
    app.anonymous().get(FAVOURITES).await.problem(401, "unauthorized");
    // In the address it is no token at all.
    let path = format!("{FAVOURITES}?visitor_token={}", visitor.token);
    app.anonymous().get(&path).await.problem(401, "unauthorized");
    person.post_empty(MERGE).await.problem(400, "invalid_parameter");
    // The good one is good.
    let _ = visitor.get(FAVOURITES).await.expect(200);
}

/// Another secret ends every token, even of the same brand.
#[tokio::test]
async fn a_new_secret_ends_what_the_old_one_signed() {
    let app = spawn_app("bestays").await;
    let visitor = Visitor::new(&app).await;
    let other = setup("bestays")
        .with(|profile| profile.visitors.secret = "another secret of the very same brand".into())
        .spawn()
        .await;
    let there = Visitor { caller: other.anonymous(), token: visitor.token };
    there.get(FAVOURITES).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn tokens_are_handed_out_like_everything_that_anyone_may_write() {
    let app =
        setup("bestays").with(|profile| profile.limits.public_writes_per_hour = 3).spawn().await;
    let visitor = Visitor::new(&app).await;
    for _ in 0..2 {
        let _ = Visitor::new(&app).await;
    }
    app.anonymous().post_empty("/api/v1/visitors").await.problem(429, "rate_limited");
    // Hearts are not counted among them.
    let villa = app.agent("somchai").await.create_published(listing::rent()).await;
    for _ in 0..5 {
        let reply = visitor.post(FAVOURITES, favourite(&villa)).await;
        assert!(reply.status < 300, "{reply:?}");
    }
}

#[tokio::test]
async fn who_is_not_seen_for_long_is_forgotten() {
    let app = spawn_app("bestays").await;
    let villa = app.agent("somchai").await.create_published(listing::rent()).await;
    let (gone, back) = (Visitor::new(&app).await, Visitor::new(&app).await);
    for visitor in [&gone, &back] {
        let _ = visitor.post(FAVOURITES, favourite(&villa)).await.expect(201);
    }
    app.execute("UPDATE visitors SET seen_at = now() - interval '181 days'").await;
    // Looking is enough to be remembered.
    let _ = back.get(FAVOURITES).await.expect(200);
    terrace_server::platform::retention::sweep(&app.state()).await.unwrap();
    let left: Vec<uuid::Uuid> = app.values("SELECT visitor_id FROM favourites").await;
    assert_eq!(left, [back.id()]);
}
