//! Rows that are not taken: why, counted, and kept in a file for whoever mends them.

use std::{
    collections::BTreeMap,
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

use super::{guard::guarded, report::RefusalGroup};
use crate::error::{Error, FieldError, Result};

/// A row that is not taken.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The line that it begins on.
    pub(super) line: u64,
    /// What is wrong with it; the first is the reason.
    pub(super) fields: Vec<FieldError>,
    /// The row as it stands in the file.
    pub(super) raw: String,
}

/// How many lines a group names.
const LINES_SHOWN: usize = 5;

/// Counts refusals and writes them down. The file is made with the first of them.
#[derive(Debug)]
pub(super) struct Refusals {
    path: PathBuf,
    file: Option<csv::Writer<BufWriter<File>>>,
    groups: BTreeMap<(String, String), RefusalGroup>,
    rows: u64,
}

impl Refusals {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), file: None, groups: BTreeMap::new(), rows: 0 }
    }

    pub(super) fn add(&mut self, refusal: &Refusal) -> Result<()> {
        self.rows += 1;
        let first = refusal.fields.first();
        let reason = first.map(|field| field.code.to_string()).unwrap_or_default();
        let field = first.map(|field| without_numbers(&field.pointer)).unwrap_or_default();
        let group = self.groups.entry((reason.clone(), field.clone())).or_insert_with(|| {
            RefusalGroup { reason: reason.clone(), field, rows: 0, first_lines: Vec::new() }
        });
        group.rows += 1;
        if group.first_lines.len() < LINES_SHOWN {
            group.first_lines.push(refusal.line);
        }
        let details: Vec<String> = refusal
            .fields
            .iter()
            .map(|field| format!("{}: {}", field.pointer, field.detail))
            .collect();
        let pointer = first.map(|field| field.pointer.clone()).unwrap_or_default();
        let line = refusal.line.to_string();
        let cells = [line, reason, pointer, details.join(" "), refusal.raw.clone()];
        self.write(cells).map_err(|error| {
            let at = self.path.display();
            Error::internal(anyhow::anyhow!("the refused rows cannot be written to {at}: {error}"))
        })
    }

    fn write(&mut self, cells: [String; 5]) -> csv::Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => {
                let mut file = csv::Writer::from_writer(BufWriter::new(File::create(&self.path)?));
                file.write_record(["line", "reason", "field", "detail", "record"])?;
                file
            }
        };
        file.write_record(cells.iter().map(|cell| guarded(cell)))?;
        self.file = Some(file);
        Ok(())
    }

    /// How many there are.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the file: its place, if there is one, and the groups, largest first.
    pub(super) fn finish(mut self) -> Result<(Option<PathBuf>, Vec<RefusalGroup>)> {
        let path = match self.file.take() {
            Some(mut file) => {
                file.flush().map_err(Error::internal)?;
                Some(self.path)
            }
            None => None,
        };
        let mut groups: Vec<_> = self.groups.into_values().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.rows));
        Ok((path, groups))
    }
}

/// `/images/3/url` and `/images/4/url` are the same mistake.
fn without_numbers(pointer: &str) -> String {
    let parts = pointer.split('/').map(|part| {
        let number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if number { "*" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}
