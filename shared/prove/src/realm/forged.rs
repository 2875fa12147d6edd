//! Tokens that are none: each good but for one thing.

use anyhow::Context;
use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PSS_SHA256},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Utc;
use serde_json::{Value, json};

use super::{
    ISSUER, KEY_ID, Key, UNKNOWN_ID,
    tokens::{base64url, claims, good, header, message, set, signed, with_signature},
};

/// What somebody tries.
#[derive(Debug)]
pub(crate) struct Forged {
    pub(crate) what: &'static str,
    pub(crate) token: String,
}

/// The front end of somebody else.
pub(crate) const EVIL: &str = "https://evil.example";

/// All of them, of a person whom the realm knows.
pub(crate) fn forgeries(realm: &Key, attacker: &Key, subject: &str) -> anyhow::Result<Vec<Forged>> {
    let forger = Forger { realm, attacker, subject };
    let parts = [
        forger.algorithms()?,
        forger.headers(),
        forger.signatures()?,
        forger.claims(),
        forger.structures()?,
    ];
    let all = parts.into_iter().flatten();
    Ok(all.map(|(what, token)| Forged { what, token }).collect())
}

type Tries = Vec<(&'static str, String)>;

struct Forger<'k> {
    realm: &'k Key,
    attacker: &'k Key,
    subject: &'k str,
}

impl Forger<'_> {
    fn good(&self) -> String {
        good(self.realm, self.subject)
    }

    fn with_header(&self, name: &str, value: Value) -> String {
        signed(self.realm, &set(header(KEY_ID), name, value), &claims(self.subject))
    }

    fn with_claim(&self, name: &str, value: Value) -> String {
        signed(self.realm, &header(KEY_ID), &set(claims(self.subject), name, value))
    }

    fn with_claims(&self, text: &str) -> String {
        let message = message(&header(KEY_ID).to_string(), text);
        with_signature(&message, self.realm.sign(message.as_bytes()))
    }

    /// As the attacker would sign with a key of their own that the header brings along.
    fn brought(&self, name: &str, value: Value) -> String {
        signed(self.attacker, &set(header(KEY_ID), name, value), &claims(self.subject))
    }

    /// Another algorithm than the realm's.
    fn algorithms(&self) -> anyhow::Result<Tries> {
        let of = |alg: &str| {
            let header = set(header(KEY_ID), "alg", json!(alg));
            message(&header.to_string(), &claims(self.subject).to_string())
        };
        let none = |alg: &str| format!("{}.", of(alg));
        let hs256 = |secret: &[u8]| {
            let message = of("HS256");
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            with_signature(&message, hmac::sign(&key, message.as_bytes()))
        };
        let der = self.realm.der()?;
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD.encode(&der)
        );
        let random = SystemRandom::new();
        let elliptic =
            EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok().context("a key")?;
        let edwards = Ed25519KeyPair::generate().ok().context("a key")?;
        let (ps, es, ed) = (of("PS256"), of("ES256"), of("EdDSA"));
        let es_signature = elliptic.sign(&random, es.as_bytes()).ok().context("a signature")?;
        Ok(vec![
            ("alg none", none("none")),
            ("alg None", none("None")),
            ("alg nOnE", none("nOnE")),
            ("HS256 keyed with the PEM", hs256(pem.as_bytes())),
            ("HS256 keyed with the DER", hs256(&der)),
            ("HS256 keyed with the modulus", hs256(&self.realm.modulus)),
            ("HS256 keyed with the JWK", hs256(self.realm.jwk(KEY_ID).to_string().as_bytes())),
            ("PS256", with_signature(&ps, self.realm.sign_with(&RSA_PSS_SHA256, ps.as_bytes()))),
            ("ES256", with_signature(&es, es_signature)),
            ("EdDSA", with_signature(&ed, edwards.sign(ed.as_bytes()))),
        ])
    }

    /// A key that is not the realm's, or a header that asks for something.
    fn headers(&self) -> Tries {
        let by = |key_id: &str| signed(self.attacker, &header(key_id), &claims(self.subject));
        vec![
            ("another's key under a known kid", by(KEY_ID)),
            ("an unknown kid", by(UNKNOWN_ID)),
            ("no kid", self.with_header("kid", Value::Null)),
            ("kid is a path", self.with_header("kid", json!("../../../../dev/null"))),
            ("kid is SQL", self.with_header("kid", json!("x' UNION SELECT 'secret' --"))),
            ("kid of 8 KB", self.with_header("kid", json!("k".repeat(8_192)))),
            ("jwk", self.brought("jwk", self.attacker.jwk(KEY_ID))),
            ("jku", self.brought("jku", json!("https://evil.example/jwks.json"))),
            ("x5u", self.brought("x5u", json!("https://evil.example/cert.pem"))),
            ("x5c", self.brought("x5c", json!(["MIIB"]))),
            ("crit", self.with_header("crit", json!(["exp"]))),
        ]
    }

    /// A signature that is not over what it stands beside.
    fn signatures(&self) -> anyhow::Result<Tries> {
        let good = self.good();
        let (message, signature) = good.rsplit_once('.').context("a token")?;
        let (head, _) = message.split_once('.').context("a token")?;
        let mut flipped = self.realm.sign(message.as_bytes());
        flipped.iter_mut().skip(100).take(1).for_each(|byte| *byte ^= 1);
        let other = self.with_claim("sub", json!("user_other"));
        let others = other.rsplit_once('.').context("a token")?.1;
        let raised = base64url(set(claims(self.subject), "sub", json!("user_admin")).to_string());
        let short = signature.get(..signature.len() - 4).unwrap_or_default();
        Ok(vec![
            ("no signature", format!("{message}.")),
            ("a signature cut short", format!("{message}.{short}")),
            ("one bit flipped", with_signature(message, flipped)),
            ("another token's signature", format!("{message}.{others}")),
            ("other claims", format!("{head}.{raised}.{signature}")),
        ])
    }

    /// Signed by the realm, and not good here.
    fn claims(&self) -> Tries {
        let now = Utc::now().timestamp();
        let infinite = claims(self.subject).to_string();
        let exp = claims(self.subject).get("exp").map(Value::to_string).unwrap_or_default();
        let other_realm = "https://clerk.realestate.example";
        vec![
            ("expired by 6 s", self.with_claim("exp", json!(now - 6))),
            ("not before a minute", self.with_claim("nbf", json!(now + 60))),
            ("no exp", self.with_claim("exp", Value::Null)),
            ("exp in words", self.with_claim("exp", json!((now + 600).to_string()))),
            ("exp 1e308", self.with_claims(&infinite.replace(&exp, "1e308"))),
            ("no iss", self.with_claim("iss", Value::Null)),
            ("the other product's iss", self.with_claim("iss", json!(other_realm))),
            ("iss with a slash", self.with_claim("iss", json!(format!("{ISSUER}/")))),
            ("iss in capitals", self.with_claim("iss", json!(ISSUER.to_uppercase()))),
            ("azp evil", self.with_claim("azp", json!(EVIL))),
            ("no azp", self.with_claim("azp", Value::Null)),
            ("sub empty", self.with_claim("sub", json!(""))),
            ("sub a list", self.with_claim("sub", json!([self.subject]))),
            ("no sid", self.with_claim("sid", Value::Null)),
            ("sts pending", self.with_claim("sts", json!("pending"))),
            ("the other product's, same kid", {
                let theirs = set(claims(self.subject), "iss", json!(other_realm));
                signed(self.attacker, &header(KEY_ID), &theirs)
            }),
        ]
    }

    /// Not a token at all.
    fn structures(&self) -> anyhow::Result<Tries> {
        let good = self.good();
        let (_, signature) = good.rsplit_once('.').context("a token")?;
        let text = claims(self.subject).to_string();
        let twice = text.replacen('{', r#"{"sub":"user_admin","#, 1);
        Ok(vec![
            ("a key twice", self.with_claims(&twice)),
            ("JWE", format!("{good}.{signature}.{signature}")),
            ("five dots", ".....".to_owned()),
            ("20 KB", self.with_claim("pad", json!("x".repeat(15_000)))),
        ])
    }
}
