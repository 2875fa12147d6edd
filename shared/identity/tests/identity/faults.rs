//! The endpoint is down, slow or lying: the last good keys serve on.

use std::time::Duration;

use serde_json::json;
use terrace_identity::{Rejection, Verifier};

use crate::support::RemoteRealm;
use crate::support::keys::{FIRST, SECOND, jwks};
use crate::support::server::{Answer, JwksServer, ok, until, with_status, within};

const DAY: u32 = 24 * 3600;

/// Runs one refresh to its end and gives the reason it failed for.
async fn refreshed(realm: &RemoteRealm, verifier: &Verifier) -> Option<String> {
    realm.clock.advance(300);
    within(verifier.keep_keys_fresh()).await;
    verifier.key_status().last_error
}

#[tokio::test]
async fn known_keys_serve_for_24_hours_without_the_endpoint_and_no_longer() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    let token = realm.lasting_token(&FIRST, "ins_1");
    verifier.verify(&token).await.unwrap();
    realm.server.answer(Answer::Cut);

    for hour in 1..=24 {
        realm.clock.advance(3600);
        within(verifier.verify(&token))
            .await
            .unwrap_or_else(|reason| panic!("after {hour} h: {reason}"));
        assert_eq!(
            verifier.verify(&realm.token(&SECOND, "ins_2")).await.err(),
            Some(Rejection::UnknownKey)
        );
        until(|| verifier.key_status().failures + 1 == verifier.key_status().fetches).await;
    }
    assert!(verifier.key_status().last_error.is_some());
    realm.clock.advance(1);
    assert_eq!(within(verifier.verify(&token)).await.err(), Some(Rejection::KeysUnavailable));
    assert!(!verifier.key_status().usable);

    realm.server.publish(jwks(&[FIRST.jwk("ins_1")]));
    realm.clock.advance(30);
    verifier.verify(&token).await.expect("the endpoint is back");
    assert_eq!(verifier.key_status().last_error, None);
}

#[tokio::test]
async fn a_restart_without_the_endpoint_serves_from_disk_for_what_is_left_of_24_hours() {
    let realm = RemoteRealm::start().await;
    let token = realm.lasting_token(&FIRST, "ins_1");
    realm.verifier().keep_keys_fresh().await;
    realm.server.answer(Answer::Cut);

    realm.clock.advance(10 * 3600);
    let (verifier, clock) = realm.restarted();
    within(verifier.verify(&token)).await.unwrap();
    clock.advance(DAY - 10 * 3600);
    within(verifier.verify(&token)).await.unwrap();
    clock.advance(1);
    assert_eq!(within(verifier.verify(&token)).await.err(), Some(Rejection::KeysUnavailable));

    realm.clock.advance(DAY - 10 * 3600 + 1);
    let (verifier, _) = realm.restarted();
    assert_eq!(within(verifier.verify(&token)).await.err(), Some(Rejection::KeysUnavailable));
}

#[tokio::test]
async fn a_first_start_without_the_endpoint_refuses_and_recovers() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    realm.server.answer(Answer::Cut);
    let token = realm.lasting_token(&FIRST, "ins_1");
    assert_eq!(within(verifier.verify(&token)).await.err(), Some(Rejection::KeysUnavailable));
    realm.server.publish(jwks(&[FIRST.jwk("ins_1")]));
    realm.clock.advance(29);
    assert_eq!(within(verifier.verify(&token)).await.err(), Some(Rejection::KeysUnavailable));
    assert_eq!(realm.server.fetches(), 1);
    realm.clock.advance(1);
    verifier.verify(&token).await.unwrap();
}

#[tokio::test]
async fn an_endpoint_that_never_answers_costs_one_wait_and_then_none() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier_with(&realm.clock, Duration::from_millis(200));
    let token = realm.lasting_token(&FIRST, "ins_1");
    verifier.verify(&token).await.unwrap();
    let _never = realm.server.hold(json!({}));

    realm.clock.advance(3600);
    within(verifier.verify(&token)).await.expect("served after the fetch timed out");
    assert_eq!(verifier.key_status().failures, 1);
    realm.clock.advance(60);
    within(verifier.verify(&token)).await.expect("served at once");
    let status = verifier.key_status();
    assert_eq!((status.fetches, status.failures), (3, 1), "the third fetch was still on its way");
}

#[tokio::test]
async fn a_jump_of_the_wall_clock_does_not_age_the_keys() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    verifier.keep_keys_fresh().await;
    realm.server.answer(Answer::Cut);
    for jump in [-2 * i64::from(DAY), 2 * i64::from(DAY)] {
        realm.clock.set_wall(crate::support::clock::START + jump);
        verifier.verify(&realm.token(&FIRST, "ins_1")).await.unwrap();
    }
    assert_eq!(realm.server.fetches(), 1);
}

#[tokio::test]
async fn an_answer_that_is_no_key_set_changes_nothing() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    let token = realm.lasting_token(&FIRST, "ins_1");
    verifier.verify(&token).await.unwrap();

    let elsewhere = JwksServer::start().await;
    elsewhere.publish(jwks(&[SECOND.jwk("ins_2")]));
    let location = format!("location: {}\r\n", elsewhere.url("/jwks.json"));
    let good = jwks(&[SECOND.jwk("ins_2")]).to_string();
    let large = format!("{good}{}", " ".repeat(65_537 - good.len()));
    let cut = ok(good.as_bytes());

    for (name, answer, reason) in [
        ("redirect", Answer::Raw(with_status("302 Found", &location, b"")), "302"),
        (
            "permanent redirect",
            Answer::Raw(with_status("308 Permanent Redirect", &location, b"")),
            "308",
        ),
        (
            "error",
            Answer::Raw(with_status("500 Internal Server Error", "", good.as_bytes())),
            "500",
        ),
        (
            "another success",
            Answer::Raw(with_status("203 Non-Authoritative Information", "", good.as_bytes())),
            "203",
        ),
        ("64 KB and a byte", Answer::Raw(ok(large.as_bytes())), "64 KB"),
        ("endless", Answer::Endless, "64 KB"),
        ("cut body", Answer::Raw(cut[..cut.len() - 1].to_vec()), "request failed"),
        ("no answer", Answer::Cut, "request failed"),
        ("not HTTP", Answer::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), "request failed"),
        ("not JSON", Answer::Raw(ok(b"<html>maintenance</html>")), "not a JSON Web Key Set"),
        ("empty set", Answer::Raw(ok(br#"{"keys":[]}"#)), "none of its 0 keys"),
    ] {
        realm.server.answer(answer);
        let error =
            refreshed(&realm, &verifier).await.unwrap_or_else(|| panic!("{name} was accepted"));
        assert!(error.contains(reason), "{name}: {error}");
        within(verifier.verify(&token))
            .await
            .unwrap_or_else(|refused| panic!("after {name}: {refused}"));
        assert_eq!(
            verifier.verify(&realm.token(&SECOND, "ins_2")).await.err(),
            Some(Rejection::UnknownKey),
            "{name}"
        );
    }
    assert_eq!(elsewhere.fetches(), 0, "the redirect was followed");

    realm.server.answer(Answer::Raw(ok(&large.as_bytes()[..65_536])));
    assert_eq!(refreshed(&realm, &verifier).await, None, "64 KB exactly");
    verifier.verify(&realm.token(&SECOND, "ins_2")).await.unwrap();
}

#[tokio::test]
async fn tls_needs_no_provider_installed_by_the_process() {
    let realm = RemoteRealm::start().await;
    let url = realm.server.url("/").replace("http://", "https://");
    let verifier = crate::support::realm::verifier(
        &url,
        realm.state.path(),
        &realm.clock,
        Duration::from_secs(5),
    );
    let token = realm.token(&FIRST, "ins_1");
    assert_eq!(within(verifier.verify(&token)).await.err(), Some(Rejection::KeysUnavailable));
    let error = verifier.key_status().last_error.unwrap_or_default();
    assert!(error.contains("tls") || error.contains("eof"), "a failed handshake: {error}");
}
