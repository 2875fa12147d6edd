//! How long something must be kept, country by country. Dated: a law changes, and what was kept
//! under the old one was kept rightly.

use chrono::NaiveDate;

/// A rule of a country.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Two letters (ISO 3166).
    pub country: &'static str,
    /// Years after the end of the year in question.
    pub years: u32,
    /// Since when: year, month, day.
    pub since: (i32, u32, u32),
    /// Where it stands.
    pub source: &'static str,
    /// When somebody last looked.
    pub checked: &'static str,
}

/// What stands behind money that came in: what for, when, how much. Not who, once they are
/// erased: the reference leads to what the provider of the payment and the brand's own
/// invoices have.
pub const ACCOUNTS: &[Rule] = &[Rule {
    country: "TH",
    years: 5,
    since: (2000, 8, 10),
    source: "Accounting Act B.E. 2543, section 14; Revenue Code, section 87/3",
    checked: "2026-11-27",
}];

/// Where no rule of a country is known: longer than most want.
const UNKNOWN: u32 = 10;

/// Years that rules want something kept in a country, as of a day.
#[must_use]
pub fn years(rules: &[Rule], country: &str, on: NaiveDate) -> u32 {
    let in_force = |rule: &&Rule| {
        let (year, month, day) = rule.since;
        rule.country.eq_ignore_ascii_case(country)
            && NaiveDate::from_ymd_opt(year, month, day).is_some_and(|since| since <= on)
    };
    rules.iter().filter(in_force).max_by_key(|rule| rule.since).map_or(UNKNOWN, |rule| rule.years)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, 6, 1).unwrap_or_default()
    }

    #[test]
    fn the_rule_in_force_counts() {
        let first = Rule { country: "TH", years: 5, since: (2000, 1, 1), source: "", checked: "" };
        let rules = [Rule { years: 7, since: (2030, 1, 1), ..first }, first];
        assert_eq!(years(&rules, "th", day(2026)), 5);
        assert_eq!(years(&rules, "TH", day(2031)), 7);
        assert_eq!(years(&rules, "TH", day(1999)), UNKNOWN);
        assert_eq!(years(&rules, "PT", day(2026)), UNKNOWN);
    }
}
