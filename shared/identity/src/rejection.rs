//! Why a token was refused.

/// The reason a token was refused, for metrics and logs only: whoever sent it gets one identical
/// 401 for all of them. Carries nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// Longer than any session token of the realm.
    #[error("the token is longer than 8 KB")]
    TooLong,
    /// Not `header.payload.signature`; an encrypted token (JWE) has five parts and ends here.
    #[error("the token does not have exactly three parts")]
    Structure,
    /// A part is not canonical unpadded base64url.
    #[error("a part of the token is not canonical base64url")]
    Encoding,
    /// A part is not a JSON object, or names a key twice.
    #[error("a part of the token is not a JSON object with distinct keys")]
    Json,
    /// `alg` is anything but `RS256`.
    #[error("the token is not signed with RS256")]
    Algorithm,
    /// The header asks for something the realm never sends: `crit`, `enc`, `zip`, or a key of its
    /// own.
    #[error("the token header carries a parameter that is not accepted")]
    Header,
    /// `typ` or `cat` names another kind of token (access, template, machine).
    #[error("the token is not a session token")]
    TokenType,
    /// `kid` is missing or not a plausible key id.
    #[error("the token names no usable key id")]
    KeyId,
    /// A required claim is absent, empty or of the wrong type.
    #[error("the claim `{0}` is missing or malformed")]
    Claim(&'static str),
    /// Signed for another realm.
    #[error("the token was issued by another realm")]
    Issuer,
    /// Issued to a front end that is not on this product's list.
    #[error("the token was issued to a party that is not allowed here")]
    AuthorizedParty,
    /// The user does not act in the organisation that the product is for.
    #[error("the token is not for the organisation that is let in here")]
    Organization,
    /// The subject is a machine, not a person.
    #[error("the subject is a machine")]
    Machine,
    /// The session is not active (its sign-in still has steps to go).
    #[error("the session is not active")]
    SessionStatus,
    /// `exp` is more than the leeway ago.
    #[error("the token has expired")]
    Expired,
    /// `nbf` is more than the leeway ahead.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` is more than the leeway ahead.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// The realm does not publish a key with this id.
    #[error("the realm publishes no key with this id")]
    UnknownKey,
    /// No key set could be obtained yet, or the last one is more than 24 hours old.
    #[error("no usable key set of the realm is at hand")]
    KeysUnavailable,
    /// The signature does not verify with the named key.
    #[error("the signature does not verify")]
    Signature,
}

impl Rejection {
    /// A short stable label for a metric.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Structure => "structure",
            Self::Encoding => "encoding",
            Self::Json => "json",
            Self::Algorithm => "algorithm",
            Self::Header => "header",
            Self::TokenType => "token_type",
            Self::KeyId => "key_id",
            Self::Claim(_) => "claim",
            Self::Issuer => "issuer",
            Self::AuthorizedParty => "authorized_party",
            Self::Organization => "organization",
            Self::Machine => "machine",
            Self::SessionStatus => "session_status",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
            Self::UnknownKey => "unknown_key",
            Self::KeysUnavailable => "keys_unavailable",
            Self::Signature => "signature",
        }
    }
}
