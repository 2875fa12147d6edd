//! A good message that its signature does not cover.

use serde_json::json;
use terrace_identity::Rejection;

use super::table::{Forgery, forgery, good_claims, with_claim};
use crate::support::forge::{base64url, header, set, signed};
use crate::support::keys::{ATTACKER, FIRST};

pub(super) fn all() -> Vec<Forgery> {
    let good = signed(&FIRST, &header("ins_1"), &good_claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let other = with_claim("sub", json!("user_2"));
    let foreign_signature = other.rsplit_once('.').unwrap().1;
    let mut flipped = FIRST.sign(message.as_bytes());
    flipped[100] ^= 1;
    let mut longer = FIRST.sign(message.as_bytes());
    longer.push(0);
    let admin = base64url(set(good_claims(), "sub", json!("user_admin")).to_string());
    let (head, _) = message.split_once('.').unwrap();
    vec![
        forgery(
            "attacker's key, known kid",
            signed(&ATTACKER, &header("ins_1"), &good_claims()),
            Rejection::Signature,
        ),
        forgery(
            "unknown kid",
            signed(&ATTACKER, &header("ins_9"), &good_claims()),
            Rejection::UnknownKey,
        ),
        forgery(
            "kid in another case",
            signed(&FIRST, &header("INS_1"), &good_claims()),
            Rejection::UnknownKey,
        ),
        // The same instance id in two realms: the key set is ours, so the foreign signature fails.
        forgery(
            "another product's key, same kid",
            signed(&ATTACKER, &header("ins_1"), &good_claims()),
            Rejection::Signature,
        ),
        forgery("signature empty", format!("{message}."), Rejection::Signature),
        forgery(
            "signature truncated",
            format!("{message}.{}", &signature[..signature.len() - 4]),
            Rejection::Signature,
        ),
        forgery(
            "signature longer",
            format!("{message}.{}", base64url(longer)),
            Rejection::Signature,
        ),
        forgery(
            "one bit flipped",
            format!("{message}.{}", base64url(flipped)),
            Rejection::Signature,
        ),
        forgery(
            "signature of another token",
            format!("{message}.{foreign_signature}"),
            Rejection::Signature,
        ),
        forgery("payload changed", format!("{head}.{admin}.{signature}"), Rejection::Signature),
        forgery("signature padded", format!("{good}=="), Rejection::Signature),
        forgery("signature with a newline", format!("{good}\n"), Rejection::Signature),
        forgery("payload padded", format!("{message}=.{signature}"), Rejection::Encoding),
        forgery("leading space", format!(" {good}"), Rejection::Encoding),
        forgery("scheme left in front", format!("Bearer {good}"), Rejection::Encoding),
    ]
}
