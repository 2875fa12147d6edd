//! What admins say of a question and its answer.

use std::{collections::BTreeMap, str::FromStr};

use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use terrace_product::{Locale, Locales};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    error::{Error, FieldError, Result},
    listings::input::{not_blank, present, slug_form},
    quotes::create::calendar_day,
};

/// Related documents that are worth a visitor's time.
const MOST_RELATED: usize = 12;

/// Characters of a category's slug.
const LONGEST_CATEGORY: usize = 60;

/// A category that a list is narrowed to. One that there is not has no questions.
#[derive(Clone, Debug)]
pub struct OfCategory(pub(super) String);

impl FromStr for OfCategory {
    type Err = &'static str;

    fn from_str(slug: &str) -> Result<Self, Self::Err> {
        if slug.chars().count() > LONGEST_CATEGORY {
            return Err("Must be the slug of a category: 60 characters at most.");
        }
        Ok(Self(slug.to_owned()))
    }
}

/// A question and its answer in one language.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaqText {
    /// As a visitor would ask it.
    #[garde(length(chars, min = 1, max = 300), custom(not_blank))]
    #[schema(min_length = 1, max_length = 300)]
    pub question: String,
    /// Markdown: paragraphs, lists, tables, emphasis, links. HTML in it is shown as it is written.
    #[garde(length(chars, min = 1, max = 20_000), custom(not_blank))]
    #[schema(min_length = 1, max_length = 20_000)]
    pub answer: String,
    /// Other words by which people ask for it.
    #[garde(length(max = 30), inner(length(chars, min = 1, max = 80), custom(not_blank)))]
    #[schema(max_items = 30)]
    #[serde(default)]
    pub tags: Vec<String>,
}

/// A new document.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaqIn {
    /// Address part of its page; made of its id where it is missing.
    #[garde(inner(length(chars, min = 3, max = 120), custom(faq_slug)))]
    #[schema(min_length = 3, max_length = 120)]
    pub slug: Option<String>,
    /// Its category, by its slug.
    #[garde(length(chars, min = 2, max = 60))]
    #[schema(min_length = 2, max_length = 60, example = "payment")]
    pub category: String,
    /// Whether everyone sees it. It needs a text in at least one language then.
    #[garde(skip)]
    #[serde(default)]
    pub is_published: bool,
    /// Its place within the category.
    #[garde(range(min = 0, max = 10_000))]
    #[schema(minimum = 0, maximum = 10_000)]
    #[serde(default)]
    pub sort_order: i32,
    /// The day on which somebody should read it again.
    #[garde(inner(custom(calendar_day)))]
    pub review_on: Option<NaiveDate>,
    /// Its texts by language.
    #[garde(dive)]
    #[serde(default)]
    pub texts: BTreeMap<String, FaqText>,
    /// Ids of documents that somebody may want to read next, in this order.
    #[garde(length(max = MOST_RELATED))]
    #[schema(max_items = 12)]
    #[serde(default)]
    pub related: Vec<Uuid>,
}

/// Changes to a document: a field that is missing stays.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FaqPatch {
    /// Address part of its page.
    #[garde(inner(length(chars, min = 3, max = 120), custom(faq_slug)))]
    #[schema(min_length = 3, max_length = 120)]
    pub slug: Option<String>,
    /// Its category, by its slug.
    #[garde(inner(length(chars, min = 2, max = 60)))]
    #[schema(min_length = 2, max_length = 60)]
    pub category: Option<String>,
    /// Whether everyone sees it.
    #[garde(skip)]
    pub is_published: Option<bool>,
    /// Its place within the category.
    #[garde(inner(range(min = 0, max = 10_000)))]
    #[schema(minimum = 0, maximum = 10_000)]
    pub sort_order: Option<i32>,
    /// The day on which somebody should read it again; `null` for none.
    #[garde(inner(inner(custom(calendar_day))))]
    #[schema(value_type = Option<NaiveDate>)]
    #[serde(deserialize_with = "present")]
    pub review_on: Option<Option<NaiveDate>>,
    /// Texts by language: each replaces the one that is there, `null` takes it away. Languages that
    /// are not named stay.
    #[garde(dive)]
    #[schema(value_type = Option<BTreeMap<String, FaqText>>)]
    pub texts: Option<BTreeMap<String, Option<FaqText>>>,
    /// Related documents, all of them.
    #[garde(inner(length(max = MOST_RELATED)))]
    #[schema(max_items = 12)]
    pub related: Option<Vec<Uuid>>,
}

/// A category: made if there is none of this slug, changed if there is.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaqCategoryIn {
    /// Its place among the categories.
    #[garde(range(min = 0, max = 10_000))]
    #[schema(minimum = 0, maximum = 10_000)]
    #[serde(default)]
    pub sort_order: i32,
    /// What it is called, by language: in the brand's default language at least.
    #[garde(custom(short_names))]
    #[schema(example = json!({"en": "Payment", "th": "การชำระเงิน"}))]
    pub names: BTreeMap<String, String>,
}

/// Whether an answer helped.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaqFeedbackIn {
    /// Yes or no.
    #[garde(skip)]
    pub helpful: bool,
}

fn short_names(names: &BTreeMap<String, String>, (): &()) -> garde::Result {
    let is_short = |name: &String| !name.trim().is_empty() && name.chars().count() <= 120;
    if names.values().all(is_short) {
        return Ok(());
    }
    Err(garde::Error::new("each name must have 1 to 120 characters"))
}

/// As every slug, and not the name of a page beside those of documents.
pub(super) fn faq_slug(text: &str, context: &()) -> garde::Result {
    if matches!(text, "search" | "categories") {
        return Err(garde::Error::new("must not be search or categories, which are other pages"));
    }
    slug_form(text, context)
}

/// Refuses languages that the brand does not speak; `at` is where they stand.
pub(super) fn known_locales<'a>(
    locales: &Locales,
    at: &str,
    given: impl IntoIterator<Item = &'a String>,
) -> Result<()> {
    let known: Vec<&str> = locales.enabled.iter().map(Locale::as_str).collect();
    let wrong: Vec<FieldError> = given
        .into_iter()
        .filter(|locale| !known.contains(&locale.as_str()))
        .map(|locale| {
            let place = locale.replace('~', "~0").replace('/', "~1");
            let detail = format!("Must be one of: {}.", known.join(", "));
            FieldError::new(format!("{at}/{place}"), "unknown_value", detail)
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
}

/// What is published says something.
pub(super) fn says_something(is_published: bool, texts: usize) -> Result<()> {
    if is_published && texts == 0 {
        let detail = "What is published needs a question and an answer in one language at least.";
        return Err(Error::field("/texts", "required", detail));
    }
    Ok(())
}
