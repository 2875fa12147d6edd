//! What a brand offers, and so what its visitors can filter by.

use chrono::NaiveDate;

use crate::{
    lexicon::Lexicon,
    recognise::amenity,
    text::{Trie, is_thai},
};

/// What is offered; the values of `transaction_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transaction {
    /// By the night or the month.
    Rent,
    /// For ever.
    Sale,
    /// For a term of years or months.
    Lease,
    /// A going concern.
    Business,
    /// A share in a project.
    Investment,
}

impl Transaction {
    /// The name in query parameters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rent => "rent",
            Self::Sale => "sale",
            Self::Lease => "lease",
            Self::Business => "business",
            Self::Investment => "investment",
        }
    }
}

/// What the words are read against.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// What the brand offers; words for anything else become preferences.
    pub transactions: &'a [Transaction],
    /// ISO 4217 code of the currency that its prices are in.
    pub currency: &'a str,
    /// The day at the brand's own place: "next weekend" is counted from here.
    pub today: NaiveDate,
    /// The words of its catalogue.
    pub amenities: &'a Amenities,
    /// Ids of chips that the visitor took off: their words are plain text again.
    pub without: &'a [String],
}

impl Scope<'_> {
    pub(crate) fn offers(&self, transaction: Transaction) -> bool {
        self.transactions.contains(&transaction)
    }
}

/// The words for amenities: those of a catalogue and our own synonyms for its slugs.
///
/// Made once for each catalogue, since making it is dearer than reading a query.
#[derive(Debug, Default)]
pub struct Amenities {
    lexicon: Lexicon<Vec<String>>,
    names: Vec<(String, String, String)>,
    thai: Trie,
}

impl Amenities {
    /// Of a catalogue: each slug with its names as pairs of language (`en`, `th`) and name.
    #[must_use]
    pub fn new<'a>(
        catalogue: impl IntoIterator<Item = (&'a str, &'a [(&'a str, &'a str)])>,
    ) -> Self {
        let mut amenities = Self::default();
        for (slug, names) in catalogue {
            for (_, name) in names {
                if !amenity::is_ambiguous(name) {
                    amenities.lexicon.add(name, vec![slug.to_owned()]);
                }
                for word in name.split(|c| !is_thai(c)).filter(|word| !word.is_empty()) {
                    amenities.thai.add(word);
                }
            }
            let named = |language: &str| {
                let found = names.iter().find(|(l, _)| *l == language).or(names.first());
                found.map_or_else(|| slug.replace('_', " "), |(_, name)| (*name).to_owned())
            };
            amenities.names.push((slug.to_owned(), named("en"), named("th")));
        }
        for (phrases, slugs) in amenity::SYNONYMS {
            let known: Vec<_> =
                slugs.iter().filter(|slug| amenities.name(slug).is_some()).collect();
            if !known.is_empty() {
                let known: Vec<_> = known.into_iter().map(|&slug| slug.to_owned()).collect();
                amenities.lexicon.add_all(phrases, &known);
            }
        }
        amenities
    }

    pub(crate) fn lexicon(&self) -> &Lexicon<Vec<String>> {
        &self.lexicon
    }

    pub(crate) fn thai(&self) -> &Trie {
        &self.thai
    }

    /// English and Thai name of a slug.
    pub(crate) fn name(&self, slug: &str) -> Option<(&str, &str)> {
        let found = self.names.iter().find(|(known, _, _)| known == slug);
        found.map(|(_, en, th)| (en.as_str(), th.as_str()))
    }
}
