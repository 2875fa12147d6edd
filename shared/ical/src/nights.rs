//! From moments to nights.

use chrono::{
    DateTime, Datelike, FixedOffset, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime,
    TimeDelta, TimeZone,
};
use chrono_tz::Tz;

/// The most nights that one range may have; longer ones are kept in parts.
const LONGEST: i64 = 366;

/// From here on an evening belongs to the night that follows it.
const EVENING: NaiveTime = match NaiveTime::from_hms_opt(18, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// Where a wall clock hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// At the listing, wherever that is.
    Here,
    Fixed(FixedOffset),
    Named(Tz),
}

/// A day, or a time of day, as it was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) at: NaiveDateTime,
    /// Without a time: the same day everywhere.
    pub(crate) is_day: bool,
    pub(crate) zone: Zone,
}

impl Moment {
    /// The same moment on the listing's clock.
    pub(crate) fn here(self, here: Tz) -> NaiveDateTime {
        self.zoned(here).map_or(self.at, |at| at.with_timezone(&here).naive_local())
    }

    /// This moment on the clock of `zone`.
    pub(crate) fn on(self, zone: Zone, here: Tz) -> NaiveDateTime {
        match (self.zoned(here), zone) {
            (None, _) => self.at,
            (Some(at), Zone::Here) => at.with_timezone(&here).naive_local(),
            (Some(at), Zone::Fixed(offset)) => at.with_timezone(&offset).naive_local(),
            (Some(at), Zone::Named(named)) => at.with_timezone(&named).naive_local(),
        }
    }

    fn zoned(self, here: Tz) -> Option<DateTime<FixedOffset>> {
        if self.is_day {
            return None;
        }
        match self.zone {
            Zone::Here => resolve(&here, self.at),
            Zone::Named(named) => resolve(&named, self.at),
            Zone::Fixed(offset) => offset.from_local_datetime(&self.at).single(),
        }
    }
}

/// The clock goes back: the earlier of the two. It goes forward: as if it had not yet.
fn resolve(zone: &Tz, at: NaiveDateTime) -> Option<DateTime<FixedOffset>> {
    let found = match zone.from_local_datetime(&at) {
        LocalResult::Single(found) | LocalResult::Ambiguous(found, _) => found,
        LocalResult::None => {
            let later = at.checked_add_signed(TimeDelta::hours(1))?;
            zone.from_local_datetime(&later).earliest()?
        }
    };
    Some(found.fixed_offset())
}

/// The nights of an event: the day of leaving is not slept. None where it ends before it begins.
///
/// A time of day is read as a stay: whoever comes on a day sleeps there that night, and leaves on
/// the day on which the event ends. What lasts until the evening takes that night, too, and what
/// is over within a day takes one.
pub(crate) fn nights(
    start: NaiveDateTime,
    end: NaiveDateTime,
    is_day: bool,
) -> Option<(NaiveDate, NaiveDate)> {
    if end < start {
        return None;
    }
    let mut last = end.date();
    if !is_day && end.time() > EVENING {
        last = last.succ_opt()?;
    }
    Some((start.date(), last.max(start.date().succ_opt()?)))
}

/// The days that are of interest: what ends before is over, what begins after can wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Horizon {
    pub(crate) today: NaiveDate,
    pub(crate) end: NaiveDate,
}

impl Horizon {
    /// 24 months, and to the end of the last one: the edge must not move every day.
    pub(crate) fn from(today: NaiveDate) -> Self {
        let first = today.with_day(1).unwrap_or(today);
        Self { today, end: first.checked_add_months(Months::new(25)).unwrap_or(today) }
    }
}

/// A range within the horizon, in parts that may be kept. A long one is cut at the turn of each
/// year, which stays where it is while time goes by.
pub(crate) fn parts(
    start: NaiveDate,
    end: NaiveDate,
    horizon: Horizon,
) -> Vec<(String, NaiveDate, NaiveDate)> {
    let end = end.min(horizon.end);
    if end <= horizon.today || start >= end {
        return Vec::new();
    }
    if (end - start).num_days() <= LONGEST {
        return vec![(String::new(), start, end)];
    }
    let first = start.year().max(horizon.today.year() - 1);
    (first..=end.year())
        .filter_map(|year| {
            let begins = NaiveDate::from_ymd_opt(year, 1, 1)?.max(start);
            let ends = NaiveDate::from_ymd_opt(year + 1, 1, 1)?.min(end);
            (begins < ends && ends > horizon.today).then(|| (format!("/{year}"), begins, ends))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn times_become_nights() {
        for (start, end, is_day, first, last) in [
            ("2026-12-24T00:00:00", "2026-12-27T00:00:00", true, "2026-12-24", "2026-12-27"),
            // The end is the day itself: one night.
            ("2026-12-24T00:00:00", "2026-12-24T00:00:00", true, "2026-12-24", "2026-12-25"),
            ("2026-12-24T14:00:00", "2026-12-27T11:00:00", false, "2026-12-24", "2026-12-27"),
            ("2026-12-24T00:00:00", "2026-12-27T00:00:00", false, "2026-12-24", "2026-12-27"),
            ("2026-12-24T00:00:00", "2026-12-26T23:59:59", false, "2026-12-24", "2026-12-27"),
            ("2026-12-24T09:00:00", "2026-12-24T10:00:00", false, "2026-12-24", "2026-12-25"),
        ] {
            let found = nights(at(start), at(end), is_day);
            assert_eq!(found, Some((day(first), day(last))), "{start} {end}");
        }
        assert_eq!(nights(at("2026-12-24T10:00:00"), at("2026-12-24T09:00:00"), false), None);
    }

    #[test]
    fn moments_are_read_on_the_listings_clock() {
        let here = Tz::Asia__Bangkok;
        let moment = |zone| Moment { at: at("2026-12-24T20:00:00"), is_day: false, zone };
        assert_eq!(moment(Zone::Here).here(here), at("2026-12-24T20:00:00"));
        assert_eq!(moment(Zone::Named(Tz::UTC)).here(here), at("2026-12-25T03:00:00"));
        let zone = Zone::Named(Tz::America__Los_Angeles);
        assert_eq!(moment(zone).here(here), at("2026-12-25T11:00:00"));
        let whole = Moment { is_day: true, ..moment(zone) };
        assert_eq!(whole.here(here), at("2026-12-24T20:00:00"));
        // 29 March 2026, 02:30 in Berlin was no time: the clock had gone forward.
        let gap = Moment {
            at: at("2026-03-29T02:30:00"),
            is_day: false,
            zone: Zone::Named(Tz::Europe__Berlin),
        };
        assert_eq!(gap.here(Tz::UTC), at("2026-03-29T01:30:00"));
    }

    #[test]
    fn long_ranges_come_in_years() {
        let horizon = Horizon::from(day("2026-11-27"));
        assert_eq!(horizon.end, day("2028-12-01"));
        let all = parts(day("2020-05-01"), day("9999-01-01"), horizon);
        let told: Vec<_> =
            all.iter().map(|(part, from, to)| format!("{part} {from} {to}")).collect();
        assert_eq!(
            told,
            [
                "/2026 2026-01-01 2027-01-01",
                "/2027 2027-01-01 2028-01-01",
                "/2028 2028-01-01 2028-12-01"
            ]
        );
        assert!(parts(day("2026-11-01"), day("2026-11-27"), horizon).is_empty());
        assert!(parts(day("2029-01-01"), day("2029-01-03"), horizon).is_empty());
        assert_eq!(parts(day("2026-11-20"), day("2026-11-28"), horizon).len(), 1);
    }
}
