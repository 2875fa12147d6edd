//! Amounts as people write them.

use crate::listings::model::Currency;

/// How many decimals a currency has.
pub(super) fn exponent(currency: Currency) -> u32 {
    match currency {
        Currency::Jpy => 0,
        Currency::Thb | Currency::Usd | Currency::Eur | Currency::Gbp => 2,
    }
}

/// An amount in minor units: `388`, `1,234`, `$1,234.50`, `€86.00`. The symbol says nothing (the
/// files have a dollar sign before amounts of any currency). Commas stand between groups of
/// three digits; anything that could be read in two ways is refused.
pub(super) fn minor_units(text: &str, exponent: u32) -> Option<i64> {
    let text = text.trim().trim_start_matches(['$', '€', '£', '¥', '฿']).trim_start();
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if text.ends_with('.') {
        return None;
    }
    let mut amount: i64 = 0;
    for c in grouped(whole)?.chars() {
        amount = amount.checked_mul(10)?.checked_add(i64::from(c.to_digit(10)?))?;
    }
    let mut decimals = decimals.chars();
    for _ in 0..exponent {
        let digit = decimals.next().map_or(Some(0), |c| c.to_digit(10))?;
        amount = amount.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    // Fractions of a satang would be lost.
    decimals.all(|c| c == '0').then_some(amount)
}

/// The digits of a whole number whose groups may be parted by commas.
fn grouped(text: &str) -> Option<String> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let sound = match rest.is_empty() {
        true => !first.is_empty() && digits(first),
        false => {
            (1..=3).contains(&first.len())
                && digits(first)
                && rest.iter().all(|group| group.len() == 3 && digits(group))
        }
    };
    sound.then(|| [first].into_iter().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_the_files_have() {
        let cases = [
            ("388", Some(38_800)),
            ("0", Some(0)),
            ("900000", Some(90_000_000)),
            ("$86.00", Some(8_600)),
            ("$1,234.00", Some(123_400)),
            ("€1,234,567.8", Some(123_456_780)),
            ("฿ 12.345", None),
            ("12.3400", Some(1_234)),
            ("", None),
            ("$", None),
            ("-5", None),
            ("1,23", None),
            ("1,2345", None),
            (",123", None),
            ("1.234,50", None),
            ("12.", None),
            (".5", None),
            ("1e5", None),
            ("١٢", None),
            ("99999999999999999999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(minor_units(text, 2), expected, "{text:?}");
        }
        assert_eq!(minor_units("¥1,200", 0), Some(1_200));
        assert_eq!(minor_units("¥1,200.50", 0), None);
        assert_eq!(minor_units("¥1,200.00", 0), Some(1_200));
    }

    /// Writes an amount as the detailed files do.
    fn written(cents: i64) -> String {
        let digits = (cents / 100).to_string();
        let mut text = String::from("$");
        for (at, c) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(',');
            }
            text.push(c);
        }
        format!("{text}.{:02}", cents % 100)
    }

    proptest! {
        #[test]
        fn any_amount_is_read_back(cents in 0i64..=i64::MAX / 1000) {
            prop_assert_eq!(minor_units(&written(cents), 2), Some(cents));
            prop_assert_eq!(minor_units(&written(cents).replace(',', ""), 2), Some(cents));
        }

        #[test]
        fn any_text_is_an_amount_or_is_not(text in "\\PC{0,20}") {
            if let Some(amount) = minor_units(&text, 2) {
                prop_assert!(amount >= 0);
            }
        }
    }
}
