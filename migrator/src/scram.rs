//! Password verifiers made on this side (RFC 5802, as PostgreSQL stores them): a role's
//! password is then in no statement, server log or `pg_stat_activity`.

use std::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Error;

const ITERATIONS: NonZeroU32 = NonZeroU32::new(4096).unwrap();

/// `SCRAM-SHA-256$4096:salt$stored:server` for a password of printable ASCII (other
/// characters would need normalising before hashing).
pub(crate) fn verifier(role: &str, password: &str) -> Result<String, Error> {
    let printable = |byte: u8| (0x20..0x7f).contains(&byte);
    if password.is_empty() || password.len() > 256 || !password.bytes().all(printable) {
        return Err(Error::Password { role: role.to_owned() });
    }
    let mut salt = [0_u8; 16];
    rand::fill(&mut salt).map_err(|_| Error::Random)?;
    Ok(with_salt(password, &salt))
}

fn with_salt(password: &str, salt: &[u8]) -> String {
    let mut salted = [0_u8; digest::SHA256_OUTPUT_LEN];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, salt, password.as_bytes(), &mut salted);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &salted);
    let client_key = hmac::sign(&key, b"Client Key");
    let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
    let server_key = hmac::sign(&key, b"Server Key");
    format!(
        "SCRAM-SHA-256${ITERATIONS}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored_key),
        STANDARD.encode(server_key)
    )
}

#[cfg(test)]
mod tests {
    use super::{verifier, with_salt};

    /// Computed with another implementation (Python's hashlib and hmac).
    #[test]
    fn a_known_verifier() {
        assert_eq!(
            with_salt("pencil", b"0123456789abcdef"),
            "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$nQpbZ77WudtqufPwikHXGRt6g2QJ4zns8bZLw273DRM=:jn2amWP1q1h+jgjy0YTO14S6/F02SV7taipOeB7ef20="
        );
    }

    #[test]
    fn each_verifier_has_its_own_salt() {
        let verifiers =
            [verifier("r", "same"), verifier("r", "same")].map(|v| v.expect("a verifier"));
        assert_ne!(verifiers[0], verifiers[1]);
    }
}
