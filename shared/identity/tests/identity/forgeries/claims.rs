//! Signed by the realm, and still not good here.

use serde_json::{Value, json};
use terrace_identity::Rejection;

use super::table::{Forgery, forgery, good_claims, with_claim};
use crate::support::clock::START;
use crate::support::forge::{header, signed_text};
use crate::support::keys::FIRST;

pub(super) fn all() -> Vec<Forgery> {
    let malformed = |name, claim: &'static str, value| {
        forgery(name, with_claim(claim, value), Rejection::Claim(claim))
    };
    let issuer =
        |name, value: &str| forgery(name, with_claim("iss", json!(value)), Rejection::Issuer);
    let mut all = vec![
        forgery("expired by 6 s", with_claim("exp", json!(START - 6)), Rejection::Expired),
        forgery("nbf in 60 s", with_claim("nbf", json!(START + 60)), Rejection::NotYetValid),
        forgery("iat in 60 s", with_claim("iat", json!(START + 60)), Rejection::IssuedInFuture),
        malformed("exp 1e308", "exp", json!(1e308)),
        malformed("exp far beyond the calendar", "exp", json!(i64::MAX)),
        malformed("exp beyond 63 bits", "exp", json!(u64::MAX)),
        malformed("exp negative", "exp", json!(-1)),
        issuer("iss of the other product", "https://clerk.realestate.example"),
        issuer("iss with a trailing slash", "https://clerk.bestays.example/"),
        issuer("iss in upper case", "HTTPS://CLERK.BESTAYS.EXAMPLE"),
        issuer("iss of a subdomain", "https://clerk.bestays.example.evil.example"),
        malformed("iss list that holds ours", "iss", json!(["https://clerk.bestays.example"])),
        forgery(
            "azp evil",
            with_claim("azp", json!("https://evil.example")),
            Rejection::AuthorizedParty,
        ),
        forgery(
            "azp with a trailing slash",
            with_claim("azp", json!("http://localhost:5273/")),
            Rejection::AuthorizedParty,
        ),
        forgery(
            "azp null",
            signed_text(
                &FIRST,
                &header("ins_1").to_string(),
                &good_claims().to_string().replace("\"http://localhost:5273\"", "null"),
            ),
            Rejection::Claim("azp"),
        ),
        malformed("sub with a line break", "sub", json!("user_1\nadmin")),
        malformed("sub of 256 bytes", "sub", json!("u".repeat(256))),
        forgery("sub of a machine", with_claim("sub", json!("mch_1")), Rejection::Machine),
        forgery("sts pending", with_claim("sts", json!("pending")), Rejection::SessionStatus),
        forgery("sts unheard of", with_claim("sts", json!("suspended")), Rejection::SessionStatus),
        malformed("sts is not text", "sts", json!(true)),
        malformed("act without sub", "act", json!({ "iss": "https://dashboard.clerk.com" })),
        malformed("act is not an object", "act", json!("user_2")),
    ];
    for claim in ["iss", "sub", "sid", "azp", "exp", "nbf", "iat"] {
        all.push(malformed("required claim missing", claim, Value::Null));
        all.push(malformed("required claim a list", claim, json!(["user_1"])));
        all.push(malformed("required claim empty", claim, json!("")));
        all.push(malformed("required claim true", claim, json!(true)));
    }
    for claim in ["exp", "nbf", "iat"] {
        all.push(malformed("time as text", claim, json!(START.to_string())));
        all.push(malformed("time with a fraction", claim, json!(START as f64 + 0.5)));
    }
    all
}
