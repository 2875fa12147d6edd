//! What the built-in model knows of meaning: which words say the same, and which say little.

use std::{collections::HashMap, sync::LazyLock};

use aho_corasick::{AhoCorasick, MatchKind};

use super::spelling::{is_thai, singular, unified};

const CONCEPTS: &str = include_str!("concepts.txt");
const STOP_WORDS: &str = include_str!("stop_words.txt");

/// Words of the longest English name of a concept.
const LONGEST: usize = 4;

/// Letters from which a word with a slip is still told from another word.
const TELLING: usize = 6;

/// What a word stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A concept, by its name.
    Concept(&'static str),
    /// Nothing of note.
    Little,
}

/// The two lists, made ready.
#[derive(Debug)]
pub(super) struct Lexicon {
    words: HashMap<String, Meaning>,
    /// Names of one long word, by what is left of them when one letter or none is left out.
    slips: HashMap<String, Vec<(String, &'static str)>>,
    thai: Option<AhoCorasick>,
    thai_meanings: Vec<Meaning>,
}

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::new);

impl Lexicon {
    fn new() -> Self {
        let mut words = HashMap::new();
        let mut slips: HashMap<_, Vec<_>> = HashMap::new();
        let (mut patterns, mut thai_meanings) = (Vec::new(), Vec::new());
        for (term, meaning) in entries() {
            if term.chars().any(is_thai) {
                patterns.push(unified(term));
                thai_meanings.push(meaning);
            } else {
                let name = joined(term);
                if let Meaning::Concept(concept) = meaning {
                    for rest in shortened(&name) {
                        slips.entry(rest).or_default().push((name.clone(), concept));
                    }
                }
                words.insert(name, meaning);
            }
        }
        // The longest name that begins first: a swimming pool is no water, a land plot no "that".
        let thai = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns);
        Self { words, slips, thai: thai.ok(), thai_meanings }
    }

    /// What the next words stand for, and how many of them it takes.
    pub(super) fn next(&self, singulars: &[String]) -> Option<(usize, Meaning)> {
        let lengths = (1..=LONGEST.min(singulars.len())).rev();
        lengths.into_iter().find_map(|length| {
            let name = singulars.get(..length)?.join(" ");
            Some((length, *self.words.get(&name)?))
        })
    }

    /// The concept of a word that is written with one slip.
    pub(super) fn meant_by(&self, word: &str) -> Option<&'static str> {
        let is_slip = |name: &str| strsim::osa_distance(name, word) == 1;
        let mut near = shortened(word).filter_map(|rest| self.slips.get(&rest)).flatten();
        near.find(|(name, _)| is_slip(name)).map(|(_, concept)| *concept)
    }

    /// Names within Thai text, with the bytes they take.
    pub(super) fn in_thai(
        &self,
        text: &str,
    ) -> impl Iterator<Item = (std::ops::Range<usize>, Meaning)> {
        let found = self.thai.iter().flat_map(move |names| names.find_iter(text));
        let found: Vec<_> = found.map(|found| (found.range(), found.pattern())).collect();
        found.into_iter().filter_map(|(range, pattern)| {
            Some((range, *self.thai_meanings.get(pattern.as_usize())?))
        })
    }
}

/// A long word as it is, and without each of its letters: two words that differ by one slip have
/// one of these in common.
fn shortened(word: &str) -> impl Iterator<Item = String> {
    let letters = word.chars().count();
    let is_telling = letters >= TELLING && !word.contains(' ');
    let left_out = (0..=letters).filter(move |_| is_telling);
    left_out.map(|at| {
        let kept = word.chars().enumerate().filter(|(n, _)| *n != at);
        kept.map(|(_, letter)| letter).collect()
    })
}

/// An English name in the spelling that it is looked up by.
fn joined(term: &str) -> String {
    let term = unified(term);
    term.split_whitespace().map(singular).collect::<Vec<_>>().join(" ")
}

/// Every name of both lists with its meaning.
fn entries() -> impl Iterator<Item = (&'static str, Meaning)> {
    let concepts = CONCEPTS.lines().filter(|line| !line.starts_with('#'));
    let concepts = concepts.filter_map(|line| line.split_once(':')).flat_map(|(name, terms)| {
        terms.split(',').map(move |term| (term.trim(), Meaning::Concept(name)))
    });
    let little = STOP_WORDS.lines().filter(|line| !line.starts_with('#'));
    let little = little.flat_map(str::split_whitespace).map(|word| (word, Meaning::Little));
    concepts.chain(little)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::{CONCEPTS, LONGEST, Meaning, entries, is_thai, joined, unified};

    #[test]
    fn every_concept_has_names_in_both_languages() {
        let mut names = BTreeSet::new();
        for line in CONCEPTS.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (name, terms) = line.split_once(": ").expect("a name and its words");
            assert!(names.insert(name), "{name} stands there twice");
            let (thai, english): (Vec<_>, Vec<_>) =
                terms.split(", ").partition(|term| term.chars().any(is_thai));
            assert!(!thai.is_empty() && !english.is_empty(), "{line}");
            for term in english {
                assert!(term.split(' ').count() <= LONGEST, "{term} is too long");
                assert!(term.chars().all(|c| matches!(c, 'a'..='z' | ' ')), "{term}");
            }
        }
        assert!(names.len() >= 120, "{} concepts", names.len());
    }

    #[test]
    fn no_word_stands_for_two_things() {
        let mut seen = HashSet::new();
        for (term, meaning) in entries() {
            let spelt = if term.chars().any(is_thai) { unified(term) } else { joined(term) };
            assert!(!spelt.is_empty(), "an empty name of {meaning:?}");
            assert!(seen.insert(spelt), "{term} stands there twice");
        }
        assert!(entries().any(|(_, meaning)| meaning == Meaning::Little));
    }
}
