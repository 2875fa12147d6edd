//! People: who a token's subject is to this brand, and what they may do.

mod cache;
pub mod me;
mod users;

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
    is_deleted: bool,
}

/// The caller behind verified claims. Whoever is seen for the first time gets a row.
///
/// # Errors
/// `401` for a deleted person, `403` for a disabled one.
pub async fn caller(state: &State, claims: &Claims, request_id: String) -> Result<Caller> {
    let subject = claims.subject.clone();
    let known = state
        .people
        .get(&subject, || users::find_or_create(state, claims, request_id.clone()))
        .await?;
    if known.is_deleted {
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
