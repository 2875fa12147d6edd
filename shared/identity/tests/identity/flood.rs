//! Tokens with made-up key ids must not make us hammer the realm, nor disturb anybody else.

use std::sync::Arc;

use terrace_identity::Rejection;

use crate::support::RemoteRealm;
use crate::support::forge::{base64url, header, unsigned};
use crate::support::keys::{FIRST, SECOND, jwks};
use crate::support::server::{until, within};

/// Good in every respect that can be checked without the key.
fn made_up(realm: &RemoteRealm, number: usize) -> String {
    let message = unsigned(
        &header(&format!("ins_made_up_{number}")).to_string(),
        &realm.claims().to_string(),
    );
    format!("{message}.{}", base64url([7; 256]))
}

#[tokio::test]
async fn ten_thousand_made_up_key_ids_are_one_fetch_per_30_s() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    verifier.keep_keys_fresh().await;

    // 100 a second for 100 s: fetches may begin at 30, 60 and 90 s.
    for number in 0..10_000 {
        if number % 100 == 0 {
            realm.clock.advance(1);
        }
        assert_eq!(
            verifier.verify(&made_up(&realm, number)).await.err(),
            Some(Rejection::UnknownKey)
        );
        if number % 500 == 0 {
            verifier.verify(&realm.token(&FIRST, "ins_1")).await.unwrap();
        }
    }
    assert_eq!(realm.server.fetches(), 1 + 3);
}

#[tokio::test]
async fn a_flood_does_not_keep_a_new_key_out() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    verifier.keep_keys_fresh().await;
    realm.server.publish(jwks(&[SECOND.jwk("ins_2")]));
    let mut waited = 0;
    while verifier.verify(&realm.lasting_token(&SECOND, "ins_2")).await.is_err() {
        for number in 0..100 {
            assert!(verifier.verify(&made_up(&realm, number)).await.is_err());
        }
        realm.clock.advance(1);
        waited += 1;
        assert!(waited <= 60, "kept out for more than a minute");
    }
    assert_eq!(waited, 30);
}

#[tokio::test]
async fn good_tokens_do_not_wait_for_the_fetch_a_flood_has_caused() {
    let realm = RemoteRealm::start().await;
    let verifier = Arc::new(realm.verifier());
    verifier.keep_keys_fresh().await;
    realm.clock.advance(30);
    let gate = realm.server.hold(jwks(&[FIRST.jwk("ins_1")]));

    let flood: Vec<_> = (0..1000)
        .map(|number| {
            let (verifier, token) = (Arc::clone(&verifier), made_up(&realm, number));
            tokio::spawn(async move { verifier.verify(&token).await.err() })
        })
        .collect();
    until(|| flood.iter().filter(|caller| caller.is_finished()).count() >= 1000 - 256).await;
    within(verifier.verify(&realm.token(&FIRST, "ins_1"))).await.unwrap();
    assert_eq!(
        flood.iter().filter(|caller| !caller.is_finished()).count(),
        256,
        "those that wait are bounded"
    );

    gate.notify_one();
    for caller in flood {
        assert_eq!(within(caller).await.unwrap(), Some(Rejection::UnknownKey));
    }
    assert_eq!(realm.server.fetches(), 2);
}
