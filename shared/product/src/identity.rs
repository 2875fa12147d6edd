//! Whose word a product takes for who somebody is.

use std::{path::PathBuf, time::Duration};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    net::{HttpUrl, Origin},
    sections::{milliseconds, seconds},
    text::{Line, PublishableKey},
};

/// Whose tokens the product accepts, and from which front ends.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who signs.
    pub realm: Realm,
    /// Where the realm's public keys are fetched, if not where the realm says.
    pub jwks_url: Option<HttpUrl>,
    /// Accepted values of a token's `azp`.
    pub authorized_parties: Vec<Origin>,
    /// Folder for the local realm's key and the copy of the public keys that
    /// outlives a restart.
    pub state_dir: PathBuf,
    /// How long a caller's row is remembered.
    pub user_cache: Duration,
    /// Whether the session cookie of the brand's own front ends is a token as well.
    pub session_cookie: bool,
    /// Whether tokens without `azp`, as programs that are no browsers get them, are accepted.
    pub native_clients: bool,
    /// The only organisation whose members are let in; without one, organisations are not looked at.
    pub organization: Option<Line>,
    /// What the realm's deliveries are signed with; without it there is no door for them.
    pub webhook_secret: Option<SecretString>,
    /// What they were signed with before: good as well, while one is changed for the other.
    pub previous_webhook_secret: Option<SecretString>,
    /// Where the realm's own API is reached.
    pub api_url: HttpUrl,
    /// What opens it.
    pub secret_key: Option<SecretString>,
    /// How long one answer of it may take.
    pub api_timeout: Duration,
}

impl Identity {
    /// What deliveries may be signed with, the newest first.
    pub fn webhook_secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.webhook_secret.iter().chain(&self.previous_webhook_secret)
    }
}

/// Who signs the product's tokens.
#[derive(Clone, Debug)]
pub enum Realm {
    /// The instance itself; never in production.
    Local {
        /// The `iss` of its tokens.
        issuer: HttpUrl,
    },
    /// Clerk.
    Clerk {
        /// Names the realm; the issuer and the address of its keys follow from it.
        publishable_key: PublishableKey,
        /// The `iss` of its tokens, where it does not follow from the key.
        issuer: Option<HttpUrl>,
    },
}

impl Realm {
    /// The name in the profile.
    #[must_use]
    pub fn provider(&self) -> Provider {
        match self {
            Self::Local { .. } => Provider::Local,
            Self::Clerk { .. } => Provider::Clerk,
        }
    }

    /// The issuer as far as the profile knows it: always for a local realm.
    #[must_use]
    pub fn issuer(&self) -> Option<&HttpUrl> {
        match self {
            Self::Local { issuer } => Some(issuer),
            Self::Clerk { issuer, .. } => issuer.as_ref(),
        }
    }

    /// The publishable key of a Clerk realm.
    #[must_use]
    pub fn publishable_key(&self) -> Option<&PublishableKey> {
        match self {
            Self::Local { .. } => None,
            Self::Clerk { publishable_key, .. } => Some(publishable_key),
        }
    }
}

/// A kind of realm by its name in the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    Local,
    Clerk,
}

/// The section as it stands in the layers, before the realm is decided.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawIdentity {
    pub(crate) provider: Provider,
    pub(crate) issuer: Option<HttpUrl>,
    pub(crate) publishable_key: Option<PublishableKey>,
    pub(crate) jwks_url: Option<HttpUrl>,
    pub(crate) authorized_parties: Vec<Origin>,
    pub(crate) state_dir: PathBuf,
    #[serde(deserialize_with = "seconds")]
    pub(crate) user_cache_seconds: Duration,
    pub(crate) session_cookie: bool,
    pub(crate) native_clients: bool,
    pub(crate) organization: Option<Line>,
    pub(crate) webhook_secret: Option<SecretString>,
    pub(crate) previous_webhook_secret: Option<SecretString>,
    pub(crate) api_url: HttpUrl,
    pub(crate) secret_key: Option<SecretString>,
    #[serde(deserialize_with = "milliseconds")]
    pub(crate) api_timeout_ms: Duration,
}

impl RawIdentity {
    /// The identity, or the key that is missing and why it is needed.
    pub(crate) fn decide(self) -> Result<Identity, (&'static str, String)> {
        let realm = match (self.provider, self.issuer, self.publishable_key) {
            (Provider::Local, Some(issuer), _) => Realm::Local { issuer },
            (Provider::Clerk, issuer, Some(publishable_key)) => {
                Realm::Clerk { publishable_key, issuer }
            }
            (Provider::Local, None, _) => {
                return Err((
                    "identity.issuer",
                    "the local realm needs an issuer; set it".to_owned(),
                ));
            }
            (Provider::Clerk, _, None) => {
                let message = "the clerk provider needs it; copy it from the product's Clerk dashboard (it begins with pk_)";
                return Err(("identity.publishable_key", message.to_owned()));
            }
        };
        Ok(Identity {
            realm,
            jwks_url: self.jwks_url,
            authorized_parties: self.authorized_parties,
            state_dir: self.state_dir,
            user_cache: self.user_cache_seconds,
            session_cookie: self.session_cookie,
            native_clients: self.native_clients,
            organization: self.organization,
            webhook_secret: self.webhook_secret,
            previous_webhook_secret: self.previous_webhook_secret,
            api_url: self.api_url,
            secret_key: self.secret_key,
            api_timeout: self.api_timeout_ms,
        })
    }
}
