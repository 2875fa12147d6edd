//! One event's properties, out of its text.

use std::str::FromStr;

use calcard::{
    Entry, Parser,
    common::{PartialDateTime, timezone::Tz as Known},
    icalendar::{
        ICalendarDuration, ICalendarEntry, ICalendarPeriod, ICalendarProperty, ICalendarStatus,
        ICalendarTransparency, ICalendarValue,
    },
};
use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::{
    Reason,
    frame::Text,
    nights::{Moment, Zone},
};

/// What is kept of a `UID`; a longer one is told by its digest.
const LONGEST_UID: usize = 500;

/// An event, read.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) uid: String,
    pub(crate) sequence: i64,
    pub(crate) summary: String,
    pub(crate) is_cancelled: bool,
    pub(crate) is_transparent: bool,
    pub(crate) start: Moment,
    pub(crate) end: End,
    /// Which occurrence of a repeated event this replaces.
    pub(crate) replaces: Option<Moment>,
    pub(crate) rule: Option<String>,
    pub(crate) added: Vec<(Moment, Option<End>)>,
    pub(crate) left_out: Vec<Moment>,
}

/// Until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    At(Moment),
    After(TimeDelta),
    /// Not said: a day, or a moment.
    Open,
}

/// An event that could not be read, by its name if it has one.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) uid: Option<String>,
    pub(crate) reason: Reason,
}

/// Reads an event.
pub(crate) fn event(text: &Text) -> Result<Event, Failed> {
    let wrapped =
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{}END:VEVENT\nEND:VCALENDAR\n", text.lines);
    let entries = match Parser::new(&wrapped).entry() {
        Entry::ICalendar(calendar) => calendar.components.into_iter().nth(1),
        _ => None,
    };
    let entries = entries.map(|component| component.entries).unwrap_or_default();
    let uid = entries.iter().find(|entry| entry.name == ICalendarProperty::Uid).and_then(uid);
    let failed = |reason| Failed { uid: uid.clone(), reason };
    if let Some(reason) = text.failed {
        return Err(failed(reason));
    }
    properties(&entries, text)
        .map_err(failed)
        .map(|event| Event { uid: uid.clone().unwrap_or_else(|| nameless(&event)), ..event })
}

fn properties(entries: &[ICalendarEntry], text: &Text) -> Result<Event, Reason> {
    let start = named(entries, &ICalendarProperty::Dtstart)
        .and_then(|entry| moment(entry.values.first()?, entry));
    let start = start.ok_or(Reason::Start)?;
    Ok(Event {
        uid: String::new(),
        sequence: text.sequence,
        summary: named(entries, &ICalendarProperty::Summary).map(text_of).unwrap_or_default(),
        is_cancelled: is_cancelled(entries),
        is_transparent: is_transparent(entries),
        start,
        end: end(entries)?,
        replaces: replaces(entries)?,
        rule: rule(&text.lines)?,
        added: added(entries)?,
        left_out: left_out(entries)?,
    })
}

fn named<'a>(
    entries: &'a [ICalendarEntry],
    name: &ICalendarProperty,
) -> Option<&'a ICalendarEntry> {
    entries.iter().find(|entry| entry.name == *name)
}

fn text_of(entry: &ICalendarEntry) -> String {
    match entry.values.first() {
        Some(ICalendarValue::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

/// The event's name, as it can be kept: without what no text may hold, and short.
fn uid(entry: &ICalendarEntry) -> Option<String> {
    let text: String = text_of(entry).trim().chars().filter(|c| !c.is_control()).collect();
    match text.len() {
        0 => None,
        length if length > LONGEST_UID => Some(format!("long:{:016x}", digest(text.as_bytes()))),
        _ => Some(text),
    }
}

/// An event without a name is known by its dates: it cannot move, only go and come.
fn nameless(event: &Event) -> String {
    format!("nameless:{:016x}", digest(format!("{:?} {:?}", event.start, event.end).as_bytes()))
}

/// FNV-1a: the same in every build, which the standard library's hasher is not.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn is_cancelled(entries: &[ICalendarEntry]) -> bool {
    named(entries, &ICalendarProperty::Status).is_some_and(|entry| match entry.values.first() {
        Some(ICalendarValue::Status(status)) => *status == ICalendarStatus::Cancelled,
        Some(ICalendarValue::Text(text)) => text.trim().eq_ignore_ascii_case("CANCELED"),
        _ => false,
    })
}

fn is_transparent(entries: &[ICalendarEntry]) -> bool {
    named(entries, &ICalendarProperty::Transp).is_some_and(|entry| {
        matches!(
            entry.values.first(),
            Some(ICalendarValue::Transparency(ICalendarTransparency::Transparent))
        )
    })
}

fn end(entries: &[ICalendarEntry]) -> Result<End, Reason> {
    if let Some(entry) = named(entries, &ICalendarProperty::Dtend) {
        let at = entry.values.first().and_then(|value| moment(value, entry));
        return at.map(End::At).ok_or(Reason::End);
    }
    match named(entries, &ICalendarProperty::Duration).map(|entry| entry.values.first()) {
        None => Ok(End::Open),
        Some(Some(ICalendarValue::Duration(duration))) => {
            length(duration).map(End::After).ok_or(Reason::End)
        }
        Some(_) => Err(Reason::End),
    }
}

/// As long as the horizon may ask for; beyond it nothing changes.
fn length(duration: &ICalendarDuration) -> Option<TimeDelta> {
    let days = i64::from(duration.weeks) * 7 + i64::from(duration.days);
    let seconds = i64::from(duration.hours) * 3600
        + i64::from(duration.minutes) * 60
        + i64::from(duration.seconds);
    let whole = days.saturating_mul(86_400).saturating_add(seconds).min(86_400 * 100_000);
    (!duration.neg || whole == 0).then(|| TimeDelta::seconds(whole))
}

fn replaces(entries: &[ICalendarEntry]) -> Result<Option<Moment>, Reason> {
    let Some(entry) = named(entries, &ICalendarProperty::RecurrenceId) else {
        return Ok(None);
    };
    let at = entry.values.first().and_then(|value| moment(value, entry));
    at.map(Some).ok_or(Reason::Dates)
}

/// The text of `RRULE`, checked: the library passes over what it does not understand.
fn rule(lines: &str) -> Result<Option<String>, Reason> {
    let mut rules = lines.lines().filter_map(|line| {
        let name = line.split([';', ':']).next().unwrap_or_default();
        let value = line.split_once(':').map(|(_, value)| value).unwrap_or_default();
        match () {
            () if name.eq_ignore_ascii_case("RRULE") => Some(Ok(value)),
            () if name.eq_ignore_ascii_case("EXRULE") => Some(Err(Reason::Exclusion)),
            () => None,
        }
    });
    let rule = rules.next().transpose()?;
    match rules.next() {
        Some(Err(reason)) => Err(reason),
        Some(Ok(_)) => Err(Reason::Rule),
        None => Ok(rule.map(str::to_owned)),
    }
}

fn added(entries: &[ICalendarEntry]) -> Result<Vec<(Moment, Option<End>)>, Reason> {
    let mut all = Vec::new();
    for entry in entries.iter().filter(|entry| entry.name == ICalendarProperty::Rdate) {
        for value in &entry.values {
            let found = match value {
                ICalendarValue::Period(ICalendarPeriod::Range { start, end }) => {
                    date(start, entry).zip(date(end, entry).map(|end| Some(End::At(end))))
                }
                ICalendarValue::Period(ICalendarPeriod::Duration { start, duration }) => {
                    date(start, entry).zip(length(duration).map(|length| Some(End::After(length))))
                }
                value => moment(value, entry).map(|at| (at, None)),
            };
            all.push(found.ok_or(Reason::Dates)?);
        }
    }
    Ok(all)
}

fn left_out(entries: &[ICalendarEntry]) -> Result<Vec<Moment>, Reason> {
    let lines = entries.iter().filter(|entry| entry.name == ICalendarProperty::Exdate);
    lines
        .flat_map(|entry| entry.values.iter().map(move |value| moment(value, entry)))
        .map(|moment| moment.ok_or(Reason::Dates))
        .collect()
}

fn moment(value: &ICalendarValue, entry: &ICalendarEntry) -> Option<Moment> {
    match value {
        ICalendarValue::PartialDateTime(partial) => date(partial, entry),
        _ => None,
    }
}

fn date(partial: &PartialDateTime, entry: &ICalendarEntry) -> Option<Moment> {
    let day = NaiveDate::from_ymd_opt(
        i32::from(partial.year?),
        u32::from(partial.month?),
        u32::from(partial.day?),
    )?;
    let Some(hour) = partial.hour else {
        let at = NaiveDateTime::new(day, NaiveTime::MIN);
        return Some(Moment { at, is_day: true, zone: Zone::Here });
    };
    // A leap second is the last of its minute.
    let second = u32::from(partial.second.unwrap_or(0)).min(59);
    let minute = u32::from(partial.minute.unwrap_or(0));
    // Some write midnight at the end of a day as 24:00.
    let (day, hour) = if hour == 24 { (day.succ_opt()?, 0) } else { (day, hour) };
    let at = NaiveDateTime::new(day, NaiveTime::from_hms_opt(u32::from(hour), minute, second)?);
    let zone = match partial.tz_hour {
        Some(hours) => {
            let seconds = i32::from(hours) * 3600 + i32::from(partial.tz_minute.unwrap_or(0)) * 60;
            let seconds = if partial.tz_minus { -seconds } else { seconds };
            Zone::Fixed(FixedOffset::east_opt(seconds)?)
        }
        None => entry.tz_id().map_or(Zone::Here, zone),
    };
    Some(Moment { at, is_day: false, zone })
}

/// A zone that nobody knows is the listing's own: whoever keeps its calendar is most likely there.
fn zone(name: &str) -> Zone {
    match Known::from_str(name.trim().trim_matches('"')) {
        Ok(Known::Tz(named)) => Zone::Named(named),
        Ok(Known::Fixed(offset)) => Zone::Fixed(offset),
        _ => Zone::Here,
    }
}
