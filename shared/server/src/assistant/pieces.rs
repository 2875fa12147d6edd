//! Text that comes piece by piece, cut where no claim can be cut in two.

/// Longest text that is held back for a place to cut it, bytes.
const LONGEST: usize = 600;
/// As far behind a place is looked before it is taken for an end, bytes: the same whether all of a text
/// is there or it comes in pieces, and no more of a long one is read than that.
const AHEAD: usize = 64;

/// Collects what comes and gives back what is whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces {
    held: String,
}

impl Pieces {
    /// Takes what came, and gives back every sentence that is whole by now.
    pub(super) fn push(&mut self, text: &str) -> Vec<String> {
        self.held.push_str(text);
        let mut whole = Vec::new();
        while let Some(end) = end(&self.held) {
            let rest = self.held.split_off(end);
            whole.push(std::mem::replace(&mut self.held, rest));
        }
        whole
    }

    /// What is left when nothing more comes.
    pub(super) fn rest(self) -> Option<String> {
        (!self.held.is_empty()).then_some(self.held)
    }
}

/// A whole text, cut in the same way; the parts put together are the text.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let mut pieces = Pieces::default();
    let mut parts = pieces.push(text);
    parts.extend(pieces.rest());
    parts
}

/// Where the first sentence ends, its spaces included; none while more may belong to it.
fn end(text: &str) -> Option<usize> {
    let text = &text[..text.floor_char_boundary(LONGEST + AHEAD)];
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let at = |nth: usize| letters.get(nth).map(|(_, letter)| *letter);
    for (nth, (place, letter)) in letters.iter().enumerate() {
        let after = place + letter.len_utf8();
        if after > LONGEST {
            break;
        }
        match letter {
            '\n' => return Some(after),
            // "3.5", "ม.ค.", "sq. m" and "no. 5" go on: a sentence begins with a capital, or is Thai.
            '.' | '!' | '?' => {
                let next = at(nth + 1)?;
                let then = at(nth + 2)?;
                if next.is_whitespace()
                    && (then.is_uppercase() || is_thai(then))
                    && !abbreviates(&text[..*place])
                {
                    return Some(after + next.len_utf8());
                }
            }
            // Thai ends its sentences with a space, and puts spaces elsewhere, too: never beside a
            // number, and not before something that may still become one.
            ' ' if *place > 60 => {
                let (before, next) = (at(nth.wrapping_sub(1))?, at(nth + 1)?);
                if is_thai(before) && is_thai(next) && !is_part_of_a_claim(text, *place) {
                    return Some(after);
                }
            }
            _ => {}
        }
    }
    // Letters may be left over behind the longest: a boundary of them is never further than three.
    (text.len() + 3 >= LONGEST + AHEAD).then(|| {
        let longest = text.floor_char_boundary(LONGEST);
        text[..longest].rfind(' ').map_or(longest, |space| space + 1)
    })
}

fn is_thai(letter: char) -> bool {
    ('\u{e01}'..='\u{e4e}').contains(&letter)
}

/// Words whose full stop ends no sentence.
fn abbreviates(before: &str) -> bool {
    const SHORT: [&str; 12] =
        ["approx", "no", "rd", "st", "sq", "mr", "mrs", "ms", "dr", "e.g", "i.e", "ม"];
    let word = before.rsplit(|letter: char| letter.is_whitespace() || letter == '(').next();
    let word = word.unwrap_or("").to_lowercase();
    SHORT.contains(&word.as_str())
        || word.chars().filter(|letter| *letter == '.').count() > 0 && word.chars().any(is_thai)
}

/// Whether a space has a number near it, on either side: "ราคา 32,000 บาท", "3 มีนาคม 2570".
fn is_part_of_a_claim(text: &str, place: usize) -> bool {
    const NEAR: usize = 12;
    let is_digit = |letter: char| letter.is_numeric();
    let after = &text[place..];
    let line = after.split('\n').next().unwrap_or(after);
    // Of a line that goes on, too little may be there to tell what comes.
    let is_cut = line.len() == after.len() && line.chars().count() < NEAR;
    let before = text[..place].chars().rev().take(2 * NEAR).any(is_digit);
    is_cut || before || line.chars().take(NEAR).any(is_digit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use terrace_receipts::claims;

    use super::{LONGEST, Pieces, sentences};

    #[test]
    fn sentences_come_whole() {
        let text = "It costs THB 1,500.50 a night. The villa is 3.5 km away! มีสระว่ายน้ำ และอยู่ใกล้ทะเล\nThe end";
        let parts = sentences(text);
        assert_eq!(parts.concat(), text);
        assert_eq!(parts[0], "It costs THB 1,500.50 a night. ");
        assert_eq!(parts[1], "The villa is 3.5 km away! ");
        assert_eq!(parts.last().unwrap(), "The end");
    }

    #[test]
    fn thai_is_cut_between_words_and_never_in_a_claim() {
        let clause = "บ้านหลังนี้มีสระว่ายน้ำส่วนตัวและอยู่ใกล้ทะเลมาก เดินไปตลาดได้สะดวกสบายทุกวัน ";
        let text = format!("{}ราคา 32,000 บาท ต่อเดือน เริ่ม 3 มีนาคม 2570 เป็นต้นไป", clause.repeat(6));
        let parts = sentences(&text);
        assert!(parts.len() > 2, "{parts:?}");
        let cut: Vec<_> =
            parts.iter().flat_map(|part| claims(part)).map(|claim| claim.text).collect();
        let whole: Vec<_> = claims(&text).into_iter().map(|claim| claim.text).collect();
        assert_eq!(cut, whole, "{parts:?}");
    }

    /// However long and whatever its letters: none is cut in two, and none is read again and again.
    #[test]
    fn a_text_without_an_end_is_cut_all_the_same() {
        for letter in ["x", "ก", "😀", "é"] {
            let text = letter.repeat(20_000);
            let parts = sentences(&text);
            assert_eq!(parts.concat(), text);
            assert!(parts.iter().all(|part| part.len() <= LONGEST), "{letter}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_pieces_do_not_matter(
            text in "[a-zA-Zก-์0-9 .,!\n฿]{0,1200}",
            cuts in proptest::collection::vec(1_usize..20, 0..60),
        ) {
            let letters: Vec<char> = text.chars().collect();
            let mut pieces = Pieces::default();
            let (mut parts, mut at) = (Vec::new(), 0);
            for cut in cuts {
                let end = (at + cut).min(letters.len());
                parts.extend(pieces.push(&letters[at..end].iter().collect::<String>()));
                at = end;
            }
            parts.extend(pieces.push(&letters[at..].iter().collect::<String>()));
            parts.extend(pieces.rest());
            prop_assert_eq!(parts.concat(), text.clone());
            prop_assert_eq!(parts, sentences(&text));
        }
    }
}
