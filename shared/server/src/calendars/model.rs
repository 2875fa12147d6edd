//! What is said of calendars and conflicts on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::listings::input::not_blank;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A channel's feed, which we read.
    Import,
    /// Our calendar, which a channel reads.
    Export,
}

impl Direction {
    /// The name on the wire and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Export => "export",
        }
    }
}

/// A new calendar of a listing.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarIn {
    /// Which way.
    #[garde(skip)]
    pub direction: Direction,
    /// What people call it: the channel's name, say.
    #[garde(length(chars, min = 1, max = 120), custom(not_blank))]
    #[schema(min_length = 1, max_length = 120, example = "Airbnb")]
    pub name: String,
    /// The feed's address, of an import: `https`, or `webcal`, at a public address.
    #[garde(inner(length(max = 2000)))]
    #[schema(max_length = 2000, example = "https://www.airbnb.com/calendar/ical/1234.ics?s=abcd")]
    pub url: Option<String>,
    /// Of an export: whether it tells nights that other channels have sold, too. Only those of which
    /// a channel says so; what it merely calls closed may be what it has heard from us.
    #[garde(skip)]
    #[serde(default)]
    pub include_imported: bool,
}

/// How a feed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It has not been read yet.
    Waiting,
    /// It was read, and is believed.
    Ok,
    /// It was read, but for single events; what they took stays taken.
    Partly,
    /// It names events no more that it should: they are kept until that is certain.
    Holding,
    /// It could not be read. What it took stays taken.
    Failing,
    /// Nobody reads it.
    Off,
}

/// A calendar of a listing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalendarOut {
    /// Id.
    pub id: Uuid,
    /// The listing.
    pub property_id: Uuid,
    /// Which way.
    pub direction: Direction,
    /// What people call it.
    pub name: String,
    /// Of an import: the feed's address, without what is secret in it.
    pub source: Option<String>,
    /// Of an export: the address to give to the channel. Whoever has it can read it.
    pub address: Option<String>,
    /// Of an export: whether it tells what others have sold.
    pub include_imported: bool,
    /// How it is; an export is always well.
    pub health: Health,
    /// How the last reading ended: `ok`, `unchanged`, `partly`, or why it failed.
    #[schema(example = "ok")]
    pub last_result: Option<String>,
    /// The same in words, where there is something to say.
    pub last_error: Option<String>,
    /// When it was last tried.
    pub last_tried_at: Option<DateTime<Utc>>,
    /// When it was last read with success; of an export, when somebody last fetched it.
    pub last_synced_at: Option<DateTime<Utc>>,
    /// When it is read next.
    pub next_sync_at: Option<DateTime<Utc>>,
    /// Failures in succession.
    pub failure_count: i32,
    /// Events in the feed.
    pub event_count: Option<i32>,
    /// Of those, what takes no nights: cancelled, over, or the edge of what the channel sells.
    pub ignored_count: Option<i32>,
    /// Of those, what could not be read.
    pub unread_count: i32,
    /// Ranges of nights to come that it takes.
    pub held_count: i64,
    /// Of those, what the feed names no more, and what is kept all the same.
    pub missing_count: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// The calendars of a listing, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarList {
    /// All of them.
    pub items: Vec<CalendarOut>,
}

/// What a reading changed.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct SyncChanges {
    /// Ranges that are new.
    pub added: usize,
    /// Ranges that have moved, or have another name.
    pub changed: usize,
    /// Ranges that are free again.
    pub freed: usize,
    /// Ranges that the feed names no more, and that are kept.
    pub kept: usize,
    /// Conflicts that are new.
    pub conflicts: usize,
}

/// A feed that was read just now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SyncOut {
    /// The calendar as it is now.
    pub calendar: CalendarOut,
    /// What the reading changed; nothing where the feed is as it was, or could not be read.
    pub changes: SyncChanges,
}

/// What somebody makes of a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is settled.
    Done,
    /// It is none.
    Dismissed,
}

impl Decision {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A decision about a conflict.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConflictPatch {
    /// What somebody makes of it; null opens it again.
    #[garde(skip)]
    #[serde(deserialize_with = "explicit")]
    #[schema(value_type = Option<Decision>)]
    pub resolution: Option<Decision>,
}

/// The field has to be there: `{}` says nothing.
fn explicit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decision>, D::Error> {
    Option::deserialize(deserializer)
}

/// Nights of one side of a conflict.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConflictSide {
    /// `booking`, `hold` or `block` of ours; `booking` or `closed` of a channel.
    #[schema(example = "booking")]
    pub kind: Option<String>,
    /// The first night.
    pub check_in: NaiveDate,
    /// The day of leaving.
    pub check_out: NaiveDate,
}

/// Nights that are taken twice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConflictOut {
    /// Id.
    pub id: Uuid,
    /// The listing.
    pub property_id: Uuid,
    /// Its title.
    pub property_title: String,
    /// The calendar that says so.
    pub calendar_id: Uuid,
    /// What it is called.
    pub calendar_name: String,
    /// What the channel says.
    pub theirs: ConflictSide,
    /// What is ours, as it was when this was found.
    pub ours: ConflictSide,
    /// The stay of ours, for as long as it is there.
    pub stay_id: Option<Uuid>,
    /// Its booking.
    pub booking_id: Option<Uuid>,
    /// `done` or `dismissed` by somebody, `gone` where they overlap no more; none while it is open.
    #[schema(value_type = Option<String>, example = "done")]
    pub resolution: Option<String>,
    /// When that was.
    pub resolved_at: Option<DateTime<Utc>>,
    /// By whom.
    pub resolved_by: Option<Uuid>,
    /// When it was found.
    pub created_at: DateTime<Utc>,
}

/// Conflicts, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConflictList {
    /// The conflicts of this page.
    pub items: Vec<ConflictOut>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}
