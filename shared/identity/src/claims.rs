//! What a verified token says.

use std::fmt;

use serde_json::{Map, Value};

use crate::rejection::Rejection;

/// Longest subject, session id or party, in bytes (OpenID Connect bounds `sub` at 255).
const MAX_ID_BYTES: usize = 255;
/// Longest mail address (RFC 5321), in bytes.
const MAX_EMAIL_BYTES: usize = 254;
/// Longest display name, in bytes.
const MAX_NAME_BYTES: usize = 200;
/// Longest role hint, in bytes.
const MAX_ROLE_BYTES: usize = 64;
/// 9999-12-31T23:59:59Z.
const MAX_UNIX_SECONDS: i64 = 253_402_300_799;

/// The claims of a token that passed every check. `Debug` leaves out what is personal.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// The provider's id of the user (`sub`).
    pub subject: String,
    /// The session the token belongs to (`sid`).
    pub session_id: String,
    /// The front end it was issued to (`azp`), one of the product's list. Absent in tokens for
    /// programs that are no browsers; [`Rules`](crate::Rules) say whether those are accepted.
    pub authorized_party: Option<String>,
    /// The organisation that the user acts in (`o.id`, of old `org_id`), when any.
    pub organization: Option<String>,
    /// Unix seconds (`iat`).
    pub issued_at: i64,
    /// Unix seconds (`exp`); accepted until [`LEEWAY_SECONDS`](crate::LEEWAY_SECONDS) later.
    pub expires_at: i64,
    /// The user's mail address, when the realm puts it in (`email`) and does not mark it
    /// unverified.
    pub email: Option<String>,
    /// The user's display name (`name`).
    pub name: Option<String>,
    /// What the realm believes the user's role to be (`metadata.role`, `public_metadata.role` or
    /// `role`). A hint for first sight of a user at most: authority comes from the product's
    /// database.
    pub role_hint: Option<String>,
    /// Set when somebody else acts as the user (`act`, impersonation from the provider's
    /// dashboard).
    pub actor: Option<Actor>,
}

/// Who acts in the user's place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Actor {
    /// The provider's id of the person acting (`act.sub`).
    pub subject: String,
    /// Their own session (`act.sid`), when given.
    pub session_id: Option<String>,
}

impl fmt::Debug for Claims {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Claims")
            .field("subject", &self.subject)
            .field("session_id", &self.session_id)
            .field("authorized_party", &self.authorized_party)
            .field("organization", &self.organization)
            .field("issued_at", &self.issued_at)
            .field("expires_at", &self.expires_at)
            .field("role_hint", &self.role_hint)
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}

/// Claims as received, read with the right type but not yet weighed.
pub(crate) struct Unverified {
    pub(crate) issuer: String,
    pub(crate) not_before: i64,
    /// `sts`, absent in tokens of older instances.
    pub(crate) session_status: Option<String>,
    pub(crate) claims: Claims,
}

pub(crate) fn read(raw: &Map<String, Value>) -> Result<Unverified, Rejection> {
    Ok(Unverified {
        issuer: identifier(raw, "iss")?,
        not_before: instant(raw, "nbf")?,
        session_status: match raw.get("sts") {
            None => None,
            Some(Value::String(status)) => Some(status.clone()),
            Some(_) => return Err(Rejection::Claim("sts")),
        },
        claims: Claims {
            subject: identifier(raw, "sub")?,
            session_id: identifier(raw, "sid")?,
            authorized_party: match raw.get("azp") {
                None => None,
                Some(_) => Some(identifier(raw, "azp")?),
            },
            organization: organization(raw)?,
            issued_at: instant(raw, "iat")?,
            expires_at: instant(raw, "exp")?,
            email: email(raw),
            name: hint(raw.get("name"), MAX_NAME_BYTES),
            role_hint: role_hint(raw),
            actor: actor(raw)?,
        },
    })
}

fn identifier(raw: &Map<String, Value>, name: &'static str) -> Result<String, Rejection> {
    hint(raw.get(name), MAX_ID_BYTES).ok_or(Rejection::Claim(name))
}

/// RFC 7519 allows fractions; both providers send whole seconds, and a float is where 1e308 comes
/// in.
fn instant(raw: &Map<String, Value>, name: &'static str) -> Result<i64, Rejection> {
    raw.get(name)
        .and_then(Value::as_i64)
        .filter(|seconds| (0..=MAX_UNIX_SECONDS).contains(seconds))
        .ok_or(Rejection::Claim(name))
}

/// Text that is there, not blank, bounded and printable.
fn hint(value: Option<&Value>, max_bytes: usize) -> Option<String> {
    let text = value?.as_str()?;
    let usable =
        !text.trim().is_empty() && text.len() <= max_bytes && !text.chars().any(char::is_control);
    usable.then(|| text.to_owned())
}

fn email(raw: &Map<String, Value>) -> Option<String> {
    if raw.get("email_verified").is_some_and(|verified| verified != true) {
        return None;
    }
    hint(raw.get("email"), MAX_EMAIL_BYTES)
}

fn role_hint(raw: &Map<String, Value>) -> Option<String> {
    let nested = |name: &str| raw.get(name).and_then(|metadata| metadata.get("role"));
    [nested("metadata"), nested("public_metadata"), raw.get("role")]
        .into_iter()
        .find_map(|role| hint(role, MAX_ROLE_BYTES))
}

/// The second version of Clerk's claims has the organisation in an object, the first one beside the
/// others. A version that nobody here has read may mean something else by the same words.
fn organization(raw: &Map<String, Value>) -> Result<Option<String>, Rejection> {
    let id = match raw.get("v").map(Value::as_i64) {
        None | Some(Some(1)) => raw.get("org_id"),
        Some(Some(2)) => raw.get("o").and_then(|organization| organization.get("id")),
        Some(_) => return Err(Rejection::Claim("v")),
    };
    Ok(hint(id, MAX_ID_BYTES))
}

/// A token that says it is impersonated, but not by whom, must not pass for the user's own.
fn actor(raw: &Map<String, Value>) -> Result<Option<Actor>, Rejection> {
    match raw.get("act") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(act)) => Ok(Some(Actor {
            subject: hint(act.get("sub"), MAX_ID_BYTES).ok_or(Rejection::Claim("act"))?,
            session_id: hint(act.get("sid"), MAX_ID_BYTES),
        })),
        Some(_) => Err(Rejection::Claim("act")),
    }
}
