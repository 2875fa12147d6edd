//! Repeated events: which days a rule names, up to the horizon.

use calcard::{Entry, Parser};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use crate::{
    Reason,
    event::Event,
    nights::{Horizon, Moment, Zone},
};

/// Days that a rule may have gone on for before today, about 110 years.
const OLDEST: i64 = 40_000;

/// Values of one list of a rule.
const LONGEST_LIST: usize = 366;

/// When the event begins by its rule, on its own clock, from `DTSTART` on to the horizon.
///
/// # Errors
/// [`Reason`] where the rule is none, or one that is not followed.
pub(crate) fn starts(
    event: &Event,
    rule: &str,
    horizon: Horizon,
    here: Tz,
) -> Result<Vec<NaiveDateTime>, Reason> {
    let rule = checked(rule, event.start, here)?;
    let start = event.start.at;
    let days = (horizon.end - start.date()).num_days().saturating_add(2);
    if days <= 0 {
        return Ok(vec![start]);
    }
    if days > OLDEST {
        return Err(Reason::Occurrences);
    }
    // A rule of our own names a day once, so that there are no more starts than days.
    let limit = usize::try_from(days).unwrap_or_default();
    let text = format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:{}\nRRULE:{rule}\nEND:VEVENT\nEND:VCALENDAR\n",
        start.format("%Y%m%dT%H%M%S")
    );
    let Entry::ICalendar(calendar) = Parser::new(&text).entry() else {
        return Err(Reason::Rule);
    };
    let expanded = calendar.expand_dates(Tz::UTC, limit);
    if !expanded.errors.is_empty() || expanded.events.is_empty() {
        return Err(Reason::Rule);
    }
    let mut found: Vec<NaiveDateTime> =
        expanded.events.iter().map(|event| event.start.naive_local()).collect();
    // The first is an occurrence whether the rule names it or not.
    found.push(start);
    found.sort_unstable();
    found.dedup();
    found.retain(|at| at.date() < horizon.end);
    Ok(found)
}

/// A rule that is followed, with its `UNTIL` on the event's own clock.
fn checked(rule: &str, start: Moment, here: Tz) -> Result<String, Reason> {
    let mut parts = Vec::new();
    let mut has_frequency = false;
    for part in rule.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').ok_or(Reason::Rule)?;
        let (key, value) = (key.trim().to_ascii_uppercase(), value.trim());
        let values = value.split(',').count();
        match key.as_str() {
            "FREQ" => match value.to_ascii_uppercase().as_str() {
                "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY" if !has_frequency => has_frequency = true,
                "SECONDLY" | "MINUTELY" | "HOURLY" => return Err(Reason::Frequency),
                _ => return Err(Reason::Rule),
            },
            "INTERVAL" => match value.parse::<u32>() {
                Ok(1..=1000) => {}
                _ => return Err(Reason::Interval),
            },
            "COUNT" => match value.parse::<u32>() {
                Ok(1..) => {}
                _ => return Err(Reason::Rule),
            },
            // More than one time of day is more often than daily.
            "BYHOUR" | "BYMINUTE" | "BYSECOND" if values > 1 => return Err(Reason::Frequency),
            "UNTIL" => {
                parts.push(format!("UNTIL={}", until(value, start, here)?));
                continue;
            }
            _ if values > LONGEST_LIST => return Err(Reason::Rule),
            _ => {}
        }
        parts.push(format!("{key}={value}"));
    }
    if has_frequency { Ok(parts.join(";")) } else { Err(Reason::Rule) }
}

/// `UNTIL` is a day, a time of the event's clock, or one of UTC.
fn until(value: &str, start: Moment, here: Tz) -> Result<String, Reason> {
    let at = match value.strip_suffix(['Z', 'z']) {
        Some(utc) => {
            let at =
                NaiveDateTime::parse_from_str(utc, "%Y%m%dT%H%M%S").map_err(|_| Reason::Rule)?;
            let utc = Moment { at, is_day: false, zone: Zone::Named(Tz::UTC) };
            // Of an event of whole days the day counts, whatever the clock.
            if start.is_day { end_of(at.date()) } else { utc.on(start.zone, here) }
        }
        None => match NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%S") {
            Ok(at) if start.is_day => end_of(at.date()),
            Ok(at) => at,
            Err(_) => end_of(NaiveDate::parse_from_str(value, "%Y%m%d").map_err(|_| Reason::Rule)?),
        },
    };
    Ok(at.format("%Y%m%dT%H%M%S").to_string())
}

fn end_of(day: NaiveDate) -> NaiveDateTime {
    let last = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or(NaiveTime::MIN);
    NaiveDateTime::new(day, last)
}
