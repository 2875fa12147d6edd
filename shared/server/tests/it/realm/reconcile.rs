//! What no delivery told is found by asking.

use terrace_testkit::{ClerkMode, clerk_user};

use super::{Scene, at, person, updated};

const RECONCILE: [&str; 4] = ["users", "reconcile", "--product", "bestays"];

#[tokio::test]
async fn what_differs_is_shown_and_made_good() {
    let scene = Scene::set().await;
    // More than two pages; one of them already known, one changed, one gone.
    for nth in 0..230 {
        scene.clerk.put(clerk_user(&format!("user_{nth:03}"), at(0)));
    }
    scene.clerk.put(clerk_user("user_admin", at(0)));
    scene.hear(&updated(&person("user_000", 0, None))).await;
    scene.hear(&updated(&person("user_001", 0, None))).await;
    scene.hear(&updated(&person("user_left", 0, None))).await;
    scene.clerk.put(person("user_001", 5, Some("agent")));

    let (well, said) = scene.terrace(&RECONCILE).await;
    assert!(well, "{said}");
    assert!(said.contains("231 of the realm, 4 here, 231 differ"), "{said}");
    assert!(said.contains("nothing was changed; repeat with --apply"), "{said}");
    assert_eq!(scene.row("user_001").await["role"], "user");

    let apply = [&RECONCILE[..], &["--apply"]].concat();
    scene.clerk.set_mode(ClerkMode::Busy);
    let said = scene.said(&apply).await;
    assert!(said.contains("user_left") && said.contains("gone"), "{said}");
    assert_eq!(scene.row("user_001").await["role"], "agent");
    assert!(scene.row("user_left").await["deleted_at"].is_string());
    let people: i64 = scene.app.value("SELECT count(*) FROM users WHERE deleted_at IS NULL").await;
    assert_eq!(people, 231);
    assert!(scene.row("user_admin").await["deleted_at"].is_null());
    let pages: Vec<_> =
        scene.clerk.asked().into_iter().filter(|asked| asked.contains("offset=")).collect();
    assert!(pages.iter().any(|page| page.contains("offset=200")), "{pages:?}");
    scene.clerk.set_mode(ClerkMode::Serving);
    let said = scene.said(&apply).await;
    assert!(said.contains("231 of the realm, 231 here, 0 differ"), "{said}");
}

/// The last admin stays one, and the command says so and fails.
#[tokio::test]
async fn what_the_brand_refuses_is_told() {
    let scene = Scene::set().await;
    scene.clerk.put(clerk_user("user_ann", at(0)));
    let (well, said) = scene.terrace(&[&RECONCILE[..], &["--apply"]].concat()).await;
    assert!(!well && said.contains("stays admin"), "{said}");
    assert!(scene.row("user_admin").await["closed_at"].is_null());
    assert_eq!(scene.row("user_ann").await["email"], "user_ann@realm.example");
}

/// Whatever the realm still tells of somebody who was erased here, by itself or when asked, they
/// are nobody new.
#[tokio::test]
async fn who_was_erased_does_not_come_back() {
    let scene = Scene::set().await;
    scene.clerk.put(clerk_user("user_admin", at(0)));
    scene.clerk.put(clerk_user("user_ann", at(0)));
    let _ = scene.said(&[&RECONCILE[..], &["--apply"]].concat()).await;
    let id = scene.row("user_ann").await["id"].as_str().unwrap().to_owned();
    let erase = ["subject", "erase", "--product", "bestays", "--user", &id, "--yes"];
    let _ = scene.said(&erase).await;
    let later = person("user_ann", 60, Some("agent"));
    scene.clerk.put(later.clone());
    scene.hear(&updated(&later)).await;
    assert_eq!(scene.states().await, ["ignored"]);
    let said = scene.said(&[&RECONCILE[..], &["--apply"]].concat()).await;
    assert!(said.contains("2 of the realm, 1 here, 0 differ"), "{said}");
    let kept: String = scene.app.value("SELECT string_agg(u::text, '') FROM users u").await;
    assert!(!kept.contains("user_ann"), "{kept}");
}

/// A wrong key and a wrong answer close nobody's account.
#[tokio::test]
async fn a_realm_that_knows_nobody_is_not_believed() {
    let scene = Scene::set().await;
    let apply = [&RECONCILE[..], &["--apply"]].concat();
    let (well, said) = scene.terrace(&apply).await;
    assert!(!well && said.contains("Clerk knows nobody"), "{said}");
    for nth in 0..20 {
        scene.app.user(&format!("ours-{nth}")).await;
    }
    scene.clerk.put(clerk_user("user_admin", at(0)));
    let (well, said) = scene.terrace(&apply).await;
    assert!(!well && said.contains("20 of 21 people") && said.contains("--many"), "{said}");
    for (mode, told) in
        [(ClerkMode::Failing, "it answers 500"), (ClerkMode::Hanging, "asked 5 times in vain")]
    {
        scene.clerk.set_mode(mode);
        let (well, said) = scene.terrace(&apply).await;
        assert!(!well && said.contains(told) && !said.contains("sk_test"), "{said}");
    }
    let gone: i64 = scene.app.value("SELECT count(*) FROM users WHERE closed_at IS NOT NULL").await;
    assert_eq!(gone, 0);
}
