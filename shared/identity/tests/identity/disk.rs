//! The copy on disk: private, whole, and of this realm only.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use terrace_identity::{KeySource, KeySourceError, Rejection, RemoteKeys, RemoteOptions, Verifier};

use crate::support::clock::START;
use crate::support::keys::{FIRST, SECOND, jwks};
use crate::support::realm::ISSUER;
use crate::support::server::{Answer, within};
use crate::support::{AZP, RemoteRealm};

fn stored(issuer: &str, fetched_at: i64) -> Value {
    json!({ "issuer": issuer, "fetched_at": fetched_at, "jwks": jwks(&[FIRST.jwk("ins_1")]) })
}

/// What a process makes of this file when it cannot reach the realm.
async fn outcome_with(content: &str) -> Result<(), Rejection> {
    let realm = RemoteRealm::start().await;
    realm.server.answer(Answer::Cut);
    fs::write(realm.state.path().join("jwks.json"), content).unwrap();
    within(realm.verifier().verify(&realm.token(&FIRST, "ins_1"))).await.map(drop)
}

#[tokio::test]
async fn the_copy_is_private_and_alone() {
    let realm = RemoteRealm::start().await;
    let directory = realm.state.path().join("deep/er");
    let options = RemoteOptions::new(ISSUER, realm.server.url("/"), &directory);
    let keys = RemoteKeys::new(options, realm.clock.clone()).unwrap();
    let verifier =
        Verifier::new(ISSUER, [AZP], KeySource::Remote(keys), realm.clock.clone()).unwrap();
    verifier.keep_keys_fresh().await;

    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(mode(&directory.join("jwks.json")), 0o600);
    let names: Vec<_> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["jwks.json"], "no temporary file is left");
}

#[tokio::test]
async fn the_copy_follows_the_realm() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    verifier.keep_keys_fresh().await;
    realm.server.publish(jwks(&[SECOND.jwk("ins_2")]));
    realm.clock.advance(300);
    verifier.keep_keys_fresh().await;

    realm.server.answer(Answer::Cut);
    let (restarted, _) = realm.restarted();
    within(restarted.verify(&realm.token(&SECOND, "ins_2"))).await.unwrap();
    assert_eq!(
        within(restarted.verify(&realm.token(&FIRST, "ins_1"))).await.err(),
        Some(Rejection::UnknownKey)
    );
}

#[tokio::test]
async fn a_copy_is_used_only_when_it_is_whole_ours_and_of_our_time() {
    let good = stored(ISSUER, START - 3600).to_string();
    let refused = Err(Rejection::KeysUnavailable);
    assert_eq!(outcome_with(&good).await, Ok(()));
    assert_eq!(outcome_with(&stored(ISSUER, START - 86_400).to_string()).await, Ok(()));
    assert_eq!(
        outcome_with(&stored(ISSUER, START - 86_401).to_string()).await,
        refused,
        "older than a day"
    );
    assert_eq!(
        outcome_with(&stored(ISSUER, START + 300).to_string()).await,
        Ok(()),
        "clocks differ a little"
    );
    assert_eq!(
        outcome_with(&stored(ISSUER, START + 301).to_string()).await,
        refused,
        "from the future"
    );
    assert_eq!(outcome_with(&stored(ISSUER, i64::MIN).to_string()).await, refused);
    assert_eq!(
        outcome_with(&stored("https://clerk.realestate.example", START).to_string()).await,
        refused
    );
    for end in [0, 1, good.len() / 2, good.len() - 1] {
        assert_eq!(outcome_with(&good[..end]).await, refused, "cut at {end}");
    }
}

#[tokio::test]
async fn a_copy_that_cannot_be_used_is_replaced() {
    let realm = RemoteRealm::start().await;
    fs::write(realm.state.path().join("jwks.json"), "{").unwrap();
    realm.verifier().keep_keys_fresh().await;
    realm.server.answer(Answer::Cut);
    let (restarted, _) = realm.restarted();
    within(restarted.verify(&realm.token(&FIRST, "ins_1"))).await.unwrap();
}

#[tokio::test]
async fn a_disk_that_cannot_be_written_does_not_stop_verification() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    // Works for root as well, whom permissions do not stop.
    fs::create_dir(realm.state.path().join("jwks.json")).unwrap();
    fs::write(realm.state.path().join("jwks.json/in_the_way"), "").unwrap();
    verifier.keep_keys_fresh().await;
    verifier.verify(&realm.token(&FIRST, "ins_1")).await.unwrap();
    assert_eq!(
        fs::read_dir(realm.state.path()).unwrap().count(),
        1,
        "the temporary file is removed"
    );
}

#[tokio::test]
async fn a_state_directory_that_cannot_be_made_is_an_error_that_names_it() {
    let realm = RemoteRealm::start().await;
    let file = realm.state.path().join("file");
    fs::write(&file, "").unwrap();
    let options = RemoteOptions::new(ISSUER, realm.server.url("/"), file.join("state"));
    let error = RemoteKeys::new(options, realm.clock.clone()).unwrap_err();
    assert!(matches!(error, KeySourceError::StateDir { .. }));
    assert!(error.to_string().contains("file/state"), "{error}");
}
