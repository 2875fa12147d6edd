//! Finding, making and changing people.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, QueryFilter, QueryOrder,
};
use terrace_entity::{agents, enums::UserRole, users};
use terrace_identity::Claims;
use uuid::Uuid;

use super::{Known, Role, lookup};
use crate::{
    app::State,
    db::{Context, Db, statement},
    error::{Code, Error, Result},
};

/// Reads the person of these claims, or makes their row.
pub(super) async fn find_or_create(
    state: &State,
    claims: &Claims,
    request_id: String,
) -> Result<Arc<Known>> {
    let (subject, email) = (claims.subject.clone(), claims.email.clone());
    let name = claims.name.clone();
    let result = state.db.tx(lookup(request_id.clone()), {
        let subject = subject.clone();
        move |tx| {
            let person = (subject.clone(), email.clone(), name.clone());
            Box::pin(async move { find_or_insert(tx, person).await })
        }
    });
    match result.await {
        // The address already belongs to another account of this brand: the token's subject is
        // the identity, an address is not, so this person starts without one.
        Err(error) if error.code == Code::Conflict => {
            let name = claims.name.clone();
            state
                .db
                .tx(lookup(request_id), move |tx| {
                    let person = (subject.clone(), None, name.clone());
                    Box::pin(async move { find_or_insert(tx, person).await })
                })
                .await
        }
        other => other,
    }
    .map(Arc::new)
}

async fn find_or_insert(
    tx: &DatabaseTransaction,
    (subject, email, name): (String, Option<String>, Option<String>),
) -> Result<Known> {
    if let Some(known) = find(tx, &subject).await? {
        return Ok(known);
    }
    let row = users::ActiveModel {
        id: Set(Uuid::now_v7()),
        auth_subject: Set(subject.clone()),
        email: Set(email),
        display_name: Set(name),
        ..Default::default()
    };
    users::Entity::insert(row)
        .on_conflict_do_nothing_on([users::Column::AuthSubject])
        .exec(tx)
        .await?;
    find(tx, &subject)
        .await?
        .ok_or_else(|| Error::internal(anyhow::anyhow!("a person vanished after being made")))
}

async fn find(tx: &impl ConnectionTrait, subject: &str) -> Result<Option<Known>> {
    // Whoever was erased is not somebody new as long as their tokens last.
    let found = users::Entity::find()
        .find_also_related(agents::Entity)
        .filter(users::Column::AuthSubject.is_in([subject.to_owned(), erased_subject(subject)]))
        // An operator may have named them anew meanwhile.
        .order_by_desc(users::Column::DeletedAt.is_null())
        .one(tx)
        .await?;
    Ok(found.map(|(user, agent)| Known {
        user_id: user.id,
        role: user.role.into(),
        agent_id: agent.map(|agent| agent.user_id),
        is_active: user.is_active,
        is_gone: user.deleted_at.is_some() || user.closed_at.is_some(),
        revoked_before: user.revoked_before,
    }))
}

/// What stands in the place of a subject that was erased: the database makes the same of it (see
/// the tags of `users`). A provider's ids are long and random, so that nobody guesses them back.
#[must_use]
pub fn erased_subject(subject: &str) -> String {
    let digest = aws_lc_rs::digest::digest(
        &aws_lc_rs::digest::SHA256,
        format!("terrace:{subject}").as_bytes(),
    );
    let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("erased:{hex}")
}

/// A person as an operator names them: by seed, or for a development token.
#[derive(Clone, Debug)]
pub struct Person {
    /// The identity provider's user id.
    pub subject: String,
    /// What they may do.
    pub role: Role,
    /// Their address, if known.
    pub email: Option<String>,
    /// The name shown to others.
    pub display_name: Option<String>,
}

/// Makes the person or brings role, address and name up to date; an agent gets an agent's row.
///
/// # Errors
/// `409` where the address belongs to somebody else.
pub async fn upsert(db: &Db, context: Context, person: Person) -> Result<Uuid> {
    db.tx(context, move |tx| {
        let person = person.clone();
        Box::pin(async move { upsert_in(tx, person).await })
    })
    .await
}

async fn upsert_in(tx: &DatabaseTransaction, person: Person) -> Result<Uuid> {
    let existing = users::Entity::find()
        .filter(users::Column::AuthSubject.eq(&person.subject))
        .one(tx)
        .await?;
    let role = match person.role {
        Role::User => UserRole::User,
        Role::Agent => UserRole::Agent,
        Role::Admin => UserRole::Admin,
    };
    let user_id = match existing {
        Some(user) => {
            let id = user.id;
            let mut row: users::ActiveModel = user.into();
            row.role = Set(role);
            row.role_is_override = Set(true);
            if person.email.is_some() {
                row.email = Set(person.email);
            }
            if person.display_name.is_some() {
                row.display_name = Set(person.display_name);
            }
            row.update(tx).await?;
            id
        }
        None => {
            let id = Uuid::now_v7();
            let row = users::ActiveModel {
                id: Set(id),
                auth_subject: Set(person.subject),
                email: Set(person.email),
                display_name: Set(person.display_name),
                role: Set(role),
                role_is_override: Set(true),
                ..Default::default()
            };
            users::Entity::insert(row).exec_without_returning(tx).await?;
            id
        }
    };
    if person.role == Role::Agent {
        let row = agents::ActiveModel { user_id: Set(user_id), ..Default::default() };
        agents::Entity::insert(row)
            .on_conflict_do_nothing_on([agents::Column::UserId])
            .exec(tx)
            .await?;
    }
    Ok(user_id)
}

/// Gives a role; whoever becomes an agent gets a profile.
///
/// # Errors
/// `409` for the last admin, and for who is in charge of listings or leads and would stop being an
/// agent.
pub(crate) async fn give_role(tx: &DatabaseTransaction, user: Uuid, role: Role) -> Result<()> {
    const GIVE: &str = "UPDATE users SET role = $2::text::user_role WHERE id = $1";
    const PROFILE: &str =
        "INSERT INTO agents (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING";
    tx.execute_raw(statement(GIVE, [user.into(), role.name().into()])).await?;
    if role == Role::Agent {
        tx.execute_raw(statement(PROFILE, [user.into()])).await?;
    }
    Ok(())
}

/// Refuses the tokens that somebody was given before this moment; one that lies ahead of us is now.
///
/// # Errors
/// Those of the database.
pub(crate) async fn revoke(
    tx: &DatabaseTransaction,
    user: Uuid,
    before: DateTime<Utc>,
) -> Result<()> {
    const SQL: &str = "UPDATE users SET revoked_before = least($2, now()) \
        WHERE id = $1 AND (revoked_before IS NULL OR revoked_before < least($2, now()))";
    tx.execute_raw(statement(SQL, [user.into(), before.into()])).await?;
    Ok(())
}
