//! Phrases and what they mean.

use std::collections::HashMap;

use crate::text::{Kind, Token, is_thai, stem};

/// Phrases of one or more words, the longest of which is found at a token.
#[derive(Debug)]
pub(crate) struct Lexicon<T> {
    by_first: HashMap<String, Vec<(Vec<String>, T)>>,
}

impl<T> Default for Lexicon<T> {
    fn default() -> Self {
        Self { by_first: HashMap::new() }
    }
}

impl<T: Clone> Lexicon<T> {
    /// Of a table: phrases with `|` between them, and what they mean.
    pub(crate) fn of(table: &[(&str, T)]) -> Self {
        let mut lexicon = Self::default();
        for (phrases, meaning) in table {
            lexicon.add_all(phrases, meaning);
        }
        lexicon
    }

    pub(crate) fn add_all(&mut self, phrases: &str, meaning: &T) {
        for phrase in phrases.split('|') {
            self.add(phrase, meaning.clone());
        }
    }

    /// Adds a phrase; a later meaning of the same phrase replaces an earlier one.
    pub(crate) fn add(&mut self, phrase: &str, meaning: T) {
        let mut words = words(phrase);
        if words.is_empty() {
            return;
        }
        let first = words.remove(0);
        let known = self.by_first.entry(first).or_default();
        known.retain(|(rest, _)| *rest != words);
        known.push((words, meaning));
        known.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
    }

    /// The longest phrase at a token, and the token after it.
    pub(crate) fn find(&self, tokens: &[Token], at: usize) -> Option<(&T, usize)> {
        let first = tokens.get(at).filter(|token| token.is_word())?;
        let known = self.by_first.get(&first.stem)?;
        known.iter().find_map(|(rest, meaning)| {
            let mut next = at + 1;
            for word in rest {
                next = join(tokens, next);
                if tokens.get(next)?.stem != *word {
                    return None;
                }
                next += 1;
            }
            Some((meaning, full_stop(tokens, next)))
        })
    }

    /// Its Thai words, for cutting Thai.
    pub(crate) fn thai(&self) -> impl Iterator<Item = &str> {
        self.by_first
            .iter()
            .flat_map(|(first, known)| {
                std::iter::once(first).chain(known.iter().flat_map(|(rest, _)| rest))
            })
            .map(String::as_str)
            .filter(|word| word.starts_with(is_thai))
    }
}

/// A phrase goes on over a hyphen, a stop or a slash that stands against the word before:
/// `sea-view`, `sq.m.`
fn join(tokens: &[Token], at: usize) -> usize {
    match tokens.get(at) {
        Some(token) if token.glued && token.is_mark("-./") => at + 1,
        _ => at,
    }
}

/// The stop of an abbreviation belongs to it.
fn full_stop(tokens: &[Token], at: usize) -> usize {
    let short = at > 0 && tokens.get(at - 1).is_some_and(|t| t.norm.chars().count() <= 3);
    match tokens.get(at) {
        Some(stop) if short && stop.glued && stop.is_mark(".") => at + 1,
        _ => at,
    }
}

/// The words of a phrase as tokens have them.
fn words(phrase: &str) -> Vec<String> {
    let parts = phrase.to_lowercase();
    parts
        .split(|c: char| !(c.is_alphanumeric() || is_thai(c) || c == '\'' || c == '’'))
        .map(|word| word.replace(['\'', '’'], ""))
        .filter(|word| !word.is_empty())
        .flat_map(|word| letters_and_digits(&word))
        .map(|word| if word.starts_with(is_thai) { word } else { stem(&word) })
        .collect()
}

/// `m2` is two tokens.
fn letters_and_digits(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for c in word.chars() {
        match parts.last_mut() {
            Some(part) if part.ends_with(|p: char| p.is_ascii_digit()) == c.is_ascii_digit() => {
                part.push(c);
            }
            _ => parts.push(c.to_string()),
        }
    }
    parts
}

/// Whether a token is one of a few words.
pub(crate) fn is_any(tokens: &[Token], at: usize, words: &[&str]) -> bool {
    tokens.get(at).is_some_and(|token| {
        !matches!(token.kind, Kind::Mark(_)) && words.contains(&token.norm.as_str())
    })
}
