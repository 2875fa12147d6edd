//! Which published keys may sign session tokens.

use serde_json::{Value, json};
use terrace_identity::{KeySetError, PublicKeys};

use crate::support::forge::{base64url, set};
use crate::support::keys::{FIRST, SECOND, jwks};

fn parse(document: &Value) -> Result<PublicKeys, KeySetError> {
    PublicKeys::from_jwks(document.to_string().as_bytes())
}

/// A key of this many bits that nobody has the other half of.
fn modulus(bits: usize) -> String {
    let mut bytes = vec![0x55; bits.div_ceil(8)];
    bytes[0] = 0x80 >> ((8 - bits % 8) % 8);
    base64url(bytes)
}

#[test]
fn good_keys_are_kept_and_others_skipped() {
    let good = || FIRST.jwk("ins_1");
    let accepted = [
        ("as published", good()),
        ("without use", set(good(), "use", Value::Null)),
        ("without alg", set(good(), "alg", Value::Null)),
        ("for verification", set(good(), "key_ops", json!(["verify"]))),
        ("with a certificate", set(good(), "x5c", json!(["MIIB"]))),
        ("of 3072 bits", set(good(), "n", json!(modulus(3072)))),
        ("of 8192 bits", set(good(), "n", json!(modulus(8192)))),
    ];
    for (name, key) in accepted {
        assert_eq!(parse(&jwks(&[key])).map(|keys| keys.len()), Ok(1), "{name}");
    }
    let skipped = [
        ("of 2047 bits", set(good(), "n", json!(modulus(2047)))),
        ("of 1024 bits", set(good(), "n", json!(modulus(1024)))),
        ("of 8193 bits", set(good(), "n", json!(modulus(8193)))),
        (
            "2047 bits behind a zero byte",
            set(good(), "n", json!(base64url([vec![0], vec![0x55; 256]].concat()))),
        ),
        ("exponent 3", set(good(), "e", json!("Aw"))),
        ("exponent 1", set(good(), "e", json!("AQ"))),
        ("exponent even", set(good(), "e", json!("AQAC"))),
        ("exponent of 34 bits", set(good(), "e", json!(base64url([3, 0, 0, 0, 1])))),
        ("exponent of 9 bytes", set(good(), "e", json!(base64url([1; 9])))),
        ("without exponent", set(good(), "e", Value::Null)),
        ("modulus in the wrong alphabet", set(good(), "n", json!("+/+/"))),
        ("without id", set(good(), "kid", Value::Null)),
        ("with a path for an id", set(good(), "kid", json!("../x"))),
        ("for encryption", set(good(), "use", json!("enc"))),
        ("for signing only", set(good(), "key_ops", json!(["sign"]))),
        ("for RS512", set(good(), "alg", json!("RS512"))),
        ("elliptic by its own word", set(good(), "kty", json!("EC"))),
        ("elliptic", json!({ "kty": "EC", "crv": "P-256", "kid": "ec", "x": "AA", "y": "AA" })),
        ("symmetric", json!({ "kty": "oct", "kid": "ins_1", "k": "c2VjcmV0" })),
        ("private", set(good(), "d", json!("c2VjcmV0"))),
        ("not an object", json!("ins_1")),
        ("of wrong types", json!({ "kty": 1, "kid": [] })),
    ];
    for (name, key) in skipped {
        assert_eq!(
            parse(&jwks(std::slice::from_ref(&key))),
            Err(KeySetError::NoUsableKey(1)),
            "{name}"
        );
        let beside = parse(&jwks(&[key, SECOND.jwk("ins_2")])).unwrap();
        assert_eq!(
            beside,
            parse(&jwks(&[SECOND.jwk("ins_2")])).unwrap(),
            "{name} spoils its neighbour"
        );
    }
}

#[test]
fn documents_that_are_no_key_set_are_refused() {
    for document in
        [json!(null), json!([]), json!({}), json!({ "keys": {} }), json!({ "keys": null })]
    {
        assert_eq!(parse(&document), Err(KeySetError::NotAKeySet), "{document}");
    }
    assert_eq!(PublicKeys::from_jwks(b"\xff{}"), Err(KeySetError::NotAKeySet));
    assert_eq!(parse(&jwks(&[])), Err(KeySetError::NoUsableKey(0)));
}

#[test]
fn the_first_of_two_keys_with_one_id_counts_and_a_flood_of_keys_is_cut() {
    let twice = parse(&jwks(&[FIRST.jwk("ins_1"), SECOND.jwk("ins_1")])).unwrap();
    assert_eq!(twice, parse(&jwks(&[FIRST.jwk("ins_1")])).unwrap());
    let many: Vec<_> = (0..100).map(|number| FIRST.jwk(&format!("ins_{number}"))).collect();
    assert_eq!(parse(&jwks(&many)).unwrap().len(), 32);
}

#[test]
fn a_set_survives_being_written_and_read() {
    let keys = parse(&jwks(&[FIRST.jwk("ins_1"), SECOND.jwk("ins_2")])).unwrap();
    assert_eq!(parse(&keys.to_jwks()).unwrap(), keys);
    assert_ne!(keys, parse(&jwks(&[FIRST.jwk("ins_1")])).unwrap());
    assert_ne!(keys, parse(&jwks(&[SECOND.jwk("ins_1"), FIRST.jwk("ins_2")])).unwrap());
}
