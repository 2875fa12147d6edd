//! People: who a token's subject is to this brand, and what they may do.

mod cache;
pub(crate) mod follow;
pub mod me;
pub(crate) mod operate;
mod users;

use chrono::{DateTime, Utc};
use terrace_entity::enums::UserRole as StoredRole;
use terrace_identity::Claims;
use uuid::Uuid;

use crate::{
    app::State,
    db::Context,
    error::{Code, Error, Result},
    http::auth::{Caller, unauthorized},
};

pub use cache::PeopleCache;
pub use users::{Person, erased_subject, upsert};
pub(crate) use users::{give_role, revoke};

/// What a person may do; each role may do what the ones before it may.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Deserialize,
    serde::Serialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A guest or buyer with an account.
    User,
    /// Lists properties and edits their own.
    Agent,
    /// Runs the brand.
    Admin,
}

impl Role {
    /// The name on the wire and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Agent => "agent",
            Self::Admin => "admin",
        }
    }
}

impl From<StoredRole> for Role {
    fn from(role: StoredRole) -> Self {
        match role {
            StoredRole::User => Self::User,
            StoredRole::Agent => Self::Agent,
            StoredRole::Admin => Self::Admin,
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::User, Self::Agent, Self::Admin]
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| "must be one of: user, agent, admin".to_owned())
    }
}

/// A person as last read from the database.
#[derive(Clone, Debug)]
pub struct Known {
    user_id: Uuid,
    role: Role,
    agent_id: Option<Uuid>,
    is_active: bool,
    /// Deleted here, or at the realm.
    is_gone: bool,
    revoked_before: Option<DateTime<Utc>>,
}

impl Known {
    /// Whether tokens of that moment, in whole seconds, have been revoked. One that was made in the
    /// very second is refused as well: its holder gets another.
    fn has_revoked(&self, issued_at: i64) -> bool {
        let issued_at = DateTime::from_timestamp(issued_at, 0);
        self.revoked_before.is_some_and(|before| issued_at.is_none_or(|issued| issued < before))
    }
}

/// The caller behind verified claims. Whoever is seen for the first time gets a row.
///
/// # Errors
/// `401` for who is gone and for a token from before they were all revoked, `403` for who is
/// disabled.
pub async fn caller(state: &State, claims: &Claims, request_id: String) -> Result<Caller> {
    let subject = claims.subject.clone();
    let known = state
        .people
        .get(&subject, || users::find_or_create(state, claims, request_id.clone()))
        .await?;
    if known.is_gone || known.has_revoked(claims.issued_at) {
        return Err(unauthorized());
    }
    if !known.is_active {
        return Err(Error::new(Code::AccountDisabled));
    }
    Ok(Caller { user_id: known.user_id, role: known.role, agent_id: known.agent_id, subject })
}

/// The context of looking a person up before it is known who they are.
fn lookup(request_id: String) -> Context {
    // A request waits for it.
    Context { is_background: false, ..Context::system(request_id) }
}
