//! The table of forgeries: each made from a good token by one change.

use serde_json::Value;
use terrace_identity::Rejection;

use super::{algorithms, claims, headers, signatures, structures};
use crate::support::clock::START;
use crate::support::forge::{header, set, signed};
use crate::support::keys::FIRST;
use crate::support::realm::claims_at;

pub(super) struct Forgery {
    pub(super) name: &'static str,
    pub(super) token: String,
    pub(super) reason: Rejection,
}

pub(super) fn all() -> Vec<Forgery> {
    let topics =
        [algorithms::all(), headers::all(), signatures::all(), claims::all(), structures::all()];
    topics.into_iter().flatten().collect()
}

pub(super) fn forgery(name: &'static str, token: String, reason: Rejection) -> Forgery {
    Forgery { name, token, reason }
}

pub(super) fn good_claims() -> Value {
    claims_at(START)
}

pub(super) fn with_header(name: &str, value: Value) -> String {
    signed(&FIRST, &set(header("ins_1"), name, value), &good_claims())
}

pub(super) fn with_claim(name: &str, value: Value) -> String {
    signed(&FIRST, &header("ins_1"), &set(good_claims(), name, value))
}
