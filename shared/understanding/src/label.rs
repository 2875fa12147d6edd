//! Numbers and days as labels show them.

use chrono::{Datelike, NaiveDate};

/// `30,000`, `2.5`: groups of three, at most two decimals.
pub(crate) fn grouped(value: f64) -> String {
    let plain = number(value);
    let (whole, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut out = String::new();
    for (nth, digit) in whole.chars().enumerate() {
        if nth > 0 && (whole.len() - nth).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

/// `30000`, `2.5`: at most two decimals, as parameters and ids have it.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

const EN: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const TH: [&str; 12] = [
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
];

/// A day in English and Thai: `12 Dec 2026`, `12 ธ.ค. 2569`.
pub(crate) fn day(day: NaiveDate) -> (String, String) {
    let month = day.month0() as usize;
    let name = |names: [&'static str; 12]| names.get(month).copied().unwrap_or_default();
    (
        format!("{} {} {}", day.day(), name(EN), day.year()),
        format!("{} {} {}", day.day(), name(TH), day.year() + 543),
    )
}

/// A range for people: "at most", "at least" or both ends, around `unit`.
pub(crate) fn range(
    low: Option<f64>,
    high: Option<f64>,
    en: &dyn Fn(&str) -> String,
    th: &dyn Fn(&str) -> String,
) -> (String, String) {
    match (low, high) {
        (Some(low), Some(high)) if number(low) == number(high) => {
            let one = grouped(low);
            (en(&one), th(&one))
        }
        (Some(low), Some(high)) => {
            let both = format!("{}–{}", grouped(low), grouped(high));
            (en(&both), th(&both))
        }
        (None, Some(high)) => {
            let high = grouped(high);
            (format!("Up to {}", en(&high)), format!("ไม่เกิน {}", th(&high)))
        }
        (Some(low), None) => {
            let low = grouped(low);
            (format!("From {}", en(&low)), format!("ตั้งแต่ {}", th(&low)))
        }
        (None, None) => (String::new(), String::new()),
    }
}

/// A range in an id: `max:3`, `min:3`, `2-3`.
pub(crate) fn id(what: &str, low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) if number(low) == number(high) => {
            format!("{what}:{}", number(low))
        }
        (Some(low), Some(high)) => format!("{what}:{}-{}", number(low), number(high)),
        (Some(low), None) => format!("{what}_min:{}", number(low)),
        (None, high) => format!("{what}_max:{}", number(high.unwrap_or_default())),
    }
}
