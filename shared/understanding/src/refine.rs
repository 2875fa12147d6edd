//! Words that the grammar does not know, said by somebody else in words that it does.
//!
//! "Somewhere our three can splash about" has a filter in it that no grammar finds. A language
//! model finds it, and may say so: *a pool, for 5 people*. It does not choose filters: what it says
//! is read by the same grammar as the visitor's own words, so that it can only ask for what a
//! visitor could have asked for, and each thing is a chip that can be taken off.

use serde::Deserialize;

use crate::{Chip, ChipKind, Scope, Span, Strength, Understanding, assemble::Utf16, understand};

/// Sayings of one query that are listened to.
const MOST: usize = 6;

/// Letters of plainer words: what takes more is no plainer.
const LONGEST: usize = 120;

/// Words of a query, and the same in plainer words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Saying {
    /// Letter for letter as in the query.
    pub words: String,
    /// What they ask for.
    pub plainly: String,
}

impl Understanding {
    /// What was understood of `query`, and besides that what `sayings` make understandable.
    ///
    /// The visitor's own words come first: a saying adds no second price to a price that was
    /// understood, and says nothing about words that a filter holds already. It brings no amount
    /// of its own, either: prices, areas and days come only from words with a number in them. Words
    /// stay in [`Understanding::rest`], since whether they were meant so is not certain.
    #[must_use]
    pub fn refined(mut self, query: &str, sayings: &[Saying], scope: &Scope<'_>) -> Self {
        let utf16 = Utf16::of(query);
        for saying in sayings.iter().take(MOST) {
            let Some(span) = place_of(saying, query, &utf16) else { continue };
            if self.chips.iter().any(|chip| overlap(chip.span, span)) {
                continue;
            }
            let has_number = saying.words.chars().any(char::is_numeric);
            let read = understand(&saying.plainly, scope).chips;
            let new = read.into_iter().filter(|chip| {
                let narrows = chip.strength == Strength::Filter;
                narrows && (has_number || !is_amount(chip.kind)) && !self.has(chip)
            });
            let new = new.map(|chip| Chip {
                span,
                text: saying.words.clone(),
                plainly: Some(saying.plainly.clone()),
                ..chip
            });
            let new: Vec<Chip> = new.collect();
            self.chips.extend(new);
        }
        self.chips.sort_by_key(|chip| chip.span.start);
        self
    }

    /// Whether a filter of this kind is there: of amenities there may be many.
    fn has(&self, new: &Chip) -> bool {
        self.chips.iter().any(|chip| {
            chip.id == new.id || (chip.kind == new.kind && chip.kind != ChipKind::Amenity)
        })
    }
}

fn place_of(saying: &Saying, query: &str, utf16: &Utf16) -> Option<Span> {
    let is_said = !saying.words.trim().is_empty() && saying.plainly.chars().count() <= LONGEST;
    let start = query.find(&saying.words).filter(|_| is_said)?;
    Some(Span { start: utf16.at(start), end: utf16.at(start + saying.words.len()) })
}

fn overlap(one: Span, other: Span) -> bool {
    one.start < other.end && other.start < one.end
}

fn is_amount(kind: ChipKind) -> bool {
    matches!(kind, ChipKind::Price | ChipKind::Area | ChipKind::Land | ChipKind::Dates)
}
