//! What is said, what was read, and whether the one holds the other.

use terrace_receipts::{Evidence, Kind, claims, unbacked};

/// Said, read, and whether there is a receipt for it.
const PAIRS: &[(&str, &str, bool)] = &[
    // Money in digits, in short, in words.
    ("THB 32,000", "32,000 baht", true),
    ("฿32,000", "THB 32,000", true),
    ("32k baht", "THB 32,000", true),
    ("32 k", "THB 32,000", true),
    ("๓๒,๐๐๐ บาท", "THB 32,000", true),
    ("32000 บาท", "THB 32,000", true),
    ("THB32,000", "32,000 THB", true),
    ("32,000.00 baht", "THB 32,000", true),
    ("32,000.-", "THB 32,000", true),
    ("thirty-two thousand baht", "THB 32,000", true),
    ("สามหมื่นสองพันบาท", "THB 32,000", true),
    ("3.2 หมื่นบาท", "THB 32,000", true),
    ("3 หมื่น 2 พันบาท", "THB 32,000", true),
    ("32,001 baht", "THB 32,000", false),
    ("33k", "THB 32,000", false),
    ("๓๓,๐๐๐ บาท", "THB 32,000", false),
    ("thirty-three thousand baht", "THB 32,000", false),
    ("สามหมื่นสามพันบาท", "THB 32,000", false),
    ("1.2 ล้านบาท", "THB 1,200,000", true),
    ("1.2M THB", "THB 1,200,000", true),
    ("฿1.2m", "THB 1,200,000", true),
    ("1.2m baht", "THB 1,200,000", true),
    ("1 ล้าน 2 แสนบาท", "THB 1,200,000", true),
    ("12 แสนบาท", "THB 1,200,000", true),
    ("1.2 million baht", "THB 1,200,000", true),
    ("ล้านครึ่ง 1 ล้านครึ่ง", "THB 1,500,000", true),
    ("one and a half million baht", "THB 1,500,000", true),
    ("half a million baht", "THB 500,000", true),
    ("a hundred and twenty thousand baht", "THB 120,000", true),
    ("twelve thousand five hundred baht", "THB 12,500", true),
    ("1.3 ล้านบาท", "THB 1,200,000", false),
    ("1.2 ล้านบาท", "THB 1,234,567", false),
    ("12 ล้านบาท", "THB 1,200,000", false),
    ("**12,000** baht", "THB 12,000", true),
    ("1\u{200b}3,000 baht", "THB 12,000", false),
    ("12.000.000 baht", "THB 12,000,000", true),
    ("１２,０００ baht", "THB 12,000", true),
    ("$500", "USD 500", true),
    ("US$500", "500 dollars", true),
    ("USD 500", "THB 500", false),
    ("€1,000", "1,000 euros", true),
    ("£1,000", "€1,000", false),
    ("¥100,000", "JPY 100,000", true),
    ("12,000-15,000 baht", "THB 12,000, THB 15,000", true),
    ("12,000 to 16,000 baht", "THB 12,000, THB 15,000", false),
    ("11,000 ถึง 15,000 บาท", "THB 12,000, THB 15,000", false),
    ("THB 5,000 per night", "THB 5,000 a night", true),
    ("THB 5,000/night", "คืนละ 5,000 บาท", true),
    ("5,000 บาทต่อคืน", "THB 5,000 per night", true),
    ("เดือนละ 5,000 บาท", "THB 5,000 per night", false),
    ("THB 5,000 a month", "THB 5,000 per night", false),
    ("5,000 a night", "THB 5,000 per night", true),
    ("rent is 40,000", "THB 30,000", false),
    ("rent is 30,000", "THB 30,000", true),
    ("ค่าเช่า 30,000", "THB 30,000", true),
    ("ค่าเช่า 31,000", "THB 30,000", false),
    (
        "the deposit is THB 10,000 and the fee THB 2,000, 12,000 baht in all",
        "THB 10,000, THB 2,000",
        false,
    ),
    ("THB 99,999,999,999,999,999,999", "THB 1", false),
    // Shares.
    ("10%", "10 percent", true),
    ("ร้อยละ 10", "10%", true),
    ("10 เปอร์เซ็นต์", "10%", true),
    ("ten percent", "10%", true),
    ("7.5%", "7.5 %", true),
    ("15%", "10%", false),
    ("10%", "THB 10", false),
    // Dates.
    ("3 March 2027", "2027-03-03", true),
    ("March 3rd, 2027", "2027-03-03", true),
    ("3rd of March 2027", "2027-03-03", true),
    ("Mar 3", "2027-03-03", true),
    ("3 มี.ค. 2570", "2027-03-03", true),
    ("๓ มีนาคม ๒๕๗๐", "2027-03-03", true),
    ("3 มีนาคม พ.ศ. 2570", "2027-03-03", true),
    ("3/3/2027", "2027-03-03", true),
    ("3/3/2570", "2027-03-03", true),
    ("03.03.2027", "2027-03-03", true),
    ("12/31/2027", "2027-12-31", true),
    ("Wednesday, 3 March 2027", "2027-03-03", true),
    ("Friday, 3 March 2027", "2027-03-03", false),
    ("วันพุธที่ 3 มีนาคม 2570", "2027-03-03", true),
    ("วันศุกร์ที่ 3 มีนาคม 2570", "2027-03-03", false),
    ("Wednesday", "2027-03-03", true),
    ("Friday", "2027-03-03", false),
    ("4 March 2027", "2027-03-03", false),
    ("3 March 2028", "2027-03-03", false),
    ("4 มี.ค. 2570", "2027-03-03", false),
    ("in March", "2027-03-03", true),
    ("in April", "2027-03-03", false),
    ("March 2027", "2027-03-03", true),
    ("มีนาคม 2570", "2027-03-03", true),
    ("เมษายน", "2027-03-03", false),
    ("3-7 March 2027", "2027-03-03 2027-03-07", true),
    ("3 to 8 March 2027", "2027-03-03 2027-03-07", false),
    ("March 3-7", "2027-03-03 2027-03-07", true),
    ("3 ถึง 7 มีนาคม 2570", "2027-03-03 2027-03-07", true),
    ("2027", "2027-03-03", true),
    ("2570", "2027-03-03", true),
    ("2028", "2027-03-03", false),
    // Times.
    ("2 pm", "14:00", true),
    ("14.00 น.", "14:00", true),
    ("3 pm", "14:00", false),
    ("11:00", "14:00", false),
    // Surfaces.
    ("120 sqm", "120 m²", true),
    ("120 ตร.ม.", "120 sq m", true),
    ("120 ตารางเมตร", "120 square metres", true),
    ("1 rai", "1,600 sqm", true),
    ("2 rai 1 ngan 50 wah", "3,800 sqm", true),
    ("2 ไร่ 1 งาน 50 ตารางวา", "3,800 sqm", true),
    ("100 ตร.ว.", "400 sqm", true),
    ("3 ไร่", "2 rai", false),
    ("121 sqm", "120 sqm", false),
    ("120 sqm", "120 m", false),
    ("1,000 sqft", "1,000 sqm", false),
    // Ways.
    ("500 m", "0.5 km", true),
    ("500 เมตร", "500 metres", true),
    ("1.5 กม.", "1,500 m", true),
    ("5 minutes' walk", "5 minutes on foot", true),
    ("five minutes", "5 min", true),
    ("เดิน 5 นาที", "5 minutes", true),
    ("200 m from the beach", "2 km from the beach", false),
    ("10 minutes' walk", "5 minutes", false),
    ("5 km", "5 minutes", false),
    // Rooms and people.
    ("3 bedrooms", "3-bedroom", true),
    ("a three-bedroom villa", "3 bedrooms", true),
    ("3 ห้องนอน", "3 bedrooms", true),
    ("สามห้องนอน", "3 bedrooms", true),
    ("4 ห้องนอน", "3 bedrooms", false),
    ("two bathrooms", "2 baths", true),
    ("3 bathrooms", "3 bedrooms", false),
    ("สองคืน", "2 nights", true),
    ("3 nights", "2 nights", false),
    ("6 คน", "6 guests", true),
    ("8 people", "6 guests", false),
    // Places and ways to people.
    ("123/4 Sukhumvit Road", "123/4 Sukhumvit Road", true),
    ("125/4 Sukhumvit Road", "123/4 Sukhumvit Road", false),
    ("Sukhumvit Rd", "Sukhumvit Road", true),
    ("Silom Road", "Sukhumvit Road", false),
    ("Soi 24", "ซอย 24", true),
    ("Soi 25", "ซอย 24", false),
    ("Moo 5", "หมู่ 5", true),
    ("หมู่ที่ 6", "หมู่ 5", false),
    ("ถนนสุขุมวิทใกล้รถไฟฟ้า", "ถนนสุขุมวิท", true),
    ("ถนนสีลม", "ถนนสุขุมวิท", false),
    ("บ้านเลขที่ 9/1", "9/1", true),
    ("+66 81 234 5678", "081-234-5678", true),
    ("081 234 5679", "081-234-5678", false),
    ("sales@example.com", "sales@example.com", true),
    ("evil@example.org", "sales@example.com", false),
    ("https://example.com/a", "https://example.com/a", false),
    ("evil.example/x", "example.com", false),
    ("www.example.com", "", false),
    ("javascript:alert(1)", "", false),
    // Nothing to check.
    ("It has a pool and a garden, near the beach.", "", true),
    ("คุณสามารถเดินไปทะเลได้ มีเก้าอี้และห้างใกล้บ้าน", "", true),
    ("You may march on; one of the best.", "", true),
    ("1. First\n2. Second", "", true),
    ("Open 24/7", "", false),
];

#[test]
fn every_claim_has_its_receipt_or_none() {
    assert!(PAIRS.len() >= 120, "{}", PAIRS.len());
    let mut wrong = Vec::new();
    for (said, known, is_backed) in PAIRS {
        let mut evidence = Evidence::new();
        evidence.text(known);
        let left = unbacked(said, &evidence);
        if left.is_empty() != *is_backed {
            wrong.push(format!("{said:?} of {known:?}: {left:?} of {:?}", claims(said)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is found in whole sentences, and where it stands.
#[test]
fn sentences_are_taken_apart() {
    let sentences = [
        "Villa Mango costs THB 32,000 a month, has 3 bedrooms and 120 sqm, 500 m from the beach.",
        "From 3 to 7 March 2027 it is THB 5,000 per night: 4 nights, THB 20,000 in all, 10% now.",
        "วิลล่ามะม่วง ราคา 1.2 ล้านบาท 3 ห้องนอน เนื้อที่ 2 ไร่ 1 งาน ห่างทะเล 500 เมตร",
        "เข้าพักวันพุธที่ 3 มี.ค. 2570 เวลา 14.00 น. คืนละ ๕,๐๐๐ บาท",
        "Write to sales@example.com or call 081-234-5678; see https://example.com/villa.",
        "99/1 Moo 5, Sukhumvit Road, Soi 24. See 0192f3a4-5b6c-7d8e-9f00-112233445566.",
    ];
    let found: Vec<String> = sentences
        .iter()
        .flat_map(|sentence| {
            let claims = claims(sentence).into_iter();
            claims.map(|claim| {
                assert_eq!(claim.text, sentence[claim.span.clone()]);
                format!("{}: {}", claim.kind.name(), claim.text)
            })
        })
        .collect();
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn kinds_have_names_of_their_own() {
    let found = claims(
        "THB 5, 5%, 5 m, 5 sqm, 5 beds, 3 May 2027, 5 pm, Soi 5, a@b.co, b.com, 0812345678, 555",
    );
    let kinds: std::collections::BTreeSet<Kind> = found.iter().map(|claim| claim.kind).collect();
    let names: std::collections::BTreeSet<&str> = kinds.iter().map(|kind| kind.name()).collect();
    assert_eq!((kinds.len(), names.len()), (12, 12), "{found:?}");
}
