//! Feeds, read: what they say, what they cannot be, and what anybody may send.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod corpus;
mod events;
mod laws;
mod repeated;

use std::fmt::Write as _;

use chrono::NaiveDate;
use terrace_ical::{Busy, Feed, Limits, Options, Refusal, read};

/// The day of these tests.
const TODAY: &str = "2026-11-27";

fn options() -> Options {
    Options {
        zone: chrono_tz::Tz::Asia__Bangkok,
        today: TODAY.parse().unwrap(),
        limits: Limits::default(),
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A calendar of these events, each a list of lines.
fn calendar(events: &[&[&str]]) -> String {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//A test//EN\r\n");
    for event in events {
        text.push_str("BEGIN:VEVENT\r\n");
        for line in *event {
            let _ = write!(text, "{line}\r\n");
        }
        text.push_str("END:VEVENT\r\n");
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

fn feed(events: &[&[&str]]) -> Feed {
    read(calendar(events).as_bytes(), &options()).unwrap()
}

fn refused(text: &str) -> Refusal {
    read(text.as_bytes(), &options()).unwrap_err()
}

/// What is taken, one line a range.
fn told(feed: &Feed) -> Vec<String> {
    let line = |busy: &Busy| {
        format!("{}{} {} {} {:?}", busy.uid, busy.part, busy.start, busy.end, busy.kind)
    };
    feed.busy.iter().map(line).collect()
}

/// What could not be read, as name and reason.
fn unread(feed: &Feed) -> Vec<String> {
    let name = |uid: &Option<String>| uid.clone().unwrap_or_else(|| "?".to_owned());
    feed.unread
        .iter()
        .map(|unread| format!("{} {}", name(&unread.uid), unread.reason.name()))
        .collect()
}
