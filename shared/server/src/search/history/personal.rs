//! Texts that say who somebody is. What looks like it is not kept: a search that is withheld for
//! nothing is a row less in a report, one that is kept by mistake is somebody's telephone number.

use serde_json::{Map, Value};

use super::LONGEST;
use crate::search::input::parameter;

/// Bytes of the filters of one search that are kept.
const MOST_FILTERS: usize = 2_000;

/// The text by which the same question is known again: lower case, single spaces, no signs that
/// nobody sees.
pub(super) fn normalise(text: &str) -> String {
    let seen: String = text.chars().map(|c| if is_invisible(c) { ' ' } else { c }).collect();
    let words: Vec<String> = seen.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether a text has an address of e-mail or of the web, a name as chats write it, or a number
/// that calls or names somebody.
pub(crate) fn is_personal(text: &str) -> bool {
    has_handle(text) || has_web_address(text) || has_number_of_somebody(text)
}

/// `name@example.com`, and `@name`. A sign with spaces on both sides is only a short "at".
fn has_handle(text: &str) -> bool {
    let mut before = ' ';
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let after = signs.peek().copied().unwrap_or(' ');
        if matches!(sign, '@' | '\u{ff20}') && !(before.is_whitespace() && after.is_whitespace()) {
            return true;
        }
        before = sign;
    }
    false
}

fn has_web_address(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("://") || text.contains("www.")
}

/// Digits that belong together, with what people write between them.
#[derive(Default)]
struct Run {
    digits: usize,
    groups: usize,
    /// Begins with `+` or 0.
    is_dialled: bool,
}

impl Run {
    /// A telephone number, or one that stands for a person (of a card, a passport, an account). A
    /// price is none of them: it has no leading zero, is not written in three groups but with
    /// commas, and has ten digits at most.
    fn is_of_somebody(&self) -> bool {
        let is_long = (9..=15).contains(&self.digits);
        is_long && (self.is_dialled || self.groups >= 3) || self.groups == 1 && self.digits >= 11
    }
}

fn has_number_of_somebody(text: &str) -> bool {
    const BETWEEN: &[char] = &[' ', '\u{a0}', '-', '\u{2010}', '\u{2013}', '.', '(', ')', '/'];
    let (mut run, mut gap, mut plus) = (Run::default(), 0, false);
    // One more sign, so that the last run ends too.
    for sign in text.chars().chain(['\n']) {
        match digit(sign) {
            Some(value) => {
                if run.digits == 0 {
                    run.is_dialled = plus || value == 0;
                }
                run.groups += usize::from(run.digits == 0 || gap > 0);
                run.digits += 1;
                gap = 0;
            }
            // Two signs in between are common: `(081) 234`.
            None if run.digits > 0 && gap < 2 && BETWEEN.contains(&sign) => gap += 1,
            None => {
                if run.is_of_somebody() {
                    return true;
                }
                (run, gap) = (Run::default(), 0);
                plus = sign == '+' || plus && matches!(sign, '(' | ' ');
            }
        }
    }
    false
}

/// Digits as they are typed in Thailand: Latin, Thai, and wide ones.
fn digit(sign: char) -> Option<u32> {
    match sign {
        '๐'..='๙' => Some(u32::from(sign) - u32::from('๐')),
        '\u{ff10}'..='\u{ff19}' => Some(u32::from(sign) - 0xff10),
        _ => sign.to_digit(10),
    }
}

/// The filters of a search as they are kept: in the form of a list's parameters, without the point
/// around which somebody looked, which may be where they are, and without what looks personal.
pub(super) fn kept_filters(filters: &Map<String, Value>) -> Map<String, Value> {
    let kept: Map<String, Value> = filters
        .iter()
        .filter(|(name, _)| *name != "near")
        .filter_map(|(name, value)| Some((name.clone(), parameter(value)?)))
        .filter(|(_, value)| value.chars().count() <= LONGEST)
        .filter(|(_, value)| is_plain_number(value) || !is_personal(value))
        .map(|(name, value)| (name, value.into()))
        .collect();
    let bytes: usize = kept.iter().map(|(name, value)| name.len() + value.to_string().len()).sum();
    if bytes > MOST_FILTERS { Map::new() } else { kept }
}

/// A price may be long.
fn is_plain_number(text: &str) -> bool {
    !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_names_somebody_is_seen() {
        for text in [
            "somchai@example.com",
            "mail me: a.b+c@d.co",
            "ติดต่อ @linehome",
            "name＠example.com",
            "see https://example.com/x",
            "WWW.example.com",
            "081-234-5678",
            "0812345678",
            "โทร 0812345678 ด่วน",
            "โทร ๐๘๑-๒๓๔-๕๖๗๘",
            "+66 81 234 5678",
            "(+66) 812345678",
            "+(66) 812345678",
            "66 81 234 5678",
            "call (555) 123-4567",
            "02 123 4567",
            "1-2345-67890-12-3",
            "1234567890123",
            "４５５ １２３ ４５６７",
            "villa 3 bedrooms 0812345678",
        ] {
            assert!(is_personal(text), "{text}");
        }
    }

    #[test]
    fn what_names_nobody_is_kept() {
        for text in [
            "",
            "villa with pool near beach",
            "condo under 35,000 baht",
            "บ้าน 2,500,000 - 3,000,000 บาท",
            "10,000,000-15,000,000 THB",
            "land 1000000000",
            "2500000 to 3000000",
            "24/12/2026 - 27",
            "from 2026-12-24 to 2026-12-30",
            "2 bed 2 bath 120 sqm",
            "soi sukhumvit 55",
            "villa @ the beach",
            "99/123 moo 4",
            "คอนโด ๒ ห้องนอน ไม่เกิน ๓๐,๐๐๐",
        ] {
            assert!(!is_personal(text), "{text}");
        }
    }

    #[test]
    fn filters_are_kept_as_a_list_writes_them() {
        let filters = json!({
            "bedrooms_min": 3, "province": ["Phuket", "Krabi"], "price_max": "30000000000",
            "area_max": 1e308, "featured": true, "near": "13.7,100.5", "radius_km": 2,
            "district": "0812345678", "tags": "a@b.co", "amenities": null,
            "bbox": "100.45123,13.65123,100.46123,13.66123", "check_in": "2026-12-24",
        });
        let Value::Object(filters) = filters else { panic!("an object") };
        let expected = json!({
            "bedrooms_min": "3", "province": "Phuket,Krabi", "price_max": "30000000000",
            "area_max": "1e+308", "featured": "true", "radius_km": "2",
            "bbox": "100.45123,13.65123,100.46123,13.66123", "check_in": "2026-12-24",
        });
        assert_eq!(Value::Object(kept_filters(&filters)), expected);
        let many = (0..20).map(|n| (format!("filter_{n}"), json!("x".repeat(150)))).collect();
        assert_eq!(kept_filters(&many), Map::new());
    }

    proptest! {
        #[test]
        fn a_thai_mobile_number_is_seen_however_it_is_written(
            before in "[a-zก-ฮ ]{0,20}", after in "[a-zก-ฮ ]{0,20}", digits in "[689][0-9]{8}",
            prefix in prop::sample::select(vec!["0", "+66", "+66 ", "(+66) ", "(0)"]),
            sign in prop::sample::select(vec!["", " ", "-", ".", "\u{a0}"]),
        ) {
            let number = format!("{prefix}{}{sign}{}{sign}{}", &digits[..2], &digits[2..5], &digits[5..]);
            let text = format!("{before}{number}{after}");
            prop_assert!(is_personal(&text), "{}", text);
        }

        #[test]
        fn a_price_is_not_taken_for_somebody(price in 1_u64..10_000_000_000, words in "[a-zก-ฮ]{1,20}") {
            for text in [format!("{words} {price}"), format!("{words} {price} {words}")] {
                prop_assert!(!is_personal(&text), "{}", text);
            }
        }

        #[test]
        fn what_is_normal_stays_as_it_is(text in any::<String>()) {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once.clone());
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
        }
    }
}
