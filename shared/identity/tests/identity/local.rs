//! The development realm: one key however many open it, tokens that the verifier takes.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use tempfile::TempDir;
use terrace_identity::local::{Realm, RealmError, TokenRequest};
use terrace_identity::{PublicKeys, Rejection, SystemClock, Verifier};

use crate::support::clock::START;
use crate::support::{AZP, TestClock};

const LOCAL: &str = "http://localhost:8101";

/// Set for a child process of the race below.
const CHILD: &str = "TERRACE_IDENTITY_TEST_REALM";

fn verifier(realm: &Realm, clock: &Arc<TestClock>) -> Verifier {
    Verifier::new(realm.issuer(), [AZP], realm.key_source(), clock.clone()).unwrap()
}

fn request() -> TokenRequest {
    TokenRequest::new("user_somchai", "sess_dev", AZP, Duration::from_secs(3600))
}

#[tokio::test]
async fn its_tokens_are_accepted_and_say_what_was_asked() {
    let (directory, clock) = (TempDir::new().unwrap(), TestClock::new());
    let realm = Realm::open(directory.path(), LOCAL).unwrap();
    let verifier = verifier(&realm, &clock);

    let mut request = request();
    request.email = Some("somchai@bestays.example".to_owned());
    request.name = Some("สมชาย".to_owned());
    request.role_hint = Some("agent".to_owned());
    let token = realm.issue(&request, &*clock).unwrap();
    let claims = verifier.verify(&token).await.unwrap();
    assert_eq!((claims.subject.as_str(), claims.session_id.as_str()), ("user_somchai", "sess_dev"));
    assert_eq!((claims.issued_at, claims.expires_at), (START, START + 3600));
    assert_eq!(claims.email.as_deref(), Some("somchai@bestays.example"));
    assert_eq!(claims.name.as_deref(), Some("สมชาย"));
    assert_eq!(claims.role_hint.as_deref(), Some("agent"));

    clock.advance(3606);
    assert_eq!(verifier.verify(&token).await.err(), Some(Rejection::Expired));
}

#[tokio::test]
async fn two_products_do_not_accept_each_others_tokens() {
    let (bestays, realestate, clock) =
        (TempDir::new().unwrap(), TempDir::new().unwrap(), TestClock::new());
    let own = Realm::open(bestays.path(), LOCAL).unwrap();
    let token = own.issue(&request(), &*clock).unwrap();

    let other = Realm::open(realestate.path(), "http://localhost:8102").unwrap();
    assert_eq!(verifier(&other, &clock).verify(&token).await.err(), Some(Rejection::Issuer));
    let same_issuer = Realm::open(realestate.path(), LOCAL).unwrap();
    assert_eq!(
        verifier(&same_issuer, &clock).verify(&token).await.err(),
        Some(Rejection::UnknownKey)
    );
    let same_key = Realm::open(bestays.path(), "http://localhost:8102").unwrap();
    assert_eq!(verifier(&same_key, &clock).verify(&token).await.err(), Some(Rejection::Issuer));
}

#[tokio::test]
async fn its_published_keys_verify_its_tokens_elsewhere() {
    let (directory, clock) = (TempDir::new().unwrap(), TestClock::new());
    let realm = Realm::open(directory.path(), LOCAL).unwrap();
    let document = realm.jwks();
    assert_eq!(document["keys"][0]["kid"], realm.key_id());
    assert!(document["keys"][0].get("d").is_none());

    let keys = Arc::new(PublicKeys::from_jwks(document.to_string().as_bytes()).unwrap());
    let source = terrace_identity::KeySource::Fixed { issuer: LOCAL.to_owned(), keys };
    let elsewhere = Verifier::new(LOCAL, [AZP], source, clock.clone()).unwrap();
    elsewhere.verify(&realm.issue(&request(), &*clock).unwrap()).await.unwrap();
    assert_eq!(elsewhere.key_status().keys, 1);
}

/// A library of its own, on the machine's clock, agrees about token, key set and time.
#[test]
fn its_tokens_are_plain_jwt() {
    let (directory, clock) = (TempDir::new().unwrap(), SystemClock::new());
    let realm = Realm::open(directory.path(), LOCAL).unwrap();
    let token = realm.issue(&request(), &clock).unwrap();

    let set: JwkSet = serde_json::from_value(realm.jwks()).unwrap();
    let header = jsonwebtoken::decode_header(&token).unwrap();
    let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.leeway = 5;
    validation.validate_nbf = true;
    validation.set_issuer(&[LOCAL]);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "sub"]);
    let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap().claims;
    assert_eq!(claims["sub"], "user_somchai");
}

#[test]
fn the_key_is_made_once_and_private() {
    let directory = TempDir::new().unwrap();
    let state = directory.path().join("bestays/identity");
    let first = Realm::open(&state, LOCAL).unwrap();
    let again = Realm::open(&state, LOCAL).unwrap();
    assert_eq!(first.key_id(), again.key_id());

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = state.join("realm.pem");
    assert_eq!((mode(&state), mode(&file)), (0o700, 0o600));
    let pem = fs::read_to_string(&file).unwrap();
    assert!(
        pem.starts_with("-----BEGIN PRIVATE KEY-----\n")
            && pem.lines().all(|line| line.len() <= 64),
        "{pem}"
    );

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    Realm::open(&state, LOCAL).unwrap();
    assert_eq!(mode(&file), 0o600, "taken back from the others");
    assert!(!format!("{first:?}").contains("signing_key"));
}

#[test]
fn a_file_that_is_not_the_key_is_named_and_left_alone() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("realm.pem");
    for content in ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        fs::write(&file, content).unwrap();
        let error = Realm::open(directory.path(), LOCAL).unwrap_err();
        assert!(matches!(error, RealmError::NotAKey { .. }), "{error}");
        assert!(error.to_string().contains("realm.pem"), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), content);
    }
    let unusable = Realm::open(&file, LOCAL).unwrap_err();
    assert!(matches!(unusable, RealmError::File { .. }), "{unusable}");
}

#[test]
fn threads_that_open_at_once_get_one_key() {
    let directory = TempDir::new().unwrap();
    let barrier = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (path, barrier) = (directory.path().to_owned(), Arc::clone(&barrier));
            std::thread::spawn(move || {
                barrier.wait();
                Realm::open(&path, LOCAL).unwrap().key_id().to_owned()
            })
        })
        .collect();
    let keys: BTreeSet<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(keys.len(), 1);
}

#[test]
fn processes_that_open_at_once_get_one_key() {
    if let Some(state) = std::env::var_os(CHILD).map(PathBuf::from) {
        let realm = Realm::open(&state, LOCAL).unwrap();
        fs::write(state.join(format!("{}.opened", std::process::id())), realm.key_id()).unwrap();
        return;
    }
    let directory = TempDir::new().unwrap();
    let children: Vec<_> = (0..6)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["local::processes_that_open_at_once_get_one_key", "--exact"])
                .env(CHILD, directory.path())
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let opened: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "opened"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert_eq!(opened.len(), 6);
    assert_eq!(opened.into_iter().collect::<BTreeSet<_>>().len(), 1);
}
