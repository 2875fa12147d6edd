//! The publishable key tells the issuer and the address of the keys, or what is wrong with it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use terrace_identity::clerk::{PublishableKeyError, Realm};

fn key(prefix: &str, content: &str) -> String {
    format!("{prefix}{}", STANDARD_NO_PAD.encode(content))
}

#[test]
fn a_publishable_key_names_its_realm() {
    for (prefix, live) in [("pk_test_", false), ("pk_live_", true)] {
        let realm = Realm::from_publishable_key(&key(prefix, "clerk.bestays.example$")).unwrap();
        assert_eq!(realm.issuer, "https://clerk.bestays.example");
        assert_eq!(realm.jwks_url, "https://clerk.bestays.example/.well-known/jwks.json");
        assert_eq!(realm.live, live);
    }
    let development = "pk_test_aGFwcHktaGlwcG8tMS5jbGVyay5hY2NvdW50cy5kZXYk";
    assert_eq!(
        Realm::from_publishable_key(development).unwrap().issuer,
        "https://happy-hippo-1.clerk.accounts.dev"
    );
    let padded = format!("pk_test_{}", STANDARD.encode("clerk.a.example$"));
    assert!(padded.ends_with('='));
    assert_eq!(Realm::from_publishable_key(&padded).unwrap().issuer, "https://clerk.a.example");
}

#[test]
fn anything_else_is_refused_with_its_reason() {
    use PublishableKeyError::{Empty, Encoding, Host, Prefix, SecretKey, Terminator};
    let test = |content: &str| key("pk_test_", content);
    let cases = [
        (String::new(), Empty),
        ("  \n".to_owned(), Empty),
        ("sk_test_c2VjcmV0".to_owned(), SecretKey),
        (" sk_live_c2VjcmV0".to_owned(), SecretKey),
        (key("pk_", "clerk.a.example$"), Prefix),
        (key("pk_prod_", "clerk.a.example$"), Prefix),
        (key("PK_TEST_", "clerk.a.example$"), Prefix),
        (key(" pk_test_", "clerk.a.example$"), Prefix),
        (format!("{}\n", test("clerk.a.example$")), Encoding),
        ("pk_test_!!!!".to_owned(), Encoding),
        (format!("pk_test_{}", STANDARD_NO_PAD.encode(b"\xff\xfe.x$")), Encoding),
        ("pk_test_".to_owned(), Terminator),
        (test("clerk.a.example"), Terminator),
        (test("clerk.a.example$$"), Terminator),
        (test("clerk$.a.example$"), Terminator),
        (test("clerk.a.example$ "), Terminator),
        (test("$"), Host),
        (test("localhost$"), Host),
        (test("clerk.a.example:8443$"), Host),
        (test("https://clerk.a.example$"), Host),
        (test("clerk.a.example/x$"), Host),
        (test("user@clerk.a.example$"), Host),
        (test("evil.example#clerk.a.example$"), Host),
        (test("Clerk.a.example$"), Host),
        (test(".a.example$"), Host),
        (test("clerk..example$"), Host),
        (test("clerk.example.$"), Host),
        (test("-clerk.example$"), Host),
        (test("clerk-.example$"), Host),
        (test("127.0.0.1$"), Host),
        (test("clerk.exa mple$"), Host),
        (test("clerk.\u{e4}.example$"), Host),
        (test(&format!("{}.example$", "a".repeat(64))), Host),
        (test(&format!("{}example$", "abcdefgh.".repeat(30))), Host),
    ];
    for (key, expected) in cases {
        let error = Realm::from_publishable_key(&key).unwrap_err();
        assert_eq!(error, expected, "{key:?}");
        assert!(!error.to_string().contains("c2VjcmV0"), "the message repeats a secret");
    }
}
