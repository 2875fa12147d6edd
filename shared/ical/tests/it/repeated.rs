//! Repeated events.

use super::{day, feed, told, unread};

#[test]
fn rules_name_nights_up_to_the_horizon() {
    let feed = feed(&[
        &[
            "UID:weekly",
            "DTSTART;VALUE=DATE:20261204",
            "DTEND;VALUE=DATE:20261206",
            "RRULE:FREQ=WEEKLY;COUNT=3",
        ],
        // Ten years old: only what is to come counts.
        &["UID:old", "DTSTART;VALUE=DATE:20161224", "RRULE:FREQ=YEARLY"],
        &["UID:until", "DTSTART;VALUE=DATE:20261210", "RRULE:FREQ=DAILY;UNTIL=20261212"],
        &[
            "UID:out",
            "DTSTART;VALUE=DATE:20270101",
            "RRULE:FREQ=DAILY;COUNT=4",
            "EXDATE;VALUE=DATE:20270102,20270103",
        ],
        &["UID:in", "DTSTART;VALUE=DATE:20270201", "RDATE;VALUE=DATE:20270210,20270220"],
        &["UID:moved", "DTSTART;VALUE=DATE:20270301", "RRULE:FREQ=DAILY;COUNT=3"],
        &[
            "UID:moved",
            "SEQUENCE:4",
            "RECURRENCE-ID;VALUE=DATE:20270302",
            "DTSTART;VALUE=DATE:20270320",
        ],
        &["UID:dropped", "DTSTART;VALUE=DATE:20270401", "RRULE:FREQ=DAILY;COUNT=2"],
        &[
            "UID:dropped",
            "RECURRENCE-ID;VALUE=DATE:20270402",
            "DTSTART;VALUE=DATE:20270402",
            "STATUS:CANCELLED",
        ],
    ]);
    let said: Vec<String> = told(&feed).iter().map(|line| line.replace("T0000", "")).collect();
    assert_eq!(
        said,
        [
            "dropped@20270401 2027-04-01 2027-04-02 Closed",
            "in@20270201 2027-02-01 2027-02-02 Closed",
            "in@20270210 2027-02-10 2027-02-11 Closed",
            "in@20270220 2027-02-20 2027-02-21 Closed",
            "moved@20270301 2027-03-01 2027-03-02 Closed",
            "moved@20270302 2027-03-20 2027-03-21 Closed",
            "moved@20270303 2027-03-03 2027-03-04 Closed",
            "old@20261224 2026-12-24 2026-12-25 Closed",
            "old@20271224 2027-12-24 2027-12-25 Closed",
            "out@20270101 2027-01-01 2027-01-02 Closed",
            "out@20270104 2027-01-04 2027-01-05 Closed",
            "until@20261210 2026-12-10 2026-12-11 Closed",
            "until@20261211 2026-12-11 2026-12-12 Closed",
            "until@20261212 2026-12-12 2026-12-13 Closed",
            "weekly@20261204 2026-12-04 2026-12-06 Closed",
            "weekly@20261211 2026-12-11 2026-12-13 Closed",
            "weekly@20261218 2026-12-18 2026-12-20 Closed",
        ]
    );
    assert_eq!(unread(&feed), Vec::<String>::new());
}

#[test]
fn a_rule_keeps_to_the_clock_of_its_event() {
    // 20:00 in New York is the next day in Bangkok; the clock there goes forward in between.
    let feed = feed(&[&[
        "UID:a",
        "DTSTART;TZID=America/New_York:20270312T200000",
        "DTEND;TZID=America/New_York:20270312T230000",
        "RRULE:FREQ=DAILY;UNTIL=20270315T000000Z",
        "EXDATE;TZID=America/New_York:20270313T200000",
    ]]);
    let nights: Vec<_> = feed.busy.iter().map(|busy| (busy.start, busy.end)).collect();
    assert_eq!(
        nights,
        [(day("2027-03-13"), day("2027-03-14")), (day("2027-03-15"), day("2027-03-16"))]
    );
}

#[test]
fn what_is_left_out_by_day_is_left_out_at_any_time() {
    let feed = feed(&[&[
        "UID:a",
        "DTSTART:20261210T150000",
        "DURATION:PT20H",
        "RRULE:FREQ=DAILY;COUNT=3",
        "EXDATE;VALUE=DATE:20261211",
    ]]);
    let nights: Vec<_> = feed.busy.iter().map(|busy| busy.start).collect();
    assert_eq!(nights, [day("2026-12-10"), day("2026-12-12")]);
}

#[test]
fn rules_that_are_not_followed_have_names() {
    let many: String = (0..1200)
        .map(|n| format!("2027{:02}{:02}T{:02}0000,", n % 12 + 1, n / 12 % 28 + 1, n / 336))
        .collect();
    let many = format!("RDATE:{}", many.trim_end_matches(','));
    let cases: [(&str, &str); 15] = [
        ("RRULE:FREQ=SECONDLY", "frequency"),
        ("RRULE:FREQ=MINUTELY;COUNT=9999999", "frequency"),
        ("RRULE:FREQ=HOURLY;INTERVAL=24", "frequency"),
        ("RRULE:FREQ=DAILY;BYHOUR=1,2,3", "frequency"),
        ("RRULE:FREQ=DAILY;INTERVAL=0", "interval"),
        ("RRULE:FREQ=DAILY;INTERVAL=-1", "interval"),
        ("RRULE:FREQ=DAILY;INTERVAL=99999999999", "interval"),
        ("RRULE:FREQ=DAILY;COUNT=0", "rule"),
        ("RRULE:FREQ=SOMETIMES", "rule"),
        ("RRULE:EVERY DAY", "rule"),
        ("RRULE:COUNT=3", "rule"),
        ("RRULE:FREQ=DAILY;UNTIL=whenever", "rule"),
        ("EXRULE:FREQ=DAILY", "exclusion"),
        ("EXDATE:whenever", "dates"),
        (&many, "occurrences"),
    ];
    for (line, reason) in cases {
        let feed = feed(&[
            &["UID:a", "DTSTART:20261224T150000", line],
            &["UID:b", "DTSTART;VALUE=DATE:20261224"],
        ]);
        assert_eq!(unread(&feed), [format!("a {reason}")], "{line}");
        assert_eq!(feed.busy.len(), 1, "{line}");
    }
}

/// Whatever a rule says, no more is kept than the horizon has days.
#[test]
fn a_rule_without_an_end_ends_at_the_horizon() {
    let feed = feed(&[&["UID:a", "DTSTART;VALUE=DATE:19800101", "RRULE:FREQ=DAILY"]]);
    let (first, last) = (feed.busy.first().unwrap(), feed.busy.last().unwrap());
    assert_eq!((first.start, last.end), (day("2026-11-27"), day("2028-12-01")));
    assert_eq!(feed.busy.len(), 735);
}
