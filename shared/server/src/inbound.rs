//! What others deliver to us: signed over the bytes as they came, about now. What is the same for
//! every provider, however it writes its headers.

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};

/// How far their clock, and a delivery's way, may be from ours, in seconds.
const TOLERANCE: u64 = 300;

/// What is not from the provider, or not readable; why is the log's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forged {
    /// No signature, or not in its form.
    Unsigned,
    /// Of another time than now.
    Late,
    /// Of other bytes, or under another secret.
    Signature,
    /// Signed, and no delivery all the same.
    Unreadable,
}

impl Forged {
    /// A word to count by.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Late => "late",
            Self::Signature => "signature",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Whether this time, in whole seconds as they stand in a header, is about now.
pub(crate) fn about_now(seconds: &str, now: DateTime<Utc>) -> Result<(), Forged> {
    if seconds.is_empty() || !seconds.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Forged::Unsigned);
    }
    let seconds: i64 = seconds.parse().map_err(|_| Forged::Unsigned)?;
    match now.timestamp().abs_diff(seconds) <= TOLERANCE {
        true => Ok(()),
        false => Err(Forged::Late),
    }
}

/// Whether one of these is the HMAC-SHA256 of the message under one of these keys; compared in
/// constant time.
pub(crate) fn signed<'k>(
    keys: impl IntoIterator<Item = &'k [u8]>,
    message: &[u8],
    signatures: &[Vec<u8>],
) -> Result<(), Forged> {
    let is_signed = keys.into_iter().any(|key| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        signatures.iter().any(|signature| hmac::verify(&key, message, signature).is_ok())
    });
    if is_signed { Ok(()) } else { Err(Forged::Signature) }
}
