//! Where the words of a question stand in a text.

use super::{index::segment, output::Highlights};

/// Characters of a snippet, and how many of them stand before its first word.
const SNIPPET: usize = 180;
const BEFORE: usize = 60;

/// The words of a question, and what they were taken for where they are misspelt: letter by letter.
#[derive(Clone, Debug, Default)]
pub(super) struct Sought(Vec<Vec<char>>);

impl Sought {
    pub(super) fn new(words: impl IntoIterator<Item = String>) -> Self {
        Self(words.into_iter().map(|word| word.chars().collect()).collect())
    }

    /// Whether a word of a text is one of them. Endings differ ("beaches", "beach"): what agrees
    /// in all but the last letters is the same word, as it was for the search.
    ///
    /// Asked of every word of every hit: it copies nothing, and most words differ in the first
    /// letter.
    fn holds(&self, word: &str) -> bool {
        let letters = || word.chars().flat_map(char::to_lowercase);
        self.0.iter().any(|sought| {
            let shared = letters().zip(sought).take_while(|(a, b)| a == *b).count();
            if shared == 0 {
                return false;
            }
            let longest = sought.len().max(letters().count());
            shared == longest || (shared >= 4 && shared + 3 >= longest)
        })
    }

    /// Byte ranges.
    fn places(&self, text: &str) -> impl Iterator<Item = (usize, usize)> {
        let held = segment::runs(text).filter(|(_, word)| self.holds(word));
        held.map(|(begin, word)| (begin, begin + word.len()))
    }

    /// Title and description with the words marked. A description is read as far as its snippet
    /// goes.
    pub(super) fn mark(&self, title: &str, description: &str) -> Highlights {
        let mut found = self.places(description).peekable();
        let (from, to) = window(description, found.peek().map(|(begin, _)| *begin));
        let snippet = description.get(from..to).unwrap_or_default();
        let inside = found.take_while(|(begin, _)| *begin < to);
        let inside = inside.filter(|(begin, end)| from <= *begin && *end <= to);
        let inside: Vec<_> = inside.map(|(begin, end)| (begin - from, end - from)).collect();
        let in_title: Vec<_> = self.places(title).collect();
        Highlights {
            title: utf16(title, &in_title),
            snippet: snippet.to_owned(),
            in_snippet: utf16(snippet, &inside),
        }
    }
}

/// The part of a text around a place: whole characters, at spaces where there are some near.
fn window(text: &str, place: Option<usize>) -> (usize, usize) {
    let place = place.unwrap_or_default();
    let head = text.get(..place).unwrap_or_default();
    let from = head.char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    // After a space, which may be of several bytes.
    let mut before = text.get(from..place).unwrap_or_default().char_indices();
    let from = match before.find(|(_, letter)| letter.is_whitespace()) {
        Some((at, space)) if from > 0 => from + at + space.len_utf8(),
        _ => from,
    };
    let tail = text.get(from..).unwrap_or_default();
    let to = tail.char_indices().nth(SNIPPET).map_or(text.len(), |(at, _)| from + at);
    let to = match text.get(from..to).and_then(|piece| piece.rfind(char::is_whitespace)) {
        Some(space) if to < text.len() && from + space > place => from + space,
        _ => to,
    };
    (from, to)
}

fn utf16(text: &str, places: &[(usize, usize)]) -> Vec<[usize; 2]> {
    let units = |at: usize| text.get(..at).unwrap_or_default().encode_utf16().count();
    places.iter().map(|(begin, end)| [units(*begin), units(*end)]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str, places: &[[usize; 2]]) -> Vec<String> {
        let units: Vec<u16> = text.encode_utf16().collect();
        places.iter().map(|[from, to]| String::from_utf16(&units[*from..*to]).unwrap()).collect()
    }

    #[test]
    fn words_are_marked_in_both_languages() {
        let sought = Sought::new(["beach", "luxury", "ทะเล"].map(str::to_owned));
        let marks = sought.mark("😀 Luxury on the BEACHES, วิวทะเลสวย", "Nothing here.");
        let title = "😀 Luxury on the BEACHES, วิวทะเลสวย";
        assert_eq!(cut(title, &marks.title), ["Luxury", "BEACHES", "ทะเล"]);
        assert_eq!((marks.snippet.as_str(), marks.in_snippet.len()), ("Nothing here.", 0));
    }

    #[test]
    fn a_snippet_is_about_the_first_word() {
        let text = format!("{} the beach is near {}", "word ".repeat(60), "more ".repeat(100));
        let marks = Sought::new(["beach".to_owned()]).mark("", &text);
        assert!(marks.snippet.chars().count() <= SNIPPET, "{}", marks.snippet);
        assert_eq!(cut(&marks.snippet, &marks.in_snippet), ["beach"]);
        assert!(
            marks.snippet.starts_with("word") && marks.snippet.ends_with("more"),
            "{}",
            marks.snippet
        );
    }

    proptest! {
        #[test]
        fn marks_are_always_inside(title in "\\PC{0,60}", text in "\\PC{0,400}", word in "\\PC{1,8}") {
            let sought = Sought::new(segment::words(&word).into_iter().map(|(_, word)| word));
            let marks = sought.mark(&title, &text);
            for (text, places) in [(&title, &marks.title), (&marks.snippet, &marks.in_snippet)] {
                let length = text.encode_utf16().count();
                for [from, to] in places {
                    prop_assert!(from < to && *to <= length, "{from}..{to} of {length}");
                }
            }
            prop_assert!(text.contains(&marks.snippet));
        }
    }
}
