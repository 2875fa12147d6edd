//! Every forgery we know of is refused, for the reason it should be, without a fetch and without a
//! trace in the log.

mod algorithms;
mod claims;
mod headers;
mod signatures;
mod structures;
mod table;

use std::collections::BTreeSet;

use terrace_identity::Rejection;

use self::table::{Forgery, all};
use crate::support::keys::FIRST;
use crate::support::{RemoteRealm, log};

#[tokio::test]
async fn every_forgery_is_refused_for_its_reason_with_at_most_one_fetch() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    let (lines, _guard) = log::capture();

    let forgeries = all();
    assert!(forgeries.len() >= 34, "{}", forgeries.len());
    for Forgery { name, token, reason } in &forgeries {
        assert_eq!(verifier.verify(token).await.err(), Some(*reason), "{name}");
    }
    verifier.verify(&realm.token(&FIRST, "ins_1")).await.expect("what all of them were made from");
    assert!(realm.server.fetches() <= 1, "{} fetches", realm.server.fetches());

    let lines = lines.lock().unwrap();
    assert!(!lines.is_empty(), "the fetch itself is logged, so the capture works");
    for Forgery { name, token, .. } in &forgeries {
        let parts = token.split('.').filter(|part| part.len() > 20);
        for part in parts {
            assert!(!lines.iter().any(|line| line.contains(part)), "{name} is in the log");
        }
    }
}

#[tokio::test]
async fn only_a_token_that_could_be_good_causes_a_fetch() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    for Forgery { name, token, reason } in all() {
        if !matches!(reason, Rejection::Signature | Rejection::UnknownKey) {
            assert_eq!(verifier.verify(&token).await.err(), Some(reason), "{name}");
        }
    }
    assert_eq!(realm.server.fetches(), 0);
    assert_eq!(verifier.key_status().fetches, 0);
}

#[tokio::test]
async fn no_single_character_can_be_changed() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    let good = realm.token(&FIRST, "ins_1");
    verifier.verify(&good).await.unwrap();
    for (position, original) in good.char_indices() {
        for replacement in ['A', 'B', '_', '.', '=', '\u{e9}'] {
            if replacement != original {
                let mut changed = good.clone();
                changed.replace_range(position..=position, &replacement.to_string());
                verifier.verify(&changed).await.expect_err("a changed token");
            }
        }
        verifier.verify(&good[..position]).await.expect_err("a cut token");
    }
}

#[test]
fn every_reason_has_a_label_of_its_own() {
    let labels: BTreeSet<_> = all().iter().map(|forgery| forgery.reason.as_str()).collect();
    let reasons: BTreeSet<_> = all()
        .iter()
        .map(|forgery| match forgery.reason {
            Rejection::Claim(_) => "Claim".to_owned(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(labels.len(), reasons.len());
    assert!(
        labels
            .iter()
            .all(|label| { label.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') })
    );
}
