//! Fifty feeds of somebody who means harm: each is answered within two seconds of CPU, and within
//! 32 MB. Alone in its process, because it measures the process.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{fmt::Write as _, fs};

use terrace_ical::{Limits, Options, read};

const MB: u64 = 1 << 20;

/// The feed's own bytes are there already: they are counted apart.
const MEMORY: u64 = 32 * MB;

/// Seconds of CPU.
const TIME: f64 = 2.0;

/// A number of `/proc/self/status`, bytes.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Seconds of CPU that this process has used.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}

fn wrap(body: &str) -> Vec<u8> {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{body}END:VCALENDAR\n").into_bytes()
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:a\n{lines}END:VEVENT\n")
}

/// So many events, made by a function of their number.
fn many(count: usize, make: impl Fn(usize) -> String) -> Vec<u8> {
    let mut body = String::new();
    for n in 0..count {
        let _ = write!(body, "BEGIN:VEVENT\n{}END:VEVENT\n", make(n));
    }
    wrap(&body)
}

fn filled(begin: &str, filler: &[u8], end: &str, size: usize) -> Vec<u8> {
    let mut bytes = begin.as_bytes().to_vec();
    while bytes.len() + filler.len() + end.len() < size {
        bytes.extend_from_slice(filler);
    }
    bytes.extend_from_slice(end.as_bytes());
    bytes
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn feeds() -> Vec<(&'static str, Vec<u8>)> {
    const FULL: usize = (5 << 20) - 1;
    let rule = |rule: &str| wrap(&event(&format!("DTSTART:20261224T150000\nRRULE:{rule}\n")));
    let rules = |rule: &'static str| {
        many(4999, move |n| format!("UID:{n}\nDTSTART:20261224T150000\nRRULE:{rule}\n"))
    };
    let dates = "20261224T150000,".repeat(3000);
    vec![
        ("nothing", Vec::new()),
        ("spaces", vec![b' '; FULL]),
        ("newlines", vec![b'\n'; FULL]),
        ("zeros", vec![0; FULL]),
        ("ones", vec![0xff; FULL]),
        ("one byte too many", vec![b'x'; (5 << 20) + 1]),
        ("a page", filled("<!DOCTYPE html><html>", b"<p>not found</p>\n", "</html>", FULL)),
        ("an archive", filled("\x1f\u{8b}", b"\x00\x01\x02", "", 100_000)),
        (
            "utf-16",
            "\u{feff}BEGIN:VCALENDAR\nEND:VCALENDAR"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
        ),
        (
            "a mark at its beginning",
            filled("\u{feff}BEGIN:VCALENDAR\n", b"X:1\n", "END:VCALENDAR\n", 1000),
        ),
        (
            "a line of five megabytes",
            filled(
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:",
                b"aaaaaaaaaaaaaaaa",
                "\nEND:VEVENT\nEND:VCALENDAR\n",
                FULL,
            ),
        ),
        (
            "a summary of five megabytes",
            filled(
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224\nSUMMARY:",
                b"aaaaaaaaaaaaaaaa",
                "\nEND:VEVENT\nEND:VCALENDAR\n",
                FULL,
            ),
        ),
        (
            "folded at every byte",
            filled(
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:",
                b"\n a",
                "\nEND:VEVENT\nEND:VCALENDAR\n",
                FULL,
            ),
        ),
        (
            "folded to nothing",
            filled(
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a",
                b"\n ",
                "\nEND:VEVENT\nEND:VCALENDAR\n",
                FULL,
            ),
        ),
        ("carriage returns", filled("BEGIN:VCALENDAR\r", b"X:1\r", "END:VCALENDAR\r", FULL)),
        (
            "lines without a colon",
            filled("BEGIN:VCALENDAR\n", b"nonsense\n", "END:VCALENDAR\n", FULL),
        ),
        (
            "one event of all lines",
            filled(
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\n",
                b"UID:a\n",
                "END:VEVENT\nEND:VCALENDAR\n",
                FULL,
            ),
        ),
        (
            "one event of all dates",
            filled(
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224\n",
                b"EXDATE:20261224\n",
                "END:VEVENT\nEND:VCALENDAR\n",
                FULL,
            ),
        ),
        (
            "parameters without end",
            filled(
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART",
                b";X=1",
                ":20261224\nEND:VEVENT\nEND:VCALENDAR\n",
                FULL,
            ),
        ),
        (
            "quotes without end",
            filled(
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=\"",
                b"\"\"",
                "\nEND:VEVENT\nEND:VCALENDAR\n",
                FULL,
            ),
        ),
        (
            "commas without end",
            filled(
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224\nRDATE:",
                b",",
                "\nEND:VEVENT\nEND:VCALENDAR\n",
                FULL,
            ),
        ),
        (
            "backslashes without end",
            filled(
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:",
                b"\\n",
                "\nEND:VEVENT\nEND:VCALENDAR\n",
                FULL,
            ),
        ),
        ("begun and never ended", filled("BEGIN:VCALENDAR\n", b"BEGIN:VEVENT\n", "", FULL)),
        ("nested", filled("BEGIN:VCALENDAR\n", b"BEGIN:X\n", "", FULL)),
        ("nested alarms", filled("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", b"BEGIN:VALARM\n", "", FULL)),
        (
            "ended and never begun",
            filled("BEGIN:VCALENDAR\n", b"END:VEVENT\n", "END:VCALENDAR\n", FULL),
        ),
        (
            "a million events",
            filled("BEGIN:VCALENDAR\n", b"BEGIN:VEVENT\nEND:VEVENT\n", "END:VCALENDAR\n", FULL),
        ),
        (
            "calendars in calendars",
            filled(
                "BEGIN:VCALENDAR\n",
                b"BEGIN:VCALENDAR\nEND:VCALENDAR\n",
                "END:VCALENDAR\n",
                FULL,
            ),
        ),
        ("half", many(200, |n| format!("UID:{n}\nDTSTART:20261224\n"))[..5000].to_vec()),
        (
            "all the events there may be",
            many(5000, |n| {
                format!("UID:{n}\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20270101\n")
            }),
        ),
        ("one event more", many(5001, |n| format!("UID:{n}\nDTSTART;VALUE=DATE:20261224\n"))),
        (
            "no names",
            many(4999, |n| format!("DTSTART;VALUE=DATE:2027{:02}{:02}\n", n % 12 + 1, n % 28 + 1)),
        ),
        (
            "one name",
            many(4999, |n| {
                format!(
                    "UID:a\nDTSTART:2027{:02}{:02}T{:02}{:02}00\n",
                    n % 12 + 1,
                    n % 28 + 1,
                    n % 24,
                    n % 60
                )
            }),
        ),
        ("long names", many(4999, |n| format!("UID:{n}{}\nDTSTART:20261224\n", "a".repeat(900)))),
        (
            "dates for ever",
            many(300, |n| {
                format!("UID:{n}\nDTSTART:20261224T150000\nEXDATE:{dates}20261224T150000\n")
            }),
        ),
        ("every second", rule("FREQ=SECONDLY")),
        (
            "every second of every hour",
            rule(&format!(
                "FREQ=DAILY;BYHOUR={}",
                (0..24).map(|n| n.to_string()).collect::<Vec<_>>().join(",")
            )),
        ),
        ("a count of billions", rule("FREQ=DAILY;COUNT=4294967295")),
        ("an interval of nothing", rule("FREQ=DAILY;INTERVAL=0")),
        ("30 February", rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")),
        ("30 February, 4999 times", rules("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")),
        ("31 April by month, 4999 times", rules("FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31")),
        (
            "the 53rd week, 4999 times",
            rules("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-1"),
        ),
        ("each day for ever, 4999 times", rules("FREQ=DAILY")),
        (
            "each day since 1920, 4999 times",
            many(4999, |n| format!("UID:{n}\nDTSTART:19200101T150000\nRRULE:FREQ=DAILY\n")),
        ),
        ("the year 0001", wrap(&event("DTSTART:00010101T000000\nRRULE:FREQ=DAILY\n"))),
        ("the year 9999", wrap(&event("DTSTART:20261224\nDTEND:99991231\n"))),
        (
            "a duration of millions of weeks",
            wrap(&event("DTSTART:20261224\nDURATION:P4294967295W\n")),
        ),
        (
            "zones that are none",
            many(4999, |n| format!("UID:{n}\nDTSTART;TZID=Nowhere/{n}:20261224T150000\n")),
        ),
        (
            "latin-1 and zeros",
            filled(
                "BEGIN:VCALENDAR\n",
                b"BEGIN:VEVENT\nUID:\xe9\xe8\x00\x01\nDTSTART:2026\x001224\nEND:VEVENT\n",
                "END:VCALENDAR\n",
                100_000,
            ),
        ),
        (
            "a list of rules",
            rule(&format!(
                "FREQ=YEARLY;BYYEARDAY={}",
                (1..=2000).map(|n| n.to_string()).collect::<Vec<_>>().join(",")
            )),
        ),
        (
            "positions of positions",
            rules("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=1,-1,366,-366"),
        ),
    ]
}

#[test]
fn fifty_hostile_feeds_are_bounded() {
    let options = Options {
        zone: chrono_tz::Tz::Asia__Bangkok,
        today: "2026-11-27".parse().unwrap(),
        limits: Limits::default(),
    };
    // Zones and tables are loaded once.
    let _ = read(
        &wrap(&event("DTSTART;TZID=Europe/Berlin:20261224T150000\nRRULE:FREQ=DAILY\n")),
        &options,
    );
    let feeds = feeds();
    assert!(feeds.len() >= 50, "{}", feeds.len());
    let (mut table, mut broken) = (String::new(), Vec::new());
    for (name, bytes) in &feeds {
        // The highest mark begins anew.
        let is_reset = fs::write("/proc/self/clear_refs", "5").is_ok();
        let (before, began) = (status("VmRSS:"), cpu());
        let outcome = match read(bytes, &options) {
            Ok(feed) => format!("{} ranges, {} unread", feed.busy.len(), feed.unread.len()),
            Err(refusal) => refusal.name().to_owned(),
        };
        let took = cpu() - began;
        let peak = if is_reset { status("VmHWM:") } else { status("VmRSS:") };
        let grew = peak.saturating_sub(before);
        let _ = writeln!(table, "{took:5.2} s {:4} MB  {name}: {outcome}", grew / MB);
        if took > TIME + 0.3 || grew > MEMORY {
            broken.push(*name);
        }
    }
    eprintln!("{table}");
    assert!(broken.is_empty(), "{broken:?}\n{table}");
}
