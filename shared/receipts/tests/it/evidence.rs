//! What counts as a receipt.

use serde_json::json;
use terrace_receipts::Evidence;

fn looked_up() -> Evidence {
    let mut evidence = Evidence::new();
    evidence.json(&json!({
        "homes": [{
            "title_by_its_owner": "Pool villa in Rawai", "price": "THB 42,000", "price_per_night": "THB 4,200",
            "bedrooms": 3, "area_sqm": 180, "district": "Mueang Phuket", "beach_m": 300,
            "location_details": {"address": "99/1 Wiset Road, Soi Naya 2"},
        }],
        "answers": [{"answer_by_the_brand": "The deposit is 30 % and comes back within 14 days. Call 081 234 5678."}],
        "check_in": "2027-03-03",
    }));
    evidence
}

#[test]
fn what_was_looked_up_may_be_said_in_other_words() {
    for text in [
        "It costs ฿42,000 a month.",
        "42k baht a month",
        "ราคา 4.2 หมื่นบาทต่อเดือน",
        "forty-two thousand baht",
        "It has 180 sq m.",
        "มีพื้นที่ ๑๘๐ ตารางเมตร",
        "0.3 km to the beach",
        "300 เมตรจากทะเล",
        "The deposit is thirty, that is 30%.",
        "It is free from March 3.",
        "วันที่ 3 มีนาคม 2570",
        "It stands in Soi Naya 2.",
        "99/1 Wiset Road",
        "Call +66 81 234 5678.",
    ] {
        let lacks = looked_up().lacks(text);
        assert!(lacks.is_empty(), "{text}: {lacks:?}");
    }
}

#[test]
fn what_nobody_said_may_not_be_said() {
    for text in [
        "It costs ฿41,000 a month.",
        "It costs 43k.",
        "ราคา 4.3 หมื่นบาท",
        "forty-three thousand baht",
        "It costs USD 2 million.",
        "It has 181 sqm.",
        "It has 180 rai.",
        "180 m to the beach.",
        "3 km to the beach",
        "The deposit is 3%.",
        "The deposit is 180 baht.",
        "free from March 4",
        "3 March 2028",
        "It stands in Soi Naya 3.",
        "12 Wiset Road",
        "Call 081 234 5679.",
        "Pay at https://evil.example/pay.",
        "Write to owner@evil.example.",
        "It is worth 9,000,000.",
        "5 minutes' walk",
    ] {
        assert!(!looked_up().lacks(text).is_empty(), "{text}");
    }
}

#[test]
fn without_anything_no_number_may_be_said() {
    let nothing = Evidence::new();
    assert!(!nothing.lacks("฿42,000").is_empty());
    assert!(nothing.lacks("It has three bedrooms and a pool.").is_empty());
}
