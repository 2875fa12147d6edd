//! All Thai words that mean something to us, for cutting Thai; and the words that say nothing.

use std::sync::LazyLock;

use crate::{
    bounds,
    lexicon::Lexicon,
    numbers,
    places::{self, PlaceKind, Places},
    recognise,
    text::{Trie, is_thai},
};

/// Words that neither filter nor help a search by text.
pub(crate) static FILLERS: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[
        (
            "a|an|the|in|at|on|of|for|to|with|and|or|by|from|near|nearby|close to|around|i|im|we|me|my|our|us|you|is|are|be|it|its|this|that|there|any|some|have|has|want|would|like|need|needs|looking|look|find|search|show|get|give|please|thanks|hi|hello|can|could|also|which|where|who|who|s",
            (),
        ),
        (
            "ที่|ที่พัก|ใน|และ|หรือ|กับ|อยาก|อยากได้|ต้องการ|หา|กำลังหา|มองหา|ใกล้|ใกล้ๆ|แถว|แถวๆ|ย่าน|โซน|บริเวณ|ของ|สำหรับ|ครับ|ค่ะ|คะ|นะ|หน่อย|ด้วย|มี|เป็น|ให้|ได้|จะ|ไหม|มั้ย|เอา|ขอ|ช่วย|สัก|พร้อม|แบบ|และมี|จาก|ถึง|แล้ว|ก็|ว่า|คือ",
            (),
        ),
    ])
});

/// Words that keep others whole: known, and of no meaning here.
const WHOLE: &str = "ร้านอาหาร|ร้านกาแฟ|ร้านนวด|ร้านเสริมสวย|ห้องพัก|หลาย|ตากอากาศ|บ้านพัก|บ้านสวน|ชานเมือง|กลางเมือง|ในเมือง|ตัวเมือง|สวนผลไม้|สวนยาง|สวนพลู|ติด|ริม|ห้อง|ราคา|งบ|หลัง|ชั้น|สวนสาธารณะ|น้ำอุ่น|หมู่บ้าน|โครงการ|โรงเรียน|โรงพยาบาล|มหาวิทยาลัย|ตลาด|ซอย|ถนน|เดินทาง|สะดวก|ใหม่|สวย|ถูก|ขายดี|ขายของ|ทำเล|ตกแต่ง|พร้อมอยู่|ทะเล|ภูเขา|แม่น้ำ|ชายหาด|นาที|เมตร|กิโลเมตร|เดิน|วัด|สาขา|คนเดียว|คนไทย|วันนี้|พรุ่งนี้|บ้านเลขที่|ธุรกิจส่วนตัว|สตูดิโอถ่ายภาพ|วิว|เงียบ|สงบ|ครอบครัว|ลูกค้า|ชาวต่างชาติ|นักศึกษา|ไม่มี|ไม่เอา|ไม่|เลย";

static THAI: LazyLock<Trie> = LazyLock::new(|| {
    let mut trie = Trie::default();
    let mut add = |word: &str| {
        // An abbreviation ("ม.", "ตร.") would cut other words up; it is a run of its own.
        let is_vowel = |c: char| !('\u{e01}'..='\u{e2e}').contains(&c);
        let letters = word.chars().count();
        if letters > 2 || (letters == 2 && (word.contains(is_vowel) || word == "คน")) {
            trie.add(word);
        }
    };
    let numbers = [&*numbers::WORDS, &*numbers::MULTIPLIERS];
    numbers.iter().flat_map(|lexicon| lexicon.thai()).for_each(&mut add);
    bounds::BEFORE.thai().chain(bounds::AFTER.thai()).for_each(&mut add);
    FILLERS.thai().chain(places::markers().thai()).for_each(&mut add);
    recognise::thai().iter().for_each(|word| add(word));
    WHOLE.split('|').for_each(&mut add);
    let named = Places::shared().all().iter().filter(|place| place.kind != PlaceKind::Subdistrict);
    for name in named.flat_map(|place| std::iter::once(&place.th).chain(&place.spellings)) {
        name.split(|c| !is_thai(c)).for_each(&mut add);
    }
    trie
});

/// The words.
pub(crate) fn thai() -> &'static Trie {
    &THAI
}
