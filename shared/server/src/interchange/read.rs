//! The reading half of an import: from bytes to rows that are ready to be stored. It runs in a
//! thread of its own, a few batches ahead of the database.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{Deserialize, de::IgnoredAny};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    airbnb::{self, Place},
    check::{Rules, is_source},
    columns,
    file::{self, Broken},
    formats::{Format, Source},
    guard::unguarded,
    import::ImportOptions,
    record::Record,
    refused::Refusal,
    store::unsaid,
};
use crate::{
    error::{Error, FieldError, Result},
    http::body,
    listings::model::Currency,
};

/// Rows of one file, at most. A brand with more has outgrown files.
const MOST_ROWS: u64 = 1_000_000;

/// A row, ready or refused.
#[derive(Debug)]
pub(super) enum Item {
    Ready(Box<Ready>),
    Refused(Refusal),
}

/// A row that is ready to be stored.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) line: u64,
    pub(super) record: Record,
    /// Hash of the record.
    pub(super) hash: String,
    /// What its format cannot say, if it is not our own.
    pub(super) unsaid: Option<&'static [&'static [&'static str]]>,
    pub(super) raw: String,
}

/// What a listing is known by: its id at a source, or its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    External(String, String),
    Own(Uuid),
}

impl Key {
    /// The key of a record that has passed the rules.
    pub(super) fn of(record: &Record) -> Option<Self> {
        match (&record.external_source, &record.external_id) {
            (Some(source), Some(id)) => Some(Self::External(source.clone(), id.clone())),
            _ => record.id.map(Self::Own),
        }
    }
}

/// What the whole file turned out to be. Rows that were refused are in it too: a listing whose
/// row cannot be read is not gone.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) format: Format,
    pub(super) rows: u64,
    /// The line of each listing.
    pub(super) lines: HashMap<Key, u64>,
    pub(super) sources: BTreeSet<String>,
}

/// What the reading half is told.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) options: ImportOptions,
    pub(super) rules: Arc<Rules>,
    pub(super) market: Market,
}

/// What the profile says of the brand's market and of imports.
#[derive(Clone, Debug)]
pub(super) struct Market {
    pub(super) country: String,
    pub(super) batch_rows: usize,
    pub(super) most_row_bytes: usize,
}

/// Reads the file and sends its rows in batches.
///
/// # Errors
/// Where the file is broken; the batches until then have been sent.
pub(super) fn run(plan: &Plan, batches: &mpsc::Sender<Vec<Item>>) -> Result<Seen> {
    let path = &plan.options.file;
    Reader::begin(plan)
        .and_then(|reader| reader.run(batches))
        .map_err(|broken| broken.refusal(path))
}

struct Reader<'a> {
    plan: &'a Plan,
    source: Source,
    place: Place,
    /// The source of records that name none.
    name: String,
    consumed: Arc<AtomicU64>,
    seen: Seen,
}

impl<'a> Reader<'a> {
    fn begin(plan: &'a Plan) -> Result<Self, Broken> {
        let options = &plan.options;
        let consumed = Arc::new(AtomicU64::new(0));
        let input = file::open(&options.file, consumed.clone())?;
        let source = Source::begin(input, options.wanted, plan.market.most_row_bytes)?;
        let format = source.format();
        let name = match &options.source {
            Some(name) => name.clone(),
            None if format.is_airbnb() => "airbnb".to_owned(),
            None => "terrace".to_owned(),
        };
        // An Airbnb file speaks of its source even when it is empty.
        let mut sources = BTreeSet::new();
        if format.is_airbnb() || options.source.is_some() {
            sources.insert(name.clone());
        }
        Ok(Self {
            plan,
            source,
            place: Place {
                currency: options.currency.unwrap_or(plan.rules.currency),
                country: options.country.clone().or(Some(plan.market.country.clone())),
                province: options.province.clone(),
            },
            name,
            consumed,
            seen: Seen { format, rows: 0, lines: HashMap::new(), sources },
        })
    }

    fn run(mut self, batches: &mpsc::Sender<Vec<Item>>) -> Result<Seen, Broken> {
        let size = self.plan.market.batch_rows.max(1);
        let mut batch = Vec::with_capacity(size);
        loop {
            let item = self.next()?;
            let end = item.is_none();
            batch.extend(item);
            if batch.len() == size || (end && !batch.is_empty()) {
                let progress = &self.plan.options.progress;
                progress.set_position(self.consumed.load(Ordering::Relaxed));
                progress.set_message(format!("{} rows", self.seen.rows));
                let full = std::mem::replace(&mut batch, Vec::with_capacity(size));
                // The writing half has given up, and says why itself.
                if batches.blocking_send(full).is_err() {
                    return Ok(self.seen);
                }
            }
            if end {
                return Ok(self.seen);
            }
        }
    }

    fn next(&mut self) -> Result<Option<Item>, Broken> {
        let rules = &self.plan.rules;
        let (line, raw, read) = match &mut self.source {
            Source::Table { format, header, rows } => {
                let Some(row) = rows.next()? else {
                    return Ok(None);
                };
                let (columns, found) = (header.names().len(), row.len());
                if columns != found {
                    let what = format!("a row of {found} fields, where the header has {columns}");
                    return Err(Broken::at(row.line, what));
                }
                let read = if format.is_airbnb() {
                    airbnb::record(header, &row, &self.place, &rules.catalogue).map_err(|fields| {
                        (fields, [header.get(&row, "id").to_owned(), String::new()])
                    })
                } else {
                    columns::record(header, &row).map_err(|fields| {
                        let cell = |name| unguarded(header.get(&row, name)).to_owned();
                        (fields, [cell("external_id"), cell("external_source")])
                    })
                };
                (row.line, row.raw, read)
            }
            Source::Lines(lines) => {
                let Some((line, text)) = lines.next()? else {
                    return Ok(None);
                };
                let read = match body::parse::<Record>(text.as_bytes()) {
                    Ok(record) => Ok(record),
                    // A field may be wrong before the place where the line is cut.
                    Err(_) if serde_json::from_str::<IgnoredAny>(&text).is_err() => {
                        return Err(Broken::at(line, "the line is not one whole JSON object"));
                    }
                    Err(error) => Err((error.fields, identity(&text))),
                };
                (line, text, read)
            }
        };
        self.seen.rows += 1;
        if self.seen.rows > MOST_ROWS {
            return Err(Broken::at(line, format!("more than {MOST_ROWS} rows; split the file")));
        }
        Ok(Some(self.item(line, raw, read)))
    }

    fn item(
        &mut self,
        line: u64,
        raw: String,
        read: Result<Record, (Vec<FieldError>, [String; 2])>,
    ) -> Item {
        let refused = |raw, fields| Item::Refused(Refusal { line, fields, raw });
        let mut record = match read {
            Ok(record) => record,
            Err((fields, [id, source])) => {
                if !id.is_empty() {
                    let source = if is_source(&source) { source } else { self.name.clone() };
                    self.note(Key::External(source, id), line);
                }
                return refused(raw, fields);
            }
        };
        if record.external_id.is_some() {
            record.external_source.get_or_insert_with(|| self.name.clone());
        } else {
            record.external_source = None;
        }
        let mut wrong = record.settle();
        record.normalise(self.currency());
        wrong.extend(self.plan.rules.check(&record));
        if let Some(key) = Key::of(&record)
            && let Some(first) = self.note(key, line)
        {
            let detail = format!("The same listing stands on line {first}.");
            wrong.insert(0, FieldError::new("/external_id", "duplicate", detail));
        }
        if !wrong.is_empty() {
            return refused(raw, wrong);
        }
        match record.hash() {
            Ok(hash) => {
                let unsaid = unsaid(self.seen.format);
                Item::Ready(Box::new(Ready { line, record, hash, unsaid, raw }))
            }
            Err(Error { .. }) => {
                refused(raw, vec![FieldError::new("", "invalid", "The record cannot be stored.")])
            }
        }
    }

    /// The currency of a record that names none.
    fn currency(&self) -> Currency {
        self.plan.options.currency.unwrap_or(self.plan.rules.currency)
    }

    /// Remembers a listing; the line on which it has been before, if it has.
    fn note(&mut self, key: Key, line: u64) -> Option<u64> {
        if let Key::External(source, _) = &key
            && !self.seen.sources.contains(source)
        {
            self.seen.sources.insert(source.clone());
        }
        match self.seen.lines.entry(key) {
            std::collections::hash_map::Entry::Occupied(first) => Some(*first.get()),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(line);
                None
            }
        }
    }
}

/// Who a line is about that does not fit otherwise.
fn identity(text: &str) -> [String; 2] {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Identity {
        external_id: Option<String>,
        external_source: Option<String>,
    }
    let Identity { external_id, external_source } = serde_json::from_str(text).unwrap_or_default();
    [external_id.unwrap_or_default(), external_source.unwrap_or_default()]
}
