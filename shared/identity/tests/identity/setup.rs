//! A verifier that could not do its work is refused when it is set up, in words an operator can act
//! on.

use std::sync::Arc;

use tempfile::TempDir;
use terrace_identity::{
    KeySource, KeySourceError, PublicKeys, RemoteKeys, RemoteOptions, Verifier, VerifierError,
};

use crate::support::keys::{FIRST, jwks};
use crate::support::realm::ISSUER;
use crate::support::{AZP, TestClock};

fn fixed(issuer: &str) -> KeySource {
    let document = jwks(&[FIRST.jwk("ins_1")]).to_string();
    KeySource::Fixed {
        issuer: issuer.to_owned(),
        keys: Arc::new(PublicKeys::from_jwks(document.as_bytes()).unwrap()),
    }
}

fn set_up(issuer: &str, parties: &[&str]) -> Result<(), VerifierError> {
    Verifier::new(issuer, parties.iter().copied(), fixed(issuer), TestClock::new()).map(drop)
}

#[test]
fn issuer_and_parties_are_required() {
    assert_eq!(set_up(ISSUER, &[AZP, "https://www.bestays.example"]), Ok(()));
    assert_eq!(set_up(ISSUER, &["com.bestays.app"]), Ok(()), "a native client");
    assert_eq!(set_up("", &[AZP]), Err(VerifierError::NoIssuer));
    assert_eq!(set_up(ISSUER, &[]), Err(VerifierError::NoAuthorizedParty));
}

#[test]
fn a_party_that_no_token_can_carry_is_named() {
    for party in [
        "https://www.bestays.example/",
        "https://WWW.bestays.example",
        "https://www.bestays.example:443",
        "",
        " ",
    ] {
        let error = set_up(ISSUER, &[AZP, party]).unwrap_err();
        assert_eq!(error, VerifierError::NotAnOrigin(party.to_owned()));
    }
}

#[test]
fn keys_of_another_realm_are_refused() {
    let error =
        Verifier::new(ISSUER, [AZP], fixed("https://clerk.realestate.example"), TestClock::new())
            .err();
    let error = error.expect("foreign keys");
    assert!(error.to_string().contains("https://clerk.realestate.example"), "{error}");
}

#[test]
fn keys_come_over_tls_or_from_this_machine() {
    let state = TempDir::new().unwrap();
    let set_up = |url: &str| {
        RemoteKeys::new(RemoteOptions::new(ISSUER, url, state.path()), TestClock::new())
    };
    for url in [
        "https://clerk.bestays.example/.well-known/jwks.json",
        "http://localhost:8101/jwks.json",
        "http://127.0.0.1:1/jwks.json",
        "http://[::1]:1/jwks.json",
    ] {
        assert!(set_up(url).is_ok(), "{url}");
    }
    for url in [
        "http://clerk.bestays.example/jwks.json",
        "http://localhost.evil.example/jwks.json",
        "http://10.0.0.1/jwks.json",
        "file:///etc/passwd",
        "clerk.bestays.example",
        "",
    ] {
        let error = set_up(url).expect_err(url);
        assert!(
            matches!(error, KeySourceError::Url { .. }) && error.to_string().contains(url),
            "{error}"
        );
    }
}
