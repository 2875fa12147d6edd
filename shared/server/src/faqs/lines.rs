//! A table of documents, read and judged line by line.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use garde::Validate;
use serde::Deserialize;
use terrace_product::Locales;

use super::{
    filed::Filed,
    input::{FaqText, faq_slug},
};
use crate::{
    error::{Code, Error, FieldError, Result},
    http::{body, csv_safe},
    quotes::create::calendar_day,
};

/// Mistakes that are told at once.
const TOLD: usize = 50;

/// The columns.
pub(super) const HEADINGS: [&str; 9] = [
    "slug",
    "category",
    "locale",
    "question",
    "answer",
    "tags",
    "is_published",
    "sort_order",
    "review_on",
];

/// Those that cannot be left out.
const NEEDED: [&str; 5] = ["slug", "category", "locale", "question", "answer"];

/// Documents of a table, each with its first line.
#[derive(Clone, Debug)]
pub(crate) struct Table(pub(super) Vec<(u64, Filed)>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    slug: String,
    category: String,
    locale: String,
    question: String,
    answer: String,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    is_published: Option<bool>,
    #[serde(default)]
    sort_order: Option<i32>,
    /// As it stands there: a reader of dates would not say which column it could not read.
    #[serde(default)]
    review_on: Option<String>,
}

/// Reads a table.
///
/// # Errors
/// `422` that names each field at fault by line and column.
pub(crate) fn read(bytes: &[u8], locales: &Locales) -> Result<Table> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(bytes);
    let headings = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let has = |name: &str| headings.iter().any(|heading| heading == name);
    // Also where no line follows that could not be read.
    if let Some(missing) = NEEDED.into_iter().find(|name| !has(name)) {
        return Err(Error::invalid(vec![FieldError::new(
            format!("/1/{missing}"),
            "required",
            format!("The column is missing. The columns are: {}.", HEADINGS.join(", ")),
        )]));
    }
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut table: Vec<(u64, Filed)> = Vec::new();
    let mut record = csv::StringRecord::new();
    while wrong.len() < TOLD
        && reader.read_record(&mut record).map_err(|error| unreadable(&error))?
    {
        let at = record.position().map_or(0, csv::Position::line);
        match record.deserialize::<Line>(Some(&headings)) {
            Ok(line) => {
                let faults = line.faults(locales);
                if faults.is_empty() {
                    line.file(at, has("review_on"), &mut table, &mut wrong);
                }
                wrong.extend(faults.into_iter().map(|(column, detail)| {
                    FieldError::new(format!("/{at}/{column}"), "invalid", detail)
                }));
            }
            Err(error) => wrong.push(unfit(at, &headings, &error)),
        }
    }
    if wrong.is_empty() { Ok(Table(table)) } else { Err(Error::invalid(wrong)) }
}

impl Line {
    fn text(&self) -> FaqText {
        let tags = csv_safe::text(&self.tags);
        FaqText {
            question: csv_safe::text(&self.question).trim().to_owned(),
            answer: csv_safe::text(&self.answer).trim().to_owned(),
            tags: tags
                .split(',')
                .map(str::trim)
                .filter(|tag| !tag.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    fn faults(&self, locales: &Locales) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        let mut fault =
            |column: &str, detail: &str| faults.push((column.to_owned(), detail.to_owned()));
        if !(3..=120).contains(&self.slug.len()) || faq_slug(&self.slug, &()).is_err() {
            fault("slug", "Must be lower-case letters and digits, joined by single hyphens.");
        }
        if !locales.enabled.iter().any(|known| known.as_str() == self.locale) {
            fault("locale", "Must be a language of the brand.");
        }
        if self.sort_order.is_some_and(|place| !(0..=10_000).contains(&place)) {
            fault("sort_order", "Must be 0 to 10,000.");
        }
        match self.review_on.as_deref().map(str::parse::<NaiveDate>) {
            Some(Err(_)) => fault("review_on", "Must be a date such as 2026-12-24, or empty."),
            Some(Ok(day)) if calendar_day(&day, &()).is_err() => {
                fault("review_on", crate::http::params::OUT_OF_YEARS);
            }
            _ => {}
        }
        let texts = [&self.category, &self.question, &self.answer, &self.tags];
        if texts.iter().any(|text| text.contains('\0')) {
            fault("question", "Must not contain the character U+0000.");
        }
        if let Err(report) = self.text().validate() {
            faults.extend(body::fields(&report).into_iter().map(|field| {
                let column =
                    field.pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
                (column.to_owned(), field.detail)
            }));
        }
        faults
    }

    /// Adds this line to its document: what is not a text has to be the same in all of its lines.
    fn file(
        self,
        at: u64,
        has_review: bool,
        table: &mut Vec<(u64, Filed)>,
        wrong: &mut Vec<FieldError>,
    ) {
        let text = self.text();
        let review_on =
            has_review.then(|| self.review_on.as_deref().and_then(|day| day.parse().ok()));
        let sort_order = self.sort_order.unwrap_or_default();
        let known = table.iter_mut().find(|(_, document)| document.slug == self.slug);
        let Some((first, document)) = known else {
            let document = Filed {
                slug: self.slug,
                category: self.category,
                is_published: self.is_published,
                sort_order,
                review_on,
                texts: BTreeMap::from([(self.locale, text)]),
                related: None,
            };
            table.push((at, document));
            return;
        };
        for (column, is_same) in [
            ("category", document.category == self.category),
            ("is_published", document.is_published == self.is_published),
            ("sort_order", document.sort_order == sort_order),
            ("review_on", document.review_on == review_on),
        ] {
            if !is_same {
                let detail = format!("Must be as in line {first}, which is the same question.");
                wrong.push(FieldError::new(format!("/{at}/{column}"), "conflict", detail));
            }
        }
        if document.texts.insert(self.locale, text).is_some() {
            let detail = "The question is there twice in this language.";
            wrong.push(FieldError::new(format!("/{at}/locale"), "duplicate", detail));
        }
    }
}

fn unreadable(error: &csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    Error::new(Code::MalformedRequest)
        .with_detail(format!("The table cannot be read from line {line} on: is it CSV in UTF-8?"))
}

/// A line whose columns do not fit.
fn unfit(at: u64, headings: &csv::StringRecord, error: &csv::Error) -> FieldError {
    let csv::ErrorKind::Deserialize { err, .. } = error.kind() else {
        return FieldError::new(format!("/{at}"), "invalid", "The line cannot be read.");
    };
    let column =
        err.field().and_then(|nth| usize::try_from(nth).ok()).and_then(|nth| headings.get(nth));
    match column {
        Some(column) => {
            let detail = match column {
                "is_published" => "Must be true or false, or empty.",
                "sort_order" => "Must be a whole number.",
                _ => "The value cannot be read.",
            };
            FieldError::new(format!("/{at}/{column}"), "invalid", detail)
        }
        None => FieldError::new(
            format!("/{at}"),
            "invalid",
            format!("The columns must be: {}.", HEADINGS.join(", ")),
        ),
    }
}
