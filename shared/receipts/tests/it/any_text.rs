//! Any price in any form, and any text at all.

use proptest::prelude::*;
use terrace_receipts::{Evidence, Kind, Lang, claims, honest, language, redact, unbacked};

fn grouped(whole: u64) -> String {
    let digits = whole.to_string();
    let mut out = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn thai_digits(text: &str) -> String {
    text.chars()
        .map(|letter| match letter.to_digit(10) {
            Some(digit) => char::from_u32(0x0E50 + digit).unwrap(),
            None => letter,
        })
        .collect()
}

/// Every way in which an amount of baht is written here.
fn ways(whole: u64) -> Vec<String> {
    let (plain, grouped) = (whole.to_string(), grouped(whole));
    #[expect(clippy::cast_precision_loss, reason = "a fraction of a small number")]
    let by = |each: u64| format!("{}", whole as f64 / each as f64);
    let mut ways = vec![
        format!("THB {grouped}"),
        format!("฿{grouped}"),
        format!("฿{plain}"),
        format!("{grouped} baht"),
        format!("{plain} บาท"),
        format!("{grouped}.00 บาท"),
        thai_digits(&format!("{grouped} บาท")),
        format!("**{grouped}** THB"),
        format!("THB{plain}"),
    ];
    if whole.is_multiple_of(100) {
        ways.push(format!("{}k baht", by(1_000)));
        ways.push(format!("{} พันบาท", by(1_000)));
        ways.push(format!("{} หมื่นบาท", by(10_000)));
    }
    if whole.is_multiple_of(10_000) {
        ways.push(format!("฿{}M", by(1_000_000)));
        ways.push(format!("{} ล้านบาท", by(1_000_000)));
        ways.push(format!("{} million baht", by(1_000_000)));
    }
    ways
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_price_is_a_price_in_any_form(
        whole in prop_oneof![1_u64..1_000_000, (1_u64..10_000).prop_map(|n| n * 100), (1_u64..5_000).prop_map(|n| n * 10_000)],
        off in 1_u64..1_000,
        th: bool,
    ) {
        let mut evidence = Evidence::new();
        evidence.json(&serde_json::json!({ "price": whole, "currency": "THB" }));
        for way in ways(whole) {
            let text = if th { format!("ราคา {way} ครับ") } else { format!("It is {way}, furnished.") };
            let found = claims(&text);
            prop_assert_eq!(found.len(), 1, "{}: {:?}", text, found);
            prop_assert_eq!(found[0].kind, Kind::Price);
            prop_assert!(unbacked(&text, &evidence).is_empty(), "{} is not {}", text, whole);
        }
        for way in ways(whole + off) {
            prop_assert_eq!(unbacked(&format!("It is {way}."), &evidence).len(), 1, "{}", way);
        }
    }

    #[test]
    fn a_day_is_a_day_in_any_form(days in 0_i64..20_000) {
        let (year, month, day) = civil(days + 10_957);
        let english = ["January", "February", "March", "April", "May", "June", "July", "August",
            "September", "October", "November", "December"][month - 1];
        let thai = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.",
            "ต.ค.", "พ.ย.", "ธ.ค."][month - 1];
        let mut evidence = Evidence::new();
        evidence.text(&format!("{year}-{month:02}-{day:02}"));
        let buddhist = year + 543;
        for way in [
            format!("{day} {english} {year}"),
            format!("{english} {day}, {year}"),
            format!("{day} {thai} {buddhist}"),
            thai_digits(&format!("{day} {thai} {buddhist}")),
            format!("{day}/{month}/{year}"),
            format!("{day} {english}"),
        ] {
            let text = format!("You arrive on {way}.");
            prop_assert_eq!(claims(&text).len(), 1, "{}", text);
            prop_assert!(unbacked(&text, &evidence).is_empty(), "{}", text);
        }
        let other = format!("{day} {english} {}", year + 1);
        prop_assert_eq!(unbacked(&other, &evidence).len(), 1);
    }

    /// Letters that claims are made of, in any order.
    #[test]
    fn no_text_panics_and_honesty_is_final(
        text in prop_oneof!["\\PC{0,200}", "[0-9๐-๙,.\\-/:@ %฿kKmM$aouptn\\nล้านพมค.บาทsqehrd+()]{0,120}"],
        known in "[0-9, บาทsqm]{0,20}",
    ) {
        let mut evidence = Evidence::new();
        evidence.text(&known);
        let mut last = 0;
        for claim in claims(&text) {
            prop_assert_eq!(&text[claim.span.clone()], claim.text.as_str());
            prop_assert!(claim.span.start >= last, "claims overlap");
            last = claim.span.end;
        }
        let all = claims(&text);
        let _ = redact(&text, &all, Lang::Thai);
        let _ = language(&text);
        for lang in [Lang::English, Lang::Thai] {
            let (out, taken) = honest(&text, &evidence, lang);
            prop_assert!(unbacked(&out, &evidence).is_empty(), "{:?} -> {:?}", text, out);
            prop_assert!(!taken.is_empty() || out == text);
        }
    }
}

/// Days since 1970 as year, month and day (Hinnant).
fn civil(days: i64) -> (i64, usize, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), usize::try_from(month).unwrap(), day)
}
