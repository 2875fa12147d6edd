//! Receipts for what a machine says: no price, date, measure, distance, address, number to call or
//! link of its answer passes that nothing it has read holds.

use std::ops::Range;

use serde_json::Value;

/// What a claim is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An amount of money.
    Price,
    /// A day, a month or a year.
    Date,
    /// A share in a hundred.
    Percentage,
    /// A surface.
    Area,
    /// A way, in metres or in minutes.
    Distance,
    /// So many of something: rooms, nights, guests.
    Count,
    /// A house at a road.
    Address,
    /// A telephone number.
    Telephone,
    /// An e-mail address.
    Email,
    /// An address of a page.
    Link,
    /// A number of which nothing says what it counts.
    Number,
}

/// Something that a text says and that can be checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What it is about.
    pub kind: Kind,
    /// Where it stands, in bytes.
    pub span: Range<usize>,
    /// Its words.
    pub text: String,
}

/// What was read: results of tools, citations, and what the visitor said.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
}

impl Evidence {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A tool's result.
    pub fn json(&mut self, _value: &Value) {}

    /// A passage.
    pub fn text(&mut self, _text: &str) {}
}

/// The claims of a text that nothing backs, in their order.
#[must_use]
pub fn unbacked(_text: &str, _evidence: &Evidence) -> Vec<Claim> {
    Vec::new()
}

/// A language that answers are given in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    English,
    /// Thai.
    Thai,
}

impl Lang {
    /// The language of a locale (`th`, `th-TH`, `en`).
    #[must_use]
    pub fn of_locale(locale: &str) -> Option<Self> {
        match locale.split(['-', '_']).next()? {
            "th" => Some(Self::Thai),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}

/// The text without these claims: each is replaced by words that say that it must be asked for.
#[must_use]
pub fn redact(text: &str, _claims: &[Claim], _language: Lang) -> String {
    text.to_owned()
}

/// The language that a text is in, by its letters; none where it has too few of them.
#[must_use]
pub fn language(_text: &str) -> Option<Lang> {
    None
}
