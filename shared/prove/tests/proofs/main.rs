//! Every proof is green, and red without each protection: small settings, on every change.
//!
//! Each test has a PostgreSQL of its own, which some of them kill; all are copies of one that is
//! prepared by whichever comes first.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::{
    path::PathBuf,
    sync::{Arc, Weak},
};

use terrace_prove::{Extent, Order, PROOFS, Place, Prepared, run};
use tokio::sync::Mutex;

/// Lives as long as a test that uses it.
static PREPARED: Mutex<Weak<Prepared>> = Mutex::const_new(Weak::new());

async fn prepared(place: Place) -> Arc<Prepared> {
    let mut prepared = PREPARED.lock().await;
    if let Some(prepared) = prepared.upgrade() {
        return prepared;
    }
    let new = Arc::new(Prepared::new(place).await.expect("a brand to copy from"));
    *prepared = Arc::downgrade(&new);
    new
}

async fn holds(name: &str) {
    let proof = terrace_prove::table::find(name).expect("a proof of this name");
    let place = match Place::find(PathBuf::from(env!("CARGO_BIN_EXE_prove"))) {
        Ok(place) => place,
        // A server that the environment names cannot be killed.
        Err(error) => return eprintln!("SKIPPED {name}: {error}"),
    };
    let prepared = prepared(place).await;
    let mutants = proof.mutants.iter().map(|mutant| Some(mutant.name.to_owned()));
    for mutant in std::iter::once(None).chain(mutants) {
        let order = Order { extent: Extent::Small, settings: [].into(), seed: 1, mutant };
        let ended = run(&prepared, proof, &order).await.expect("the proof is carried out");
        println!("{}", ended.line);
        assert!(ended.is_as_expected, "{:#}", ended.line);
    }
}

macro_rules! proofs {
    ($($test:ident = $name:literal,)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() { holds($name).await; })*

        const TESTED: &[&str] = &[$($name),*];
    };
}

proofs! {
    booking_race = "booking-race",
    confirm_race = "confirm-race",
    holds_end = "holds",
    hoard = "hoard",
    ical_conflict = "ical-conflict",
    ical_race = "ical-race",
    history = "history",
    chat_inject = "chat-inject",
    idem = "idem",
    rst_storm = "rst-storm",
    kill9_api = "kill9-api",
    kill9_pg = "kill9-pg",
    rls_sql = "rls-sql",
    rls_pool = "rls-pool",
    canary = "canary",
    erasure = "erasure",
    idem_listings = "idem-listings",
    rst_storm_listings = "rst-storm-listings",
    kill9_api_listings = "kill9-api-listings",
    kill9_pg_listings = "kill9-pg-listings",
    cross_brand = "cross-brand",
    forge = "forge",
    jwks_down = "jwks-down",
    kid_flood = "kid-flood",
    realm_webhooks = "webhooks",
}

#[test]
fn every_proof_is_run() {
    let all: Vec<_> = PROOFS.iter().map(|proof| proof.name).collect();
    assert_eq!(all, TESTED);
}
