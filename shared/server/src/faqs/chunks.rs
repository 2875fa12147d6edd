//! A text in pieces of which each means one thing: what is embedded, and what is shown as the part
//! of an answer that answers.

use super::markdown::to_paragraphs;

/// Characters of a piece of an answer: a paragraph or a few. A vector of more means everything and
/// nothing.
const LONGEST: usize = 700;

/// A piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    /// To be shown; empty for the question itself.
    pub(super) passage: String,
    /// To be embedded.
    pub(super) content: String,
}

/// The question with the other words for it, then each piece of the answer under its question,
/// without which "Yes, up to two." means nothing.
pub(super) fn cut(question: &str, tags: &[String], answer: &str) -> Vec<Chunk> {
    let mut asked = vec![question.trim().to_owned()];
    asked.extend((!tags.is_empty()).then(|| tags.join(", ")));
    let mut chunks = vec![Chunk { passage: String::new(), content: asked.join("\n") }];
    chunks.extend(pieces(answer).into_iter().map(|passage| {
        let content = format!("{}\n{passage}", question.trim());
        Chunk { passage, content }
    }));
    chunks
}

/// Paragraphs, joined while they are short and parted where they are long.
fn pieces(answer: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let parts = to_paragraphs(answer);
    for part in parts.iter().flat_map(|paragraph| parted(paragraph)) {
        match pieces.last_mut() {
            Some(last) if letters(last) + 1 + letters(part) <= LONGEST => {
                last.push('\n');
                last.push_str(part);
            }
            _ => pieces.push(part.to_owned()),
        }
    }
    pieces
}

/// A paragraph in parts that are short enough: between sentences, else between words, else, where
/// a script has neither, between letters.
fn parted(mut text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    while let Some((most, _)) = text.char_indices().nth(LONGEST) {
        let head = text.get(..most).unwrap_or(text);
        let at = head
            .rfind(". ")
            .map(|at| at + 1)
            .or_else(|| head.rfind(' '))
            .filter(|at| *at > most / 3)
            .unwrap_or(most);
        let (part, rest) = text.split_at(at);
        parts.push(part.trim());
        text = rest.trim_start();
    }
    parts.push(text);
    parts.retain(|part| !part.is_empty());
    parts
}

fn letters(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_answer_is_one_piece_under_its_question() {
        let chunks = cut("Is there Wi-Fi?", &["internet".to_owned()], "Yes.\n\n- Fast\n- Free");
        let content: Vec<&str> = chunks.iter().map(|chunk| chunk.content.as_str()).collect();
        assert_eq!(content, ["Is there Wi-Fi?\ninternet", "Is there Wi-Fi?\nYes.\nFast\nFree"]);
        assert_eq!(chunks[1].passage, "Yes.\nFast\nFree");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_piece_is_long(words in prop::collection::vec("[a-zก-ฮ]{1,60}", 1..300)) {
            let text = words.join(" ");
            let pieces = pieces(&text);
            prop_assert!(pieces.iter().all(|piece| letters(piece) <= LONGEST && !piece.is_empty()));
            let plain = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(plain(&pieces.concat()), plain(&text));
        }
    }
}
