//! Tokens of the test realms.

use std::time::Duration;

use terrace_identity::{
    Clock, SystemClock,
    local::{self, TokenRequest},
};
use terrace_product::Profile;
use uuid::Uuid;

/// What is asked of the realm for a token.
#[derive(Clone, Debug)]
pub struct Token {
    /// `sub`.
    pub subject: String,
    /// `azp`; the product's first origin where it is missing.
    pub party: Option<String>,
    /// `email`.
    pub email: Option<String>,
    /// `metadata.role`.
    pub role_hint: Option<String>,
    /// How long it lasts.
    pub ttl: Duration,
    /// How long ago it was made.
    pub age: Duration,
}

impl Token {
    /// A token for an hour.
    #[must_use]
    pub fn of(subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            party: None,
            email: None,
            role_hint: None,
            ttl: Duration::from_secs(3600),
            age: Duration::ZERO,
        }
    }
}

/// Signs a token of the product's realm.
pub(crate) fn sign(profile: &Profile, token: &Token) -> String {
    let issuer = profile.identity.realm.issuer().expect("a local realm has an issuer");
    let realm =
        local::Realm::open(&profile.identity.state_dir, issuer.as_str()).expect("the test realm");
    let party = token.party.clone().unwrap_or_else(|| {
        profile.identity.authorized_parties.first().expect("an authorised party").to_string()
    });
    let session = format!("sess_{}", Uuid::new_v4().simple());
    let mut request = TokenRequest::new(&token.subject, session, party, token.ttl);
    request.email = token.email.clone();
    request.role_hint = token.role_hint.clone();
    realm.issue(&request, &Earlier(token.age)).expect("a token")
}

/// The clock as it stood a while ago.
struct Earlier(Duration);

impl Clock for Earlier {
    fn unix_seconds(&self) -> i64 {
        SystemClock::new().unix_seconds() - i64::try_from(self.0.as_secs()).expect("a short while")
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}
