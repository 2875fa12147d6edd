//! Questions as a brand's editor keeps them: Markdown files, one for each category and language, in the
//! product's folder `seed/faq`.
//!
//! ```markdown
//! # Payment                                  (10-payment.en.md: place, slug, language)
//!
//! ## How can I pay? {#how-to-pay}
//!
//! Also asked: credit card, PromptPay
//! See also: deposit, refunds
//!
//! With a card, or by scanning a code …
//! ```

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use garde::Validate;
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use terrace_product::Locales;

use super::{
    filed::{Filed, Outcome, put_filed, relate_filed},
    input::{FaqText, faq_slug},
    store::put_category,
};
use crate::{
    error::{Code, Error, Result},
    listings::input::slug_form,
};

/// What the files of a folder say.
#[derive(Clone, Debug, Default)]
pub struct FaqFiles {
    /// By slug: place, and names by language.
    categories: BTreeMap<String, (i32, BTreeMap<String, String>)>,
    documents: Vec<Filed>,
}

/// What an import changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FaqImport {
    /// Documents that were made.
    pub created: u64,
    /// Documents that were changed.
    pub updated: u64,
    /// Documents that are as they were.
    pub unchanged: u64,
    /// Categories that were made or changed.
    pub categories: u64,
}

impl FaqImport {
    pub(super) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::Updated => self.updated += 1,
            Outcome::Unchanged => self.unchanged += 1,
        }
    }

    /// How much was made or changed.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.created + self.updated + self.categories
    }
}

impl FaqFiles {
    /// Reads a folder; one that is not there has no files.
    ///
    /// # Errors
    /// Where a file is wrong, with its line.
    pub fn read(folder: &Path, locales: &Locales) -> Result<Self> {
        let mut names: Vec<PathBuf> = match std::fs::read_dir(folder) {
            Ok(entries) => entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<_, _>>()
                .map_err(|error| mistake(folder, 0, error))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(mistake(folder, 0, error)),
        };
        names.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
        names.sort();
        let mut all = Self::default();
        for path in names {
            let text = std::fs::read_to_string(&path).map_err(|error| mistake(&path, 0, error))?;
            all.add(&path, &text, locales)?;
        }
        Ok(all)
    }

    /// How many documents there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    fn add(&mut self, path: &Path, text: &str, locales: &Locales) -> Result<()> {
        let (place, category, locale) = named(path, locales)?;
        let mut name = None;
        let mut entries: Vec<Entry> = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            if let Some(heading) = line.strip_prefix("# ") {
                name = Some(heading.trim().to_owned());
            } else if let Some(heading) = line.strip_prefix("## ") {
                entries.push(Entry::begin(path, number, heading)?);
            } else if let Some(entry) = entries.last_mut() {
                entry.take(line);
            } else if !line.trim().is_empty() {
                return Err(mistake(path, number, "text before the first question (`## …`)"));
            }
        }
        let name =
            name.ok_or_else(|| mistake(path, 1, "the category's name (`# …`) is missing"))?;
        let of_category = self.categories.entry(category.clone()).or_default();
        of_category.0 = place;
        of_category.1.insert(locale.clone(), name);
        for (entry, nth) in entries.into_iter().zip(1..) {
            self.file(path, &category, &locale, nth, entry)?;
        }
        Ok(())
    }

    fn file(
        &mut self,
        path: &Path,
        category: &str,
        locale: &str,
        nth: i32,
        entry: Entry,
    ) -> Result<()> {
        let Entry { line, slug, question, tags, related, answer } = entry;
        let text = FaqText { question, answer: answer.trim().to_owned(), tags };
        text.validate().map_err(|report| mistake(path, line, format!("{slug}: {report}")))?;
        match self.documents.iter_mut().find(|document| document.slug == slug) {
            None => self.documents.push(Filed {
                slug,
                category: category.to_owned(),
                is_published: None,
                sort_order: nth * 10,
                review_on: None,
                texts: BTreeMap::from([(locale.to_owned(), text)]),
                related: Some(related),
            }),
            Some(document) => {
                if document.category != category {
                    return Err(mistake(
                        path,
                        line,
                        format!("{slug} is in {}, too", document.category),
                    ));
                }
                if document.texts.insert(locale.to_owned(), text).is_some() {
                    return Err(mistake(path, line, format!("{slug} is there twice")));
                }
                let known = document.related.get_or_insert_default();
                for other in related {
                    if !known.contains(&other) {
                        known.push(other);
                    }
                }
            }
        }
        Ok(())
    }

    /// Makes what is missing and corrects what differs. What the files do not have stays.
    ///
    /// # Errors
    /// Those of the database, and where a related question is not there.
    pub(crate) async fn store(&self, tx: &DatabaseTransaction) -> Result<FaqImport> {
        let mut report = FaqImport::default();
        for (slug, (place, names)) in &self.categories {
            report.categories += u64::from(put_category(tx, slug, *place, names, false).await?);
        }
        let mut put = Vec::new();
        for document in &self.documents {
            let (id, outcome) = put_filed(tx, document).await?;
            put.push((id, outcome));
        }
        for (document, (id, outcome)) in self.documents.iter().zip(put) {
            let related = match &document.related {
                Some(related) => relate_filed(tx, id, related).await.map_err(|error| {
                    let detail = format!("{}: {error}", document.slug);
                    Error::new(Code::InvalidInput).with_detail(detail)
                })?,
                None => false,
            };
            report.count(match outcome {
                Outcome::Unchanged if related => Outcome::Updated,
                outcome => outcome,
            });
        }
        Ok(report)
    }
}

/// A question, while its lines are read.
struct Entry {
    line: usize,
    slug: String,
    question: String,
    tags: Vec<String>,
    related: Vec<String>,
    answer: String,
}

impl Entry {
    fn begin(path: &Path, line: usize, heading: &str) -> Result<Self> {
        let parts = heading.trim().strip_suffix('}').and_then(|text| text.rsplit_once("{#"));
        let (question, slug) = parts.ok_or_else(|| {
            mistake(path, line, "a question ends with its slug: `## How can I pay? {#how-to-pay}`")
        })?;
        let slug = slug.trim().to_owned();
        if !(3..=120).contains(&slug.len()) || faq_slug(&slug, &()).is_err() {
            return Err(mistake(path, line, format!("{slug} cannot be a slug")));
        }
        Ok(Self {
            line,
            slug,
            question: question.trim().to_owned(),
            tags: Vec::new(),
            related: Vec::new(),
            answer: String::new(),
        })
    }

    fn take(&mut self, line: &str) {
        let list = |text: &str| -> Vec<String> {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        // Only before the answer: it may begin a line as it likes.
        if self.answer.trim().is_empty() {
            if let Some(tags) = line.strip_prefix("Also asked:") {
                self.tags = list(tags);
                return;
            }
            if let Some(related) = line.strip_prefix("See also:") {
                self.related = list(related);
                return;
            }
        }
        self.answer.push_str(line);
        self.answer.push('\n');
    }
}

/// Place, slug and language of a file's name: `10-payment.en.md`.
fn named(path: &Path, locales: &Locales) -> Result<(i32, String, String)> {
    let shape = || mistake(path, 0, "its name has to be like 10-payment.en.md");
    let name = path.file_stem().and_then(|name| name.to_str()).ok_or_else(shape)?;
    let (rest, locale) = name.rsplit_once('.').ok_or_else(shape)?;
    let (place, slug) = rest.split_once('-').ok_or_else(shape)?;
    let place: i32 = place.parse().map_err(|_| shape())?;
    if !(0..=10_000).contains(&place) || slug_form(slug, &()).is_err() {
        return Err(shape());
    }
    if !locales.enabled.iter().any(|known| known.as_str() == locale) {
        return Err(mistake(path, 0, format!("the brand does not speak {locale}")));
    }
    Ok((place, slug.to_owned(), locale.to_owned()))
}

fn mistake(path: &Path, line: usize, what: impl std::fmt::Display) -> Error {
    let at = if line == 0 { String::new() } else { format!(", line {line}") };
    Error::new(Code::InvalidInput).with_detail(format!("{}{at}: {what}", path.display()))
}
