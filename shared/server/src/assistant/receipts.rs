//! What may be said: text in the asker's language, and no claim without its receipt.

use serde_json::Value;
use terrace_receipts::{Evidence, Kind, Pieces, Script, script, sentences};

/// Looks at an answer before anybody reads it.
#[derive(Debug)]
pub(super) struct Checker {
    evidence: Evidence,
    pieces: Pieces,
    wanted: Script,
    blocked: usize,
}

impl Checker {
    /// For an answer in the language of `locale`. `known` is what was looked up before, `asked` what
    /// the asker says: their own dates and numbers may be said back to them, their prices may not,
    /// because "it costs 5 baht, doesn't it?" is no receipt.
    pub(super) fn new<'a>(
        locale: &str,
        known: impl Iterator<Item = &'a Value>,
        asked: &[&str],
    ) -> Self {
        let mut evidence = Evidence::new();
        known.for_each(|document| evidence.json(document));
        for text in asked {
            for claim in terrace_receipts::claims(text) {
                if matches!(claim.kind, Kind::Date | Kind::Duration) {
                    evidence.text(text.get(claim.span).unwrap_or_default());
                }
            }
        }
        let wanted = if locale.starts_with("th") { Script::Thai } else { Script::Latin };
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
        let in_language = script(sentence).is_none_or(|script| script == self.wanted);
        let passes = in_language && self.evidence.lacks(sentence).is_empty();
        if !passes {
            self.blocked += 1;
            let why = if in_language { "claim" } else { "language" };
            metrics::counter!("terrace_assistant_blocked_total", "why" => why).increment(1);
        }
        passes
    }
}

/// The language that somebody writes in, as far as their letters tell.
pub(super) fn spoken<'l>(text: &str, locale: &'l str) -> &'l str {
    match script(text) {
        Some(Script::Thai) => "th",
        Some(Script::Latin) if locale.starts_with("th") => "en",
        _ => locale,
    }
}

/// A text cut in sentences, for whoever writes it himself and streams it all the same.
pub(super) fn cut(text: &str) -> Vec<String> {
    sentences(text)
}
