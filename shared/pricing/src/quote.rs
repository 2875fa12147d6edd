//! The price of a stay, line by line.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    arithmetic::bounded,
    calendar::Nights,
    contract::{self, Contract},
    error::Error,
    extras::Extras,
    payment::{self, Instalment},
    rent,
    rules::{FORMAT, Rules},
    stay::Stay,
};

/// What a stay costs, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The form of the rules that it was reckoned by.
    pub format: u32,
    /// ISO 4217.
    pub currency: String,
    /// Nights slept.
    pub nights: i64,
    /// What is paid for; they sum to the total.
    pub lines: Vec<Line>,
    /// What the stay costs.
    pub total: i64,
    /// Paid on arrival besides the total, and given back after the stay.
    pub deposit: i64,
    /// Of the total, what is paid at once.
    pub due_now: i64,
    /// Of the total, what is paid later; `payments` says when.
    pub due_later: i64,
    /// The total by the days on which it is due; the first is at once.
    pub payments: Vec<Instalment>,
    /// Taxes that the prices hold already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included_taxes: Vec<IncludedTax>,
    /// Of a stay of a month or longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Contract>,
}

/// A line. `quantity` times `unit_amount` is `amount`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is for.
    pub kind: LineKind,
    /// How many of them.
    pub quantity: i64,
    /// What one costs; below 0 for what is taken off.
    pub unit_amount: i64,
    /// What they cost together.
    pub amount: i64,
    /// The nights that it covers; none for what is paid once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<Dates>,
    /// Why it costs that.
    pub reason: Reason,
}

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Nights, each by itself.
    Nights,
    /// Seven nights at a time.
    Weeks,
    /// Calendar months.
    Months,
    /// What is left after whole months.
    PartMonth,
    /// What public holidays cost more.
    Holiday,
    /// Guests beyond the number.
    ExtraGuests,
    /// Cleaning.
    Cleaning,
    /// What a coupon takes off.
    Coupon,
    /// A tax that is added.
    Tax,
}

impl LineKind {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nights => "nights",
            Self::Weeks => "weeks",
            Self::Months => "months",
            Self::PartMonth => "part_month",
            Self::Holiday => "holiday",
            Self::ExtraGuests => "extra_guests",
            Self::Cleaning => "cleaning",
            Self::Coupon => "coupon",
            Self::Tax => "tax",
        }
    }

    /// Whether it is rent: what a coupon is off, and what a policy gives back in part.
    #[must_use]
    pub fn is_rent(self) -> bool {
        matches!(
            self,
            Self::Nights
                | Self::Weeks
                | Self::Months
                | Self::PartMonth
                | Self::Holiday
                | Self::Coupon
        )
    }
}

/// A stretch of nights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dates {
    /// The first night.
    pub from: NaiveDate,
    /// The day after the last one.
    pub to: NaiveDate,
}

impl Dates {
    /// How many nights.
    #[must_use]
    pub fn nights(self) -> i64 {
        (self.to - self.from).num_days()
    }
}

/// Why a line costs what it costs: a code, and what is to be filled into its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// The price of a night.
    Nights {
        /// Of this season; empty for one without a name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        season: Option<String>,
        /// That of the weekend.
        is_weekend: bool,
    },
    /// The price of a week, or shares of several.
    Weeks {
        /// By season.
        parts: Vec<Part>,
    },
    /// The price of a month, or shares of several.
    Months {
        /// By season.
        parts: Vec<Part>,
    },
    /// A share of the price of a month.
    PartMonth {
        /// Nights that the whole month would have.
        of_nights: i64,
        /// By season.
        parts: Vec<Part>,
    },
    /// A public holiday.
    Holiday {
        /// Locale to name.
        name: BTreeMap<String, String>,
        /// Hundredths of a percent of the night's price.
        bps: i64,
    },
    /// Guests beyond the number.
    ExtraGuests {
        /// So many of them.
        guests: i64,
        /// So many are in the price.
        included: i64,
    },
    /// Once a stay.
    Cleaning,
    /// A coupon.
    Coupon {
        /// As it is written.
        coupon: String,
        /// Hundredths of a percent, if it is one of those.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bps: Option<i64>,
    },
    /// A tax.
    Tax {
        /// Its name in the rules.
        name: String,
        /// Hundredths of a percent.
        bps: i64,
        /// Of this amount.
        base: i64,
    },
}

/// A share of a season's price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The season; empty for one without a name, none outside of seasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub season: Option<String>,
    /// Nights in it.
    pub nights: i64,
    /// Its price of one whole.
    pub price: i64,
    /// What its nights cost.
    pub amount: i64,
}

/// A tax that the prices hold already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncludedTax {
    /// Its name in the rules.
    pub name: String,
    /// Hundredths of a percent.
    pub bps: i64,
    /// How much of the total it is.
    pub amount: i64,
}

/// Reckons what a stay costs.
///
/// # Errors
/// Why it has no price.
pub fn quote(rules: &Rules, stay: &Stay) -> Result<Quote, Error> {
    stay.check()?;
    rules.check()?;
    let nights = Nights::of(stay);
    let rent = rent::cheapest(rules, nights)?;
    let extras = Extras::of(rules, stay, rent.total())?;
    let mut lines = rent.lines(rules, nights)?;
    lines.extend(extras.lines(rules, stay)?);
    let total = bounded(lines.iter().map(|line| i128::from(line.amount)).sum())?;
    let contract = contract::of(rules, stay);
    let payments = payment::plan(rules, stay, &rent, &extras, total);
    let at_once = payments.iter().filter(|part| part.on <= rules.as_of);
    let due_now = at_once.map(|part| part.amount).sum();
    Ok(Quote {
        format: FORMAT,
        currency: rules.currency.clone(),
        nights: stay.nights(),
        lines,
        total,
        deposit: contract::deposit(rules, stay)?,
        due_now,
        due_later: total - due_now,
        payments,
        included_taxes: extras.included_taxes,
        contract,
    })
}
