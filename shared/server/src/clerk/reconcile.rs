//! Compares the brand's people with those that Clerk knows, and makes good what no delivery told.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use serde::Serialize;

use super::{
    api::{Api, Known, PAGE},
    apply::{self, Outcome},
    told::{Person, Told},
};
use crate::{
    accounts::erased_subject,
    db::{Context, Db},
};

/// Pages that are asked for at most: a server that never ends is not Clerk.
const MOST_PAGES: usize = 10_000;

/// So many people, or one in so many, may be gone at once without somebody saying that it is right.
const MOST_GONE: usize = 10;
const ONE_IN: usize = 10;

/// How a person differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Difference {
    /// Not seen here yet.
    New,
    /// The realm's word is newer.
    Changed,
    /// The realm has no such person.
    Gone,
}

impl Difference {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Gone => "gone",
        }
    }
}

/// A person who differs, and what came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Found {
    pub(crate) subject: String,
    pub(crate) difference: Difference,
    /// `applied`, `found` where nothing was to be changed, or why a part was not.
    pub(crate) outcome: String,
    /// Whether the brand's own rules refused a part: somebody must look.
    pub(crate) is_refused: bool,
}

/// What a comparison found.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    /// People that the realm knows.
    pub(crate) theirs: usize,
    /// People here who are not gone.
    pub(crate) ours: usize,
    pub(crate) found: Vec<Found>,
}

/// What is to be done with what differs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    /// Whether it is made good, or only told.
    pub(crate) apply: bool,
    /// Whether many may be gone.
    pub(crate) many: bool,
}

#[derive(FromQueryResult)]
struct Ours {
    subject: String,
    heard_at: Option<DateTime<Utc>>,
    is_gone: bool,
}

/// A person's newest word, by their name.
type People = HashMap<String, (DateTime<Utc>, Person)>;

/// Compares, and makes good what differs.
///
/// # Errors
/// Where Clerk cannot be asked, or the database; where so many would be gone that another instance's
/// key is likelier.
pub(crate) async fn run(
    db: &Db,
    api: &Api,
    order: Order,
    progress: impl Fn(usize),
) -> anyhow::Result<Compared> {
    const SQL: &str = "SELECT auth_subject AS subject, auth_updated_at AS heard_at, \
            (deleted_at IS NOT NULL OR closed_at IS NOT NULL) AS is_gone FROM users";
    let mut theirs = all(api, progress).await.context("Clerk's API")?;
    let known = theirs.len();
    // Read after theirs: who was made meanwhile is missing there, and asked for by name.
    let ours: Vec<Ours> = db.platform_rows("terrace users reconcile", SQL, []).await?;
    let ours: HashMap<&str, &Ours> =
        ours.iter().map(|person| (person.subject.as_str(), person)).collect();
    let present = ours.values().filter(|person| !person.is_gone);
    let count = present.clone().count();
    let missing: Vec<&str> = present
        .filter(|person| !theirs.contains_key(&person.subject))
        .map(|person| person.subject.as_str())
        .collect();
    guard(order, known, missing.len(), count)?;

    let mut differing = Vec::new();
    // Pages are cut anew while they are read: who seems to be missing may only have moved.
    for subject in missing {
        match api.person(subject).await.context("Clerk's API")? {
            Some((subject, at, person)) => drop(theirs.insert(subject, (at, person))),
            None => differing.push((subject.to_owned(), Difference::Gone, Utc::now(), Told::Gone)),
        }
    }
    for (subject, (at, person)) in theirs {
        // Who was erased here is somebody whom we knew.
        let here = ours.get(subject.as_str()).copied();
        let here = here.or_else(|| ours.get(erased_subject(&subject).as_str()).copied());
        let difference = match here {
            None => Difference::New,
            Some(ours) if !ours.is_gone && ours.heard_at.is_none_or(|heard| heard < at) => {
                Difference::Changed
            }
            Some(_) => continue,
        };
        differing.push((subject, difference, at, Told::Person(person)));
    }
    differing.sort_by(|one, other| one.0.cmp(&other.0));

    let mut found = Vec::with_capacity(differing.len());
    for (subject, difference, at, told) in differing {
        let (outcome, is_refused) = match order.apply {
            true => in_words(apply_one(db, &subject, at, told).await?),
            false => ("found".to_owned(), false),
        };
        found.push(Found { subject, difference, outcome, is_refused });
    }
    Ok(Compared { theirs: known, ours: count, found })
}

/// Refuses what looks like the wrong key, or a wrong answer, rather than like people who left.
fn guard(order: Order, theirs: usize, missing: usize, ours: usize) -> anyhow::Result<()> {
    if theirs == 0 && ours > 0 {
        bail!(
            "Clerk knows nobody, and here are {ours}: is identity.secret_key that of this brand's \
             instance?"
        );
    }
    let many = missing > MOST_GONE && missing * ONE_IN > ours;
    if many && !order.many {
        bail!(
            "{missing} of {ours} people here are not known to Clerk: is identity.secret_key that of \
             this brand's instance? If they are to be closed, say so with --many"
        );
    }
    Ok(())
}

/// Everybody whom the realm knows.
async fn all(api: &Api, progress: impl Fn(usize)) -> anyhow::Result<People> {
    let mut people = People::new();
    for page in 0..MOST_PAGES {
        let known: Vec<Known> = api.page(page * PAGE).await?;
        let is_last = known.len() < PAGE;
        people.extend(known.into_iter().map(|(subject, at, person)| (subject, (at, person))));
        progress(people.len());
        if is_last {
            return Ok(people);
        }
    }
    bail!("it has more than {} people, or never ends", MOST_PAGES * PAGE)
}

async fn apply_one(
    db: &Db,
    subject: &str,
    at: DateTime<Utc>,
    told: Told,
) -> anyhow::Result<Outcome> {
    let subject = subject.to_owned();
    let applied = db.tx(Context::system("terrace users reconcile"), move |tx| {
        let (subject, told) = (subject.clone(), told.clone());
        Box::pin(async move { apply::told(tx, &subject, at, &told).await })
    });
    Ok(applied.await?)
}

fn in_words(outcome: Outcome) -> (String, bool) {
    match outcome {
        Outcome::Applied => ("applied".to_owned(), false),
        Outcome::Ignored(why) => (why.to_owned(), false),
        Outcome::Kept(why) => (why, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_gone_is_believed_in_small_numbers() {
        let careful = Order { apply: true, many: false };
        let sure = Order { apply: true, many: true };
        assert!(guard(careful, 0, 0, 0).is_ok());
        assert!(guard(careful, 0, 1, 1).is_err() && guard(sure, 0, 1, 1).is_err());
        assert!(guard(careful, 5, 10, 12).is_ok());
        assert!(guard(careful, 5, 11, 110).is_ok());
        assert!(guard(careful, 5, 11, 109).is_err() && guard(sure, 5, 11, 109).is_ok());
    }
}
