//! RSA keys, of the realm and of those who would like to be.

use anyhow::{Context, anyhow};
use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents},
};
use serde_json::{Value, json};

use super::tokens::base64url;

/// An RSA key.
pub(crate) struct Key {
    pair: RsaKeyPair,
    /// The modulus, big-endian.
    pub(crate) modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl Key {
    /// A new one.
    pub(crate) fn generate() -> anyhow::Result<Self> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow!("no key"))?;
        let parts = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        Ok(Self { modulus: parts.n, exponent: parts.e, pair })
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_with(&RSA_PKCS1_SHA256, message)
    }

    pub(crate) fn sign_with(&self, padding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // It only fails for a signature of another length.
        let _ = self.pair.sign(padding, &SystemRandom::new(), message, &mut signature);
        signature
    }

    /// As it is published.
    pub(crate) fn jwk(&self, id: &str) -> Value {
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id,
            "n": base64url(&self.modulus), "e": base64url(&self.exponent)})
    }

    /// The public half as a certificate would hold it.
    pub(crate) fn der(&self) -> anyhow::Result<Vec<u8>> {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der().ok().context("a key")?;
        Ok(der.as_ref().to_vec())
    }
}
