//! What a search answers.

use std::collections::BTreeMap;

use serde::Serialize;
use terrace_understanding::{Chip, ChipKind, Language, Note, Strength, Understanding};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{input::SearchIn, understand::narrows};
use crate::listings::output::PropertyItem;

/// The hits, and what was made of the question.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchOut {
    /// Names the search to `POST /search/{search_id}/click`; null where it is not remembered, and
    /// on the pages after the first, which belong to the same search.
    pub search_id: Option<Uuid>,
    /// The best first.
    pub items: Vec<Hit>,
    /// Listings that match the filters, given and understood; see `total_is_exact`.
    pub total: i64,
    /// Whether there are no more than `total`; beyond a few thousand nobody counts.
    pub total_is_exact: bool,
    /// What was understood.
    pub understood: UnderstoodOut,
    /// Where few or none match: what would find more, each with its count.
    pub relaxations: Vec<Relaxation>,
    /// Whether the model was away: found by words alone.
    pub degraded: bool,
}

/// What was understood of the words.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnderstoodOut {
    /// In the order of the words. Each can be taken away: send its id in `without`.
    pub chips: Vec<ChipOut>,
    /// The words that no filter holds.
    #[schema(example = "luxury")]
    pub rest: String,
    /// The language of most of the words.
    #[schema(value_type = Option<String>, example = "en")]
    pub language: Option<Language>,
}

/// Words that were understood.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChipOut {
    /// The same for the same meaning.
    #[schema(example = "price_max:35000")]
    pub id: String,
    /// What it is about.
    #[schema(value_type = String, example = "price")]
    pub kind: ChipKind,
    /// The words.
    #[schema(example = "under 35k per month")]
    pub text: String,
    /// Where they begin in the question, UTF-16 code units: a browser's string index.
    pub start: usize,
    /// Where they end.
    pub end: usize,
    /// What to show, in the language of the answer.
    #[schema(example = "≤ ฿35,000 a month")]
    pub label: String,
    /// Whether what does not fit is left out; otherwise `note` says why not.
    pub narrows: bool,
    /// The filters, by the names of `GET /properties`.
    #[schema(value_type = Object, example = json!({"price_max": "3500000"}))]
    pub params: BTreeMap<&'static str, String>,
    /// Why it does not do all that the words ask for.
    #[schema(value_type = Option<String>, example = "not_offered")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// Chips of one group are alternatives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'static str>,
    /// What a language model takes the words to ask for, where they were understood by that.
    #[schema(example = "private pool")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plainly: Option<String>,
}

impl UnderstoodOut {
    pub(super) fn new(reading: Understanding, language: Language) -> Self {
        let Understanding { chips, rest, language: own } = reading;
        let chips = chips.into_iter().map(|chip| ChipOut::new(chip, language)).collect();
        Self { chips, rest, language: own }
    }
}

impl ChipOut {
    fn new(chip: Chip, language: Language) -> Self {
        let narrows = narrows(&chip);
        let Chip { id, kind, params, span, text, label, strength, note, group, plainly } = chip;
        debug_assert!(!narrows || strength == Strength::Filter);
        Self {
            id,
            kind,
            text,
            start: span.start,
            end: span.end,
            label: label.text(language).to_owned(),
            narrows,
            params: params.into_iter().collect(),
            note,
            group,
            plainly,
        }
    }
}

/// A question that is a little wider.
#[derive(Debug, Serialize, ToSchema)]
pub struct Relaxation {
    /// What is given up, in the language of the answer.
    #[schema(example = "up to ฿38,500")]
    pub label: String,
    /// How many listings match then: exactly, if nothing changes meanwhile.
    pub count: i64,
    /// The question to ask: a body of `POST /search`.
    pub search: SearchIn,
}

/// A listing that was found, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hit {
    /// Its card.
    #[serde(flatten)]
    pub item: PropertyItem,
    /// Only to compare the hits of one answer: more is better.
    pub score: f64,
    /// Why it was found.
    pub why: Why,
    /// Where the words stand.
    pub highlights: Highlights,
}

/// Why a listing was found. What was understood holds for every hit: see `understood`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Why {
    /// Words of the question that its texts have, in any language.
    #[schema(example = json!(["luxury"]))]
    pub words: Vec<String>,
    /// Ids of the chips whose filters it passes.
    #[schema(example = json!(["property_type:villa"]))]
    pub chips: Vec<String>,
    /// How near its text is to the question in meaning, -1..1; null where that was not asked.
    pub similarity: Option<f64>,
}

/// Where the words of the question stand in the texts of a hit; UTF-16 code units.
#[derive(Debug, Serialize, ToSchema)]
pub struct Highlights {
    /// In `title`.
    #[schema(example = json!([[0, 6]]))]
    pub title: Vec<[usize; 2]>,
    /// A piece of the description.
    pub snippet: String,
    /// In `snippet`.
    #[schema(example = json!([[0, 6]]))]
    pub in_snippet: Vec<[usize; 2]>,
}
