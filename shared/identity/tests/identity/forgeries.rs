//! Every forgery we know of is refused, for the reason it should be, without a fetch and without a trace in the log.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA384,
    RSA_PSS_SHA256,
};
use aws_lc_rs::{hmac, rsa};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use terrace_identity::Rejection;

use crate::support::clock::START;
use crate::support::forge::{
    base64url, header, set, signed, signed_text, unsigned, with_signature,
};
use crate::support::keys::{ATTACKER, FIRST};
use crate::support::realm::claims_at;
use crate::support::{RemoteRealm, log};

struct Forgery {
    name: &'static str,
    token: String,
    reason: Rejection,
}

fn forgery(name: &'static str, token: String, reason: Rejection) -> Forgery {
    Forgery {
        name,
        token,
        reason,
    }
}

fn good_claims() -> Value {
    claims_at(START)
}

fn with_header(name: &str, value: Value) -> String {
    signed(&FIRST, &set(header("ins_1"), name, value), &good_claims())
}

fn with_claim(name: &str, value: Value) -> String {
    signed(&FIRST, &header("ins_1"), &set(good_claims(), name, value))
}

fn message_with_alg(alg: &str) -> String {
    unsigned(
        &set(header("ins_1"), "alg", json!(alg)).to_string(),
        &good_claims().to_string(),
    )
}

/// The algorithm is not ours, so nothing else about the token matters.
fn algorithms() -> Vec<Forgery> {
    let hs256 = |name, secret: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let token = with_signature(message_with_alg("HS256"), |message| {
            hmac::sign(&key, message).as_ref().to_vec()
        });
        forgery(name, token, Rejection::Algorithm)
    };
    let der: PublicKeyX509Der<'_> = FIRST.pair.public_key().as_der().unwrap();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let random = SystemRandom::new();
    let ec_document =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let ec =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, ec_document.as_ref()).unwrap();
    let ed = Ed25519KeyPair::generate().unwrap();
    let signed_as = |name, alg: &str, sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        forgery(
            name,
            with_signature(message_with_alg(alg), sign),
            Rejection::Algorithm,
        )
    };
    let none = |name, alg| {
        forgery(
            name,
            format!("{}.", message_with_alg(alg)),
            Rejection::Algorithm,
        )
    };
    vec![
        none("alg none", "none"),
        none("alg None", "None"),
        none("alg nOnE", "nOnE"),
        hs256("HS256 keyed with the PEM", pem.as_bytes()),
        hs256("HS256 keyed with the DER", der.as_ref()),
        hs256("HS256 keyed with the modulus", &FIRST.n),
        hs256(
            "HS256 keyed with the JWK",
            FIRST.jwk("ins_1").to_string().as_bytes(),
        ),
        signed_as("PS256 with the realm's key", "PS256", &|m| {
            FIRST.sign_with(&RSA_PSS_SHA256, m)
        }),
        signed_as("RS384 with the realm's key", "RS384", &|m| {
            FIRST.sign_with(&RSA_PKCS1_SHA384, m)
        }),
        signed_as("ES256", "ES256", &|m| {
            ec.sign(&random, m).unwrap().as_ref().to_vec()
        }),
        signed_as("EdDSA", "EdDSA", &|m| ed.sign(m).as_ref().to_vec()),
        signed_as("alg in lower case", "rs256", &|m| FIRST.sign(m)),
        forgery(
            "alg missing",
            with_header("alg", Value::Null),
            Rejection::Algorithm,
        ),
        forgery(
            "alg is a list",
            with_header("alg", json!(["RS256"])),
            Rejection::Algorithm,
        ),
    ]
}

fn headers() -> Vec<Forgery> {
    let attacker = |name: &str, value: Value| {
        signed(
            &ATTACKER,
            &set(header("ins_1"), name, value),
            &good_claims(),
        )
    };
    let kid = |name, value: Value| forgery(name, with_header("kid", value), Rejection::KeyId);
    vec![
        kid("kid missing", Value::Null),
        kid("kid empty", json!("")),
        kid("kid is a number", json!(1)),
        kid("kid is a path", json!("../../../../dev/null")),
        kid("kid is SQL", json!("ins_1' UNION SELECT 'secret' --")),
        kid("kid of 129 bytes", json!("k".repeat(129))),
        forgery(
            "kid of 8 KB",
            with_header("kid", json!("k".repeat(8192))),
            Rejection::TooLong,
        ),
        forgery(
            "embedded jwk",
            attacker("jwk", ATTACKER.jwk("ins_1")),
            Rejection::Header,
        ),
        forgery(
            "jku",
            attacker("jku", json!("https://evil.example/jwks.json")),
            Rejection::Header,
        ),
        forgery(
            "x5u",
            attacker("x5u", json!("https://evil.example/cert.pem")),
            Rejection::Header,
        ),
        forgery("x5c", attacker("x5c", json!(["MIIB"])), Rejection::Header),
        forgery(
            "crit unknown",
            with_header("crit", json!(["exp"])),
            Rejection::Header,
        ),
        forgery(
            "crit b64",
            set_two("crit", json!(["b64"]), "b64", json!(false)),
            Rejection::Header,
        ),
        forgery("zip", with_header("zip", json!("DEF")), Rejection::Header),
        forgery(
            "enc",
            with_header("enc", json!("A256GCM")),
            Rejection::Header,
        ),
        forgery(
            "typ access token",
            with_header("typ", json!("at+jwt")),
            Rejection::TokenType,
        ),
        forgery(
            "typ in another case",
            with_header("typ", json!("jwt")),
            Rejection::TokenType,
        ),
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
    signed(
        &FIRST,
        &set(set(header("ins_1"), first, one), second, two),
        &good_claims(),
    )
}

fn signatures() -> Vec<Forgery> {
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
        forgery(
            "signature empty",
            format!("{message}."),
            Rejection::Signature,
        ),
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
        forgery(
            "payload changed",
            format!("{head}.{admin}.{signature}"),
            Rejection::Signature,
        ),
        forgery(
            "signature padded",
            format!("{good}=="),
            Rejection::Signature,
        ),
        forgery(
            "signature with a newline",
            format!("{good}\n"),
            Rejection::Signature,
        ),
        forgery(
            "payload padded",
            format!("{message}=.{signature}"),
            Rejection::Encoding,
        ),
        forgery("leading space", format!(" {good}"), Rejection::Encoding),
        forgery(
            "scheme left in front",
            format!("Bearer {good}"),
            Rejection::Encoding,
        ),
    ]
}

fn claims() -> Vec<Forgery> {
    let malformed = |name, claim: &'static str, value| {
        forgery(name, with_claim(claim, value), Rejection::Claim(claim))
    };
    let issuer =
        |name, value: &str| forgery(name, with_claim("iss", json!(value)), Rejection::Issuer);
    let mut all = vec![
        forgery(
            "expired by 6 s",
            with_claim("exp", json!(START - 6)),
            Rejection::Expired,
        ),
        forgery(
            "nbf in 60 s",
            with_claim("nbf", json!(START + 60)),
            Rejection::NotYetValid,
        ),
        forgery(
            "iat in 60 s",
            with_claim("iat", json!(START + 60)),
            Rejection::IssuedInFuture,
        ),
        malformed("exp 1e308", "exp", json!(1e308)),
        malformed("exp far beyond the calendar", "exp", json!(i64::MAX)),
        malformed("exp beyond 63 bits", "exp", json!(u64::MAX)),
        malformed("exp negative", "exp", json!(-1)),
        issuer(
            "iss of the other product",
            "https://clerk.realestate.example",
        ),
        issuer(
            "iss with a trailing slash",
            "https://clerk.bestays.example/",
        ),
        issuer("iss in upper case", "HTTPS://CLERK.BESTAYS.EXAMPLE"),
        issuer(
            "iss of a subdomain",
            "https://clerk.bestays.example.evil.example",
        ),
        malformed(
            "iss list that holds ours",
            "iss",
            json!(["https://clerk.bestays.example"]),
        ),
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
                &good_claims()
                    .to_string()
                    .replace("\"http://localhost:5273\"", "null"),
            ),
            Rejection::Claim("azp"),
        ),
        malformed("sub with a line break", "sub", json!("user_1\nadmin")),
        malformed("sub of 256 bytes", "sub", json!("u".repeat(256))),
        forgery(
            "sub of a machine",
            with_claim("sub", json!("mch_1")),
            Rejection::Machine,
        ),
        forgery(
            "sts pending",
            with_claim("sts", json!("pending")),
            Rejection::SessionStatus,
        ),
        forgery(
            "sts unheard of",
            with_claim("sts", json!("suspended")),
            Rejection::SessionStatus,
        ),
        malformed("sts is not text", "sts", json!(true)),
        malformed(
            "act without sub",
            "act",
            json!({ "iss": "https://dashboard.clerk.com" }),
        ),
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
        all.push(malformed(
            "time with a fraction",
            claim,
            json!(START as f64 + 0.5),
        ));
    }
    all
}

fn structures() -> Vec<Forgery> {
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
        forgery(
            "four parts",
            format!("{good}.{signature}"),
            Rejection::Structure,
        ),
        forgery(
            "JWE: five parts",
            format!("{good}.{signature}.{signature}"),
            Rejection::Structure,
        ),
        forgery("five dots", ".....".to_owned(), Rejection::Structure),
        forgery("two dots", "..".to_owned(), Rejection::Json),
        forgery(
            "20 KB",
            with_claim("pad", json!("x".repeat(20_000))),
            Rejection::TooLong,
        ),
        forgery("20 KB of dots", ".".repeat(20_000), Rejection::TooLong),
        not_json("sub twice", &doubled(&body, r#""sub":"user_admin""#)),
        not_json(
            "sub twice, once escaped",
            &doubled(&body, r#""\u0073ub":"user_admin""#),
        ),
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
        forgery(
            "header is a list",
            signed_text(&FIRST, "[]", &body),
            Rejection::Json,
        ),
    ]
}

fn all() -> Vec<Forgery> {
    [
        algorithms(),
        headers(),
        signatures(),
        claims(),
        structures(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The realm's key can sign RS384, too; only the list of algorithms keeps it out.
#[test]
fn keys_in_the_table_are_what_they_claim() {
    assert_ne!(FIRST.n, ATTACKER.n);
    assert_eq!(FIRST.pair.public_modulus_len(), rsa::KeySize::Rsa2048.len());
}

#[tokio::test]
async fn every_forgery_is_refused_for_its_reason_with_at_most_one_fetch() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    let (lines, _guard) = log::capture();

    let forgeries = all();
    assert!(forgeries.len() >= 34, "{}", forgeries.len());
    for Forgery {
        name,
        token,
        reason,
    } in &forgeries
    {
        assert_eq!(verifier.verify(token).await.err(), Some(*reason), "{name}");
    }
    verifier
        .verify(&realm.token(&FIRST, "ins_1"))
        .await
        .expect("what all of them were made from");
    assert!(
        realm.server.fetches() <= 1,
        "{} fetches",
        realm.server.fetches()
    );

    let lines = lines.lock().unwrap();
    assert!(
        !lines.is_empty(),
        "the fetch itself is logged, so the capture works"
    );
    for Forgery { name, token, .. } in &forgeries {
        let parts = token.split('.').filter(|part| part.len() > 20);
        for part in parts {
            assert!(
                !lines.iter().any(|line| line.contains(part)),
                "{name} is in the log"
            );
        }
    }
}

#[tokio::test]
async fn only_a_token_that_could_be_good_causes_a_fetch() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    for Forgery {
        name,
        token,
        reason,
    } in all()
    {
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
                verifier
                    .verify(&changed)
                    .await
                    .expect_err("a changed token");
            }
        }
        verifier
            .verify(&good[..position])
            .await
            .expect_err("a cut token");
    }
}

#[test]
fn every_reason_has_a_label_of_its_own() {
    let labels: BTreeSet<_> = all()
        .iter()
        .map(|forgery| forgery.reason.as_str())
        .collect();
    let reasons: BTreeSet<_> = all()
        .iter()
        .map(|forgery| match forgery.reason {
            Rejection::Claim(_) => "Claim".to_owned(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(labels.len(), reasons.len());
    assert!(labels.iter().all(|label| {
        label
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    }));
    let shared = Arc::new(Rejection::Claim("sub"));
    assert_eq!(
        shared.to_string(),
        "the claim `sub` is missing or malformed"
    );
}
