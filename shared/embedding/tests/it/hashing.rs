//! The built-in model: the same for ever, across languages and spellings.

use std::{fs, path::Path};

use proptest::prelude::*;
use serde_json::Value;
use terrace_embedding::{Embedder, Embedding, Failure, Hashing, Purpose, WIDTH};

fn vector(text: &str) -> Embedding {
    Hashing::new().vector(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn alike(a: &str, b: &str) -> f32 {
    vector(a).similarity(&vector(b))
}

/// Whoever makes this test pass again by new numbers must give the model a new version:
/// the databases hold vectors of the old one.
#[test]
fn vectors_are_the_same_for_ever() {
    assert_eq!(Hashing::new().model().as_str(), "hashing/2");
    for (text, expected, all) in [
        (
            "Quiet villa with a private pool near the beach, 3 bedrooms",
            [(7, -0.026746275), (14, -0.04538993), (19, 0.026746275), (24, 0.026746275)],
            0xbe1a10a08e806e6f,
        ),
        (
            "วิลล่าเงียบสงบ สระว่ายน้ำส่วนตัว ใกล้หาด ๓ ห้องนอน",
            [(0, -0.037124958), (2, -0.037124958), (3, -0.03783037), (7, -0.037124958)],
            0xa6085b4f66a0f870,
        ),
    ] {
        let vector = vector(text);
        let numbers = vector.as_slice().iter().copied().enumerate();
        let first: Vec<_> = numbers.filter(|(_, number)| *number != 0.0).take(4).collect();
        assert_eq!(first, expected, "{text}");
        let bits = vector.as_slice().iter().map(|number| u64::from(number.to_bits()));
        assert_eq!(bits.fold(0u64, |all, bits| all.rotate_left(7) ^ bits), all, "{text}");
    }
}

/// A question, what answers it, and what does not.
const TRIPLETS: [(&str, &str, &str); 24] = [
    // English
    ("villa with pool", "Pool villa with garden in Rawai", "Condo near BTS Thong Lo"),
    ("swiming pol", "Apartment with a swimming pool", "Warehouse with office by the main road"),
    ("apartmant in bangkok", "Modern apartment, Bangkok", "Beach house on Koh Samui"),
    ("office to rent in Silom", "Office space for lease, Silom road", "Family house in Hua Hin"),
    ("land for sale in Pai", "Plot of land near Pai, 3 rai", "Studio in Pattaya, monthly"),
    ("house with 4 bedrooms", "4-bedroom home with garage", "Studio with one bathroom"),
    (
        "pet friendly condo",
        "Condominium where dogs and cats are welcome",
        "Condominium on a high floor",
    ),
    ("place to work from home", "Loft with a desk and fast wifi", "Bungalow by a waterfall"),
    ("somewhere calm in the hills", "Peaceful cottage on a hillside", "Lively bar street downtown"),
    ("café for sale", "Coffee shop business in Nimman", "Warehouse with loading bay"),
    // Thai
    ("วิลล่ามีสระว่ายน้ำ", "พูลวิลล่าพร้อมสระน้ำส่วนตัว ราไวย์", "คอนโดใกล้รถไฟฟ้า ทองหล่อ"),
    ("คอนโดติดรถไฟฟ้า", "คอนโดใกล้ BTS อโศก", "ที่ดินเปล่าติดภูเขา"),
    ("ที่ดินขายเชียงใหม่", "ขายที่ดิน 3 ไร่ เชียงใหม่", "ให้เช่าบ้านพักหัวหิน"),
    ("บ้านเลี้ยงสัตว์ได้", "บ้านเดี่ยว ยินดีต้อนรับสุนัขและแมว", "ออฟฟิศใจกลางเมือง"),
    ("อพาทเม้นในกรุงเทพ", "อพาร์ทเม้นท์ กรุงเทพมหานคร", "วิลล่าริมทะเล เกาะสมุย"),
    // A question in one language, answers in the other
    ("สระว่ายน้ำ", "House with a swimming pool", "House with a car park"),
    ("วิลล่าหรูริมทะเล", "Luxury beachfront villa", "Cheap student room near the university"),
    ("บ้านเงียบสงบใกล้ภูเขา", "Quiet house by the mountains", "Busy shop on the main road"),
    ("เช่าออฟฟิศในเมือง", "Downtown office for rent", "Farm land in the countryside"),
    ("ห้องนอน 3 ห้อง ภูเก็ต", "3 bedroom house, Phuket", "1 bedroom condo, Bangkok"),
    ("quiet villa by the sea", "วิลล่าเงียบสงบติดทะเล", "คอนโดกลางเมืองใกล้รถไฟฟ้า"),
    ("family house with garden", "บ้านสำหรับครอบครัว มีสวน", "โกดังให้เช่า ติดถนน"),
    ("land in Chiang Mai", "ที่ดินเชียงใหม่ โฉนดพร้อมโอน", "คอนโดพัทยา รายเดือน"),
    ("pet friendly", "เลี้ยงสัตว์ได้", "ห้ามสูบบุหรี่"),
];

#[test]
fn what_answers_a_question_is_nearer_than_what_does_not() {
    let wrong: Vec<_> = TRIPLETS
        .iter()
        .map(|(question, near, far)| (question, alike(question, near), alike(question, far)))
        // Nearer by more than what falls together by chance.
        .filter(|(_, near, far)| *near < far + 0.08)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Each seed listing by its title in the one language, among all listings in the other.
#[test]
fn a_listing_is_found_by_its_title_in_the_other_language() {
    let products = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../products");
    let mut listings = Vec::new();
    for product in ["bestays", "realestate"] {
        let file = products.join(product).join("seed/listings.jsonl");
        let text = fs::read_to_string(file).expect("the seed");
        let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a listing"));
        listings.extend(rows.filter(|row| row["translations"]["th"]["title"].is_string()));
    }
    let read = |row: &Value| {
        let part = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        (vector(&part("title")), vector(&format!("{} {}", part("title"), part("description"))))
    };
    let english: Vec<_> = listings.iter().map(read).collect();
    let thai: Vec<_> = listings.iter().map(|row| read(&row["translations"]["th"])).collect();
    assert!(english.len() > 100, "{} listings", english.len());
    for (asked, found) in [(&thai, &english), (&english, &thai)] {
        let is_near = |n: &usize| {
            let likeness = |(_, whole): &(Embedding, Embedding)| asked[*n].0.similarity(whole);
            let own = likeness(&found[*n]);
            found.iter().filter(|other| likeness(other) > own).count() < 5
        };
        let near = (0..asked.len()).filter(is_near).count();
        assert!(near * 100 > asked.len() * 70, "{near} of {} among the first five", asked.len());
    }
}

#[test]
fn words_of_one_concept_meet_across_languages() {
    for (english, thai) in [
        ("pool", "สระว่ายน้ำ"),
        ("beach", "ทะเล"),
        ("villas", "วิลล่า"),
        ("luxurious", "หรูหรา"),
        ("mountains", "ภูเขา"),
        ("co-working", "โต๊ะทำงาน"),
        ("Chiang Mai", "เชียงใหม่"),
    ] {
        let (meant, other) = (alike(english, thai), alike(english, "ลิฟต์"));
        assert!(meant > 0.4 && meant > other + 0.3, "{english} {thai}: {meant}, {other}");
    }
}

#[test]
fn a_slip_of_the_finger_stays_near() {
    for (right, slip, other) in [
        ("Sukhumvit", "Sukumvit", "Sathorn"),
        ("penthouse", "pentouse", "warehouse"),
        ("สระว่ายน้ำ", "swiming pool", "parking"),
        ("ออฟฟิศ", "offcie", "coffee"),
        ("สุขุมวิท", "สุขุมวิทย์", "สีลม"),
        ("เฟอร์นิเจอร์", "เฟอนิเจอร์", "ที่จอดรถ"),
    ] {
        let (near, far) = (alike(right, slip), alike(right, other));
        assert!(near > far + 0.1, "{right}, {slip}: {near}, {far}");
    }
}

#[test]
fn words_that_say_little_count_little() {
    for (wordy, plain) in [
        ("I am looking for a villa with a pool, please", "villa pool"),
        ("กำลังหาวิลล่าที่มีสระว่ายน้ำครับ", "วิลล่าสระว่ายน้ำ"),
    ] {
        let (alike, other) = (alike(wordy, plain), alike(wordy, "I am looking for a hospital"));
        assert!(alike > 0.75 && other < 0.15, "{wordy}: {alike}, {other}");
    }
}

#[test]
fn spellings_of_one_text_are_one_vector() {
    for (a, b) in [
        ("Café Müller", "CAFE MULLER"),
        ("cafe\u{301}", "café"),
        ("๓ ห้องนอน", "3 ห้องนอน"),
        ("น้ํา", "น้ำ"),
        ("เเม่น้ำ", "แม่น้ำ"),
        ("สระ\u{200b}ว่ายน้ำ", "สระว่ายน้ำ"),
        ("Villa,  POOL!", "villa pool"),
        ("beaches", "beach"),
    ] {
        assert_eq!(vector(a), vector(b), "{a} {b}");
    }
}

#[test]
fn the_end_of_a_word_that_looks_like_another_does_not_mislead() {
    // What is one letter away from a concept is not it where the word is short.
    assert!(alike("least", "เช่า") < 0.15 && alike("horse", "บ้าน") < 0.15);
    // A province holds the letters of a temple, a shopping centre none of a room.
    assert!(alike("จังหวัด", "temple") < 0.15);
    assert!(alike("หาดใหญ่", "beach") < 0.15, "a town far from the sea");
    assert!(alike("ป่าตอง", "forest") < 0.15);
}

#[tokio::test]
async fn many_texts_have_their_vectors_in_order() {
    let texts: Vec<_> = (0..50).map(|n| format!("villa {n} with pool")).collect();
    let vectors = Hashing::new().embed(&texts, Purpose::Document).await.expect("vectors");
    assert_eq!(vectors.len(), texts.len());
    for (text, found) in texts.iter().zip(&vectors) {
        assert_eq!(*found, vector(text), "{text}");
    }
    let none = Hashing::new().embed(&[], Purpose::Query).await.expect("none of none");
    assert!(none.is_empty());
}

#[test]
fn white_space_is_no_text_and_a_symbol_is_one() {
    for blank in ["", " ", "\t\n", "\u{200b}"] {
        assert!(matches!(Hashing::new().vector(blank), Err(Failure::Final(_))), "{blank:?}");
    }
    assert!(alike("🏖", "🏖") > 0.99 && alike("🏖", "🏔").abs() < 0.2);
}

proptest! {
    #[test]
    fn any_text_has_a_vector_or_is_blank(text in "\\PC{0,60}|[ก-๛ a-z0-9.']{0,60}") {
        match Hashing::new().vector(&text) {
            Ok(vector) => prop_assert_eq!(vector.as_slice().len(), WIDTH),
            Err(error) => prop_assert!(
                text.trim().is_empty() || !text.chars().any(char::is_alphanumeric),
                "{text:?}: {error}"
            ),
        }
    }
}
