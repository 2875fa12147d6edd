//! The one door for session tokens.

use std::collections::HashSet;
use std::sync::Arc;

use jsonwebtoken::Algorithm;

use crate::claims::{self, Claims, Unverified};
use crate::clock::Clock;
use crate::keys::{KeySource, KeyStatus};
use crate::rejection::Rejection;
use crate::token;

/// How far the realm's clock and ours may be apart, in seconds. Clerk's own backend uses 5; a
/// minute, the usual default, would double the life of a one-minute token.
pub const LEEWAY_SECONDS: i64 = 5;

/// Verifies the RS256 session tokens of one product's realm.
pub struct Verifier {
    issuer: String,
    authorized_parties: HashSet<String>,
    rules: Rules,
    keys: KeySource,
    clock: Arc<dyn Clock>,
}

/// What a product asks of tokens besides what all of them must have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Accepts tokens without `azp`: Clerk leaves it out for programs that send no `Origin`. One
    /// that is there must be on the list all the same.
    pub accept_no_party: bool,
    /// The only organisation whose active members are let in.
    pub organization: Option<String>,
}

/// A verifier that could not be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifierError {
    /// No issuer.
    #[error("the identity realm has no issuer: set it to the exact `iss` of the realm's tokens")]
    NoIssuer,
    /// No authorised party: every token would be refused.
    #[error(
        "the list of authorised parties is empty: name the origins of the product's front ends"
    )]
    NoAuthorizedParty,
    /// A party that no token can carry.
    #[error(
        "`{0}` is not an origin: write scheme, host and port only, in lower case and without a \
         trailing slash (https://www.example.com)"
    )]
    NotAnOrigin(String),
    /// The keys belong to another issuer.
    #[error(
        "the keys belong to the issuer `{keys}`, but tokens are expected from `{expected}`: \
         use one realm for both"
    )]
    ForeignKeys {
        /// The issuer this verifier expects.
        expected: String,
        /// The issuer the keys were configured for.
        keys: String,
    },
}

impl Verifier {
    /// A verifier for tokens with exactly this `iss`, issued to one of these parties (`azp`),
    /// signed with one of these keys.
    ///
    /// # Errors
    /// When the issuer or the list of parties is empty, a party is a URL but not an origin, or the
    /// keys are those of another issuer (two realms may use the same key id, so keys never cross
    /// issuers).
    pub fn new<I, S>(
        issuer: impl Into<String>,
        authorized_parties: I,
        keys: KeySource,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, VerifierError>
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        let issuer = issuer.into();
        if issuer.is_empty() {
            return Err(VerifierError::NoIssuer);
        }
        if keys.issuer() != issuer {
            return Err(VerifierError::ForeignKeys {
                expected: issuer,
                keys: keys.issuer().to_owned(),
            });
        }
        let authorized_parties: HashSet<String> =
            authorized_parties.into_iter().map(Into::into).collect();
        if authorized_parties.is_empty() {
            return Err(VerifierError::NoAuthorizedParty);
        }
        if let Some(party) = authorized_parties.iter().find(|party| !can_be_a_party(party)) {
            return Err(VerifierError::NotAnOrigin(party.clone()));
        }
        Ok(Self { issuer, authorized_parties, rules: Rules::default(), keys, clock })
    }

    /// The same, with what this product asks besides.
    #[must_use]
    pub fn with_rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// Checks everything about the token; may wait for one refresh of the realm's keys (at most the
    /// fetch timeout).
    ///
    /// The signature is verified last: it is the only expensive check, and only a token that is
    /// otherwise acceptable is worth a fetch of keys.
    ///
    /// # Errors
    /// The reason of the refusal, for metrics and logs. Answer the same 401 whatever it is.
    pub async fn verify(&self, token: &str) -> Result<Claims, Rejection> {
        let parsed = token::parse(token)?;
        let claims = self.weigh(claims::read(&parsed.claims)?)?;
        let key = self.keys.find(&parsed.key_id).await?;
        match jsonwebtoken::crypto::verify(parsed.signature, parsed.message, &key, Algorithm::RS256)
        {
            Ok(true) => Ok(claims),
            Ok(false) | Err(_) => Err(Rejection::Signature),
        }
    }

    /// Makes the keys recent if they are missing or older than five minutes: call it at start, and
    /// every minute or so to keep the copy on disk recent through quiet hours. Tokens are verified
    /// without it, too.
    pub async fn keep_keys_fresh(&self) {
        self.keys.keep_fresh().await;
    }

    /// The state of the keys, for health answers and metrics.
    #[must_use]
    pub fn key_status(&self) -> KeyStatus {
        self.keys.status()
    }

    /// The issuer whose tokens are accepted.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    fn weigh(&self, token: Unverified) -> Result<Claims, Rejection> {
        let Unverified { issuer, not_before, session_status, claims } = token;
        if issuer != self.issuer {
            return Err(Rejection::Issuer);
        }
        match &claims.authorized_party {
            Some(party) if self.authorized_parties.contains(party) => {}
            Some(_) => return Err(Rejection::AuthorizedParty),
            None if self.rules.accept_no_party => {}
            None => return Err(Rejection::Claim("azp")),
        }
        if self.rules.organization.is_some() && self.rules.organization != claims.organization {
            return Err(Rejection::Organization);
        }
        if claims.subject.starts_with("mch_") {
            return Err(Rejection::Machine);
        }
        // Anything but "active" is refused, so that a status the provider adds later does not let
        // anyone in.
        if session_status.is_some_and(|status| status != "active") {
            return Err(Rejection::SessionStatus);
        }
        let now = self.clock.unix_seconds();
        if now > claims.expires_at.saturating_add(LEEWAY_SECONDS) {
            return Err(Rejection::Expired);
        }
        let latest_start = now.saturating_add(LEEWAY_SECONDS);
        if not_before > latest_start {
            return Err(Rejection::NotYetValid);
        }
        if claims.issued_at > latest_start {
            return Err(Rejection::IssuedInFuture);
        }
        Ok(claims)
    }
}

/// Browsers send origins; a native client may be known by any other name.
fn can_be_a_party(party: &str) -> bool {
    match url::Url::parse(party) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            url.origin().ascii_serialization() == party
        }
        _ => !party.trim().is_empty(),
    }
}
