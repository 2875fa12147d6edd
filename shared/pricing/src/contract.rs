//! What goes with a stay of a month or longer.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{arithmetic::bounded, calendar::add_months, error::Error, rules::Rules, stay::Stay};

/// The frame of a rental contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Its first day.
    pub first_day: NaiveDate,
    /// Its last day: that before the day of leaving.
    pub last_day: NaiveDate,
    /// Whole calendar months.
    pub months: u32,
    /// Nights beyond them.
    pub nights_beyond: i64,
    /// The price of a month on the first day, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rent_per_month: Option<i64>,
    /// The deposit in months of rent, if it is reckoned so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposit_months: Option<u32>,
    /// Months paid at once, if the listing says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advance_months: Option<u32>,
}

pub(crate) fn of(rules: &Rules, stay: &Stay) -> Option<Contract> {
    let months = stay.months();
    (months > 0).then(|| Contract {
        first_day: stay.check_in,
        last_day: stay.check_out.pred_opt().unwrap_or(stay.check_out),
        months,
        nights_beyond: (stay.check_out - add_months(stay.check_in, months)).num_days(),
        rent_per_month: rent_per_month(rules, stay),
        deposit_months: rules.monthly.deposit_months,
        advance_months: rules.monthly.advance_months,
    })
}

fn rent_per_month(rules: &Rules, stay: &Stay) -> Option<i64> {
    rules.prices(rules.season(stay.check_in)).month
}

/// Months of rent for a stay of a month or longer, where the listing says so and has a price of a
/// month; else its fixed amount.
pub(crate) fn deposit(rules: &Rules, stay: &Stay) -> Result<i64, Error> {
    match (rules.monthly.deposit_months, rent_per_month(rules, stay)) {
        (Some(months), Some(rent)) if stay.months() > 0 => {
            bounded(i128::from(months) * i128::from(rent))
        }
        _ => Ok(rules.deposit),
    }
}
