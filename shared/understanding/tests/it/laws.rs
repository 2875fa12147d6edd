//! What holds for every query.

use chrono::NaiveDate;
use proptest::prelude::*;
use terrace_understanding::{Strength, Understanding, understand};

use crate::{RENTALS, others, rentals, scope};

/// Words of every kind, which a query is put together from.
fn word() -> impl Strategy<Value = String> {
    let words = [
        "2",
        "3",
        "30k",
        "30,000",
        "5m",
        "2569",
        "under",
        "from",
        "between",
        "and",
        "or",
        "to",
        "-",
        ",",
        "/",
        "bed",
        "beds",
        "bath",
        "bedrooms",
        "sqm",
        "rai",
        "ไร่",
        "ตร.ม.",
        "people",
        "คน",
        "guests",
        "for",
        "baht",
        "บาท",
        "฿",
        "$",
        "per night",
        "a month",
        "คืนละ",
        "ล้าน",
        "แสน",
        "villa",
        "condo",
        "คอนโด",
        "บ้าน",
        "land",
        "ที่ดิน",
        "for rent",
        "ขาย",
        "pool",
        "สระว่ายน้ำ",
        "near",
        "ใกล้",
        "BTS",
        "beach",
        "ทะเล",
        "Phuket",
        "ภูเก็ต",
        "Thong Lo",
        "ทองหล่อ",
        "Hua Hin",
        "Old Town",
        "tambon",
        "Rawai",
        "Chom Thong",
        "12",
        "18",
        "December",
        "ธันวาคม",
        "5 nights",
        "next weekend",
        "no",
        "without",
        "ไม่มี",
        "soi",
        "unit",
        "minutes",
        "m",
        "studio",
        "one",
        "สอง",
        "ห้องนอน",
        "ห้องน้ำ",
        "furnished",
        "quiet",
        "the",
        "in",
        "a",
        "modern",
        "สวย",
        "😀",
        "\u{200b}",
        "1-2-50",
        "081-234-5678",
        "at least",
        "ขึ้นไป",
        "+",
        ".",
    ];
    prop::sample::select(words.map(str::to_owned).to_vec())
}

fn query() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (prop::collection::vec(word(), 0..12), prop::bool::weighted(0.85))
            .prop_map(|(words, spaced)| words.join(if spaced { " " } else { "" })),
        1 => any::<String>(),
        1 => "[ก-๛a-z0-9 ,.-]{0,40}",
    ]
}

/// As the list would read a parameter.
fn is_readable(name: &str, value: &str) -> bool {
    let number = |value: &str| value.parse::<f64>().is_ok_and(|n| n.is_finite() && n >= 0.0);
    let all = |fits: &dyn Fn(&str) -> bool| !value.is_empty() && value.split(',').all(fits);
    match name {
        "price_min" | "price_max" | "price_per_night_min" | "price_per_night_max" => {
            value.parse::<i64>().is_ok_and(|price| (1..=10_000_000_000_000).contains(&price))
        }
        "bedrooms" => all(&|count| count.parse::<i16>().is_ok()),
        "bedrooms_min" | "bedrooms_max" => value.parse::<i16>().is_ok(),
        "bathrooms" => all(&number),
        "bathrooms_min" | "bathrooms_max" | "area_min" | "area_max" | "land_min" | "land_max" => {
            number(value)
        }
        "furnished" => ["fully", "partly", "unfurnished"].contains(&value),
        "guests" => value.parse::<i32>().is_ok_and(|guests| (1..=500).contains(&guests)),
        "radius_km" => value.parse::<f64>().is_ok_and(|km| (0.1..=500.0).contains(&km)),
        "near" => value.split(',').count() == 2 && all(&|degrees| degrees.parse::<f64>().is_ok()),
        "check_in" | "check_out" => value.parse::<NaiveDate>().is_ok(),
        "province" | "district" => value.split(',').count() <= 50 && all(&|name| !name.is_empty()),
        "transaction_type" => value == "rent",
        "property_type" | "amenities" | "amenities_all" => all(&|slug| {
            slug.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
        }),
        _ => false,
    }
}

fn pairs_are_in_order(understanding: &Understanding) -> bool {
    understanding.chips.iter().all(|chip| {
        let value = |name: &str| {
            let found = chip.params.iter().find(|(known, _)| *known == name);
            found.and_then(|(_, value)| value.parse::<f64>().ok())
        };
        ["price", "price_per_night", "bedrooms", "bathrooms", "area", "land"].iter().all(|what| {
            match (value(&format!("{what}_min")), value(&format!("{what}_max"))) {
                (Some(low), Some(high)) => low <= high,
                _ => true,
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chips_stand_apart_inside_the_text(text in query()) {
        let units: Vec<u16> = text.encode_utf16().collect();
        let understood = rentals(&text);
        let mut last = 0;
        for chip in &understood.chips {
            prop_assert!(last <= chip.span.start && chip.span.start < chip.span.end);
            prop_assert!(chip.span.end <= units.len());
            last = chip.span.end;
            let words = String::from_utf16(&units[chip.span.start..chip.span.end]);
            prop_assert_eq!(words.ok(), Some(chip.text.clone()));
            prop_assert!(!chip.label.en.is_empty() && !chip.label.th.is_empty());
        }
        let mut ids: Vec<_> = understood.chips.iter().map(|chip| &chip.id).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), understood.chips.len());
    }

    #[test]
    fn every_parameter_can_be_read(text in query()) {
        let understood = rentals(&text);
        prop_assert!(pairs_are_in_order(&understood));
        for chip in &understood.chips {
            for (name, value) in &chip.params {
                prop_assert!(is_readable(name, value), "{name}={value}");
            }
            prop_assert_eq!(chip.params.is_empty(), chip.strength == Strength::Preference);
            prop_assert!(chip.strength == Strength::Filter || chip.note.is_some());
        }
        let _ = others(&text);
    }

    #[test]
    fn the_rest_has_no_more_filters(text in query()) {
        let first = rentals(&text);
        let again = rentals(&first.rest);
        for chip in again.chips.iter().filter(|chip| chip.strength == Strength::Filter) {
            // Wider filters leave their words.
            let is_known = first.chips.iter().any(|known| known.id == chip.id && known.note.is_some());
            prop_assert!(is_known, "{:?} in {:?} of {:?}", chip.id, first.rest, text);
        }
    }

    #[test]
    fn what_is_taken_off_is_gone_and_the_others_stay(text in query(), nth in any::<prop::sample::Index>()) {
        let whole = rentals(&text);
        if whole.chips.is_empty() {
            return Ok(());
        }
        let off = vec![nth.get(&whole.chips).id.clone()];
        let left = understand(&text, &scope(RENTALS, &off));
        let ids: Vec<_> = whole.chips.iter().map(|chip| &chip.id).filter(|id| **id != off[0]).collect();
        prop_assert_eq!(left.chips.iter().map(|chip| &chip.id).collect::<Vec<_>>(), ids);
    }

    #[test]
    fn a_price_is_the_price_that_was_written(baht in 1_000_u32..100_000_000, form in 0_usize..6) {
        let grouped = {
            let digits = baht.to_string();
            let mut out = String::new();
            for (nth, digit) in digits.chars().enumerate() {
                if nth > 0 && (digits.len() - nth).is_multiple_of(3) { out.push(','); }
                out.push(digit);
            }
            out
        };
        let thai: String = grouped
            .chars()
            .map(|c| c.to_digit(10).and_then(|d| char::from_u32('๐' as u32 + d)).unwrap_or(c))
            .collect();
        let text = match form {
            0 => format!("under {grouped} baht"),
            1 => format!("ไม่เกิน {thai} บาท"),
            2 => format!("฿{baht} max"),
            3 => format!("max {}k baht", f64::from(baht) / 1_000.0),
            4 => format!("ไม่เกิน {} ล้านบาท", f64::from(baht) / 1_000_000.0),
            _ => format!("up to {grouped} บาทต่อเดือน"),
        };
        let understood = rentals(&text);
        prop_assert_eq!(&understood.chips[0].params, &[("price_max", (u64::from(baht) * 100).to_string())]);
        prop_assert_eq!(understood.rest, "");
    }
}
