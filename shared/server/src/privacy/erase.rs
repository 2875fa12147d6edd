//! Letting a person go: what the tags say, in one transaction, and then what stands elsewhere.

use chrono::Utc;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    elsewhere,
    ledger::{Entry, Ledger},
    statement as made,
    subject::{self, Subject, Who},
    tags::{self, Erasing, Part, Then, Why},
};
use crate::{
    app::State,
    db::{Attempt, Context, LOCAL_NOW, statement},
    error::{Code, Error, FieldError, Result},
    people::charge::Charge,
};

/// How somebody is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As they asked.
    Erase,
    /// Shown, and undone.
    Rehearse,
    /// Again, after a backup was restored: it stands in the ledger already.
    Replay,
}

/// What became of the person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Erased {
    /// Where something was found, and what was done there.
    pub places: Vec<Place>,
}

/// A place where something of the person was.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Place {
    /// A table, or what else keeps things.
    #[schema(example = "bookings")]
    pub place: String,
    /// Who they were to it.
    #[schema(value_type = String, example = "who booked")]
    pub whom: &'static str,
    /// What became of it.
    pub outcome: Outcome,
    /// Rows, or things.
    pub count: i64,
    /// Why something stays, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub why: Option<&'static str>,
}

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is gone.
    Removed,
    /// It stays, without the person.
    Blanked,
    /// It stays, because it tells of nobody any more.
    Kept,
}

impl Outcome {
    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Blanked => "blanked",
            Self::Kept => "kept",
        }
    }
}

/// Lets a person go.
///
/// # Errors
/// `404` where there is no such account; `409` where they are in charge of listings or open
/// leads, where they are the last admin, and while stays of theirs are to come: what is to be done
/// first stands in the answer. Those of the database; where the ledger cannot be written nothing is
/// done.
pub async fn erase(state: &State, context: Context, who: Who, mode: Mode) -> Result<Erased> {
    let ledger = Ledger::of(&state.profile);
    let is_background = context.is_background;
    let (subject, mut places) = state
        .db
        .tx(context, move |tx| {
            let (who, ledger) = (who.clone(), ledger.clone());
            Box::pin(async move {
                if is_background {
                    // Some tables are read whole; nobody waits.
                    let patient = "SET LOCAL statement_timeout = '120s'";
                    tx.execute_raw(statement(patient, [])).await?;
                }
                in_transaction(tx, &who, mode, &ledger).await
            })
        })
        .await?;
    if mode != Mode::Rehearse {
        places.extend(elsewhere::forget(state, &subject).await);
    }
    Ok(Erased { places })
}

async fn in_transaction(
    tx: &DatabaseTransaction,
    who: &Who,
    mode: Mode,
    ledger: &Ledger,
) -> Result<(Subject, Vec<Place>)> {
    let at = Utc::now();
    let subject = subject::find(tx, who).await?;
    if subject.is_nobody() {
        return Ok((subject, Vec::new()));
    }
    if mode != Mode::Replay {
        refuse(tx, &subject).await?;
    }
    if mode == Mode::Rehearse {
        let rehearsal = Attempt::within(tx).await?;
        let outcome = apply(rehearsal.tx(), &subject).await;
        return Ok((subject, rehearsal.undo(outcome).await?));
    }
    let places = apply(tx, &subject).await?;
    if mode == Mode::Erase && !places.is_empty() {
        // Before the commit: whoever is erased stands in it. A run that dies in between leaves
        // somebody in it who is still there; they had asked for it, and the next replay does it.
        // A transaction that is tried again adds a second entry, which does nothing more.
        let (entry, ledger) = (Entry::of(&subject, at)?, ledger.clone());
        let written = tokio::task::spawn_blocking(move || ledger.append(&entry)).await;
        written.map_err(Error::internal)??;
    }
    Ok((subject, places))
}

/// Does in every table what its tags say.
///
/// # Errors
/// Those of the database.
pub(super) async fn apply(tx: &DatabaseTransaction, subject: &Subject) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    for (table, part) in tags::parts() {
        let (outcome, why) = outcome(part);
        let count = match outcome {
            // Counted before something of it goes: of what hangs on it nothing may be left.
            Outcome::Kept => match made::counting(table, part, subject) {
                Some((sql, values)) => {
                    let row = tx.query_one_raw(statement(sql, values)).await?;
                    row.map(|row| row.try_get("", "rows")).transpose()?.unwrap_or(0)
                }
                None => 0,
            },
            Outcome::Removed | Outcome::Blanked => match made::erasing(table, part, subject) {
                Some((sql, values)) => {
                    let rows = tx.execute_raw(statement(sql, values)).await?.rows_affected();
                    i64::try_from(rows).unwrap_or(i64::MAX)
                }
                None => 0,
            },
        };
        if count > 0 {
            let place = table.name.to_owned();
            places.push(Place { place, whom: part.whom, outcome, count, why });
        }
    }
    Ok(places)
}

/// What becomes of a part, and why of it stays what does.
fn outcome(part: &Part) -> (Outcome, Option<&'static str>) {
    let kept = part.columns.iter().find_map(|column| match column.then {
        Then::Kept(why @ Why::Law(_)) => Some(why.told()),
        _ => None,
    });
    let harmless = part.columns.iter().find_map(|column| match column.then {
        Then::Kept(why) => Some(why.told()),
        _ => None,
    });
    match part.erasing {
        Erasing::Rows => (Outcome::Removed, None),
        Erasing::Columns { .. } => {
            let changes = |then| matches!(then, Then::Null | Then::Set(_));
            if part.columns.iter().any(|column| changes(column.then)) {
                (Outcome::Blanked, kept)
            } else {
                (Outcome::Kept, kept.or(harmless))
            }
        }
    }
}

/// What must be settled first.
async fn refuse(tx: &DatabaseTransaction, subject: &Subject) -> Result<()> {
    for person in &subject.users {
        Charge::of(tx, *person).await?.refuse("/user")?;
    }
    let sql = format!(
        "SELECT count(*) AS rows FROM bookings WHERE id = ANY($1) AND check_out > {LOCAL_NOW}::date \
           AND (status = 'confirmed' OR status IN ('requested', 'held') AND hold_expires_at > now())"
    );
    let row = tx.query_one_raw(statement(sql, [subject.bookings.clone().into()])).await?;
    let stays: i64 = row.map(|row| row.try_get("", "rows")).transpose()?.unwrap_or(0);
    if stays > 0 {
        let told = if stays == 1 { "1 stay".to_owned() } else { format!("{stays} stays") };
        let detail = format!(
            "{told} still to come: the host must know who arrives. Cancel first \
             (POST /api/v1/bookings/{{id}}/cancel), or ask again when it is over."
        );
        let mut error = Error::new(Code::InUse).with_detail(detail);
        error.fields.push(FieldError::new("/user", "stays", format!("{told} still to come.")));
        return Err(error);
    }
    Ok(())
}
