use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair, RSA_PKCS1_SHA256, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::{Value, json};

use super::forge::base64url;

/// An RSA key of the realm, or of somebody who would like to be.
pub(crate) struct Key {
    pub(crate) pair: RsaKeyPair,
    pub(crate) n: Vec<u8>,
    pub(crate) e: Vec<u8>,
}

impl Key {
    fn generate() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let components = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        Self { n: components.n, e: components.e, pair }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_with(&RSA_PKCS1_SHA256, message)
    }

    pub(crate) fn sign_with(&self, padding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(padding, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }

    pub(crate) fn jwk(&self, kid: &str) -> Value {
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
            "n": base64url(&self.n), "e": base64url(&self.e),
        })
    }
}

/// Generating takes a while: the keys are made once for all tests and told apart by their role.
pub(crate) static FIRST: LazyLock<Key> = LazyLock::new(Key::generate);
pub(crate) static SECOND: LazyLock<Key> = LazyLock::new(Key::generate);
pub(crate) static ATTACKER: LazyLock<Key> = LazyLock::new(Key::generate);

pub(crate) fn jwks(keys: &[Value]) -> Value {
    json!({ "keys": keys })
}
