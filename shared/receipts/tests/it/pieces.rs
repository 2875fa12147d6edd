//! Cutting what comes piece by piece.

use proptest::prelude::*;
use terrace_receipts::{Pieces, claims, sentences};

#[test]
fn sentences_come_whole() {
    let text =
        "It costs THB 1,500.50 a night. The villa is 3.5 km away! มีสระว่ายน้ำ และอยู่ใกล้ทะเล\nThe end";
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
    let cut: Vec<_> = parts.iter().flat_map(|part| claims(part)).map(|claim| claim.value).collect();
    let whole: Vec<_> = claims(&text).into_iter().map(|claim| claim.value).collect();
    assert_eq!(cut, whole, "{parts:?}");
}

proptest! {
    #[test]
    fn nothing_is_lost_and_pieces_do_not_matter(
        text in "[a-zA-Zก-์0-9 .,!\n฿]{0,400}",
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
