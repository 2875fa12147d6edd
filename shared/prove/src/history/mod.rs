//! What clients saw and what the database says happened, and whether the two can both be true.
//!
//! Clients record what they asked and what they were told: acknowledged, refused, or no answer,
//! which may mean either. A witness in the database records every change of what occupies dates,
//! in the order in which it happened. The checks are pure: they are given both records.

mod acknowledged;
mod occupied;
mod reads;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use uuid::Uuid;

/// Moments and days are numbers: microseconds since the proof began, days since any day.
pub(crate) type Moment = u64;
pub(crate) type Day = i64;

/// What a client asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Dates, half-open, with a key that is this request's alone.
    Book { key: String, property: Uuid, from: Day, to: Day },
    /// To confirm a booking.
    Confirm(Uuid),
    /// To cancel a booking.
    Cancel(Uuid),
    /// How a booking stands.
    Read(Uuid),
}

/// What a client was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// It was done: which booking, and how it stands.
    Done { booking: Uuid, status: Status },
    /// It was not done.
    Refused(String),
    /// Nothing, or that nobody knows.
    Unknown,
}

/// How a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    Held,
    Confirmed,
    /// It will never occupy its dates again.
    Over,
}

impl Status {
    /// By its name on the wire.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "held" | "requested" => Some(Self::Held),
            "confirmed" => Some(Self::Confirmed),
            "cancelled" | "expired" | "declined" | "completed" => Some(Self::Over),
            _ => None,
        }
    }
}

/// One request and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) asked: Asked,
    pub(crate) invoked: Moment,
    /// When the client knew; for one that never did, when it gave up.
    pub(crate) ended: Moment,
    pub(crate) told: Told,
}

/// A change of what occupies dates, as the witness saw it; in the order in which it happened.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) stay: Uuid,
    pub(crate) property: Uuid,
    /// Where it is from now on; none: it is gone.
    pub(crate) now: Option<(Day, Day)>,
}

/// A booking as it stands in the end.
#[derive(Clone, Debug)]
pub(crate) struct Booking {
    pub(crate) id: Uuid,
    /// The key of the request that made it.
    pub(crate) key: String,
    pub(crate) property: Uuid,
    pub(crate) from: Day,
    pub(crate) to: Day,
    pub(crate) status: Status,
    /// Where it occupies dates, if it does.
    pub(crate) stay: Option<(Day, Day)>,
}

/// Everything that is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) entries: Vec<Entry>,
    pub(crate) changes: Vec<Change>,
    pub(crate) bookings: Vec<Booking>,
    /// What each key without an answer was told when it was asked again, twice.
    pub(crate) resolved: HashMap<String, Vec<Told>>,
}

/// What cannot be true, by kind.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Anomalies {
    /// Acknowledged, and not so.
    pub(crate) lost: Vec<String>,
    /// Refused, and done all the same; or done more than once.
    pub(crate) unasked: Vec<String>,
    /// Two stays at one time in one place.
    pub(crate) overlaps: Vec<String>,
    /// Without an answer, and without one outcome.
    pub(crate) unresolved: Vec<String>,
    /// Read what was not so at any moment of the read.
    pub(crate) misread: Vec<String>,
    /// A booking and its dates that do not go together in the end.
    pub(crate) adrift: Vec<String>,
}

/// Finds everything that cannot be true.
pub(crate) fn check(record: &Record) -> Anomalies {
    let mut anomalies = Anomalies::default();
    acknowledged::check(record, &mut anomalies);
    occupied::check(record, &mut anomalies);
    reads::check(record, &mut anomalies);
    anomalies
}
