//! Keys come and go while the process runs.

use std::time::Duration;

use serde_json::json;
use terrace_identity::Rejection;

use crate::support::RemoteRealm;
use crate::support::keys::{FIRST, SECOND, jwks};
use crate::support::server::{until, within};

#[tokio::test]
async fn a_new_key_is_accepted_at_its_first_token() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    verifier.verify(&realm.token(&FIRST, "ins_1")).await.unwrap();

    realm.clock.advance(120);
    realm.server.publish(jwks(&[FIRST.jwk("ins_1"), SECOND.jwk("ins_2")]));
    verifier.verify(&realm.token(&SECOND, "ins_2")).await.unwrap();
    verifier.verify(&realm.token(&FIRST, "ins_1")).await.unwrap();
    assert_eq!(realm.server.fetches(), 2);
}

#[tokio::test]
async fn a_new_key_right_after_a_fetch_waits_for_the_floor_of_30_s() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    verifier.verify(&realm.token(&FIRST, "ins_1")).await.unwrap();
    realm.server.publish(jwks(&[SECOND.jwk("ins_2")]));
    let token = realm.lasting_token(&SECOND, "ins_2");

    realm.clock.advance(29);
    assert_eq!(verifier.verify(&token).await.err(), Some(Rejection::UnknownKey));
    assert_eq!(realm.server.fetches(), 1);
    realm.clock.advance(1);
    verifier.verify(&token).await.unwrap();
    assert_eq!(realm.server.fetches(), 2);
    assert_eq!(
        verifier.verify(&realm.token(&FIRST, "ins_1")).await.err(),
        Some(Rejection::UnknownKey)
    );
}

#[tokio::test]
async fn a_key_id_that_names_another_key_now_is_verified_with_that_one() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    verifier.verify(&realm.token(&FIRST, "ins_1")).await.unwrap();
    realm.server.publish(jwks(&[SECOND.jwk("ins_1")]));
    realm.clock.advance(600);
    assert_eq!(
        verifier.verify(&realm.token(&FIRST, "ins_1")).await.err(),
        Some(Rejection::Signature)
    );
    verifier.verify(&realm.token(&SECOND, "ins_1")).await.unwrap();
}

#[tokio::test]
async fn a_removed_key_is_refused_within_10_minutes_under_traffic() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    let token = realm.lasting_token(&FIRST, "ins_1");
    verifier.verify(&token).await.unwrap();
    realm.server.publish(jwks(&[SECOND.jwk("ins_2")]));

    let mut elapsed = 0;
    while verifier.verify(&token).await.is_ok() {
        until(|| verifier.key_status().fetches == realm.server.fetches() as u64).await;
        // A refresh under way is nobody's to wait for; let it land before time goes on.
        if verifier.key_status().fetches == 2 {
            until(|| verifier.key_status().age == Some(Duration::ZERO)).await;
        }
        realm.clock.advance(10);
        elapsed += 10;
        assert!(elapsed <= 600, "still accepted after {elapsed} s");
    }
    assert_eq!(
        elapsed, 310,
        "the first use after five minutes starts the refresh, the next one sees it"
    );
    assert_eq!(realm.server.fetches(), 2);
}

#[tokio::test]
async fn a_removed_key_is_refused_after_10_idle_minutes() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    let token = realm.lasting_token(&FIRST, "ins_1");
    verifier.verify(&token).await.unwrap();
    realm.server.publish(jwks(&[SECOND.jwk("ins_2")]));

    realm.clock.advance(600);
    assert_eq!(verifier.verify(&token).await.err(), Some(Rejection::UnknownKey));
}

#[tokio::test]
async fn keys_of_five_minutes_are_refreshed_behind_the_callers_back() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    let token = realm.lasting_token(&FIRST, "ins_1");
    verifier.verify(&token).await.unwrap();

    realm.clock.advance(299);
    verifier.verify(&token).await.unwrap();
    assert_eq!(verifier.key_status().fetches, 1);

    let gate = realm.server.hold(jwks(&[FIRST.jwk("ins_1")]));
    realm.clock.advance(1);
    within(verifier.verify(&token))
        .await
        .expect("without waiting for the answer that is held back");
    assert_eq!(verifier.key_status().fetches, 2);
    gate.notify_one();
    until(|| verifier.key_status().age == Some(Duration::ZERO)).await;
}

#[tokio::test]
async fn a_first_use_by_many_at_once_is_one_fetch() {
    let realm = RemoteRealm::start().await;
    let verifier = std::sync::Arc::new(realm.verifier());
    let gate = realm.server.hold(jwks(&[FIRST.jwk("ins_1")]));
    let token = realm.token(&FIRST, "ins_1");

    let callers: Vec<_> = (0..500)
        .map(|_| {
            let (verifier, token) = (std::sync::Arc::clone(&verifier), token.clone());
            tokio::spawn(async move { verifier.verify(&token).await })
        })
        .collect();
    realm.server.requested().await;
    gate.notify_one();
    for caller in callers {
        within(caller).await.unwrap().unwrap();
    }
    assert_eq!(realm.server.fetches(), 1);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_take_the_fetch_along() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    let gate = realm.server.hold(jwks(&[FIRST.jwk("ins_1")]));
    let token = realm.token(&FIRST, "ins_1");
    {
        let caller = verifier.verify(&token);
        tokio::select! {
            _ = caller => panic!("the answer is held back"),
            () = realm.server.requested() => {}
        }
    }
    gate.notify_one();
    until(|| verifier.key_status().usable).await;
    verifier.verify(&token).await.unwrap();
    assert_eq!(realm.server.fetches(), 1);
}

#[tokio::test]
async fn keeping_fresh_fetches_only_what_is_missing_or_old() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    for (pause, fetches) in [(0, 1), (0, 1), (299, 1), (1, 2), (60, 2), (240, 3)] {
        realm.clock.advance(pause);
        verifier.keep_keys_fresh().await;
        assert_eq!(realm.server.fetches(), fetches, "after {pause} s more");
    }
    let status = verifier.key_status();
    assert_eq!((status.keys, status.usable, status.failures), (1, true, 0));
    assert_eq!(json!(status.last_error), json!(null));
}
