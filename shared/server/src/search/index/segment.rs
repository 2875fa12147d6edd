//! Text into words. PostgreSQL takes a run of Thai letters for one word, because there are no
//! spaces in it; a dictionary knows better.

use std::sync::LazyLock;

use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed, options::WordBreakInvariantOptions};

static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// The words of a text as they stand there, and where each begins, bytes; without signs and spaces.
pub(crate) fn runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut begin = 0;
    SEGMENTER.segment_str(text).iter_with_word_type().filter_map(move |(end, kind)| {
        let word = text.get(std::mem::replace(&mut begin, end)..end)?;
        kind.is_word_like().then_some((end - word.len(), word))
    })
}

/// The same in lower case.
pub(crate) fn words(text: &str) -> Vec<(usize, String)> {
    runs(text).map(|(begin, word)| (begin, word.to_lowercase())).collect()
}

/// The words with spaces between them, as PostgreSQL's parser takes them apart again.
pub(crate) fn spaced(text: &str) -> String {
    let words: Vec<String> = words(text).into_iter().map(|(_, word)| word).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{spaced, words};

    #[test]
    fn thai_is_taken_apart_by_a_dictionary() {
        assert_eq!(spaced("วิลล่าหรูมีสระว่ายน้ำใกล้ทะเล"), "วิลล่า หรู มี สระ ว่าย น้ำ ใกล้ ทะเล");
        assert_eq!(spaced("คอนโด Thong Lo, 2ห้องนอน!"), "คอน โด thong lo 2 ห้อง นอน");
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "Sea-view ทะเล 😀 x";
        for (begin, word) in words(text) {
            assert_eq!(text[begin..begin + word.len()].to_lowercase(), word);
        }
        assert_eq!(words("😀 \u{0}\u{200b}—"), []);
    }
}
