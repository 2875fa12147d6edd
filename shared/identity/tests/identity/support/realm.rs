use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use terrace_identity::{Clock, KeySource, RemoteKeys, RemoteOptions, Verifier};

use super::clock::TestClock;
use super::forge;
use super::keys::{FIRST, Key, jwks};
use super::server::JwksServer;

pub(crate) const ISSUER: &str = "https://clerk.bestays.example";
pub(crate) const AZP: &str = "http://localhost:5273";

/// A realm that publishes its keys over HTTP, and our state directory and clock. Verifiers come and
/// go.
pub(crate) struct RemoteRealm {
    pub(crate) server: JwksServer,
    pub(crate) state: TempDir,
    pub(crate) clock: Arc<TestClock>,
}

impl RemoteRealm {
    /// Publishes [`FIRST`] as `ins_1`.
    pub(crate) async fn start() -> Self {
        let server = JwksServer::start().await;
        server.publish(jwks(&[FIRST.jwk("ins_1")]));
        Self { server, state: TempDir::new().unwrap(), clock: TestClock::new() }
    }

    pub(crate) fn verifier(&self) -> Verifier {
        self.verifier_with(&self.clock, Duration::from_secs(5))
    }

    /// A new process: nothing in memory, a monotonic clock that starts again, the same disk and
    /// wall clock.
    pub(crate) fn restarted(&self) -> (Verifier, Arc<TestClock>) {
        let clock = TestClock::at(self.clock.unix_seconds());
        (self.verifier_with(&clock, Duration::from_secs(5)), clock)
    }

    pub(crate) fn verifier_with(&self, clock: &Arc<TestClock>, timeout: Duration) -> Verifier {
        verifier(&self.server.url("/.well-known/jwks.json"), self.state.path(), clock, timeout)
    }

    /// Good claims now, for ten minutes.
    pub(crate) fn claims(&self) -> Value {
        claims_at(self.clock.unix_seconds())
    }

    pub(crate) fn token(&self, key: &Key, kid: &str) -> String {
        forge::signed(key, &forge::header(kid), &self.claims())
    }

    /// A token of [`FIRST`] that is good for days, so that only the keys can fail it.
    pub(crate) fn lasting_token(&self, key: &Key, kid: &str) -> String {
        let claims =
            forge::set(self.claims(), "exp", json!(self.clock.unix_seconds() + 10 * 86_400));
        forge::signed(key, &forge::header(kid), &claims)
    }
}

pub(crate) fn verifier(
    url: &str,
    state: &Path,
    clock: &Arc<TestClock>,
    timeout: Duration,
) -> Verifier {
    let mut options = RemoteOptions::new(ISSUER, url, state);
    options.timeout = timeout;
    let keys = RemoteKeys::new(options, Arc::clone(clock) as Arc<dyn Clock>).unwrap();
    Verifier::new(ISSUER, [AZP], KeySource::Remote(keys), Arc::clone(clock) as Arc<dyn Clock>)
        .unwrap()
}

pub(crate) fn claims_at(now: i64) -> Value {
    json!({
        "v": 2, "iss": ISSUER, "sub": "user_1", "sid": "sess_1", "azp": AZP, "sts": "active",
        "iat": now, "nbf": now - 10, "exp": now + 600, "jti": "c0ffee", "fva": [0, -1],
    })
}
