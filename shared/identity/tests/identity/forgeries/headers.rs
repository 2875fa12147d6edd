//! What a header may not ask for.

use serde_json::{Value, json};
use terrace_identity::Rejection;

use super::table::{Forgery, forgery, good_claims, with_header};
use crate::support::forge::{header, set, signed};
use crate::support::keys::{ATTACKER, FIRST};

pub(super) fn all() -> Vec<Forgery> {
    let attacker = |name: &str, value: Value| {
        signed(&ATTACKER, &set(header("ins_1"), name, value), &good_claims())
    };
    let kid = |name, value: Value| forgery(name, with_header("kid", value), Rejection::KeyId);
    vec![
        kid("kid missing", Value::Null),
        kid("kid empty", json!("")),
        kid("kid is a number", json!(1)),
        kid("kid is a path", json!("../../../../dev/null")),
        kid("kid is SQL", json!("ins_1' UNION SELECT 'secret' --")),
        kid("kid of 129 bytes", json!("k".repeat(129))),
        forgery("kid of 8 KB", with_header("kid", json!("k".repeat(8192))), Rejection::TooLong),
        forgery("embedded jwk", attacker("jwk", ATTACKER.jwk("ins_1")), Rejection::Header),
        forgery("jku", attacker("jku", json!("https://evil.example/jwks.json")), Rejection::Header),
        forgery("x5u", attacker("x5u", json!("https://evil.example/cert.pem")), Rejection::Header),
        forgery("x5c", attacker("x5c", json!(["MIIB"])), Rejection::Header),
        forgery("crit unknown", with_header("crit", json!(["exp"])), Rejection::Header),
        forgery(
            "crit b64",
            set_two("crit", json!(["b64"]), "b64", json!(false)),
            Rejection::Header,
        ),
        forgery("zip", with_header("zip", json!("DEF")), Rejection::Header),
        forgery("enc", with_header("enc", json!("A256GCM")), Rejection::Header),
        forgery("typ access token", with_header("typ", json!("at+jwt")), Rejection::TokenType),
        forgery("typ in another case", with_header("typ", json!("jwt")), Rejection::TokenType),
        forgery(
            "cat of a JWT template",
            with_header("cat", json!("cl_B7d4PD222AAA")),
            Rejection::TokenType,
        ),
        forgery(
            "cat of a machine token",
            with_header("cat", json!("cl_B7d4PD333AAA")),
            Rejection::TokenType,
        ),
        forgery(
            "cat is a list",
            with_header("cat", json!(["cl_B7d4PD111AAA"])),
            Rejection::TokenType,
        ),
    ]
}

fn set_two(first: &str, one: Value, second: &str, two: Value) -> String {
    signed(&FIRST, &set(set(header("ins_1"), first, one), second, two), &good_claims())
}
