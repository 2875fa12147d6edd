//! What holds for whatever anybody sends, and for whatever we write.

use chrono::{DateTime, Days, NaiveDate, Utc};
use proptest::prelude::*;
use terrace_ical::{Entry, Kind, read, write};

use super::{day, options};

/// Lines that feeds are made of, sound and broken.
fn line() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VALARM",
        "END:VALARM",
        "END:VCALENDAR",
        "BEGIN:VCALENDAR",
        "DTSTART",
        "DTSTART;VALUE=DATE",
        "DTSTART;TZID=Europe/Berlin",
        "DTEND",
        "DTEND;VALUE=DATE",
        "DURATION",
        "UID",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "STATUS",
        "TRANSP",
        "SUMMARY",
        "SEQUENCE",
        " ",
        "",
    ]);
    let value = prop::sample::select(vec![
        "20261224",
        "20261226T110000Z",
        "20261224T150000",
        "99991231",
        "00000000",
        "19000101T000000",
        "P3D",
        "-PT1H",
        "P99999999W",
        "PT",
        "FREQ=DAILY",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYDAY=-1MO;BYSETPOS=-1",
        "FREQ=WEEKLY;UNTIL=20270101",
        "FREQ=DAILY;COUNT=4294967295",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=TH",
        "FREQ=DAILY;INTERVAL=1000",
        "CANCELLED",
        "TRANSPARENT",
        "a@b",
        "Reserved",
        "",
    ]);
    prop_oneof![
        4 => (name, value).prop_map(|(name, value)| if name.contains(':') { name.to_owned() } else { format!("{name}:{value}") }),
        1 => "\\PC{0,40}",
    ]
}

fn entries() -> impl Strategy<Value = Vec<(u64, u64, String)>> {
    prop::collection::vec((0_u64..700, 1_u64..30, "\\PC{0,90}"), 0..40)
}

fn at(offset: u64) -> NaiveDate {
    day("2026-11-27").checked_add_days(Days::new(offset)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the bytes are, reading ends with an answer.
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read(&bytes, &options());
    }

    /// Whatever the lines are: ranges have nights, lie within the horizon, and have names of their
    /// own.
    #[test]
    fn any_lines_are_answered(lines in prop::collection::vec(line(), 0..60)) {
        let text = format!("BEGIN:VCALENDAR\n{}\nEND:VEVENT\nEND:VCALENDAR\n", lines.join("\n"));
        if let Ok(feed) = read(text.as_bytes(), &options()) {
            let mut names = std::collections::HashSet::new();
            for busy in &feed.busy {
                prop_assert!(busy.start < busy.end && (busy.end - busy.start).num_days() <= 366, "{busy:?}");
                prop_assert!(busy.end > day("2026-11-27") && busy.end <= day("2028-12-01"), "{busy:?}");
                prop_assert!((1..=1000).contains(&busy.uid.len()) && busy.part.len() <= 100, "{busy:?}");
                prop_assert!(names.insert((busy.uid.clone(), busy.part.clone())), "{busy:?}");
            }
        }
    }

    /// What we write is read as it was meant, by the rules of the format.
    #[test]
    fn what_is_written_is_read(stays in entries(), name in "\\PC{1,120}") {
        let changed_at: DateTime<Utc> = "2026-11-01T10:00:00Z".parse().unwrap();
        let entries: Vec<Entry> = stays.iter().enumerate().map(|(n, (offset, nights, summary))| Entry {
            uid: format!("stay-{n:04}@brand.example"),
            start: at(*offset),
            end: at(offset + nights),
            summary: summary.clone(),
            changed_at,
            sequence: 3,
        }).collect();
        let text = write("-//Brand//EN", &name, &entries);
        for line in text.split("\r\n") {
            prop_assert!(line.len() <= 75 && !line.contains('\n'), "{line}");
        }
        prop_assert!(text.ends_with("END:VCALENDAR\r\n"));
        let feed = read(text.as_bytes(), &options()).unwrap();
        prop_assert_eq!(&feed.unread, &vec![]);
        let mut expected: Vec<_> = entries.iter().map(|entry| (entry.uid.clone(), entry.start, entry.end)).collect();
        let mut found: Vec<_> = feed.busy.iter().map(|busy| (busy.uid.clone(), busy.start, busy.end)).collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
        prop_assert!(feed.busy.iter().all(|busy| matches!(busy.kind, Kind::Booking | Kind::Closed)));
    }
}
