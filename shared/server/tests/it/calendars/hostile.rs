//! What anybody may put at an address, over HTTP: named, harmless, and soon over.

use std::time::{Duration, Instant};

use terrace_testkit::Said;

use super::support::{connected, day, ics, sold};

#[tokio::test]
async fn whatever_comes_is_named_and_frees_nothing() {
    let it = connected(&[sold("a", 3, 6), sold("b", 10, 12)]).await;
    let before = it.nights().await;
    let event = |lines: &str| {
        format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:h\nDTSTART:{}T150000\n{lines}END:VEVENT\nEND:VCALENDAR\n",
            day(40).format("%Y%m%d")
        )
    };
    let filled = |begin: &str, filler: &str, end: &str| {
        format!("{begin}{}{end}", filler.repeat(((5 << 20) - 100) / filler.len()))
    };
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("every second", event("RRULE:FREQ=SECONDLY\n").into(), "partly"),
        ("a count of billions", event("RRULE:FREQ=DAILY;COUNT=4294967295\n").into(), "ok"),
        ("30 February", event("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\n").into(), "partly"),
        ("a million events", filled("BEGIN:VCALENDAR\n", "BEGIN:VEVENT\nEND:VEVENT\n", "END:VCALENDAR\n").into(), "too_many_events"),
        ("nested", filled("BEGIN:VCALENDAR\n", "BEGIN:X\n", "").into(), "too_deep"),
        ("a long line", filled("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:", "aaaaaaaa", "\nEND:VEVENT\nEND:VCALENDAR\n").into(), "partly"),
        ("zeros", vec![0; 1 << 20], "not_a_calendar"),
        ("latin-1", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:\xe9t\xe9\nDTSTART:20300101\nEND:VEVENT\nEND:VCALENDAR\n".to_vec(), "ok"),
        ("the year 9999", event("DTEND:99991231T000000\n").into(), "ok"),
        ("a name with zeros", event("UID:a\0b\n").into(), "ok"),
        ("half", ics(&[sold("a", 3, 6)]).as_bytes()[..100].to_vec(), "truncated"),
    ];
    for (name, body, result) in cases {
        let began = Instant::now();
        let said = it.hears(Said::body(body)).await;
        assert_eq!(said["calendar"]["last_result"], result, "{name}");
        assert!(began.elapsed() < Duration::from_secs(20), "{name}");
        // Our two are still there, whatever came besides.
        let after = it.nights().await;
        assert!(before.iter().all(|night| after.contains(night)), "{name}: {after:?}");
        // Back to what it was.
        let said = it.hears_of(&[sold("a", 3, 6), sold("b", 10, 12)]).await;
        assert_eq!(said["calendar"]["last_result"], "ok", "{name}");
    }
}
