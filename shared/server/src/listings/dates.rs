//! Dates as people read them. The fields that programs read stay ISO 8601.

use chrono::{Datelike, NaiveDate};
use terrace_product::Locale;

const THAI: [&str; 12] = [
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
];
const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The year of the Buddhist era that a day is in.
///
/// Until B.E. 2483 the Thai year began on 1 April: January to March belonged to the year before.
/// B.E. 2484 was the first to begin on 1 January, that of 1941.
#[must_use]
pub fn buddhist_year(day: NaiveDate) -> i32 {
    let before_new_year = day.year() <= 1940 && day.month() < 4;
    day.year() + 543 - i32::from(before_new_year)
}

/// A day: `26 พฤศจิกายน 2569`, `26 November 2026`.
#[must_use]
pub fn day(day: NaiveDate, locale: &Locale) -> String {
    let month = usize::try_from(day.month0()).unwrap_or_default();
    match locale.language() {
        "th" => format!("{} {} {}", day.day(), THAI[month], buddhist_year(day)),
        _ => format!("{} {} {}", day.day(), ENGLISH[month], day.year()),
    }
}

/// A year alone: `พ.ศ. 2562`, `2019`.
#[must_use]
pub fn year(year: u16, locale: &Locale) -> String {
    match locale.language() {
        "th" => format!("พ.ศ. {}", u32::from(year) + 543),
        _ => year.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(year: i32, month: u32, of_month: u32, locale: &str) -> String {
        let date = NaiveDate::from_ymd_opt(year, month, of_month).expect("a day");
        day(date, &Locale::parse(locale).expect("a locale"))
    }

    #[test]
    fn days_are_told_in_the_era_of_the_language() {
        assert_eq!(shown(2026, 11, 26, "th"), "26 พฤศจิกายน 2569");
        assert_eq!(shown(2026, 11, 26, "en"), "26 November 2026");
        // 2567 is no leap year by its own number; the day is there all the same.
        assert_eq!(shown(2024, 2, 29, "th"), "29 กุมภาพันธ์ 2567");
        assert_eq!(shown(2000, 1, 1, "th"), "1 มกราคม 2543");
    }

    #[test]
    fn the_year_began_in_april_until_2483() {
        assert_eq!(shown(1941, 1, 1, "th"), "1 มกราคม 2484");
        assert_eq!(shown(1940, 12, 31, "th"), "31 ธันวาคม 2483");
        assert_eq!(shown(1940, 4, 1, "th"), "1 เมษายน 2483");
        assert_eq!(shown(1940, 3, 31, "th"), "31 มีนาคม 2482");
    }

    #[test]
    fn a_year_alone() {
        let locale = |text| Locale::parse(text).expect("a locale");
        assert_eq!(year(2019, &locale("th")), "พ.ศ. 2562");
        assert_eq!(year(2019, &locale("en")), "2019");
    }
}
