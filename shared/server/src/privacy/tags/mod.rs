//! Every column of every table: does it tell of a person, of whom, and what does erasing do to it.
//!
//! A row may tell of several people: an enquiry of who asked, and of the agent in charge. Each of
//! them is a [`Part`] of the table, with its own way from the row to the person and its own
//! columns. Columns that tell of nobody are listed, too, so that a new one must choose.
//!
//! The order is that of erasing: what hangs on something is before it.

mod accounts;
mod bookings;
mod chat;
mod faqs;
mod leads;
mod listings;
mod lists;
mod platform;

use super::law;

/// What a table holds of people.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Of whom it tells.
    pub parts: &'static [Part],
    /// Columns that tell of nobody by themselves, with spaces between.
    pub plain: &'static str,
    /// Why it tells of nobody, where it does not.
    pub note: &'static str,
}

/// Somebody of whom a row tells.
#[derive(Debug)]
pub struct Part {
    /// Who that is.
    pub whom: &'static str,
    /// Which rows tell of them, as SQL. `{users}` and the like stand for what is known of the
    /// person: see [`Subject`](super::subject::Subject).
    pub rows: &'static str,
    /// What becomes of these rows.
    pub erasing: Erasing,
    /// What they tell of this person.
    pub columns: &'static [Column],
    /// What this person is given of them.
    pub exported: Exported,
}

/// What becomes of rows when the person is erased.
#[derive(Clone, Copy, Debug)]
pub enum Erasing {
    /// They go.
    Rows,
    /// They stay, and each column does what it says.
    Columns {
        /// What else is set, as SQL; nothing of a person.
        also: &'static str,
    },
}

impl Erasing {
    const BLANK: Self = Self::Columns { also: "" };
}

/// What a person is given of rows that tell of them.
#[derive(Clone, Copy, Debug)]
pub enum Exported {
    /// The columns of the part, and those that tell of nobody.
    Row,
    /// These columns: the rest is others' business.
    Only(&'static str),
}

/// A column that tells of a person.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it tells.
    pub kind: Kind,
    /// What erasing does to it.
    pub then: Then,
}

/// What a column tells of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Who they are to an authority or to the identity provider.
    Identity,
    /// What they are called.
    Name,
    /// Where they are reached.
    Contact,
    /// What they wrote, or what was written about them.
    Words,
    /// What they looked at, looked for, like.
    Habit,
    /// What was agreed on with them.
    Contract,
    /// An id that leads to them.
    Reference,
}

impl Kind {
    /// Whether it tells who somebody is by itself: such a value stands in no audit trail.
    #[must_use]
    pub fn names_somebody(self) -> bool {
        matches!(self, Self::Identity | Self::Name | Self::Contact | Self::Words)
    }
}

/// What erasing does to a column.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    /// It goes with its row, or is made of a column that goes.
    Goes,
    /// It becomes NULL.
    Null,
    /// It becomes this, as SQL.
    Set(&'static str),
    /// It stays.
    Kept(Why),
}

/// Why something stays.
#[derive(Clone, Copy, Debug)]
pub enum Why {
    /// A law wants it kept for so many years; who it was is not part of it.
    Law(&'static [law::Rule]),
    /// It tells of nobody any more.
    Harmless(&'static str),
}

impl Why {
    /// For people.
    #[must_use]
    pub fn told(self) -> &'static str {
        match self {
            Self::Law(_) => "kept for the accounts, without the person",
            Self::Harmless(why) => why,
        }
    }
}

const TOMBSTONE: Why = Why::Harmless("an id that leads to a row without a person");
const IDS: Why = Why::Harmless("ids alone; what is to be done is still to be done");
const ACCOUNTS: Why = Why::Law(law::ACCOUNTS);

/// Whoever comes back with the same token is known to have gone, and nothing else is known of
/// them: see [`erased_subject`](crate::accounts::erased_subject).
const TOMBSTONE_SUBJECT: &str = "CASE WHEN auth_subject LIKE 'erased:%' THEN auth_subject ELSE \
    'erased:' || encode(sha256(convert_to('terrace:' || auth_subject, 'UTF8')), 'hex') END";

const fn null(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, then: Then::Null }
}

const fn set(name: &'static str, kind: Kind, to: &'static str) -> Column {
    Column { name, kind, then: Then::Set(to) }
}

const fn goes(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, then: Then::Goes }
}

const fn kept(name: &'static str, kind: Kind, why: Why) -> Column {
    Column { name, kind, then: Then::Kept(why) }
}

/// Every table, in the order in which people are erased from them.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    [
        chat::TABLES,
        lists::TABLES,
        leads::TABLES,
        bookings::TABLES,
        listings::TABLES,
        faqs::TABLES,
        platform::TABLES,
        accounts::TABLES,
    ]
    .into_iter()
    .flatten()
}

/// Every part of every table.
pub fn parts() -> impl Iterator<Item = (&'static Table, &'static Part)> {
    tables().flat_map(|table| table.parts.iter().map(move |part| (table, part)))
}
