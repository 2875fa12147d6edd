//! Examples, most of them of what language models write, and properties.

use proptest::prelude::*;
use terrace_receipts::{Claim, Kind, Value, claims};

/// The only claim of a text.
fn only(text: &str) -> Claim {
    let found = claims(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found.into_iter().next().unwrap()
}

fn amount(kind: Kind, value: f64, text: &str) {
    let claim = only(text);
    #[expect(clippy::cast_possible_truncation, reason = "examples are small")]
    let thousandths = (value * 1000.0).round() as i128;
    assert_eq!((claim.kind, claim.value), (kind, Value::Amount(thousandths)), "{text}");
}

#[test]
fn one_price_in_all_its_ways() {
    for text in [
        "฿32,000",
        "฿ 32000",
        "THB 32,000",
        "32,000 THB",
        "32,000 baht",
        "32000 Baht per month",
        "32k baht",
        "฿32k",
        "32 thousand baht",
        "32,000.00 บาท",
        "32,000 บาทต่อเดือน",
        "๓๒,๐๐๐ บาท",
        "3.2 หมื่นบาท",
        "32 พันบาท",
        "฿\u{a0}32,000",
        "฿32,\u{200b}000",
        "thirty-two thousand baht",
        "สามหมื่นสองพันบาท",
        "ราคา 32,000",
        "USD 32,000",
        "$32,000",
        "32,000 dollars",
        "€32,000",
        "32,000 ยูโร",
    ] {
        amount(Kind::Price, 32_000.0, text);
    }
}

#[test]
fn prices_of_other_sizes() {
    for (value, text) in [
        (1_200_000.0, "1.2 million baht"),
        (1_200_000.0, "฿1.2M"),
        (1_200_000.0, "1.2 ล้านบาท"),
        (8_900_000.0, "8.9 ล้านบาท"),
        (450_000.0, "4.5 แสนบาท"),
        (1500.5, "THB 1,500.50"),
        (5.0, "5 baht"),
        (1_000_000.0, "one million baht"),
        (2_500.0, "two thousand five hundred baht"),
        (11_000_000.0, "สิบเอ็ดล้านบาท"),
        (21_500.0, "สองหมื่นหนึ่งพันห้าร้อยบาท"),
    ] {
        amount(Kind::Price, value, text);
    }
}

#[test]
fn one_day_in_all_its_ways() {
    for text in [
        "2027-03-03",
        "3 March 2027",
        "3rd of March 2027",
        "March 3, 2027",
        "March 3rd, 2027",
        "3 Mar 2027",
        "03/03/2027",
        "3 มีนาคม 2570",
        "3 มี.ค. 2570",
        "3 มีนาคม พ.ศ. 2570",
        "๓ มีนาคม ๒๕๗๐",
        "3/3/2570",
    ] {
        let claim = only(text);
        assert_eq!(claim.value, Value::Day { year: Some(2027), month: 3, day: 3 }, "{text}");
        assert_eq!(claim.kind, Kind::Date, "{text}");
    }
    for text in ["24 December", "December 24th", "24 ธันวาคม", "24 ธ.ค."] {
        assert_eq!(only(text).value, Value::Day { year: None, month: 12, day: 24 }, "{text}");
    }
}

#[test]
fn measures() {
    for (kind, value, text) in [
        (Kind::Area, 180.0, "180 sqm"),
        (Kind::Area, 180.0, "180 sq.m."),
        (Kind::Area, 180.0, "180 m²"),
        (Kind::Area, 180.0, "180 square metres"),
        (Kind::Area, 180.0, "180 ตร.ม."),
        (Kind::Area, 180.0, "180 ตารางเมตร"),
        (Kind::Area, 1600.0, "1 rai"),
        (Kind::Area, 3200.0, "2 ไร่"),
        (Kind::Area, 400.0, "1 งาน"),
        (Kind::Area, 200.0, "50 ตารางวา"),
        (Kind::Distance, 300.0, "300 m"),
        (Kind::Distance, 300.0, "300 metres"),
        (Kind::Distance, 300.0, "300 เมตร"),
        (Kind::Distance, 1500.0, "1.5 km"),
        (Kind::Distance, 1500.0, "1.5 กม."),
        (Kind::Duration, 5.0, "5 minutes"),
        (Kind::Duration, 5.0, "5-minute"),
        (Kind::Duration, 10.0, "10 นาที"),
        (Kind::Duration, 120.0, "2 hours"),
        (Kind::Percent, 3.3, "3.3%"),
        (Kind::Percent, 5.0, "5 percent"),
        (Kind::Percent, 2.0, "ร้อยละ 2"),
        (Kind::Percent, 30.0, "30 เปอร์เซ็นต์"),
    ] {
        amount(kind, value, text);
    }
}

#[test]
fn places_and_ways_to_reach_somebody() {
    for (kind, text) in [
        (Kind::Address, "Soi Thonglor 13"),
        (Kind::Address, "99/1 Sukhumvit Road"),
        (Kind::Address, "ซอยทองหล่อ 13"),
        (Kind::Address, "ถนนสุขุมวิท"),
        (Kind::Address, "Moo 4"),
        (Kind::Address, "เลขที่ 99/1"),
        (Kind::Phone, "081-234-5678"),
        (Kind::Phone, "+66 81 234 5678"),
        (Kind::Phone, "๐๘๑๒๓๔๕๖๗๘"),
        (Kind::Email, "host@example.com"),
        (Kind::Link, "https://evil.example/x"),
        (Kind::Link, "www.example.com"),
        (Kind::Link, "pay-here.xyz/villa"),
        (Kind::Link, "[here](javascript:alert)"),
    ] {
        let found = claims(text);
        assert!(found.iter().any(|claim| claim.kind == kind), "{text}: {found:?}");
    }
    assert_eq!(only("081-234-5678").value, only("+66 81 234 5678").value);
}

#[test]
fn large_numbers_say_something_even_without_a_word() {
    for (value, text) in
        [(32_000.0, "It costs 32,000."), (32_000.0, "about 32k"), (250.0, "only 250 a night")]
    {
        amount(Kind::Number, value, text);
    }
}

#[test]
fn what_is_no_claim_is_none() {
    for text in [
        "",
        "A villa with 3 bedrooms and 2 bathrooms for 6 guests.",
        "มี 3 ห้องนอน",
        "Close to the beach.",
        "Yes, it has a pool.",
        "Building B2",
        "24/7",
        "We answer within a day.",
    ] {
        assert_eq!(claims(text), [], "{text}");
    }
}

#[test]
fn a_sentence_gives_all_of_its_claims_in_order() {
    let text = "The villa costs THB 42,000 a month, has 180 sqm, is 300 m from the sea and free from 3 March 2027.";
    let kinds: Vec<Kind> = claims(text).into_iter().map(|claim| claim.kind).collect();
    assert_eq!(kinds, [Kind::Price, Kind::Area, Kind::Distance, Kind::Date]);
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in any::<String>()) {
        for claim in claims(&text) {
            prop_assert!(text.get(claim.span.clone()).is_some(), "{:?}", claim);
        }
    }

    #[test]
    fn no_text_of_such_signs_breaks_it(text in "[0-9๐-๙.,:/ %฿$kKmM()+a-zก-์-]{0,60}") {
        for claim in claims(&text) {
            prop_assert!(text.get(claim.span.clone()).is_some(), "{:?}", claim);
        }
    }

    #[test]
    fn a_price_is_found_however_it_is_written(
        amount in 1_u32..2_000_000_000,
        form in 0_usize..6,
        thai in any::<bool>(),
        before in "[a-z ]{0,12} ",
    ) {
        let digits = amount.to_string();
        let mut grouped = String::new();
        for (nth, digit) in digits.chars().enumerate() {
            if nth > 0 && (digits.len() - nth) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let mut text = match form {
            0 => format!("฿{digits}"),
            1 => format!("THB {grouped}"),
            2 => format!("{grouped} บาท"),
            3 => format!("{digits} baht"),
            4 => format!("{grouped}.00 THB"),
            _ => format!("฿ {grouped}"),
        };
        if thai {
            text = text
                .chars()
                .map(|letter| letter.to_digit(10).and_then(|d| char::from_u32(0xe50 + d)).unwrap_or(letter))
                .collect();
        }
        let found = claims(&format!("{before}{text} a month"));
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(&found[0].value, &Value::Amount(i128::from(amount) * 1000));
        prop_assert_eq!(found[0].kind, Kind::Price);
    }
}
