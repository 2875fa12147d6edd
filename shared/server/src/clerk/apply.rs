//! What follows from what Clerk says of a person. The same for deliveries and for what its API
//! answers: an older word never wins over a newer one, and who is gone stays gone.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use uuid::Uuid;

use super::told::{Person, Told};
use crate::{
    accounts::{self, Role},
    db::{Attempt, statement},
    error::{Code, Error, Result},
};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done.
    Applied,
    /// Nothing follows from it: why, in a word.
    Ignored(&'static str),
    /// Done but for a part that the brand's own rules refuse; somebody must look.
    Kept(String),
}

/// A person's row, held until the transaction ends.
#[derive(Debug, FromQueryResult)]
struct Held {
    id: Uuid,
    role: String,
    role_is_override: bool,
    auth_updated_at: Option<DateTime<Utc>>,
    is_gone: bool,
}

/// Applies what was told of somebody.
///
/// # Errors
/// Those of the database; `409` where an address was taken in the same moment: it goes better the
/// next time.
pub(crate) async fn told(
    tx: &DatabaseTransaction,
    subject: &str,
    happened_at: DateTime<Utc>,
    told: &Told,
) -> Result<Outcome> {
    if *told == Told::Nothing {
        return Ok(Outcome::Ignored("of no interest"));
    }
    let held = hold(tx, subject).await?;
    if held.is_gone {
        return Ok(Outcome::Ignored("the account is gone"));
    }
    match told {
        Told::Person(person) => change(tx, &held, happened_at, person).await,
        Told::Gone => close(tx, &held, happened_at).await,
        Told::SessionEnded => {
            accounts::revoke(tx, held.id, happened_at).await?;
            Ok(Outcome::Applied)
        }
        Told::Nothing => Ok(Outcome::Ignored("of no interest")),
    }
}

/// The row of somebody, made where there is none: an end that comes before the beginning must not
/// be forgotten. Who was erased here has another name, and is not somebody new.
async fn hold(tx: &DatabaseTransaction, subject: &str) -> Result<Held> {
    const MAKE: &str = "INSERT INTO users (id, auth_subject) VALUES ($1, $2) \
        ON CONFLICT (auth_subject) DO NOTHING";
    const HOLD: &str = "SELECT id, role::text, role_is_override, auth_updated_at, \
            (deleted_at IS NOT NULL OR closed_at IS NOT NULL) AS is_gone \
        FROM users WHERE auth_subject IN ($1, $2) ORDER BY auth_subject = $1 DESC LIMIT 1 FOR NO KEY UPDATE";
    let hold = || statement(HOLD, [subject.into(), accounts::erased_subject(subject).into()]);
    let row = match tx.query_one_raw(hold()).await? {
        Some(row) => Some(row),
        None => {
            tx.execute_raw(statement(MAKE, [Uuid::now_v7().into(), subject.into()])).await?;
            tx.query_one_raw(hold()).await?
        }
    };
    let row =
        row.ok_or_else(|| Error::internal(anyhow::anyhow!("a person vanished after being made")))?;
    Ok(Held::from_query_result(&row, "")?)
}

async fn change(
    tx: &DatabaseTransaction,
    held: &Held,
    at: DateTime<Utc>,
    person: &Person,
) -> Result<Outcome> {
    if held.auth_updated_at.is_some_and(|newest| newest > at) {
        return Ok(Outcome::Ignored("a newer word has been heard"));
    }
    // An address is not the identity: where somebody else has it, this person has none.
    const SQL: &str = "UPDATE users u SET auth_updated_at = $2, auth_role = $3::text::user_role, \
            display_name = coalesce($4, u.display_name), \
            email = CASE WHEN NOT EXISTS (SELECT FROM users o WHERE lower(o.email) = lower($5) AND o.id <> u.id) THEN $5 END \
        WHERE u.id = $1";
    let values: [Value; 5] = [
        held.id.into(),
        at.into(),
        person.role.map(|role| role.name().to_owned()).into(),
        person.name.clone().into(),
        person.email.clone().into(),
    ];
    tx.execute_raw(statement(SQL, values)).await?;
    if person.is_banned {
        accounts::revoke(tx, held.id, at).await?;
    }
    let role = person.role.unwrap_or(Role::User);
    if held.role_is_override || held.role == role.name() {
        return Ok(Outcome::Applied);
    }
    let attempt = Attempt::within(tx).await?;
    let given = accounts::give_role(attempt.tx(), held.id, role).await;
    match attempt.end(given).await {
        Ok(()) => Ok(Outcome::Applied),
        Err(refusal) if matches!(refusal.code, Code::LastAdmin | Code::InUse) => {
            Ok(Outcome::Kept(format!("stays {}: {refusal}", held.role)))
        }
        Err(error) => Err(error),
    }
}

/// Nobody signs in with it any more. Who is in charge of listings or leads stays so until they are
/// handed over, and the last admin is told to somebody who can make another.
async fn close(tx: &DatabaseTransaction, held: &Held, at: DateTime<Utc>) -> Result<Outcome> {
    const CLOSE: &str = "UPDATE users SET closed_at = now(), auth_updated_at = greatest(auth_updated_at, $2), \
        auth_role = NULL, email = NULL WHERE id = $1";
    const TAKE_AWAY: &str = "UPDATE users SET deleted_at = now(), display_name = NULL, phone = NULL, \
        metadata = '{}' WHERE id = $1";
    accounts::revoke(tx, held.id, Utc::now()).await?;
    let attempt = Attempt::within(tx).await?;
    let values = [held.id.into(), at.into()];
    let closed = attempt.tx().execute_raw(statement(CLOSE, values)).await.map(drop);
    match attempt.end(closed.map_err(Error::from)).await {
        Ok(()) => {}
        Err(refusal) if refusal.code == Code::LastAdmin => {
            return Ok(Outcome::Kept(format!("stays admin: {refusal}")));
        }
        Err(error) => return Err(error),
    }
    let attempt = Attempt::within(tx).await?;
    let taken = attempt.tx().execute_raw(statement(TAKE_AWAY, [held.id.into()])).await.map(drop);
    match attempt.end(taken.map_err(Error::from)).await {
        Err(error) if error.code != Code::InUse => Err(error),
        _ => Ok(Outcome::Applied),
    }
}
