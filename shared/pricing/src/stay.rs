//! What is asked for.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{calendar, error::Error};

/// Nights that a stay has at most; a booking of more is refused by the database too.
pub const LONGEST: i64 = 366;

/// Guests that a stay has at most, whatever the home.
pub const MOST_GUESTS: i32 = 1000;

/// Days, people and a coupon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// The first night.
    pub check_in: NaiveDate,
    /// The day of leaving; not slept.
    pub check_out: NaiveDate,
    /// People who sleep there.
    pub guests: i32,
    /// Code of a coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
}

impl Stay {
    /// Nights slept; none or fewer where the days are the wrong way round.
    #[must_use]
    pub fn nights(&self) -> i64 {
        (self.check_out - self.check_in).num_days()
    }

    /// Whole calendar months from the day of arrival.
    #[must_use]
    pub fn months(&self) -> u32 {
        calendar::whole_months(self.check_in, self.check_out)
    }

    /// Whether it is one that can be priced at all.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), Error> {
        match self.nights() {
            ..=0 => Err(Error::NoNights),
            nights if nights > LONGEST => Err(Error::TooLong),
            _ if !(1..=MOST_GUESTS).contains(&self.guests) => Err(Error::Guests),
            _ => Ok(()),
        }
    }
}
