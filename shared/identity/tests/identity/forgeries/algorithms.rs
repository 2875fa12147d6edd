//! The algorithm is not ours, so nothing else about the token matters.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA384,
    RSA_PSS_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use terrace_identity::Rejection;

use super::table::{Forgery, forgery, good_claims, with_header};
use crate::support::forge::{header, set, unsigned, with_signature};
use crate::support::keys::FIRST;

pub(super) fn all() -> Vec<Forgery> {
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
        forgery(name, with_signature(message_with_alg(alg), sign), Rejection::Algorithm)
    };
    let none =
        |name, alg| forgery(name, format!("{}.", message_with_alg(alg)), Rejection::Algorithm);
    vec![
        none("alg none", "none"),
        none("alg None", "None"),
        none("alg nOnE", "nOnE"),
        hs256("HS256 keyed with the PEM", pem.as_bytes()),
        hs256("HS256 keyed with the DER", der.as_ref()),
        hs256("HS256 keyed with the modulus", &FIRST.n),
        hs256("HS256 keyed with the JWK", FIRST.jwk("ins_1").to_string().as_bytes()),
        signed_as("PS256 with the realm's key", "PS256", &|m| FIRST.sign_with(&RSA_PSS_SHA256, m)),
        signed_as("RS384 with the realm's key", "RS384", &|m| {
            FIRST.sign_with(&RSA_PKCS1_SHA384, m)
        }),
        signed_as("ES256", "ES256", &|m| ec.sign(&random, m).unwrap().as_ref().to_vec()),
        signed_as("EdDSA", "EdDSA", &|m| ed.sign(m).as_ref().to_vec()),
        signed_as("alg in lower case", "rs256", &|m| FIRST.sign(m)),
        forgery("alg missing", with_header("alg", Value::Null), Rejection::Algorithm),
        forgery("alg is a list", with_header("alg", json!(["RS256"])), Rejection::Algorithm),
    ]
}

fn message_with_alg(alg: &str) -> String {
    unsigned(&set(header("ins_1"), "alg", json!(alg)).to_string(), &good_claims().to_string())
}
