//! Svix signatures: HMAC-SHA256 over `id.timestamp.body`, one for each secret that is live on their
//! side (`svix-signature: v1,<base64> v1,<base64>`).

use actix_web::http::header::HeaderMap;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};

use crate::inbound::{self, Forged};

/// Far more than a header with two signatures has.
const LONGEST: usize = 1024;

/// Longest name of a delivery.
const LONGEST_ID: usize = 255;

/// The name of a delivery whose bytes were signed under one of the keys, about now; the same for
/// every repetition.
pub(super) fn verify<'r>(
    keys: &[Vec<u8>],
    headers: &'r HeaderMap,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<&'r str, Forged> {
    let id = only(headers, "svix-id")?;
    let timestamp = only(headers, "svix-timestamp")?;
    let header = only(headers, "svix-signature")?;
    // With a full stop in it, one message could be read as another.
    let is_id = (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !is_id || header.len() > LONGEST {
        return Err(Forged::Unsigned);
    }
    // Signatures of another scheme prove nothing to us.
    let signatures: Vec<Vec<u8>> = header
        .split(' ')
        .filter_map(|part| STANDARD.decode(part.strip_prefix("v1,")?).ok())
        .filter(|signature| signature.len() == 32)
        .collect();
    if signatures.is_empty() {
        return Err(Forged::Unsigned);
    }
    inbound::about_now(timestamp, now)?;
    let message = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
    inbound::signed(keys.iter().map(Vec::as_slice), &message, &signatures)?;
    Ok(id)
}

/// The header's value; of two, one would be signed and the other looked at.
fn only<'r>(headers: &'r HeaderMap, name: &str) -> Result<&'r str, Forged> {
    let mut values = headers.get_all(name);
    match (values.next().map(|value| value.to_str()), values.next()) {
        (Some(Ok(value)), None) => Ok(value),
        _ => Err(Forged::Unsigned),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    /// The example that the specification publishes, with its secret, its time and its body.
    const KEY: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn keys(texts: &[&str]) -> Vec<Vec<u8>> {
        texts.iter().map(|text| STANDARD.decode(text).unwrap()).collect()
    }

    fn headers(id: &str, at: &str, signature: &str) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in
            [("svix-id", id), ("svix-timestamp", at), ("svix-signature", signature)]
        {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                map.append(HeaderName::from_static(name), value);
            }
        }
        map
    }

    fn now(offset: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(AT + offset, 0).unwrap()
    }

    #[test]
    fn what_another_program_signed_is_signed() {
        let good = headers(ID, &AT.to_string(), SIGNATURE);
        let ours = keys(&[KEY]);
        for edge in [-300, 0, 300] {
            assert_eq!(verify(&ours, &good, BODY, now(edge)), Ok(ID), "{edge}");
        }
        for past in [-301, 301, 3_600] {
            assert_eq!(verify(&ours, &good, BODY, now(past)), Err(Forged::Late), "{past}");
        }
        // While a secret is changed for another, on our side and on theirs.
        let other = STANDARD.encode([7; 24]);
        assert_eq!(verify(&keys(&[&other, KEY]), &good, BODY, now(0)), Ok(ID));
        let two = format!("v1,{} {SIGNATURE} v1a,abc", STANDARD.encode([0; 32]));
        assert_eq!(verify(&ours, &headers(ID, &AT.to_string(), &two), BODY, now(0)), Ok(ID));
        assert_eq!(verify(&keys(&[&other]), &good, BODY, now(0)), Err(Forged::Signature));
        assert_eq!(verify(&[], &good, BODY, now(0)), Err(Forged::Signature));
        assert_eq!(verify(&ours, &good, br#"{"test":2432232314}"#, now(0)), Err(Forged::Signature));
    }

    #[test]
    fn what_is_in_no_such_form_is_not_signed() {
        let at = AT.to_string();
        let mut doubled = headers(ID, &at, SIGNATURE);
        doubled.append(HeaderName::from_static("svix-id"), HeaderValue::from_static("msg_2"));
        let no_id = {
            let mut map = headers(ID, &at, SIGNATURE);
            map.remove("svix-id");
            map
        };
        for (what, headers) in [
            ("no header", HeaderMap::new()),
            ("no id", no_id),
            ("two ids", doubled),
            ("an empty id", headers("", &at, SIGNATURE)),
            ("an id with a full stop", headers("msg_1.1614265330", &at, SIGNATURE)),
            ("a long id", headers(&"m".repeat(256), &at, SIGNATURE)),
            ("a time with a sign", headers(ID, &format!("+{at}"), SIGNATURE)),
            ("a time in words", headers(ID, "now", SIGNATURE)),
            ("no time", headers(ID, "", SIGNATURE)),
            ("a time past counting", headers(ID, "99999999999999999999", SIGNATURE)),
            ("an empty signature", headers(ID, &at, "")),
            ("of nothing", headers(ID, &at, "v1,")),
            ("of another scheme", headers(ID, &at, &SIGNATURE.replace("v1,", "v2,"))),
            ("cut short", headers(ID, &at, &SIGNATURE[..40])),
            ("longer than any", headers(ID, &at, &format!("{SIGNATURE} {}", "x".repeat(1024)))),
        ] {
            assert_eq!(
                verify(&keys(&[KEY]), &headers, BODY, now(0)),
                Err(Forged::Unsigned),
                "{what}"
            );
        }
    }

    proptest! {
        #[test]
        fn another_byte_is_another_body(at in 0_usize..BODY.len(), bit in 0_u8..8) {
            let mut body = BODY.to_vec();
            body[at] ^= 1 << bit;
            let headers = headers(ID, &AT.to_string(), SIGNATURE);
            prop_assert_eq!(verify(&keys(&[KEY]), &headers, &body, now(0)), Err(Forged::Signature));
        }
    }
}
