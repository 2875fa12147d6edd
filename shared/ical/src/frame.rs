//! The frame of a feed: which lines belong to which event.

use crate::{
    Reason, Refusal,
    lines::{Line, Lines, name},
};

/// Parts within parts; an event with an alarm is three.
const DEEPEST: usize = 16;

/// The text of one event that is held: what says when it is, not what it is about.
const LONGEST_EVENT: usize = 64 * 1024;

/// Of a summary so much is read; it is never kept.
const SUMMARY: usize = 200;

/// The lines of an event that matter.
const WANTED: [&str; 12] = [
    "DTSTART",
    "DTEND",
    "DURATION",
    "UID",
    "RECURRENCE-ID",
    "RRULE",
    "RDATE",
    "EXDATE",
    "EXRULE",
    "STATUS",
    "TRANSP",
    "SUMMARY",
];

/// An event's text, between `BEGIN:VEVENT` and its end.
#[derive(Debug, Default)]
pub(crate) struct Text {
    /// The lines that matter, unfolded.
    pub(crate) lines: String,
    /// `SEQUENCE`: which version of the event this is.
    pub(crate) sequence: i64,
    /// Where the text could not be held.
    pub(crate) failed: Option<Reason>,
}

/// Finds the events of a feed, one at a time.
pub(crate) struct Frame<'a> {
    lines: Lines<'a>,
    buffer: Vec<u8>,
    open: Vec<Part>,
    /// `PRODID`: whose feed it is.
    pub(crate) product: String,
    calendars: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Calendar,
    Event,
    Other,
}

impl Part {
    fn of(name: &[u8]) -> Self {
        match () {
            () if name.eq_ignore_ascii_case(b"VCALENDAR") => Self::Calendar,
            () if name.eq_ignore_ascii_case(b"VEVENT") => Self::Event,
            () => Self::Other,
        }
    }
}

impl<'a> Frame<'a> {
    /// Looks at the beginning.
    ///
    /// # Errors
    /// [`Refusal`] where it is not that of a calendar.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut frame = Self {
            lines: Lines::new(bytes),
            buffer: Vec::with_capacity(256),
            open: Vec::new(),
            product: String::new(),
            calendars: 0,
        };
        let mut is_empty = true;
        while frame.lines.next(&mut frame.buffer).is_some() {
            let line = frame.buffer.trim_ascii();
            if line.is_empty() {
                continue;
            }
            is_empty = false;
            if line.eq_ignore_ascii_case(b"BEGIN:VCALENDAR") {
                frame.open.push(Part::Calendar);
                return Ok(frame);
            }
            break;
        }
        let line = frame.buffer.trim_ascii();
        Err(match () {
            () if is_empty => Refusal::Empty,
            () if line.starts_with(b"<") => Refusal::Page,
            () => Refusal::NotACalendar,
        })
    }

    /// The next event.
    ///
    /// # Errors
    /// [`Refusal`] where the feed breaks off, or goes too deep.
    pub(crate) fn next(&mut self) -> Result<Option<Text>, Refusal> {
        let mut text = Text::default();
        while let Some(line) = self.lines.next(&mut self.buffer) {
            let name = name(&self.buffer);
            if name.eq_ignore_ascii_case(b"BEGIN") {
                let part = Part::of(value(&self.buffer));
                if self.open.len() == DEEPEST {
                    return Err(Refusal::TooDeep);
                }
                if part == Part::Event && !self.open.contains(&Part::Event) {
                    text = Text::default();
                }
                self.open.push(part);
            } else if name.eq_ignore_ascii_case(b"END") {
                if self.end(Part::of(value(&self.buffer))) {
                    return Ok(Some(text));
                }
            } else {
                match self.open.last() {
                    Some(Part::Calendar) if name.eq_ignore_ascii_case(b"PRODID") => {
                        let said = String::from_utf8_lossy(value(&self.buffer));
                        self.product = said.chars().take(200).collect();
                    }
                    Some(Part::Event) => text.take(&self.buffer, line),
                    _ => {}
                }
            }
        }
        let is_whole = self.open.is_empty() && self.calendars > 0;
        if is_whole { Ok(None) } else { Err(Refusal::Truncated) }
    }

    /// Closes the innermost part of this kind, and with it what was left open inside; says whether
    /// an event has ended. The end of something that was never begun is passed over.
    fn end(&mut self, part: Part) -> bool {
        let Some(at) = self.open.iter().rposition(|open| *open == part) else {
            return false;
        };
        // Parts that we do not know are closed by whatever name: one that closes only itself.
        if part == Part::Other && at + 1 != self.open.len() {
            return false;
        }
        // A calendar that ends inside an event has lost the event's end.
        if part == Part::Calendar && self.open.contains(&Part::Event) {
            return false;
        }
        self.open.truncate(at);
        self.calendars += usize::from(part == Part::Calendar);
        part == Part::Event && !self.open.contains(&Part::Event)
    }
}

/// What stands after the first colon.
fn value(line: &[u8]) -> &[u8] {
    let colon = line.iter().position(|byte| *byte == b':').map_or(line.len(), |at| at + 1);
    line[colon..].trim_ascii()
}

impl Text {
    fn take(&mut self, line: &[u8], whole: Line) {
        let name = name(line);
        if name.eq_ignore_ascii_case(b"SEQUENCE") {
            let said = std::str::from_utf8(value(line)).ok();
            self.sequence = said.and_then(|said| said.parse().ok()).unwrap_or(0);
            return;
        }
        if !WANTED.iter().any(|wanted| name.eq_ignore_ascii_case(wanted.as_bytes())) {
            return;
        }
        let is_summary = name.eq_ignore_ascii_case(b"SUMMARY");
        let line = if is_summary { &line[..line.len().min(SUMMARY)] } else { line };
        let is_cut = whole == Line::Cut && !is_summary;
        if is_cut || self.lines.len() + line.len() > LONGEST_EVENT {
            self.failed = Some(Reason::Long);
            return;
        }
        // What is no text in UTF-8 is no date either; a name in another encoding still names.
        self.lines
            .extend(String::from_utf8_lossy(line).chars().filter(|letter| !letter.is_control()));
        self.lines.push('\n');
    }
}
