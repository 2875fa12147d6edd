//! Signatures in the form of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`.

use aws_lc_rs::{hmac, rand};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::error::{Error, Result};

const PREFIX: &str = "whsec_";

/// A new secret, 32 random bytes.
///
/// # Errors
/// `500` where the machine has no randomness.
pub(super) fn new_secret() -> Result<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes)
        .map_err(|_| Error::internal(anyhow::anyhow!("no randomness for a secret")))?;
    Ok(format!("{PREFIX}{}", STANDARD.encode(bytes)))
}

/// The value of `webhook-signature`: one signature for each secret, the newest first.
///
/// # Errors
/// `500` where a stored secret is none.
pub(super) fn sign(secrets: &[&str], id: &str, timestamp: i64, body: &str) -> Result<String> {
    let message = format!("{id}.{timestamp}.{body}");
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| {
            let key = secret.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok());
            // Not the secret itself: this goes to the log.
            let key =
                key.ok_or_else(|| Error::internal(anyhow::anyhow!("a secret is unreadable")))?;
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), message.as_bytes());
            Ok(format!("v1,{}", STANDARD.encode(tag.as_ref())))
        })
        .collect::<Result<_>>()?;
    Ok(signatures.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{new_secret, sign};

    /// The example of the specification.
    #[test]
    fn the_published_example() {
        let signature = sign(
            &["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secrets_differ_and_can_sign() {
        let (one, other) = (new_secret().unwrap(), new_secret().unwrap());
        assert_ne!(one, other);
        let both = sign(&[&one, &other], "msg", 1, "{}").unwrap();
        assert_eq!(both.split(' ').count(), 2);
        assert!(sign(&["whsec_%"], "msg", 1, "{}").is_err());
    }
}
