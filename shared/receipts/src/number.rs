//! Numbers, in digits and in words, with what multiplies them.

use crate::letters::Letters;

/// Millionths.
pub(crate) type Amount = i128;

/// One.
pub(crate) const ONE: Amount = 1_000_000;

/// What nobody counts to: larger numbers are nothing that can be compared.
const MOST: Amount = ONE * 1_000_000_000_000_000;

/// A number in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    /// None where it is beyond all bounds.
    pub(crate) value: Option<Amount>,
    /// The letter after it.
    pub(crate) end: usize,
    /// Whether it says by itself that it is one: it has digits, or a word that multiplies.
    pub(crate) stands_alone: bool,
    /// Whether it is written in short: "12k", "1.2 ล้าน".
    pub(crate) is_short: bool,
}

const SHORT: [(&str, Amount); 12] = [
    ("k", 1_000),
    ("thousand", 1_000),
    ("million", 1_000_000),
    ("mil", 1_000_000),
    ("mn", 1_000_000),
    ("mb", 1_000_000),
    ("billion", 1_000_000_000),
    ("bn", 1_000_000_000),
    ("hundred", 100),
    ("lakh", 100_000),
    ("grand", 1_000),
    ("crore", 10_000_000),
];

const THAI: [(&str, Amount); 6] = [
    ("ร้อย", 100),
    ("พัน", 1_000),
    ("หมื่น", 10_000),
    ("แสน", 100_000),
    ("ล้าน", 1_000_000),
    ("สิบ", 10),
];

const ENGLISH_UNITS: [(&str, Amount); 28] = [
    ("zero", 0),
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
];

const ENGLISH_SCALES: [(&str, Amount); 4] =
    [("hundred", 100), ("thousand", 1_000), ("million", 1_000_000), ("billion", 1_000_000_000)];

const THAI_UNITS: [(&str, Amount); 12] = [
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
];

/// The number that begins here, if one does. `is_money` tells that "1.2m" is no metre.
pub(crate) fn read(letters: &Letters, at: usize, is_money: bool) -> Option<Number> {
    let first = letters.at(at)?;
    if first.is_ascii_digit() {
        return Some(shortened(letters, in_digits(letters, at), is_money));
    }
    if first.is_ascii_alphabetic() && letters.is_start(at) {
        return in_english(letters, at);
    }
    in_thai(letters, at)
}

/// Digits with their groups and their fraction.
fn in_digits(letters: &Letters, at: usize) -> Number {
    let mut end = letters.digits(at);
    let mut whole = letters.slice(at..end);
    let group = |from: usize| {
        let end = letters.digits(from + 1);
        (end == from + 4).then_some(end)
    };
    if whole.len() <= 3 {
        let by = letters.at(end).filter(|by| matches!(by, ',' | '\'' | '.'));
        // One point begins a fraction; two of them part groups.
        let is_grouped = by.is_some_and(|by| {
            by != '.'
                || group(end)
                    .is_some_and(|next| letters.at(next) == Some('.') && group(next).is_some())
        });
        while is_grouped
            && letters.at(end) == by
            && let Some(next) = group(end)
        {
            whole.push_str(&letters.slice(end + 1..next));
            end = next;
        }
    }
    let mut value = whole.trim_start_matches('0').len().le(&15).then(|| {
        whole
            .chars()
            .fold(0, |sum: Amount, digit| sum * 10 + Amount::from(digit.to_digit(10).unwrap_or(0)))
            * ONE
    });
    if letters.at(end) == Some('.') {
        let last = letters.digits(end + 1);
        if last > end + 1 {
            let mut place = ONE;
            for digit in letters.slice(end + 1..last).chars() {
                place /= 10;
                value = value
                    .map(|value| value + Amount::from(digit.to_digit(10).unwrap_or(0)) * place);
            }
            end = last;
        }
    }
    Number { value, end, stands_alone: true, is_short: false }
}

/// What follows digits and multiplies them: "k", "million", "ล้าน", and "1 ล้าน 2 แสน".
fn shortened(letters: &Letters, number: Number, is_money: bool) -> Number {
    let after = letters.gap(number.end);
    if let Some((scale, end)) = letters.one_of(after, &SHORT) {
        return Number { value: times(number.value, scale), end, is_short: true, ..number };
    }
    let is_million = letters.word(after, "m").filter(|_| letters.is_upper(after) || is_money);
    if let Some(end) = is_million {
        return Number { value: times(number.value, 1_000_000), end, is_short: true, ..number };
    }
    let Some((scale, mut end)) = letters.one_of(after, &THAI) else { return number };
    let mut value = times(number.value, scale);
    let mut last = scale;
    if let Some(half) = letters.word(end, "ครึ่ง") {
        value = value.map(|value| value + scale * ONE / 2);
        return Number { value, end: half, is_short: true, ..number };
    }
    loop {
        let next = letters.gap(end);
        if !letters.at(next).is_some_and(|letter| letter.is_ascii_digit()) {
            break;
        }
        let more = in_digits(letters, next);
        let scaled =
            letters.one_of(letters.gap(more.end), &THAI).filter(|(scale, _)| *scale < last);
        let Some((scale, after)) = scaled else { break };
        value = value.zip(times(more.value, scale)).map(|(sum, more)| sum + more);
        (last, end) = (scale, after);
    }
    Number { value, end, is_short: true, ..number }
}

fn times(value: Option<Amount>, by: Amount) -> Option<Amount> {
    value.and_then(|value| value.checked_mul(by)).filter(|value| *value <= MOST)
}

/// "twelve thousand five hundred", "half a million", "a hundred and twenty".
fn in_english(letters: &Letters, at: usize) -> Option<Number> {
    if let Some(end) = letters.word(at, "half a") {
        let (scale, end) = letters.one_of(letters.gap(end), &ENGLISH_SCALES)?;
        return Some(worded(scale * ONE / 2, end, true));
    }
    let (mut sum, mut part, mut end, mut is_scaled): (Amount, Option<Amount>, usize, bool) =
        (0, None, at, false);
    let mut next = at;
    if let Some(article) = letters.word(at, "a").map(|end| letters.gap(end)) {
        letters.one_of(article, &ENGLISH_SCALES)?;
        (part, next) = (Some(ONE), article);
    }
    // A text may count for ever; nobody does.
    for _ in 0..16 {
        if let Some((unit, after)) = letters.one_of(next, &ENGLISH_UNITS) {
            // "two three" are two numbers.
            let fits = part.is_none_or(|part| {
                part % (100 * ONE) == 0 || (unit < 10 && part % (10 * ONE) == 0 && part > 0)
            });
            if !fits {
                break;
            }
            part = Some(part.unwrap_or(0) + unit * ONE);
            end = after;
        } else if let Some((scale, after)) = letters.one_of(next, &ENGLISH_SCALES) {
            let Some(counted) = part else { break };
            is_scaled = true;
            if scale == 100 {
                part = Some(counted * 100);
            } else {
                sum += counted * scale;
                part = None;
                if sum > MOST {
                    return Some(Number {
                        value: None,
                        end: after,
                        stands_alone: true,
                        is_short: true,
                    });
                }
            }
            end = after;
        } else {
            break;
        }
        if let Some(half) = letters.word(letters.gap(end), "and a half") {
            part = Some(part.unwrap_or(0) + ONE / 2);
            end = half;
        }
        next = letters.joint(end);
        if let Some(and) = letters.word(next, "and") {
            let after = letters.gap(and);
            if is_scaled && letters.one_of(after, &ENGLISH_UNITS).is_some() {
                next = after;
            }
        }
    }
    if end == at {
        return None;
    }
    let value = sum + part.unwrap_or(0);
    Some(worded(value, end, is_scaled || value >= 11 * ONE))
}

/// "ห้าหมื่นสองพัน".
fn in_thai(letters: &Letters, at: usize) -> Option<Number> {
    let (mut sum, mut digit, mut end, mut words) = (0, None, at, 0);
    for _ in 0..24 {
        if let Some((unit, after)) = letters.one_of(end, &THAI_UNITS) {
            if digit.is_some() {
                break;
            }
            (digit, end) = (Some(unit), after);
        } else if let Some((scale, after)) = letters.one_of(end, &THAI) {
            if words == 0 && scale != 10 {
                return None;
            }
            if scale == 1_000_000 {
                sum = (sum + digit.unwrap_or(0)).max(1) * scale;
            } else {
                sum += digit.unwrap_or(1) * scale;
            }
            if sum * ONE > MOST {
                return Some(Number {
                    value: None,
                    end: after,
                    stands_alone: true,
                    is_short: true,
                });
            }
            (digit, end) = (None, after);
        } else {
            break;
        }
        words += 1;
    }
    (words > 0).then(|| worded((sum + digit.unwrap_or(0)) * ONE, end, words > 1))
}

fn worded(value: Amount, end: usize, stands_alone: bool) -> Number {
    Number { value: Some(value), end, stands_alone, is_short: false }
}
