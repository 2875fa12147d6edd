//! What may be said: text in the asker's language, and no claim without its receipt.

use serde_json::Value;
use terrace_receipts::{Evidence, Lang, language, unbacked};

use super::pieces::Pieces;

/// Looks at an answer before anybody reads it.
#[derive(Debug)]
pub(super) struct Checker {
    evidence: Evidence,
    pieces: Pieces,
    wanted: Lang,
    blocked: usize,
}

impl Checker {
    /// For an answer in the language of `locale`. `known` is what was looked up before, `asked` what
    /// the asker has said.
    pub(super) fn new<'a>(
        locale: &str,
        known: impl Iterator<Item = &'a Value>,
        asked: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut evidence = Evidence::new();
        known.for_each(|document| evidence.json(document));
        asked.for_each(|text| evidence.visitor(text));
        let wanted = Lang::of_locale(locale).unwrap_or(Lang::English);
        Self { evidence, pieces: Pieces::default(), wanted, blocked: 0 }
    }

    /// Takes what a tool has found as ground.
    pub(super) fn know(&mut self, document: &Value) {
        self.evidence.json(document);
    }

    /// Takes some of the answer and gives back what of it may be read by now.
    pub(super) fn push(&mut self, text: &str) -> Vec<String> {
        let whole = self.pieces.push(text);
        whole.into_iter().filter(|sentence| self.passes(sentence)).collect()
    }

    /// What is left at the end.
    pub(super) fn rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.pieces).rest()?;
        self.passes(&rest).then_some(rest)
    }

    /// Sentences that were left out.
    pub(super) fn blocked(&self) -> usize {
        self.blocked
    }

    fn passes(&mut self, sentence: &str) -> bool {
        let is_spoken = match language(sentence) {
            Some(language) => language == self.wanted,
            None => !is_foreign(sentence),
        };
        let lacking = unbacked(sentence, &self.evidence);
        if is_spoken && lacking.is_empty() {
            return true;
        }
        self.blocked += 1;
        let why = lacking.first().map_or("language", |claim| claim.kind.name());
        metrics::counter!("terrace_assistant_blocked_total", "why" => why).increment(1);
        false
    }
}

/// Whether a text is in letters that no language of ours is written in. Signs and numbers alone are of
/// none, and belong to any.
fn is_foreign(text: &str) -> bool {
    let is_ours = |letter: &char| letter.is_ascii() || ('\u{e00}'..='\u{e7f}').contains(letter);
    let (ours, others): (Vec<char>, Vec<char>) =
        text.chars().filter(|letter| letter.is_alphabetic()).partition(is_ours);
    others.len() > ours.len()
}

/// The language that somebody writes in, as far as their letters tell; else that of the conversation.
pub(super) fn spoken<'l>(text: &str, locale: &'l str) -> &'l str {
    match (language(text), Lang::of_locale(locale)) {
        (Some(Lang::Thai), _) => "th",
        (Some(Lang::English), Some(Lang::Thai)) => "en",
        _ => locale,
    }
}
