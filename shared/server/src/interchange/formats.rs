//! Which format a file is in, told by its first line.

use std::{collections::HashMap, io::BufRead};

use serde::Serialize;

use super::{
    airbnb, columns,
    csv_rows::{CsvRows, Row, utf8},
    file::{Broken, Decoded},
};

/// A format that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Inside Airbnb `listings.csv` of the summary kind: 16 to 18 columns.
    AirbnbSummary,
    /// Inside Airbnb `listings.csv` of the detailed kind: 74 to 79 columns.
    AirbnbDetailed,
    /// Our own, one JSON object a line.
    TerraceJsonl,
    /// Our own, a table.
    TerraceCsv,
}

/// Which formats a file may be in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Wanted {
    /// Any that its first line tells.
    #[default]
    Auto,
    /// Inside Airbnb.
    Airbnb,
    /// Our own.
    Terrace,
}

impl Format {
    /// The name of it, as reports show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AirbnbSummary => "Inside Airbnb, summary",
            Self::AirbnbDetailed => "Inside Airbnb, detailed",
            Self::TerraceJsonl => "Terrace JSONL",
            Self::TerraceCsv => "Terrace CSV",
        }
    }

    /// Whether it is Inside Airbnb's.
    #[must_use]
    pub fn is_airbnb(self) -> bool {
        matches!(self, Self::AirbnbSummary | Self::AirbnbDetailed)
    }

    fn fits(self, wanted: Wanted) -> bool {
        match wanted {
            Wanted::Auto => true,
            Wanted::Airbnb => self.is_airbnb(),
            Wanted::Terrace => !self.is_airbnb(),
        }
    }
}

/// The columns of a table, by name.
#[derive(Debug)]
pub(super) struct Header {
    names: Vec<String>,
    index: HashMap<String, usize>,
}

impl Header {
    pub(super) fn new(row: &Row) -> Result<Self, Broken> {
        let names: Vec<String> = row.fields().map(|name| name.trim().to_owned()).collect();
        let mut index = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            // Tables that were written with their row numbers have a first column without name.
            if !name.is_empty() && index.insert(name.clone(), at).is_some() {
                let what = format!("the header has the column `{}` twice", shown(name));
                return Err(Broken::at(row.line, what));
            }
        }
        Ok(Self { names, index })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.index.contains_key(name)
    }

    /// The field of this column, without space around it; empty where there is no such column.
    pub(super) fn get<'r>(&self, row: &'r Row, name: &str) -> &'r str {
        self.index.get(name).map_or("", |at| row.get(*at).trim())
    }

    fn format(&self) -> Result<Format, Broken> {
        if self.has("transaction_type") {
            columns::check(self)?;
            return Ok(Format::TerraceCsv);
        }
        let all = |columns: &[&str]| columns.iter().all(|column| self.has(column));
        if all(airbnb::DETAILED) {
            return Ok(Format::AirbnbDetailed);
        }
        if all(airbnb::SUMMARY) {
            return Ok(Format::AirbnbSummary);
        }
        let first: Vec<String> = self.names.iter().take(5).map(|name| shown(name)).collect();
        Err(Broken::at(
            1,
            format!(
                "this is none of the formats known here: {} columns, beginning with {}. \
                 Inside Airbnb needs {}; our own table needs transaction_type \
                 (see shared/docs/IMPORT.md)",
                self.names.len(),
                first.join(", "),
                airbnb::SUMMARY.join(", ")
            ),
        ))
    }
}

/// A name that came from a file, fit to be shown.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// A file whose format is known, before its first row.
pub(super) enum Source {
    /// A table.
    Table { format: Format, header: Header, rows: CsvRows<Decoded> },
    /// Lines of JSON.
    Lines(Lines),
}

impl Source {
    pub(super) fn format(&self) -> Format {
        match self {
            Self::Table { format, .. } => *format,
            Self::Lines(_) => Format::TerraceJsonl,
        }
    }

    /// Reads as far as it takes to tell the format.
    pub(super) fn begin(
        mut input: Decoded,
        wanted: Wanted,
        most_bytes: usize,
    ) -> Result<Self, Broken> {
        let io = |error: &std::io::Error| Broken::io(1, error);
        skip_byte_order_mark(&mut input).map_err(|error| io(&error))?;
        let start = input.fill_buf().map_err(|error| io(&error))?;
        if start.is_empty() {
            return Err(Broken::at(1, "the file is empty"));
        }
        let source = if start.first() == Some(&b'{') {
            Self::Lines(Lines { input, line: 1, most_bytes })
        } else {
            let mut rows = CsvRows::new(input, most_bytes);
            let header = match rows.next()? {
                Some(row) => Header::new(&row)?,
                None => return Err(Broken::at(1, "the file has no rows")),
            };
            Self::Table { format: header.format()?, header, rows }
        };
        if source.format().fits(wanted) {
            return Ok(source);
        }
        let name = source.format().name();
        Err(Broken::at(1, format!("this is {name}, which --format does not allow")))
    }
}

fn skip_byte_order_mark(input: &mut Decoded) -> std::io::Result<()> {
    if input.fill_buf()?.starts_with("\u{feff}".as_bytes()) {
        input.consume("\u{feff}".len());
    }
    Ok(())
}

/// Lines of JSON, read one by one.
pub(super) struct Lines {
    input: Decoded,
    line: u64,
    most_bytes: usize,
}

impl Lines {
    /// The next line that is not blank, with its number.
    pub(super) fn next(&mut self) -> Result<Option<(u64, String)>, Broken> {
        loop {
            let begin = self.line;
            let Some(bytes) = self.bytes()? else {
                return Ok(None);
            };
            let text = utf8(bytes, begin)?;
            if !text.trim().is_empty() {
                return Ok(Some((begin, text)));
            }
        }
    }

    fn bytes(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        let mut bytes = Vec::new();
        loop {
            let chunk = self.input.fill_buf().map_err(|error| Broken::io(self.line, &error))?;
            if chunk.is_empty() {
                return Ok((!bytes.is_empty()).then_some(bytes));
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(chunk.len(), |end| end + 1);
            bytes.extend(chunk.iter().take(end.unwrap_or(used)));
            self.input.consume(used);
            if bytes.len() > self.most_bytes {
                let what = format!("a line of more than {} bytes", self.most_bytes);
                return Err(Broken::at(self.line, what));
            }
            if end.is_some() {
                self.line += 1;
                return Ok(Some(bytes));
            }
        }
    }
}
