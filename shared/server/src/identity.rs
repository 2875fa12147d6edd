//! The brand's realm: whose tokens are trusted, and, in development, who signs them.

use std::sync::Arc;

use anyhow::{Context, bail};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use terrace_identity::{
    Claims, Clock, KeySource, Rejection, RemoteKeys, RemoteOptions, Rules, SystemClock, Verifier,
    clerk, local,
};
use terrace_product::{Identity, Profile};

/// A brand's realm. Two providers stand behind one verifier.
pub struct Realm {
    verifier: Verifier,
    clock: Arc<dyn Clock>,
    /// The development realm signs its own tokens.
    local: Option<local::Realm>,
    /// Names of the cookies that may hold a token, the first one first.
    session_cookies: Vec<String>,
}

impl std::fmt::Debug for Realm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Realm").field("local", &self.local.is_some()).finish_non_exhaustive()
    }
}

impl Realm {
    /// Opens the realm that the profile names. A development realm makes its key on first use.
    ///
    /// # Errors
    /// Where the profile names none, or a development realm in production.
    pub fn open(profile: &Profile) -> anyhow::Result<Self> {
        Self::open_with(profile, |_| {})
    }

    /// The same, with other habits of fetching keys: for the proof that ours are needed.
    ///
    /// # Errors
    /// As for [`Realm::open`].
    #[doc(hidden)]
    pub fn open_with(
        profile: &Profile,
        change: impl FnOnce(&mut RemoteOptions),
    ) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let identity = &profile.identity;
        let (issuer, keys, local) = match &identity.realm {
            terrace_product::Realm::Local { .. } if profile.environment.is_production() => {
                bail!("identity.provider = \"local\" signs its own tokens: refused in production")
            }
            terrace_product::Realm::Local { issuer } => {
                let realm = local::Realm::open(&identity.state_dir, issuer.as_str())?;
                (issuer.to_string(), realm.key_source(), Some(realm))
            }
            terrace_product::Realm::Clerk { publishable_key, issuer } => {
                let realm = clerk::Realm::from_publishable_key(publishable_key.as_str())?;
                let issuer = issuer.as_ref().map_or(realm.issuer, ToString::to_string);
                let jwks = identity.jwks_url.as_ref().map_or(realm.jwks_url, ToString::to_string);
                let mut options = RemoteOptions::new(&issuer, &jwks, &identity.state_dir);
                change(&mut options);
                let keys = RemoteKeys::new(options, clock.clone())?;
                (issuer, KeySource::Remote(keys), None)
            }
        };
        let parties = identity.authorized_parties.iter().map(|party| party.as_str().to_owned());
        let rules = Rules {
            accept_no_party: identity.native_clients,
            organization: identity.organization.as_ref().map(ToString::to_string),
        };
        let verifier = Verifier::new(issuer, parties, keys, clock.clone())?.with_rules(rules);
        Ok(Self { verifier, clock, local, session_cookies: session_cookies(identity) })
    }

    /// Names of the cookies that may hold a token; none where the brand takes no cookies.
    #[must_use]
    pub fn session_cookies(&self) -> &[String] {
        &self.session_cookies
    }

    /// The claims of a token, if this realm made it and it is valid now.
    ///
    /// # Errors
    /// Why not: for metrics, never for the client.
    pub async fn verify(&self, token: &str) -> Result<Claims, Rejection> {
        self.verifier.verify(token).await
    }

    /// Keeps the realm's keys fresh for as long as it is polled.
    pub async fn keep_keys_fresh(&self) {
        let mut tick = tokio::time::interval(std::time::Duration::from_secs(60));
        loop {
            tick.tick().await;
            self.verifier.keep_keys_fresh().await;
        }
    }

    /// The public keys of the development realm.
    #[must_use]
    pub fn jwks(&self) -> Option<serde_json::Value> {
        self.local.as_ref().map(local::Realm::jwks)
    }

    /// Signs a token of the development realm.
    ///
    /// # Errors
    /// Where this realm is another's.
    pub fn issue(&self, request: &local::TokenRequest) -> anyhow::Result<String> {
        let local = self.local.as_ref().context(
            "tokens of this realm come from its identity provider; \
             only identity.provider = \"local\" issues its own",
        )?;
        Ok(local.issue(request, &*self.clock)?)
    }
}

/// Clerk gives the cookie an instance's own name as well, so that two sites on one host do not take
/// each other's: the first letters of the key's digest.
fn session_cookies(identity: &Identity) -> Vec<String> {
    if !identity.session_cookie {
        return Vec::new();
    }
    let own = identity.realm.publishable_key().map(|key| {
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, key.as_str().as_bytes());
        let text = URL_SAFE_NO_PAD.encode(digest.as_ref());
        format!("__session_{}", text.get(..8).unwrap_or_default())
    });
    own.into_iter().chain(std::iter::once("__session".to_owned())).collect()
}
