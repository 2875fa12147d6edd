//! Single events, and the frame around them.

use terrace_ical::{Refusal, read};

use super::{calendar, feed, options, refused, told, unread};

#[test]
fn days_times_zones_and_durations_become_nights() {
    let feed = feed(&[
        &[
            "UID:day",
            "DTSTART;VALUE=DATE:20261224",
            "DTEND;VALUE=DATE:20261227",
            "SUMMARY:Reserved",
        ],
        // Whoever leaves out VALUE=DATE means a day all the same.
        &["UID:bare", "DTSTART:20261224", "DTEND:20261227"],
        &["UID:open", "DTSTART;VALUE=DATE:20261224"],
        &["UID:utc", "DTSTART:20261224T200000Z", "DTEND:20261226T030000Z"],
        &["UID:floating", "DTSTART:20261224T150000", "DTEND:20261226T110000"],
        &[
            "UID:named",
            "DTSTART;TZID=America/New_York:20261224T150000",
            "DTEND;TZID=America/New_York:20261226T110000",
        ],
        &[
            "UID:windows",
            "DTSTART;TZID=\"SE Asia Standard Time\":20261224T150000",
            "DTEND;TZID=\"SE Asia Standard Time\":20261226T110000",
        ],
        // Nobody knows this zone: it is taken for the listing's.
        &[
            "UID:nowhere",
            "DTSTART;TZID=Mars/Olympus:20261224T150000",
            "DTEND;TZID=Mars/Olympus:20261226T110000",
        ],
        &["UID:weeks", "DTSTART;VALUE=DATE:20261224", "DURATION:P1W"],
        &["UID:hours", "DTSTART:20261224T150000", "DURATION:PT44H"],
        &["UID:moment", "DTSTART:20261224T150000"],
    ]);
    assert_eq!(
        told(&feed),
        [
            "bare 2026-12-24 2026-12-27 Closed",
            "day 2026-12-24 2026-12-27 Booking",
            "floating 2026-12-24 2026-12-26 Closed",
            "hours 2026-12-24 2026-12-26 Closed",
            "moment 2026-12-24 2026-12-25 Closed",
            "named 2026-12-25 2026-12-27 Closed",
            "nowhere 2026-12-24 2026-12-26 Closed",
            "open 2026-12-24 2026-12-25 Closed",
            "utc 2026-12-25 2026-12-26 Closed",
            "weeks 2026-12-24 2026-12-31 Closed",
            "windows 2026-12-24 2026-12-26 Closed",
        ]
    );
    assert_eq!((feed.events, unread(&feed).len()), (11, 0));
}

#[test]
fn what_takes_no_nights_is_counted() {
    let feed = feed(&[
        &[
            "UID:1@airbnb.com",
            "DTSTART;VALUE=DATE:20261224",
            "DTEND;VALUE=DATE:20261227",
            "SUMMARY:Airbnb (Not available)",
        ],
        &["UID:2", "DTSTART;VALUE=DATE:20261224", "STATUS:CANCELLED"],
        &["UID:3", "DTSTART;VALUE=DATE:20261224", "TRANSP:TRANSPARENT"],
        &["UID:4", "DTSTART;VALUE=DATE:20261101", "DTEND;VALUE=DATE:20261127"],
        &["UID:5", "DTSTART;VALUE=DATE:20300101"],
        // Over in an hour; today is today.
        &["UID:6", "DTSTART;VALUE=DATE:20261101", "DTEND;VALUE=DATE:20261128"],
    ]);
    let ignored = feed.ignored;
    assert_eq!(
        (ignored.window, ignored.cancelled, ignored.transparent, ignored.outside),
        (1, 1, 1, 2)
    );
    assert_eq!(told(&feed), ["6 2026-11-01 2026-11-28 Closed"]);
    assert_eq!(feed.uids.len(), 6);
}

#[test]
fn what_cannot_be_read_is_named_and_takes_nothing_else_along() {
    let long = format!("EXDATE:{}", "20261224,".repeat(10_000));
    let feed = feed(&[
        &["UID:fine", "DTSTART;VALUE=DATE:20261224"],
        &["UID:none", "SUMMARY:Without a date"],
        &["DTSTART;VALUE=DATE:20261301"],
        &["UID:leap", "DTSTART;VALUE=DATE:20260230"],
        &["UID:end", "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:tomorrow"],
        &["UID:mixed", "DTSTART;VALUE=DATE:20261224", "DTEND:20261226T110000Z"],
        &["UID:back", "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261220"],
        &["UID:minus", "DTSTART;VALUE=DATE:20261224", "DURATION:-P3D"],
        &["UID:long", "DTSTART;VALUE=DATE:20261224", &long],
    ]);
    assert_eq!(told(&feed), ["fine 2026-12-24 2026-12-25 Closed"]);
    let mut said = unread(&feed);
    said.sort();
    assert_eq!(
        said,
        [
            "? start",
            "back backwards",
            "end end",
            "leap start",
            "long long",
            "minus backwards",
            "mixed end",
            "none start"
        ]
        .map(|line| line.replace("minus backwards", "minus end"))
    );
    // What could not be read is not among what was: its name may not be missed.
    assert_eq!(feed.uids.iter().collect::<Vec<_>>(), ["fine"]);
}

#[test]
fn a_feed_has_to_be_whole() {
    let whole = calendar(&[
        &["UID:a", "DTSTART;VALUE=DATE:20261224"],
        &["UID:b", "DTSTART;VALUE=DATE:20261226"],
    ]);
    for end in 1..whole.len() - 1 {
        let Err(refusal) = read(&whole.as_bytes()[..end], &options()) else {
            // All but the last line's end.
            assert!(whole[..end].trim_end().ends_with("END:VCALENDAR"), "{end}");
            continue;
        };
        assert!(matches!(refusal, Refusal::Truncated | Refusal::NotACalendar), "{end} {refusal:?}");
    }
    assert_eq!(refused(""), Refusal::Empty);
    assert_eq!(refused("\r\n \n"), Refusal::Empty);
    assert_eq!(refused("<!DOCTYPE html><html>"), Refusal::Page);
    assert_eq!(refused("BEGIN:VEVENT\nEND:VEVENT\n"), Refusal::NotACalendar);
    assert_eq!(
        refused("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VCALENDAR\n"),
        Refusal::Truncated
    );
    // Nothing in it is whole as well: whether that is believed is decided elsewhere.
    assert_eq!(read(b"BEGIN:VCALENDAR\nEND:VCALENDAR", &options()).unwrap().events, 0);
}

#[test]
fn parts_of_events_are_no_events() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19700101T000000\n\
        RRULE:FREQ=YEARLY\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VTODO\nUID:todo\nDTSTART:20261224\nEND:VTODO\n\
        BEGIN:VEVENT\nUID:a\nDTSTART;VALUE=DATE:20261224\nBEGIN:VALARM\nTRIGGER:-PT15M\nDURATION:P400D\n\
        UID:alarm\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n";
    let feed = read(text.as_bytes(), &options()).unwrap();
    assert_eq!(told(&feed), ["a 2026-12-24 2026-12-25 Closed"]);
}

#[test]
fn one_name_for_all_events_hides_none() {
    let feed = feed(&[
        &["UID:same", "DTSTART;VALUE=DATE:20261224"],
        &["UID:same", "DTSTART;VALUE=DATE:20261228"],
        // Versions of one: the newest counts.
        &["UID:moved", "SEQUENCE:1", "DTSTART;VALUE=DATE:20270101"],
        &["UID:moved", "SEQUENCE:2", "DTSTART;VALUE=DATE:20270105"],
        // Without a name it is known by its dates.
        &["DTSTART;VALUE=DATE:20270201"],
        &["DTSTART;VALUE=DATE:20270203"],
    ]);
    let nights: Vec<_> = feed.busy.iter().map(|busy| busy.start.to_string()).collect();
    let mut nights = nights;
    nights.sort();
    assert_eq!(nights, ["2026-12-24", "2026-12-28", "2027-01-05", "2027-02-01", "2027-02-03"]);
    let mut keys: Vec<_> = feed.busy.iter().map(|busy| (&busy.uid, &busy.part)).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 5);
}
