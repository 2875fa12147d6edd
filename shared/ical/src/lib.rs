//! iCalendar as calendars of stays use it: which nights a feed says are taken, and the same the
//! other way round. No input, no output, no clock.
//!
//! A feed is somebody else's file, and may be anything. So it is read under limits ([`Limits`]):
//! one pass over its lines holds no more than one event's text; an event's properties are then
//! read by a library, and repeated ones expanded up to a horizon. What the feed as a whole cannot
//! be is a [`Refusal`]; what a single event cannot be is an [`Unread`], beside the events that
//! could be read. Both have stable names.

mod event;
mod frame;
mod habits;
mod lines;
mod nights;
mod read;
mod recur;
mod write;

pub use habits::Kind;
pub use read::{Busy, Feed, Ignored, Limits, Options, Unread, read};
pub use write::{Entry, write};

/// Why a feed tells nothing: it frees no night and takes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Nothing came.
    #[error("the answer was empty")]
    Empty,
    /// A page, a picture, an archive.
    #[error("the answer is a web page, not a calendar")]
    Page,
    /// Whatever it is.
    #[error("the answer is no calendar: it does not begin with BEGIN:VCALENDAR")]
    NotACalendar,
    /// Its end is missing.
    #[error("the calendar breaks off: its end is missing")]
    Truncated,
    /// More bytes than are read.
    #[error("the calendar is larger than is read")]
    TooLarge,
    /// More events than are read.
    #[error("the calendar has more events than are read")]
    TooManyEvents,
    /// More dates of repeated events, or more ranges of nights, than are kept.
    #[error("the calendar has more dates than are kept")]
    TooManyDates,
    /// Parts within parts within parts.
    #[error("the calendar is nested too deeply")]
    TooDeep,
    /// It took too long.
    #[error("the calendar took too long to read")]
    TooSlow,
}

impl Refusal {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Page => "page",
            Self::NotACalendar => "not_a_calendar",
            Self::Truncated => "truncated",
            Self::TooLarge => "too_large",
            Self::TooManyEvents => "too_many_events",
            Self::TooManyDates => "too_many_dates",
            Self::TooDeep => "too_deep",
            Self::TooSlow => "too_slow",
        }
    }
}

/// Why a single event could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Reason {
    /// `DTSTART` is missing, or no date.
    #[error("it does not say when it begins")]
    Start,
    /// `DTEND` or `DURATION` is no date, no duration, or both are there.
    #[error("its end cannot be read")]
    End,
    /// It ends before it begins.
    #[error("it ends before it begins")]
    Backwards,
    /// `RRULE` is no rule.
    #[error("the rule by which it repeats cannot be read")]
    Rule,
    /// It repeats by the second, minute or hour.
    #[error("it repeats more often than daily")]
    Frequency,
    /// `INTERVAL` is 0, or beyond reason.
    #[error("it repeats at an interval that is none")]
    Interval,
    /// `EXRULE`, which the standard has withdrawn.
    #[error("it leaves out dates by a rule (EXRULE)")]
    Exclusion,
    /// More dates than are kept of one event.
    #[error("it repeats more often than is kept")]
    Occurrences,
    /// `RDATE`, `EXDATE` or `RECURRENCE-ID` is no date.
    #[error("a date on which it repeats, or does not, cannot be read")]
    Dates,
    /// A line or an event beyond what is held.
    #[error("it is longer than is read")]
    Long,
}

impl Reason {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Backwards => "backwards",
            Self::Rule => "rule",
            Self::Frequency => "frequency",
            Self::Interval => "interval",
            Self::Exclusion => "exclusion",
            Self::Occurrences => "occurrences",
            Self::Dates => "dates",
            Self::Long => "long",
        }
    }
}
