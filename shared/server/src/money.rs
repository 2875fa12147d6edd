//! Amounts of money in words.

use terrace_entity::enums::Currency;

/// An amount in minor units as people write it: `THB 95,000`, and `THB 95,000.50` where there is
/// something behind the point. The code and not the sign: a dollar has many countries.
#[must_use]
pub fn written(amount: i64, currency: &str) -> String {
    let minor = match currency.parse() {
        Ok(Currency::Jpy) => 1,
        _ => 100,
    };
    let (whole, rest) = (amount.unsigned_abs() / minor, amount.unsigned_abs() % minor);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if amount < 0 { "-" } else { "" };
    let rest = if rest == 0 { String::new() } else { format!(".{rest:02}") };
    format!("{currency} {sign}{grouped}{rest}")
}

/// An amount in minor units as programs read it: `95000.50`, and `95000` of a currency that has
/// none.
#[must_use]
pub fn decimal(amount: i64, currency: &str) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let amount = amount.unsigned_abs();
    match currency.parse() {
        Ok(Currency::Jpy) => format!("{sign}{amount}"),
        _ => format!("{sign}{}.{:02}", amount / 100, amount % 100),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{decimal, written};

    #[test]
    fn as_programs_read_it() {
        let told = |amount, currency| decimal(amount, currency);
        assert_eq!(told(9_500_050, "THB"), "95000.50");
        assert_eq!(told(7, "THB"), "0.07");
        assert_eq!(told(-123_456, "GBP"), "-1234.56");
        assert_eq!(told(100_000, "JPY"), "100000");
    }

    #[test]
    fn as_people_write_it() {
        for (amount, currency, text) in [
            (9_500_000, "THB", "THB 95,000"),
            (9_500_050, "THB", "THB 95,000.50"),
            (5, "USD", "USD 0.05"),
            (100_000, "JPY", "JPY 100,000"),
            (99_900, "EUR", "EUR 999"),
            (-123_456, "GBP", "GBP -1,234.56"),
        ] {
            assert_eq!(written(amount, currency), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(amount: i64) {
            let text = written(amount, "THB");
            let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
            let read: i128 = digits.parse().unwrap();
            let read = if text.contains('.') { read } else { read * 100 };
            prop_assert_eq!(read, i128::from(amount));
        }
    }
}
