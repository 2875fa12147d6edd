//! Content lines out of bytes: unfolded, one at a time, in one buffer.

/// A line longer than this is not held. What matters to us is far shorter.
pub(crate) const LONGEST: usize = 64 * 1024;

/// Walks through the lines of a feed.
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    newline: u8,
}

/// One content line, in the buffer that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// All of it.
    Whole,
    /// Its beginning; the rest was passed over.
    Cut,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        // Some write a carriage return alone.
        let newline = if rest.contains(&b'\n') { b'\n' } else { b'\r' };
        Self { rest, newline }
    }

    /// The next line, whatever it was folded into.
    pub(crate) fn next(&mut self, buffer: &mut Vec<u8>) -> Option<Line> {
        buffer.clear();
        let mut line = Line::Whole;
        let first = self.physical()?;
        append(buffer, first, &mut line);
        while matches!(self.rest.first(), Some(b' ' | b'\t')) {
            let Some(more) = self.physical() else { break };
            append(buffer, &more[1..], &mut line);
        }
        Some(line)
    }

    fn physical(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|byte| *byte == self.newline);
        let (line, rest) = match end {
            Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
            None => (self.rest, &self.rest[self.rest.len()..]),
        };
        self.rest = rest;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

fn append(buffer: &mut Vec<u8>, more: &[u8], line: &mut Line) {
    let room = LONGEST - buffer.len();
    if more.len() > room {
        *line = Line::Cut;
    }
    buffer.extend_from_slice(&more[..more.len().min(room)]);
}

/// The name of a line's property: what stands before its parameters and its value.
pub(crate) fn name(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|byte| matches!(byte, b';' | b':')).unwrap_or(0);
    line[..end].trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Line, Lines, name};

    fn all(bytes: &[u8]) -> Vec<String> {
        let (mut lines, mut buffer, mut found) = (Lines::new(bytes), Vec::new(), Vec::new());
        while lines.next(&mut buffer).is_some() {
            found.push(String::from_utf8_lossy(&buffer).into_owned());
        }
        found
    }

    #[test]
    fn lines_are_unfolded_whatever_ends_them() {
        assert_eq!(all(b"A:1\r\n 2\r\n\t3\r\nB:4"), ["A:123", "B:4"]);
        assert_eq!(all(b"A:1\n 2\nB:4\n"), ["A:12", "B:4"]);
        assert_eq!(all(b"A:1\r 2\rB:4\r"), ["A:12", "B:4"]);
        assert_eq!(all(b"\xef\xbb\xbfA:1\n\nB:2"), ["A:1", "", "B:2"]);
        assert_eq!(all(b""), Vec::<String>::new());
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_is_whole() {
        let mut bytes = vec![b'x'; LONGEST + 10];
        bytes.extend_from_slice(b"\nB:2\n");
        let (mut lines, mut buffer) = (Lines::new(&bytes), Vec::new());
        assert_eq!((lines.next(&mut buffer), buffer.len()), (Some(Line::Cut), LONGEST));
        assert_eq!((lines.next(&mut buffer), buffer.as_slice()), (Some(Line::Whole), &b"B:2"[..]));
        assert_eq!(lines.next(&mut buffer), None);
    }

    #[test]
    fn names_end_before_parameters() {
        assert_eq!(name(b"DTSTART;VALUE=DATE:20260101"), b"DTSTART");
        assert_eq!(name(b"UID:a;b"), b"UID");
        assert_eq!(name(b"no colon here"), b"");
    }
}
