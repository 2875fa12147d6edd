//! Tokens that end before their time.

use std::time::{Duration, Instant};

use terrace_testkit::{Caller, ClerkEvent, Token};

use super::Scene;

/// How soon every instance refuses what was revoked.
const SOON: Duration = Duration::from_secs(2);

/// A token that was made a while ago.
fn older(scene: &Scene, base: &Caller, subject: &str) -> Caller {
    let token = scene.app.token(&Token { age: Duration::from_secs(60), ..Token::of(subject) });
    with(base, token)
}

fn with(base: &Caller, token: String) -> Caller {
    let mut caller = base.clone();
    caller.token = Some(token);
    caller
}

/// Waits until a person is refused.
async fn refused(caller: &Caller) {
    answered(caller, 401).await;
}

/// Waits until a person is answered so.
async fn answered(caller: &Caller, status: u16) {
    let begun = Instant::now();
    while caller.get("/api/v1/me").await.status != status {
        assert!(begun.elapsed() < SOON, "no {status} after {:?}", begun.elapsed());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn every_instance_refuses_what_was_revoked_and_takes_what_is_made_after() {
    let scene = Scene::set().await;
    let (beside, _stops) = scene.app.beside_with(|_| ()).await;
    let here = older(&scene, &scene.app.anonymous(), "user_ann");
    let there = older(&scene, &beside, "user_ann");
    let bystander = older(&scene, &beside, "user_bob");
    for caller in [&here, &there, &bystander] {
        let _ = caller.get("/api/v1/me").await.expect(200);
    }
    let said = scene.said(&["users", "revoke", "--product", "bestays", "--user", "user_ann"]).await;
    assert!(said.contains("user_ann"), "{said}");
    let ((), ()) = tokio::join!(refused(&here), refused(&there));
    let _ = bystander.get("/api/v1/me").await.expect(200);
    here.get("/api/v1/properties").await.problem(401, "unauthorized");
    // A second later a new one is another's moment.
    scene.app.execute("UPDATE users SET revoked_before = now() - interval '2 seconds'").await;
    let fresh = scene.app.token(&Token::of("user_ann"));
    answered(&with(&beside, fresh), 200).await;
}

#[tokio::test]
async fn the_end_of_a_session_is_the_end_of_its_tokens() {
    let scene = Scene::set().await;
    for (kind, name) in [("revoked", "ann"), ("ended", "bob"), ("removed", "cat")] {
        let subject = format!("user_{name}");
        let caller = older(&scene, &scene.app.anonymous(), &subject);
        let _ = caller.get("/api/v1/me").await.expect(200);
        scene.hear(&ClerkEvent::session(kind, &subject)).await;
        refused(&caller).await;
    }
    // The end may be heard of before the person is.
    scene.hear(&ClerkEvent::session("revoked", "user_new")).await;
    let newcomer = older(&scene, &scene.app.anonymous(), "user_new");
    newcomer.get("/api/v1/me").await.problem(401, "unauthorized");
}

/// What another instance or an operator changes is seen as soon, although people are remembered.
#[tokio::test]
async fn a_role_that_is_taken_away_elsewhere_is_gone_as_soon() {
    let scene = Scene::set().await;
    let (beside, _stops) = scene
        .app
        .beside_with(|profile| profile.identity.user_cache = Duration::from_secs(3600))
        .await;
    let ann = scene.app.agent("ann").await;
    let there = with(&beside, ann.token.clone().unwrap());
    assert_eq!(there.get("/api/v1/me").await.expect(200).at("/role"), "agent");
    let _ = scene
        .said(&["users", "role", "--product", "bestays", "--user", "user_ann", "--role", "user"])
        .await;
    let begun = Instant::now();
    while there.get("/api/v1/me").await.at("/role") != "user" {
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        tokio::task::yield_now().await;
    }
}
