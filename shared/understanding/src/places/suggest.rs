//! Names of places, completed while they are typed.

use std::collections::HashMap;

use serde::Serialize;

use super::{Number, Place, PlaceKind, Places, fold};
use crate::{Label, Language};

/// More of a prefix than any name has.
const LONGEST: usize = 48;
/// Below this many letters a typo is indistinguishable from another name.
const SHORTEST_WITH_TYPO: usize = 4;

/// A place that the letters so far may become.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// As `province/83`.
    pub id: String,
    /// What it is.
    pub kind: PlaceKind,
    /// Its name in the language that was asked for.
    pub name: String,
    /// Its names in every language.
    pub label: Label,
    /// The units that it is in, the smallest first, in that language.
    pub within: Vec<String>,
    /// In list-query form.
    pub params: Vec<(&'static str, String)>,
}

/// Names in order, and by their trigrams.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Plain name and place; sorted.
    plain: Vec<(String, Number)>,
    /// Folded name and its row in `plain`; sorted.
    folded: Vec<(String, u32)>,
    /// Rows of `plain` by three letters in a row.
    trigrams: HashMap<[char; 3], Vec<u32>>,
}

fn trigrams(name: &str) -> Vec<[char; 3]> {
    let letters: Vec<char> = std::iter::once('^').chain(name.chars()).collect();
    let mut found: Vec<[char; 3]> =
        letters.windows(3).filter_map(|three| three.try_into().ok()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The part of a sorted list that begins with a prefix.
fn beginning<'a, T>(sorted: &'a [T], prefix: &str, name: impl Fn(&T) -> &str) -> &'a [T] {
    let from = sorted.partition_point(|row| name(row) < prefix);
    let rest = sorted.get(from..).unwrap_or_default();
    let length = rest.partition_point(|row| name(row).starts_with(prefix));
    rest.get(..length).unwrap_or_default()
}

impl Index {
    pub(super) fn of(mut names: Vec<(String, Number)>) -> Self {
        names.sort();
        let mut folded: Vec<_> =
            (0..).zip(&names).map(|(row, (name, _))| (fold::folded(name), row)).collect();
        folded.sort();
        let mut by_three: HashMap<[char; 3], Vec<u32>> = HashMap::new();
        for (row, (name, _)) in (0..).zip(&names) {
            for three in trigrams(name) {
                by_three.entry(three).or_default().push(row);
            }
        }
        Self { plain: names, folded, trigrams: by_three }
    }

    /// Names that begin almost so, with how many letters are amiss.
    fn nearly(&self, prefix: &str) -> Vec<(usize, &(String, Number))> {
        let length = prefix.chars().count();
        if length < SHORTEST_WITH_TYPO {
            return Vec::new();
        }
        let allowed = if length < 8 { 1 } else { 2 };
        let wanted = trigrams(prefix);
        let mut shared = vec![0_usize; self.plain.len()];
        for row in wanted.iter().filter_map(|three| self.trigrams.get(three)).flatten() {
            shared[*row as usize] += 1;
        }
        // A letter that is amiss spoils three trigrams.
        let enough = wanted.len().saturating_sub(3 * allowed).max(1);
        shared
            .into_iter()
            .zip(&self.plain)
            .filter(|(count, _)| *count >= enough)
            .map(|(_, row)| row)
            .filter_map(|row| {
                // The letters so far may be one more or fewer than those they stand for.
                let amiss = (length.saturating_sub(allowed)..=length + allowed)
                    .map(|end| {
                        let start: String = row.0.chars().take(end).collect();
                        strsim::osa_distance(prefix, &start)
                    })
                    .min()?;
                (amiss <= allowed).then_some((amiss, row))
            })
            .collect()
    }
}

impl Places {
    /// Places that `prefix` may become, the likeliest first.
    ///
    /// In either script and any usual romanisation. The whole name comes before a beginning, a
    /// beginning before another romanisation of it, and that before a typo; then the larger
    /// place, then the shorter name. Nothing for an empty prefix.
    #[must_use]
    pub fn suggest(&self, prefix: &str, language: Language, limit: usize) -> Vec<Suggestion> {
        let prefix: String = fold::plain(prefix).chars().take(LONGEST).collect();
        if prefix.is_empty() {
            return Vec::new();
        }
        let folded = fold::folded(&prefix);
        let mut ranks: HashMap<Number, usize> = HashMap::new();
        let mut rank = |number: Number, rank: usize| {
            let known = ranks.entry(number).or_insert(rank);
            *known = rank.min(*known);
        };
        for (name, number) in beginning(&self.index.plain, &prefix, |row| &row.0) {
            rank(*number, if *name == prefix { 0 } else { 1 });
        }
        for (name, row) in beginning(&self.index.folded, &folded, |row| &row.0) {
            if let Some((_, number)) = self.index.plain.get(*row as usize) {
                rank(*number, if *name == folded { 1 } else { 2 });
            }
        }
        // Who finds enough as it is written has made no mistake.
        if ranks.len() < limit {
            for (amiss, (_, number)) in self.index.nearly(&prefix) {
                let known = ranks.entry(*number).or_insert(usize::MAX);
                *known = (2 + amiss).min(*known);
            }
        }
        let mut found: Vec<(usize, &Place)> =
            ranks.into_iter().filter_map(|(number, rank)| Some((rank, self.at(number)?))).collect();
        found.sort_by_key(|(rank, place)| {
            (*rank, place.kind, place.en.len(), place.en.as_str(), place.code.as_str())
        });
        found.into_iter().take(limit).map(|(_, place)| self.suggestion(place, language)).collect()
    }

    fn suggestion(&self, place: &Place, language: Language) -> Suggestion {
        let label = place.label();
        let units = place.within.iter().rev().filter_map(|code| {
            let kind = if code.len() == 2 { PlaceKind::Province } else { PlaceKind::District };
            self.get(kind, code)
        });
        Suggestion {
            id: place.key(),
            kind: place.kind,
            name: label.text(language).to_owned(),
            within: units.map(|unit| unit.label().text(language).to_owned()).collect(),
            label,
            params: place.params(),
        }
    }
}
