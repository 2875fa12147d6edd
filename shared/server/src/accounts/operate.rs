//! What an operator sees and does of people, from the command line.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Serialize;
use uuid::Uuid;

use super::{Role, give_role, revoke};
use crate::{
    db::{Context, Db, statement},
    error::{Error, Result},
};

/// A person as an operator sees them.
#[derive(Debug, FromQueryResult, Serialize)]
pub(crate) struct Account {
    pub(crate) id: Uuid,
    /// The realm's name for them.
    pub(crate) subject: String,
    pub(crate) email: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) role: String,
    /// What the realm says; none where it says nothing.
    pub(crate) realm_role: Option<String>,
    /// Whether the brand gave the role: it stands until it is lifted.
    pub(crate) role_is_override: bool,
    /// `active`, `disabled`, `closed` (at the realm; still in charge of something here), `deleted`.
    pub(crate) state: String,
    /// Tokens from before are refused.
    pub(crate) revoked_before: Option<DateTime<Utc>>,
    /// When the realm's word was from.
    pub(crate) realm_updated_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
}

const SELECT: &str = "SELECT id, auth_subject AS subject, email, display_name, role::text, auth_role::text AS realm_role, \
        role_is_override, CASE WHEN deleted_at IS NOT NULL THEN 'deleted' WHEN closed_at IS NOT NULL THEN 'closed' \
            WHEN NOT is_active THEN 'disabled' ELSE 'active' END AS state, \
        revoked_before, auth_updated_at AS realm_updated_at, created_at FROM users";

/// What is done with a role.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RoleChange {
    /// The brand gives it, whatever the realm says.
    Give(Role),
    /// The realm's word counts again.
    Lift,
}

/// The newest people, or those with this role.
///
/// # Errors
/// Those of the database.
pub(crate) async fn list(db: &Db, role: Option<Role>, most: u64) -> Result<Vec<Account>> {
    let sql = format!(
        "{SELECT} WHERE $1::text IS NULL OR role = $1::text::user_role ORDER BY id DESC LIMIT {most}"
    );
    let role = role.map(|role| role.name().to_owned());
    db.platform_rows("terrace users list", sql, [role.into()]).await
}

/// Somebody by their id, the realm's name for them, or their address.
///
/// # Errors
/// `404` where there is nobody; those of the database.
pub(crate) async fn show(db: &Db, who: &str) -> Result<Account> {
    let sql =
        format!("{SELECT} WHERE id::text = $1 OR auth_subject = $1 OR lower(email) = lower($1)");
    let found: Vec<Account> = db.platform_rows("terrace users show", sql, [who.into()]).await?;
    found.into_iter().next().ok_or_else(|| Error::not_found("person"))
}

/// Gives somebody a role, or lets the realm's word count again.
///
/// # Errors
/// `404`; `409` for the last admin, and for who is in charge of something and would be no agent.
pub(crate) async fn change_role(db: &Db, who: &str, change: RoleChange) -> Result<Account> {
    let id = show(db, who).await?.id;
    let changed = db.tx(Context::system("terrace users role"), move |tx| {
        Box::pin(async move {
            match change {
                RoleChange::Give(role) => {
                    set_override(tx, id, true).await?;
                    give_role(tx, id, role).await
                }
                RoleChange::Lift => lift_role(tx, id).await,
            }
        })
    });
    changed.await?;
    show(db, who).await
}

/// Lets the realm's word on somebody's role count again; without one they are a user.
///
/// # Errors
/// As for [`change_role`].
pub(crate) async fn lift_role(tx: &DatabaseTransaction, user: Uuid) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Realm {
        role: String,
    }
    const SQL: &str = "UPDATE users SET role_is_override = false WHERE id = $1 \
        RETURNING coalesce(auth_role, 'user')::text AS role";
    let row = tx.query_one_raw(statement(SQL, [user.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("person"))?;
    let Realm { role } = Realm::from_query_result(&row, "")?;
    give_role(tx, user, role.parse().map_err(|error: String| anyhow::anyhow!(error))?).await
}

async fn set_override(tx: &DatabaseTransaction, user: Uuid, is_override: bool) -> Result<()> {
    const SQL: &str = "UPDATE users SET role_is_override = $2 WHERE id = $1";
    tx.execute_raw(statement(SQL, [user.into(), is_override.into()])).await?;
    Ok(())
}

/// Refuses every token that somebody has been given so far.
///
/// # Errors
/// `404`; those of the database.
pub(crate) async fn revoke_tokens(db: &Db, who: &str) -> Result<Account> {
    let id = show(db, who).await?.id;
    let revoked = db.tx(Context::system("terrace users revoke"), move |tx| {
        Box::pin(async move { revoke(tx, id, Utc::now()).await })
    });
    revoked.await?;
    show(db, who).await
}
