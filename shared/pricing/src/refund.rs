//! What comes back when a stay is called off.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    arithmetic::{WHOLE, nearest},
    quote::{LineKind, Quote},
    split::by_night_of,
    stay::Stay,
};

/// How dear a change of mind is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Everything until a day before.
    Flexible,
    /// Everything until five days before, half until a day before.
    Moderate,
    /// Everything until thirty days before, half until a week before.
    Firm,
    /// Nothing.
    Strict,
}

impl Policy {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Flexible, Self::Moderate, Self::Firm, Self::Strict];

    /// The name on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flexible => "flexible",
            Self::Moderate => "moderate",
            Self::Firm => "firm",
            Self::Strict => "strict",
        }
    }

    /// The policy of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == name)
    }

    /// What it says to a booking of this day.
    #[must_use]
    pub fn terms(self, agreed_on: NaiveDate) -> &'static Terms {
        let mut of_policy = TERMS.iter().filter(|terms| terms.policy == self);
        let first = of_policy.next();
        of_policy.rfind(|terms| terms.since <= agreed_on).or(first).unwrap_or(&TERMS[0])
    }
}

/// What a policy says from a day on. A booking keeps those of the day on which it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The policy.
    pub policy: Policy,
    /// The first day of bookings that these are for.
    pub since: NaiveDate,
    /// From most days to fewest.
    pub tiers: &'static [Tier],
}

/// So much of the rent comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Where it is called off so many days before the arrival, or more.
    pub days_before: i64,
    /// Hundredths of a percent.
    pub bps: i64,
}

const fn since(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

const fn tier(days_before: i64, bps: i64) -> Tier {
    Tier { days_before, bps }
}

/// Every policy there was, the newest of each last. A change is a new row: bookings made before it
/// go by the old one.
const TERMS: &[Terms] = &[
    Terms { policy: Policy::Flexible, since: since(2026, 1, 1), tiers: &[tier(1, 10_000)] },
    Terms {
        policy: Policy::Moderate,
        since: since(2026, 1, 1),
        tiers: &[tier(5, 10_000), tier(1, 5_000)],
    },
    Terms {
        policy: Policy::Firm,
        since: since(2026, 1, 1),
        tiers: &[tier(30, 10_000), tier(7, 5_000)],
    },
    Terms { policy: Policy::Strict, since: since(2026, 1, 1), tiers: &[] },
];

/// Whoever rents by the month owes the rent of this many days after they said that they would not
/// come, or would leave; of a stay of a month or longer, whatever the policy.
pub const MONTHLY_NOTICE_DAYS: i64 = 30;

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The policy; stays of a month or longer have terms of their own.
    pub policy: Policy,
    /// Days between the cancellation and the arrival; below 0 after it.
    pub days_before: i64,
    /// What comes back of what; they sum to `total`.
    pub lines: Vec<RefundLine>,
    /// What comes back of the quote's total, between 0 and all of it.
    pub total: i64,
    /// What does not.
    pub kept: i64,
    /// The deposit, where it comes back with the cancellation; after the arrival it is settled at
    /// the end of the stay.
    pub deposit: i64,
}

impl Refund {
    /// What is owed to somebody who has paid this much of the total.
    #[must_use]
    pub fn of_paid(&self, paid: i64) -> i64 {
        (paid - self.kept).max(0)
    }
}

/// What comes back of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundLine {
    /// What it is about, and by which rule.
    pub reason: RefundReason,
    /// What it cost.
    pub of: i64,
    /// What comes back.
    pub amount: i64,
}

/// By which rule something comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum RefundReason {
    /// Rent, extra guests and coupon, by the policy.
    Rent {
        /// Hundredths of a percent that come back.
        bps: i64,
    },
    /// The same for a stay of a month or longer: what is beyond the notice.
    MonthlyRent {
        /// Nights that are owed.
        nights_kept: i64,
    },
    /// Nobody has to clean.
    Cleaning,
    /// Taxes go with what they were on.
    Taxes,
}

/// What comes back of a stay that is called off on a day. `agreed_on` is the day of the booking.
#[must_use]
pub fn refund(
    policy: Policy,
    agreed_on: NaiveDate,
    quote: &Quote,
    stay: &Stay,
    cancelled_on: NaiveDate,
) -> Refund {
    let days_before = (stay.check_in - cancelled_on).num_days();
    let of_kind = |wanted: fn(LineKind) -> bool| -> i64 {
        quote.lines.iter().filter(|line| wanted(line.kind)).map(|line| line.amount).sum()
    };
    let mut lines = vec![match quote.contract {
        Some(_) => monthly_rent(quote, stay, days_before),
        None => {
            let of = of_kind(is_rent_or_guests);
            let tiers = policy.terms(agreed_on).tiers.iter();
            let bps = tiers.filter(|tier| days_before >= tier.days_before).map(|tier| tier.bps);
            let bps = bps.max().unwrap_or(0);
            RefundLine { reason: RefundReason::Rent { bps }, of, amount: share(of, bps) }
        }
    }];
    let has_not_come = days_before >= 0;
    let cleaning = of_kind(|kind| kind == LineKind::Cleaning);
    if cleaning > 0 {
        let amount = if has_not_come { cleaning } else { 0 };
        lines.push(RefundLine { reason: RefundReason::Cleaning, of: cleaning, amount });
    }
    let taxes = of_kind(|kind| kind == LineKind::Tax);
    if taxes > 0 {
        let untaxed = quote.total - taxes;
        let back: i64 = lines.iter().map(|line| line.amount).sum();
        let amount = match untaxed {
            ..=0 => 0,
            untaxed => whole(nearest(taxes.into(), back.into(), untaxed.into(), 1)),
        };
        lines.push(RefundLine { reason: RefundReason::Taxes, of: taxes, amount });
    }
    let total = lines.iter().map(|line| line.amount).sum();
    let deposit = if has_not_come { quote.deposit } else { 0 };
    Refund { policy, days_before, lines, total, kept: quote.total - total, deposit }
}

fn is_rent_or_guests(kind: LineKind) -> bool {
    kind.is_rent() || kind == LineKind::ExtraGuests
}

/// The nights slept by then and those of the notice are owed, at most all of them.
fn monthly_rent(quote: &Quote, stay: &Stay, days_before: i64) -> RefundLine {
    let by_night = by_night_of(quote, stay, |line| is_rent_or_guests(line.kind));
    let of = by_night.iter().map(|(_, amount)| amount).sum();
    let nights_kept = (MONTHLY_NOTICE_DAYS - days_before).clamp(0, stay.nights());
    let kept = usize::try_from(nights_kept).unwrap_or(0);
    let amount: i64 = by_night.iter().skip(kept).map(|(_, amount)| amount).sum();
    RefundLine {
        reason: RefundReason::MonthlyRent { nights_kept },
        of,
        amount: amount.clamp(0, of),
    }
}

fn share(of: i64, bps: i64) -> i64 {
    whole(nearest(of.into(), bps.into(), WHOLE, 1))
}

/// A share of an amount that fits is one that fits.
fn whole(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or(0)
}
