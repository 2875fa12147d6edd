//! What recognisers propose, and what is kept of it.

use std::ops::Range;

use crate::{
    output::{ChipKind, Label, Note, Strength},
    places::Number,
};

/// A proposal of a recogniser.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The tokens it comes from.
    pub(crate) tokens: Range<usize>,
    /// Nothing: a guard. Its words mean something else than they seem to and stay as they are.
    pub(crate) draft: Option<Draft>,
}

/// A chip without its words.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) kind: ChipKind,
    pub(crate) id: String,
    pub(crate) params: Vec<(&'static str, String)>,
    pub(crate) label: Label,
    pub(crate) strength: Strength,
    pub(crate) note: Option<Note>,
    pub(crate) place: Option<Number>,
}

impl Draft {
    pub(crate) fn filter(
        kind: ChipKind,
        id: impl Into<String>,
        params: Vec<(&'static str, String)>,
        (en, th): (impl Into<String>, impl Into<String>),
    ) -> Self {
        Self {
            kind,
            id: id.into(),
            params,
            label: Label::new(en, th),
            strength: Strength::Filter,
            note: None,
            place: None,
        }
    }

    /// A wish that no filter can hold, and why.
    pub(crate) fn preference(
        kind: ChipKind,
        id: impl Into<String>,
        note: Note,
        label: (impl Into<String>, impl Into<String>),
    ) -> Self {
        Self {
            strength: Strength::Preference,
            note: Some(note),
            ..Self::filter(kind, id, Vec::new(), label)
        }
    }

    pub(crate) fn at(self, tokens: Range<usize>) -> Found {
        Found { tokens, draft: Some(self) }
    }
}

/// Words that only look as if they could be understood.
pub(crate) fn guard(tokens: Range<usize>) -> Found {
    Found { tokens, draft: None }
}

/// Keeps the longest of what overlaps; of equals, a guard, then what a recogniser earlier in
/// the list proposed.
pub(crate) fn resolve(mut found: Vec<Found>, tokens: usize) -> Vec<Found> {
    found.sort_by_key(|one| (std::cmp::Reverse(one.tokens.len()), one.draft.is_some()));
    let mut taken = vec![false; tokens];
    found.retain(|one| {
        let Some(place) = taken.get_mut(one.tokens.clone()) else { return false };
        if place.is_empty() || place.contains(&true) {
            return false;
        }
        place.fill(true);
        true
    });
    found.sort_by_key(|one| one.tokens.start);
    found
}
