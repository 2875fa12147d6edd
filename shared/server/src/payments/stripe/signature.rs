//! `Stripe-Signature: t=1700000000,v1=<hex>,v1=<hex>`: HMAC-SHA256 over `t.body`, one for each
//! secret that is live on their side.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use crate::inbound::{self, Forged};

/// Far more than a header with two signatures has.
const LONGEST: usize = 1024;

/// Whether these bytes were signed under one of the secrets, about now.
pub(super) fn verify(
    secrets: &[SecretString],
    header: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Forged> {
    if header.len() > LONGEST {
        return Err(Forged::Unsigned);
    }
    let mut at = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            // The first of two would be signed and the second looked at, or the other way round.
            Some(("t", _)) if at.is_some() => return Err(Forged::Unsigned),
            Some(("t", value)) => at = Some(value),
            Some(("v1", value)) => signatures.extend(unhex(value)),
            // Signatures of another scheme prove nothing to us.
            _ => {}
        }
    }
    let at = at.ok_or(Forged::Unsigned)?;
    if signatures.is_empty() {
        return Err(Forged::Unsigned);
    }
    inbound::about_now(at, now)?;
    let message = [at.as_bytes(), b".", body].concat();
    let keys = secrets.iter().map(|secret| secret.expose_secret().as_bytes());
    inbound::signed(keys, &message, &signatures)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..32).map(|nth| u8::from_str_radix(&text[nth * 2..nth * 2 + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Made with `printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test`.
    const KNOWN: &str = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925";
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;

    fn now(offset: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + offset, 0).unwrap()
    }

    fn secrets(texts: &[&str]) -> Vec<SecretString> {
        texts.iter().map(|text| (*text).into()).collect()
    }

    #[test]
    fn what_another_program_signed_is_signed() {
        let header = format!("t=1700000000,v1={KNOWN}");
        let ours = secrets(&["whsec_test"]);
        assert_eq!(verify(&ours, &header, BODY, now(0)), Ok(()));
        for edge in [-300, 300] {
            assert_eq!(verify(&ours, &header, BODY, now(edge)), Ok(()), "{edge}");
        }
        for past in [-301, 301, 100_000] {
            assert_eq!(verify(&ours, &header, BODY, now(past)), Err(Forged::Late), "{past}");
        }
        // While a secret is changed for another, on our side and on theirs.
        assert_eq!(verify(&secrets(&["new", "whsec_test"]), &header, BODY, now(0)), Ok(()));
        let two = format!("t=1700000000,v1={},v1={KNOWN}", "0".repeat(64));
        assert_eq!(verify(&ours, &two, BODY, now(0)), Ok(()));
        assert_eq!(verify(&secrets(&["other"]), &header, BODY, now(0)), Err(Forged::Signature));
        assert_eq!(verify(&[], &header, BODY, now(0)), Err(Forged::Signature));
    }

    #[test]
    fn what_is_in_no_such_form_is_not_signed() {
        let ours = secrets(&["whsec_test"]);
        for header in [
            String::new(),
            format!("v1={KNOWN}"),
            "t=1700000000".to_owned(),
            format!("t=1700000000,v0={KNOWN}"),
            format!("t=+1700000000,v1={KNOWN}"),
            format!("t=now,v1={KNOWN}"),
            format!("t=,v1={KNOWN}"),
            format!("t=99999999999999999999,v1={KNOWN}"),
            format!("t=1700000000,t=1700000000,v1={KNOWN}"),
            format!("t=1700000000,v1={}", &KNOWN[..62]),
            "t=1700000000,v1=".to_owned(),
            format!("t=1700000000,v1={}", "ก".repeat(22)),
            format!("t=1700000000,v1={KNOWN}{}", " ".repeat(1024)),
        ] {
            assert_eq!(verify(&ours, &header, BODY, now(0)), Err(Forged::Unsigned), "{header}");
        }
    }

    proptest! {
        #[test]
        fn nothing_else_is(header in "\\PC{0,200}", body: Vec<u8>) {
            prop_assert!(verify(&secrets(&["whsec_test"]), &header, &body, now(0)).is_err());
        }

        #[test]
        fn another_byte_is_another_body(at in 0_usize..BODY.len(), bit in 0_u8..8) {
            let mut body = BODY.to_vec();
            body[at] ^= 1 << bit;
            let header = format!("t=1700000000,v1={KNOWN}");
            let verdict = verify(&secrets(&["whsec_test"]), &header, &body, now(0));
            prop_assert_eq!(verdict, Err(Forged::Signature));
        }
    }
}
