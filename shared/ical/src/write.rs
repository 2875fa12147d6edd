//! A calendar that others read: which nights are taken, and nothing else.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};

/// The longest line, bytes, its end not counted.
const LONGEST: usize = 75;

/// Nights that are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The same for as long as it is the same stay.
    pub uid: String,
    /// The first night.
    pub start: NaiveDate,
    /// The day of leaving.
    pub end: NaiveDate,
    /// What is said of it.
    pub summary: String,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// Rises with each change.
    pub sequence: u32,
}

/// Writes a calendar, as RFC 5545 has it.
#[must_use]
pub fn write(product: &str, name: &str, entries: &[Entry]) -> String {
    let mut text = String::with_capacity(256 + entries.len() * 256);
    line(&mut text, "BEGIN:VCALENDAR");
    line(&mut text, "VERSION:2.0");
    line(&mut text, &format!("PRODID:{}", escaped(product)));
    line(&mut text, "CALSCALE:GREGORIAN");
    line(&mut text, "METHOD:PUBLISH");
    line(&mut text, &format!("X-WR-CALNAME:{}", escaped(name)));
    for entry in entries {
        let Entry { uid, start, end, summary, changed_at, sequence } = entry;
        line(&mut text, "BEGIN:VEVENT");
        line(&mut text, &format!("UID:{}", escaped(uid)));
        line(&mut text, &format!("DTSTAMP:{}", changed_at.format("%Y%m%dT%H%M%SZ")));
        line(&mut text, &format!("SEQUENCE:{sequence}"));
        line(&mut text, &format!("DTSTART;VALUE=DATE:{}", start.format("%Y%m%d")));
        line(&mut text, &format!("DTEND;VALUE=DATE:{}", end.format("%Y%m%d")));
        line(&mut text, &format!("SUMMARY:{}", escaped(summary)));
        line(&mut text, "STATUS:CONFIRMED");
        line(&mut text, "TRANSP:OPAQUE");
        line(&mut text, "END:VEVENT");
    }
    line(&mut text, "END:VCALENDAR");
    text
}

/// Text as a value: no letter of it is taken for the format's own.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '\n' => escaped.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Writes a line, folded between letters.
fn line(text: &mut String, content: &str) {
    let mut length = 0;
    for letter in content.chars() {
        if length + letter.len_utf8() > LONGEST {
            text.push_str("\r\n ");
            length = 1;
        }
        let _ = text.write_char(letter);
        length += letter.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, escaped, line};

    #[test]
    fn lines_are_folded_between_letters() {
        let mut text = String::new();
        line(&mut text, &format!("SUMMARY:{}", "ทะเล".repeat(40)));
        let lines: Vec<_> = text.split("\r\n").collect();
        assert!(lines.len() > 3 && lines.iter().all(|line| line.len() <= LONGEST), "{lines:?}");
        assert!(lines[1..lines.len() - 1].iter().all(|line| line.starts_with(' ')));
        let whole: String =
            lines.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        assert_eq!(whole, format!("SUMMARY:{}", "ทะเล".repeat(40)));
    }

    #[test]
    fn the_formats_letters_are_escaped() {
        assert_eq!(escaped("a;b,c\\d\ne\rf\0"), "a\\;b\\,c\\\\d\\nef");
    }
}
