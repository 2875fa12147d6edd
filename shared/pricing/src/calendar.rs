//! Months that begin on the day of arrival.

use chrono::{Datelike, Months, NaiveDate};

use crate::stay::Stay;

/// The same day so many months later, or the last of that month where it is shorter.
///
/// Counted from the first day each time: 31 January, 28 February, 31 March.
#[must_use]
pub fn add_months(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// Whole calendar months between two days.
#[must_use]
pub fn whole_months(from: NaiveDate, to: NaiveDate) -> u32 {
    let mut months = 0;
    while add_months(from, months + 1) <= to && months < 1200 {
        months += 1;
    }
    months
}

/// The nights of a stay, by number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nights {
    pub(crate) first: NaiveDate,
    pub(crate) count: usize,
}

impl Nights {
    pub(crate) fn of(stay: &Stay) -> Self {
        Self { first: stay.check_in, count: usize::try_from(stay.nights()).unwrap_or(0) }
    }

    /// The day of this number; the one after the last night is that of leaving.
    pub(crate) fn day(self, nth: usize) -> NaiveDate {
        let days = chrono::Days::new(u64::try_from(nth).unwrap_or(u64::MAX));
        self.first.checked_add_days(days).unwrap_or(NaiveDate::MAX)
    }

    /// The number of a day, as if the stay went on.
    pub(crate) fn nth(self, day: NaiveDate) -> usize {
        usize::try_from((day - self.first).num_days()).unwrap_or(0)
    }

    /// Where month `k` begins, counted from the arrival.
    pub(crate) fn anchor(self, k: u32) -> usize {
        self.nth(add_months(self.first, k))
    }

    /// The months that begin within the stay: where each begins, and where the next one would.
    pub(crate) fn months(self) -> impl Iterator<Item = (usize, usize)> {
        (0..)
            .map(move |k| (self.anchor(k), self.anchor(k + 1)))
            .take_while(move |(from, to)| *from < self.count && from < to)
    }
}

/// ISO weekday of a night: that of the day on which it begins.
pub(crate) fn weekday(day: NaiveDate) -> u8 {
    u8::try_from(day.weekday().number_from_monday()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn months_do_not_drift() {
        let months = |first: &str| -> Vec<String> {
            (1..=4).map(|k| add_months(day(first), k).to_string()).collect()
        };
        assert_eq!(months("2027-01-31"), ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]);
        assert_eq!(months("2028-01-30"), ["2028-02-29", "2028-03-30", "2028-04-30", "2028-05-30"]);
    }

    #[test]
    fn a_month_is_whole_on_its_last_day() {
        for (from, to, months) in [
            ("2027-01-31", "2027-02-27", 0),
            ("2027-01-31", "2027-02-28", 1),
            ("2027-01-31", "2027-03-30", 1),
            ("2027-01-31", "2027-03-31", 2),
            ("2028-02-29", "2029-02-28", 12),
            ("2027-05-10", "2027-05-10", 0),
        ] {
            assert_eq!(whole_months(day(from), day(to)), months, "{from} to {to}");
        }
    }
}
