//! Numbers in digits and in words, as thousandths: exact, so that equal means equal.

/// A number in thousandths of one; more digits than that are no claim that anybody checks.
pub(crate) type Milli = i128;

const ONE: Milli = 1000;

/// The largest that is told apart; beyond it everything is as large.
const MOST: Milli = 1_000_000_000_000_000_000_000;

/// `1,234.5` or `1234.5`.
pub(crate) fn of_digits(text: &str) -> Option<Milli> {
    let text: String = text.chars().filter(|letter| *letter != ',').collect();
    let (whole, part) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let mut value: Milli = 0;
    for digit in whole.chars() {
        let digit = Milli::from(digit.to_digit(10)?);
        value = value.saturating_mul(10).saturating_add(digit).min(MOST / ONE);
    }
    let mut value = value * ONE;
    let mut worth = ONE / 10;
    for digit in part.chars().take(3) {
        value += Milli::from(digit.to_digit(10)?) * worth;
        worth /= 10;
    }
    Some(value)
}

/// What `k`, `million` or `ล้าน` multiplies by.
pub(crate) fn multiplier(word: &str) -> Option<Milli> {
    Some(match word.trim().to_lowercase().as_str() {
        "" => 1,
        "hundred" | "ร้อย" => 100,
        "k" | "thousand" | "พัน" => 1000,
        "หมื่น" => 10_000,
        "lakh" | "แสน" => 100_000,
        "m" | "mn" | "mil" | "million" | "ล้าน" => 1_000_000,
        "bn" | "billion" => 1_000_000_000,
        _ => return None,
    })
}

/// `times` as much, at most as large as is told apart.
pub(crate) fn times(value: Milli, times: Milli) -> Milli {
    value.saturating_mul(times).min(MOST)
}

const ENGLISH: [(&str, Milli); 28] = [
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
    ("zero", 0),
];

/// `thirty-two thousand five hundred`.
pub(crate) fn of_english(text: &str) -> Option<Milli> {
    let (mut total, mut part, mut any): (Milli, Milli, bool) = (0, 0, false);
    for word in text.split(|letter: char| !letter.is_ascii_alphabetic()) {
        let word = word.to_ascii_lowercase();
        if word.is_empty() || word == "and" || word == "a" {
            continue;
        }
        if let Some((_, value)) = ENGLISH.iter().find(|(name, _)| *name == word) {
            part = part.saturating_add(*value);
        } else {
            match multiplier(&word)? {
                100 => part = part.max(1).saturating_mul(100),
                scale => {
                    total = total.saturating_add(times(part.max(1), scale));
                    part = 0;
                }
            }
        }
        any = true;
    }
    any.then(|| times(total.saturating_add(part), ONE))
}

const THAI: [(&str, Milli); 13] = [
    ("ศูนย์", 0),
    ("หนึ่ง", 1),
    ("เอ็ด", 1),
    ("สอง", 2),
    ("ยี่", 2),
    ("สาม", 3),
    ("สี่", 4),
    ("ห้า", 5),
    ("หก", 6),
    ("เจ็ด", 7),
    ("แปด", 8),
    ("เก้า", 9),
    ("สิบ", 10),
];

/// `สามหมื่นสองพัน`.
pub(crate) fn of_thai(text: &str) -> Option<Milli> {
    let (mut millions, mut total, mut digit, mut any): (Milli, Milli, Option<Milli>, bool) =
        (0, 0, None, false);
    let mut rest = text;
    while !rest.is_empty() {
        let scale = ["ร้อย", "พัน", "หมื่น", "แสน", "ล้าน"].iter().find(|name| rest.starts_with(**name));
        if let Some(name) = scale {
            rest = &rest[name.len()..];
            match multiplier(name)? {
                1_000_000 => {
                    let sum = total.saturating_add(digit.take().unwrap_or(0)).max(1);
                    millions = times(millions.saturating_add(sum), 1_000_000);
                    total = 0;
                }
                scale => total = total.saturating_add(times(digit.take().unwrap_or(1), scale)),
            }
        } else {
            let (name, value) = THAI.iter().find(|(name, _)| rest.starts_with(name))?;
            rest = &rest[name.len()..];
            match value {
                10 => total = total.saturating_add(digit.take().unwrap_or(1) * 10),
                value => digit = Some(*value),
            }
        }
        any = true;
    }
    any.then(|| times(millions.saturating_add(total).saturating_add(digit.unwrap_or(0)), ONE))
}
