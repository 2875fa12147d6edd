//! What the platform itself says in a conversation, in both languages.

use terrace_receipts::{Lang, language};

/// A sentence in English and in Thai.
pub(super) type Phrase = (&'static str, &'static str);

pub(super) const HOMES_FOUND: Phrase = ("These may suit you:", "ที่พักเหล่านี้อาจตรงใจคุณ:");
pub(super) const PERHAPS: Phrase = (
    "I am not sure that I understand. Perhaps this helps:",
    "ฉันไม่แน่ใจว่าเข้าใจคำถามถูกต้อง ข้อมูลนี้อาจช่วยได้:",
);
pub(super) const NOTHING: Phrase = (
    "I have found no answer to that. You can ask in other words, or somebody here will answer you personally.",
    "ฉันไม่พบคำตอบสำหรับคำถามนี้ คุณลองถามด้วยคำอื่น หรือให้เจ้าหน้าที่ของเราตอบคุณโดยตรง",
);
pub(super) const OFFER: Phrase = (
    "Somebody here can look after this personally. Leave your name and how to reach you, and they will be in touch.",
    "เจ้าหน้าที่ของเราสามารถดูแลเรื่องนี้ให้คุณได้ กรุณาฝากชื่อและช่องทางติดต่อไว้ แล้วเราจะติดต่อกลับ",
);
pub(super) const WITH_SOMEBODY: Phrase = (
    "Somebody here has this conversation before them and will be in touch with you.",
    "เจ้าหน้าที่ได้รับบทสนทนานี้แล้วและจะติดต่อคุณกลับ",
);
pub(super) const HANDED_OVER: Phrase = (
    "Thank you. Somebody here has been told, with everything that was said, and will be in touch. Your reference is",
    "ขอบคุณค่ะ เจ้าหน้าที่ได้รับเรื่องพร้อมบทสนทนาทั้งหมดแล้วและจะติดต่อกลับ รหัสอ้างอิงของคุณคือ",
);

/// The sentence in a language.
pub(super) fn say(phrase: Phrase, locale: &str) -> &'static str {
    if locale.starts_with("th") { phrase.1 } else { phrase.0 }
}

/// Whether somebody asks for a person. Told by their words and not by a model, which may forget it.
pub(super) fn asks_for_a_person(text: &str) -> bool {
    const ENGLISH: [&str; 14] = [
        "talk to a human",
        "talk to someone",
        "talk to somebody",
        "talk to a person",
        "speak to a human",
        "speak to someone",
        "speak to somebody",
        "speak to a person",
        "speak with an agent",
        "speak to an agent",
        "talk to an agent",
        "real person",
        "human agent",
        "call me back",
    ];
    const THAI: [&str; 9] = [
        "คุยกับเจ้าหน้าที่",
        "คุยกับคน",
        "คุยกับพนักงาน",
        "ติดต่อเจ้าหน้าที่",
        "ติดต่อพนักงาน",
        "ขอเจ้าหน้าที่",
        "คุยกับเอเจนต์",
        "โทรกลับ",
        "คนจริง",
    ];
    let text = text.to_lowercase();
    match language(&text) {
        Some(Lang::Thai) => THAI.iter().any(|words| text.contains(words)),
        _ => ENGLISH.iter().chain(&THAI).any(|words| text.contains(words)),
    }
}
