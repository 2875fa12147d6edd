//! Where what has been typed stands in a text that may have been meant.

use serde::Serialize;

/// A part of a text, in UTF-16 code units: a browser's string indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "[usize; 2]")]
pub struct Highlight {
    /// First.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

impl From<Highlight> for [usize; 2] {
    fn from(Highlight { start, end }: Highlight) -> Self {
        [start, end]
    }
}

/// How well it fits; the better comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It is the text.
    Whole,
    /// The text begins so.
    Beginning,
    /// A later word begins so.
    Within,
}

/// Of a Thai word that begins nowhere in particular, so many letters are no coincidence.
const ENOUGH_THAI: usize = 3;

fn is_thai(c: char) -> bool {
    ('\u{e01}'..='\u{e4e}').contains(&c)
}

/// Vowels and tone marks that stand on another letter are none by themselves for Unicode.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}')
}

/// Vowels and marks that no Thai word begins with.
fn is_dependent(c: char) -> bool {
    matches!(c, '\u{e30}'..='\u{e3a}' | '\u{e45}' | '\u{e47}'..='\u{e4e}')
}

/// One letter for one letter, so that places stay those of the text.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// The words that have been typed, in lower case; whatever is no letter parts them.
pub(super) fn words(typed: &str) -> Vec<String> {
    typed
        .split(|c| !is_letter(c))
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().map(lower).collect())
        .collect()
}

/// Where a text has these letters, from the beginning of one of its words on. Spaces and hyphens
/// within count for nothing: "thonglo" is in "Thong Lo".
pub(super) fn fit(text: &str, letters: &str) -> Option<(Fit, Highlight)> {
    let wanted: Vec<char> = letters.chars().filter(|c| is_letter(*c)).map(lower).collect();
    let first = *wanted.first()?;
    let enough = !is_thai(first) || wanted.len() >= ENOUGH_THAI;
    let mut at = 0;
    let places: Vec<(char, usize)> = text
        .chars()
        .map(|c| {
            let start = at;
            at += c.len_utf16();
            (lower(c), start)
        })
        .collect();
    let length = at;
    let end = |nth: usize| places.get(nth + 1).map_or(length, |(_, start)| *start);
    let mut is_first = true;
    let mut before = ' ';
    for (nth, (here, start)) in places.iter().copied().enumerate() {
        let begins = is_letter(here)
            && (!is_letter(before)
                || is_thai(before) != is_thai(here)
                || (is_thai(here) && !is_dependent(here) && enough));
        if begins && let Some(last) = run(&places, nth, &wanted) {
            let rest = places.iter().skip(last + 1).any(|(c, _)| is_letter(*c));
            let fit = match (is_first, rest) {
                (true, false) => Fit::Whole,
                (true, true) => Fit::Beginning,
                (false, _) => Fit::Within,
            };
            return Some((fit, Highlight { start, end: end(last) }));
        }
        is_first &= !is_letter(here);
        before = here;
    }
    None
}

/// The place of the last letter, where all of them stand one after another from a place on.
fn run(places: &[(char, usize)], from: usize, wanted: &[char]) -> Option<usize> {
    let mut letters =
        places.iter().enumerate().skip(from).filter(|(_, (here, _))| is_letter(*here));
    let mut last = None;
    for c in wanted {
        let (nth, (here, _)) = letters.next()?;
        if here != c {
            return None;
        }
        last = Some(nth);
    }
    last
}

/// Where a text has each of these words, in order and without overlap.
pub(super) fn marks(text: &str, words: &[String]) -> Vec<Highlight> {
    let mut found: Vec<Highlight> =
        words.iter().filter_map(|word| fit(text, word)).map(|(_, at)| at).collect();
    found.sort_unstable();
    let mut apart: Vec<Highlight> = Vec::with_capacity(found.len());
    for mark in found {
        match apart.last_mut() {
            Some(last) if mark.start <= last.end => last.end = last.end.max(mark.end),
            _ => apart.push(mark),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str, mark: Highlight) -> String {
        let units: Vec<u16> = text.encode_utf16().collect();
        String::from_utf16(&units[mark.start..mark.end]).unwrap()
    }

    #[test]
    fn what_was_typed_is_found_where_words_begin() {
        for (text, typed, fits, marked) in [
            ("Thong Lo", "th", Fit::Beginning, "Th"),
            ("Thong Lo", "thonglo", Fit::Whole, "Thong Lo"),
            ("Thong Lo", "THONG-LO", Fit::Whole, "Thong Lo"),
            ("Ko Samui", "sam", Fit::Within, "Sam"),
            ("🏝 Ko Samui", "sam", Fit::Within, "Sam"),
            ("ทองหล่อ", "ทอง", Fit::Beginning, "ทอง"),
            ("สถานีทองหล่อ", "ทองหล่อ", Fit::Within, "ทองหล่อ"),
            ("สถานีทองหล่อ", "สถานีทองหล่อ", Fit::Whole, "สถานีทองหล่อ"),
            ("คอนโดA1", "a", Fit::Within, "A"),
        ] {
            let (fit, mark) = fit(text, typed).unwrap_or_else(|| panic!("{typed} in {text}"));
            assert_eq!((fit, cut(text, mark).as_str()), (fits, marked), "{typed} in {text}");
        }
        for (text, typed) in
            [("Thong Lo", "ong"), ("วิลล่า", "ลา"), ("Thong Lo", ""), ("Thong Lo", "-%_"), ("", "a")]
        {
            assert_eq!(fit(text, typed), None, "{typed} in {text}");
        }
    }

    #[test]
    fn marks_are_in_order_and_apart() {
        let text = "Pool villa in Patong";
        let marks = marks(text, &["pat".into(), "pool".into(), "po".into(), "none".into()]);
        let marked: Vec<String> = marks.into_iter().map(|mark| cut(text, mark)).collect();
        assert_eq!(marked, ["Pool", "Pat"]);
    }

    proptest! {
        /// Spans are of whole characters of the text, whatever text and letters there are.
        #[test]
        fn spans_are_within(text in "\\PC{0,30}", typed in "\\PC{0,6}") {
            for mark in marks(&text, &words(&typed)) {
                prop_assert!(mark.start < mark.end);
                let all: Vec<u16> = text.encode_utf16().collect();
                prop_assert!(String::from_utf16(&all[mark.start..mark.end]).is_ok());
            }
        }

        /// A text begins with each of its beginnings.
        #[test]
        fn beginnings_fit(text in "[a-zก-ฮ][a-z ก-ฮ😀-]{0,20}", share in 1..20_usize) {
            let typed: String = text.chars().take(share).collect();
            let (fit, mark) = fit(&text, &typed).unwrap();
            prop_assert!(fit != Fit::Within);
            prop_assert_eq!(mark.start, 0);
        }
    }
}
