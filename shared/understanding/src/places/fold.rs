//! Normal forms of names, so that spellings meet.
//!
//! Thai has no one romanisation: ทองหล่อ is Thong Lo, Thonglor and Tong Lor. [`plain`] forgets
//! case, spaces and hyphens and is what "the same spelling" means; [`folded`] also forgets what
//! romanisations disagree about, and so joins names that have nothing to do with each other.
//! Whoever uses it must let the plain form win.

use crate::text::is_thai;

/// Letters and figures only, in lower case.
#[must_use]
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric() || is_thai(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Rules in order, each over the whole word: aspirates, vowels of two letters, doubled letters.
const RULES: &[(&str, &str)] = &[
    ("ph", "p"),
    ("th", "t"),
    ("dt", "t"),
    ("bp", "p"),
    ("kh", "k"),
    ("ck", "k"),
    ("gh", "k"),
    ("bh", "p"),
    ("dh", "t"),
    ("ch", "c"),
    ("sh", "c"),
    ("j", "c"),
    ("v", "w"),
    ("ee", "i"),
    ("ii", "i"),
    ("oo", "u"),
    ("ou", "u"),
    ("uu", "u"),
    ("eu", "u"),
    ("ue", "u"),
    ("aa", "a"),
    ("ae", "e"),
    ("oh", "o"),
    ("ah", "a"),
    ("eh", "e"),
    ("aw", "o"),
    ("ow", "ao"),
    ("au", "ao"),
    ("ie", "ia"),
    ("ey", "ei"),
    ("oy", "oi"),
    ("ay", "ai"),
    ("uy", "ui"),
    ("y", "i"),
];

/// What romanisations have in common. Of a plain form; Thai stays as it is.
#[must_use]
pub(super) fn folded(plain: &str) -> String {
    if !plain.is_ascii() {
        return plain.to_owned();
    }
    let mut rest = plain;
    let mut out = String::with_capacity(plain.len());
    while let Some(first) = rest.chars().next() {
        let rule = RULES.iter().find(|(from, _)| rest.starts_with(from));
        let (to, length) = rule.map_or((&rest[..1], 1), |(from, to)| (*to, from.len()));
        rest = &rest[length..];
        // "Lor" is "Lo", "Sathorn" is "Sathon"; "Korat" keeps its r.
        let is_silent = first == 'r'
            && out.ends_with(['o', 'a', 'e'])
            && !rest.starts_with(['a', 'e', 'i', 'o', 'u', 'y']);
        // A doubled letter is one; figures are not letters.
        if is_silent || (out.ends_with(to) && !first.is_ascii_digit()) {
            continue;
        }
        out.push_str(to);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet() {
        let fold = |name: &str| folded(&plain(name));
        for (one, other) in [
            ("Thong Lo", "Thonglor"),
            ("Thong Lo", "Tong Lor"),
            ("Sathon", "Sathorn"),
            ("Watthana", "Vadhana"),
            ("Khlong Toei", "Klong Toey"),
            ("Phuket", "Puket"),
            ("Jomtien", "Chom Tian"),
            ("Ari", "Aree"),
            ("Koh Samui", "Ko Samui"),
            ("Mueang Phuket", "Muang Phuket"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
        assert_ne!(fold("Korat"), fold("Kot"));
        assert_ne!(fold("Phahon Yothin 59"), fold("Phahon Yothin 5"));
    }
}
