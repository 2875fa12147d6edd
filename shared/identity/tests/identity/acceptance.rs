//! What is accepted, and what is read from it.

use serde_json::{Value, json};
use terrace_identity::{Claims, Rejection, Rules};

use crate::support::clock::START;
use crate::support::forge::{header, set, signed};
use crate::support::keys::FIRST;
use crate::support::{AZP, RemoteRealm};

async fn verify(claims: &Value) -> Result<Claims, Rejection> {
    let realm = RemoteRealm::start().await;
    realm.verifier().verify(&signed(&FIRST, &header("ins_1"), claims)).await
}

async fn good() -> Value {
    RemoteRealm::start().await.claims()
}

#[tokio::test]
async fn a_session_token_is_accepted_and_read() {
    let claims = verify(&good().await).await.unwrap();
    assert_eq!(claims.subject, "user_1");
    assert_eq!(claims.session_id, "sess_1");
    assert_eq!(claims.authorized_party.as_deref(), Some(AZP));
    assert_eq!((claims.issued_at, claims.expires_at), (START, START + 600));
    assert_eq!(
        (claims.email, claims.name, claims.role_hint, claims.actor),
        (None, None, None, None)
    );
}

#[tokio::test]
async fn header_parameters_we_do_not_know_and_absent_optional_ones_do_not_matter() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    for (name, value) in [
        ("typ", Value::Null),
        ("cat", Value::Null),
        ("cty", json!("JWT")),
        ("x5t", json!("abc")),
        ("anything", json!({ "else": [1] })),
    ] {
        let token = signed(&FIRST, &set(header("ins_1"), name, value), &realm.claims());
        assert!(verifier.verify(&token).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn times_hold_to_the_second_with_five_of_leeway() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    for (claim, offset, expected) in [
        ("exp", 0, Ok(())),
        ("exp", -5, Ok(())),
        ("exp", -6, Err(Rejection::Expired)),
        ("nbf", 5, Ok(())),
        ("nbf", 6, Err(Rejection::NotYetValid)),
        ("iat", 5, Ok(())),
        ("iat", 6, Err(Rejection::IssuedInFuture)),
    ] {
        let token =
            signed(&FIRST, &header("ins_1"), &set(realm.claims(), claim, json!(START + offset)));
        assert_eq!(verifier.verify(&token).await.map(drop), expected, "{claim} {offset:+}");
    }
}

#[tokio::test]
async fn a_token_expires_as_the_clock_moves() {
    let realm = RemoteRealm::start().await;
    let verifier = realm.verifier();
    let token = signed(&FIRST, &header("ins_1"), &set(realm.claims(), "exp", json!(START + 60)));
    realm.clock.advance(65);
    assert!(verifier.verify(&token).await.is_ok());
    realm.clock.advance(1);
    assert_eq!(verifier.verify(&token).await.err(), Some(Rejection::Expired));
}

#[tokio::test]
async fn the_profile_is_read_when_it_is_there() {
    let claims = set(good().await, "email", json!("som@example.com"));
    let read = verify(&set(claims.clone(), "name", json!("สมชาย ใจดี"))).await.unwrap();
    assert_eq!(read.email.as_deref(), Some("som@example.com"));
    assert_eq!(read.name.as_deref(), Some("สมชาย ใจดี"));
    let debug = format!("{read:?}");
    assert!(
        debug.contains("user_1") && !debug.contains("som@") && !debug.contains("สมชาย"),
        "{debug}"
    );

    let verified = set(claims.clone(), "email_verified", json!(true));
    assert!(verify(&verified).await.unwrap().email.is_some());
    let unverified = set(claims, "email_verified", json!(false));
    assert_eq!(verify(&unverified).await.unwrap().email, None);
}

#[tokio::test]
async fn a_profile_that_is_not_text_is_left_out() {
    for odd in [json!(1), json!(["a"]), json!("  "), json!("a\u{0}b"), json!("x".repeat(300))] {
        let claims = set(set(good().await, "email", odd.clone()), "name", odd.clone());
        let read = verify(&set(claims, "role", odd.clone())).await.unwrap();
        assert_eq!((read.email, read.name, read.role_hint), (None, None, None), "{odd}");
    }
}

#[tokio::test]
async fn the_role_hint_is_found_in_each_of_its_places() {
    for (name, value, expected) in [
        ("metadata", json!({ "role": "agent" }), Some("agent")),
        ("public_metadata", json!({ "role": "admin" }), Some("admin")),
        ("role", json!("agent"), Some("agent")),
        // Whatever the user may write themselves says nothing about them.
        ("unsafe_metadata", json!({ "role": "admin" }), None),
        ("metadata", json!("admin"), None),
    ] {
        let read = verify(&set(good().await, name, value)).await.unwrap();
        assert_eq!(read.role_hint.as_deref(), expected, "{name}");
    }
}

#[tokio::test]
async fn impersonation_is_told() {
    let act =
        json!({ "sub": "user_support", "sid": "sess_2", "iss": "https://dashboard.clerk.com" });
    let actor = verify(&set(good().await, "act", act)).await.unwrap().actor.unwrap();
    assert_eq!(actor.subject, "user_support");
    assert_eq!(actor.session_id.as_deref(), Some("sess_2"));
}

/// An organisation is nobody's business, unless the product is for one.
#[tokio::test]
async fn both_versions_of_the_claims_name_an_organisation() {
    let realm = RemoteRealm::start().await;
    let (open, closed) = (realm.verifier(), realm.verifier());
    let rules = Rules { organization: Some("org_ours".to_owned()), ..Rules::default() };
    let closed = closed.with_rules(rules);
    let first = |name: &str, value: Value| set(set(realm.claims(), "v", Value::Null), name, value);
    let second = |o: Value| set(realm.claims(), "o", o);
    for (what, claims, id) in [
        ("none", realm.claims(), None),
        ("v2", second(json!({"id": "org_ours", "rol": "admin", "slg": "ours"})), Some("org_ours")),
        ("v2, another", second(json!({"id": "org_theirs"})), Some("org_theirs")),
        ("v2 is not read as v1", set(realm.claims(), "org_id", json!("org_ours")), None),
        ("v1", first("org_id", json!("org_ours")), Some("org_ours")),
        ("v1, another", first("org_id", json!("org_theirs")), Some("org_theirs")),
        ("v1 is not read as v2", first("o", json!({"id": "org_ours"})), None),
        ("v1 by number", set(first("org_id", json!("org_ours")), "v", json!(1)), Some("org_ours")),
        ("not a name", second(json!({"id": ["org_ours"]})), None),
    ] {
        let token = signed(&FIRST, &header("ins_1"), &claims);
        assert_eq!(open.verify(&token).await.unwrap().organization.as_deref(), id, "{what}");
        let expected = if id == Some("org_ours") { Ok(()) } else { Err(Rejection::Organization) };
        assert_eq!(closed.verify(&token).await.map(drop), expected, "{what}");
    }
    for version in [json!(3), json!("2"), json!(null), json!(2.5)] {
        let claims = realm.claims().as_object().cloned().map(|mut claims| {
            claims.insert("v".to_owned(), version.clone());
            Value::Object(claims)
        });
        let token = signed(&FIRST, &header("ins_1"), &claims.unwrap());
        assert_eq!(open.verify(&token).await.map(drop), Err(Rejection::Claim("v")), "{version}");
    }
}

#[tokio::test]
async fn a_party_may_be_missing_where_the_product_says_so_and_never_be_another() {
    let realm = RemoteRealm::start().await;
    let rules = Rules { accept_no_party: true, ..Rules::default() };
    let verifier = realm.verifier().with_rules(rules);
    let told = async |claims: Value| {
        verifier.verify(&signed(&FIRST, &header("ins_1"), &claims)).await.map(drop)
    };
    assert_eq!(told(set(realm.claims(), "azp", Value::Null)).await, Ok(()));
    assert_eq!(told(realm.claims()).await, Ok(()));
    let evil = set(realm.claims(), "azp", json!("https://evil.example"));
    assert_eq!(told(evil).await, Err(Rejection::AuthorizedParty));
    let empty = set(realm.claims(), "azp", json!(""));
    assert_eq!(told(empty).await, Err(Rejection::Claim("azp")));
}
