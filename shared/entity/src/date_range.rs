//! A bounded range of days, half-open: the day of leaving is not slept.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// `start` to the day before `end`. Travels as PostgreSQL's text form, `[start,end)`: sea-orm
/// knows no range types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct DateRange {
    pub start: NaiveDate,
    pub end: NaiveDate,
}

/// A text that is not a canonical, bounded range of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADateRange;

impl fmt::Display for NotADateRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a range of days like [2026-12-24,2026-12-27)")
    }
}

impl std::error::Error for NotADateRange {}

impl DateRange {
    /// Nights between the two days; negative when reversed.
    #[must_use]
    pub fn nights(&self) -> i64 {
        (self.end - self.start).num_days()
    }
}

impl fmt::Display for DateRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{},{})", self.start, self.end)
    }
}

impl FromStr for DateRange {
    type Err = NotADateRange;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inner =
            text.strip_prefix('[').and_then(|rest| rest.strip_suffix(')')).ok_or(NotADateRange)?;
        let (start, end) = inner.split_once(',').ok_or(NotADateRange)?;
        let day = |text: &str| text.parse::<NaiveDate>().map_err(|_| NotADateRange);
        Ok(Self { start: day(start)?, end: day(end)? })
    }
}
