//! The words of a question that say what it is about.

use terrace_product::{Locale, Locales};

use crate::search::index::segment;

/// Words that are looked for; of a longer question the first ones.
const MOST: usize = 32;

/// What every question has in Thai, and what is only polite; it says nothing of what a question is
/// about. Of English the database has a list of its own, without the politeness.
const EMPTY: &[&str] = &[
    "please",
    "pls",
    "hi",
    "hello",
    "thanks",
    "thank",
    "ไหม",
    "มั้ย",
    "หรือ",
    "หรือไม่",
    "เปล่า",
    "ไม่",
    "อะไร",
    "อย่าง",
    "อย่างไร",
    "ยัง",
    "ไง",
    "ยังไง",
    "ทำไม",
    "เมื่อ",
    "เมื่อไร",
    "ไหน",
    "ใคร",
    "กี่",
    "เท่าไร",
    "เท่าไหร่",
    "เท่า",
    "ไร",
    "ไหร่",
    "ที่",
    "ซึ่ง",
    "ของ",
    "และ",
    "กับ",
    "ใน",
    "เป็น",
    "คือ",
    "มี",
    "ได้",
    "ให้",
    "ว่า",
    "จะ",
    "ต้อง",
    "ควร",
    "สามารถ",
    "ถ้า",
    "หาก",
    "แล้ว",
    "ก็",
    "จาก",
    "นี้",
    "นั้น",
    "ครับ",
    "ค่ะ",
    "คะ",
    "นะ",
    "ผม",
    "ฉัน",
    "เรา",
    "คุณ",
    "ดิฉัน",
    "อยาก",
    "ขอ",
    "ทำ",
    "การ",
    "ความ",
    "บ้าง",
    "หน่อย",
];

/// The words, each once, in lower case.
pub(super) fn of(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for (_, word) in segment::words(text) {
        if words.len() < MOST && !EMPTY.contains(&word.as_str()) && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// The language that a question is in, where its letters tell: one of the brand's own.
pub(super) fn language<'a>(text: &str, locales: &'a Locales) -> Option<&'a Locale> {
    let is_thai = |letter: char| ('\u{e00}'..='\u{e7f}').contains(&letter);
    let thai = text.chars().filter(|letter| is_thai(*letter)).count();
    let latin = text.chars().filter(char::is_ascii_alphabetic).count();
    // A Thai sentence may name things in Latin letters; hardly ever the other way round.
    if thai == 0 || thai * 3 < latin {
        return None;
    }
    locales.enabled.iter().find(|locale| locale.language() == "th")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_question_has_is_left_out() {
        let words = of("มีที่จอดรถไหมครับ");
        assert!(words.concat().contains("จอดรถ"), "{words:?}");
        assert!(
            !words.iter().any(|word| ["มี", "ไหม", "ครับ"].contains(&word.as_str())),
            "{words:?}"
        );
        assert_eq!(of("Wi-Fi, wi-fi?"), ["wi", "fi"]);
    }

    #[test]
    fn letters_tell_thai() {
        let [en, th] = ["en", "th"].map(|text| Locale::parse(text).unwrap());
        let locales = Locales { default: en.clone(), enabled: vec![en.clone(), th.clone()] };
        for (text, thai) in [
            ("มี Wi-Fi ไหม", true),
            ("จ่ายผ่าน PromptPay ได้ไหม", true),
            ("what is โฉนด in a sale of land", false),
            ("pets?", false),
            ("", false),
        ] {
            assert_eq!(language(text, &locales), thai.then_some(&th), "{text}");
        }
        let only = Locales { default: en.clone(), enabled: vec![en] };
        assert_eq!(language("มีที่จอดรถไหม", &only), None);
    }
}
