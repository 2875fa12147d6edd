//! What stands where a claim stood, and which language a text is in.

use crate::{Claim, Evidence, unbacked};

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

    /// What stands where a claim stood.
    #[must_use]
    pub fn instead(self) -> &'static str {
        match self {
            Self::English => "(not confirmed)",
            Self::Thai => "(ยังไม่ยืนยัน)",
        }
    }
}

/// The text without these claims: each is replaced by words that say that it is not confirmed.
#[must_use]
pub fn redact(text: &str, claims: &[Claim], language: Lang) -> String {
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for claim in claims {
        // Claims of another text are not trusted to fit this one.
        let Some(before) = text.get(from..claim.span.start) else { continue };
        out.push_str(before);
        if !(before.trim().is_empty() && out.trim_end().ends_with(language.instead())) {
            out.push_str(language.instead());
        }
        from = claim.span.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// The text with everything taken out that nothing backs, and what was taken out. What remains
/// is checked again, because neighbours may read anew; in the end nothing is better than a lie.
#[must_use]
pub fn honest(text: &str, evidence: &Evidence, language: Lang) -> (String, Vec<Claim>) {
    let first = unbacked(text, evidence);
    let (mut out, mut left) = (text.to_owned(), first.clone());
    for _ in 0..4 {
        if left.is_empty() {
            return (out, first);
        }
        out = redact(&out, &left, language);
        left = unbacked(&out, evidence);
    }
    if left.is_empty() { (out, first) } else { (language.instead().to_owned(), first) }
}

/// The language that most letters of a text are of; none where it has too few to tell. Links and
/// names of homes are often Latin in a Thai sentence, so Thai needs but a third.
#[must_use]
pub fn language(text: &str) -> Option<Lang> {
    let thai = text.chars().filter(|letter| ('\u{0E01}'..='\u{0E5B}').contains(letter)).count();
    let latin = text.chars().filter(char::is_ascii_alphabetic).count();
    let others = text.chars().filter(|l| l.is_alphabetic() && !l.is_ascii()).count();
    let foreign = others.saturating_sub(thai);
    match thai + latin {
        all if all < 4 || foreign > all => None,
        all if thai * 3 >= all => Some(Lang::Thai),
        _ => Some(Lang::English),
    }
}
