//! CSV, read strictly (RFC 4180, UTF-8, LF or CRLF).
//!
//! Lenient readers make something of any bytes: an unclosed quote swallows the rest of a file
//! without a word. Here it is an error with a line. A row's size is bounded while it is being
//! read. A CR that no LF follows is part of its field, because tools that write only LF do not
//! quote it.

use std::io::BufRead;

use super::file::Broken;

/// One row: its fields, unquoted, and its text as it stands in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The line that it begins on, counted in line feeds from 1.
    pub(super) line: u64,
    /// The row's own text, without its line end.
    pub(super) raw: String,
    text: String,
    ends: Vec<usize>,
}

impl Row {
    /// How many fields it has.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field; empty where there is none.
    pub(super) fn get(&self, index: usize) -> &str {
        let Some(end) = self.ends.get(index) else {
            return "";
        };
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        self.text.get(start.unwrap_or_default()..*end).unwrap_or_default()
    }

    /// All fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// Reads rows one by one.
#[derive(Debug)]
pub(super) struct CsvRows<R> {
    input: R,
    /// The line that the next byte is on.
    line: u64,
    most_bytes: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a field.
    Start,
    /// In a field without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote between quotes: the first of two, or the closing one.
    Quote,
    /// After a closing quote and a CR: only a LF may follow.
    QuoteCr,
}

#[derive(Default)]
struct Parts {
    raw: Vec<u8>,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl<R: BufRead> CsvRows<R> {
    pub(super) fn new(input: R, most_bytes: usize) -> Self {
        Self { input, line: 1, most_bytes }
    }

    /// The next row that is not blank.
    pub(super) fn next(&mut self) -> Result<Option<Row>, Broken> {
        loop {
            match self.any()? {
                Some(row) if row.len() == 1 && row.raw.is_empty() => {}
                other => return Ok(other),
            }
        }
    }

    fn any(&mut self) -> Result<Option<Row>, Broken> {
        let begin = self.line;
        let mut parts = Parts::default();
        let mut state = State::Start;
        loop {
            let chunk = self.input.fill_buf().map_err(|error| Broken::io(self.line, &error))?;
            if chunk.is_empty() {
                return match state {
                    State::Quoted => Err(Broken::at(
                        begin,
                        "a quoted field that begins in this row is never closed; was the file cut?",
                    )),
                    State::Start if parts.raw.is_empty() => Ok(None),
                    _ => finish(parts, state, begin).map(Some),
                };
            }
            let mut used = 0;
            let mut done = false;
            for byte in chunk {
                used += 1;
                if *byte == b'\n' {
                    self.line += 1;
                    if state != State::Quoted {
                        done = true;
                        break;
                    }
                }
                state =
                    step(state, *byte, &mut parts).map_err(|what| Broken::at(self.line, what))?;
                parts.raw.push(*byte);
            }
            self.input.consume(used);
            if parts.raw.len() > self.most_bytes {
                let most = self.most_bytes;
                return Err(Broken::at(begin, format!("a row of more than {most} bytes")));
            }
            if done {
                return finish(parts, state, begin).map(Some);
            }
        }
    }
}

fn step(state: State, byte: u8, parts: &mut Parts) -> Result<State, &'static str> {
    Ok(match (state, byte) {
        (State::Start, b'"') => State::Quoted,
        (State::Start | State::Plain | State::Quote, b',') => {
            parts.ends.push(parts.text.len());
            State::Start
        }
        (State::Plain, b'"') => return Err("a quote inside a field that does not begin with one"),
        (State::Quoted, b'"') => State::Quote,
        (State::Quote, b'\r') => State::QuoteCr,
        (State::Quote | State::QuoteCr, byte) if state == State::QuoteCr || byte != b'"' => {
            return Err("text after the closing quote of a field");
        }
        (State::Start | State::Plain, byte) => {
            parts.text.push(byte);
            State::Plain
        }
        (State::Quoted | State::Quote | State::QuoteCr, byte) => {
            parts.text.push(byte);
            State::Quoted
        }
    })
}

fn finish(mut parts: Parts, state: State, line: u64) -> Result<Row, Broken> {
    if parts.raw.last() == Some(&b'\r') && matches!(state, State::Plain | State::QuoteCr) {
        parts.raw.pop();
        if state == State::Plain {
            parts.text.pop();
        }
    }
    parts.ends.push(parts.text.len());
    let raw = utf8(parts.raw, line)?;
    let text = utf8(parts.text, line)?;
    Ok(Row { line, raw, text, ends: parts.ends })
}

/// The text of bytes that begin on this line.
pub(super) fn utf8(bytes: Vec<u8>, line: u64) -> Result<String, Broken> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count();
        Broken::at(line + before as u64, "the text is not UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, Broken> {
        // A tiny buffer, so that every boundary is met.
        let mut rows = CsvRows::new(BufReader::with_capacity(3, bytes), 200);
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push((row.line, row.fields().map(str::to_owned).collect()));
        }
        Ok(all)
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn a_row_may_span_lines_and_is_named_by_its_first() {
        let text = "a,\"b\nc\r\nd\re\u{2028}f\",\"\"\n\r\n\ng,h\ri,\"x \"\"y\"\"\"\r\nlast,,";
        assert_eq!(
            read(text.as_bytes()).unwrap(),
            [
                row(1, &["a", "b\nc\r\nd\re\u{2028}f", ""]),
                row(6, &["g", "h\ri", "x \"y\""]),
                row(7, &["last", "", ""]),
            ]
        );
    }

    #[test]
    fn what_is_broken_is_named_by_its_line() {
        let cases: [(&[u8], u64, &str); 6] = [
            (b"a,b\n1,\"2\n3,4\n", 2, "never closed"),
            (b"a,b\n1,2\"3\n", 2, "a quote inside"),
            (b"a,b\n1,\"2\"3\n", 2, "after the closing quote"),
            (b"a,b\n1,\"2\"\r3\n", 2, "after the closing quote"),
            (b"a,b\n\"x\n\xff\",2\n", 3, "not UTF-8"),
            (&[b'x'; 300], 1, "more than 200 bytes"),
        ];
        for (bytes, line, what) in cases {
            let broken = read(bytes).unwrap_err();
            assert_eq!(broken.line, Some(line), "{broken:?}");
            assert!(broken.what.contains(what), "{broken:?}");
        }
    }

    proptest! {
        #[test]
        fn what_a_csv_writer_writes_is_read_back(
            rows in prop::collection::vec(prop::collection::vec("[a,\"\n\r\u{2028}ก ]{0,6}", 2..4), 0..6),
            crlf: bool,
        ) {
            let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer =
                csv::WriterBuilder::new().flexible(true).terminator(terminator).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let back: Vec<_> = read(&bytes).unwrap().into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(back, rows);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = read(&bytes);
        }
    }
}
