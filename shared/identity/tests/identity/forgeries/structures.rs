//! Not a token of three parts, each an object with distinct keys.

use serde_json::json;
use terrace_identity::Rejection;

use super::table::{Forgery, forgery, good_claims, with_claim};
use crate::support::forge::{header, signed, signed_text};
use crate::support::keys::FIRST;

pub(super) fn all() -> Vec<Forgery> {
    let good = signed(&FIRST, &header("ins_1"), &good_claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let head = header("ins_1").to_string();
    let doubled = |text: &str, extra: &str| text.replacen('{', &format!("{{{extra},"), 1);
    let body = good_claims().to_string();
    let not_json =
        |name, payload: &str| forgery(name, signed_text(&FIRST, &head, payload), Rejection::Json);
    vec![
        forgery("empty", String::new(), Rejection::Structure),
        forgery("a word", "token".to_owned(), Rejection::Structure),
        forgery("two parts", message.to_owned(), Rejection::Structure),
        forgery("four parts", format!("{good}.{signature}"), Rejection::Structure),
        forgery("JWE: five parts", format!("{good}.{signature}.{signature}"), Rejection::Structure),
        forgery("five dots", ".....".to_owned(), Rejection::Structure),
        forgery("two dots", "..".to_owned(), Rejection::Json),
        forgery("20 KB", with_claim("pad", json!("x".repeat(20_000))), Rejection::TooLong),
        forgery("20 KB of dots", ".".repeat(20_000), Rejection::TooLong),
        not_json("sub twice", &doubled(&body, r#""sub":"user_admin""#)),
        not_json("sub twice, once escaped", &doubled(&body, r#""\u0073ub":"user_admin""#)),
        not_json(
            "role twice, nested",
            &doubled(&body, r#""metadata":{"role":"user","role":"admin"}"#),
        ),
        not_json("payload is a list", "[]"),
        not_json("payload with a tail", &format!("{body}{{}}")),
        not_json("payload not JSON", "sub=user_1"),
        forgery(
            "alg twice",
            signed_text(&FIRST, &doubled(&head, r#""alg":"none""#), &body),
            Rejection::Json,
        ),
        forgery(
            "kid twice",
            signed_text(&FIRST, &doubled(&head, r#""kid":"ins_9""#), &body),
            Rejection::Json,
        ),
        forgery("header is a list", signed_text(&FIRST, "[]", &body), Rejection::Json),
    ]
}
