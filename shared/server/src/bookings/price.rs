//! What a booking costs, as the quote says that it cites.

use serde::Serialize;
use terrace_pricing::{LineKind, Policy, Quote, Refund};
use terrace_product::Locale;
use utoipa::ToSchema;

use super::{agreed::Agreed, machine::Facts, row::BookingRow};
use crate::quotes::output::{LineOut, told};

/// The price of a stay.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceOut {
    /// ISO 4217.
    #[schema(example = "THB")]
    pub currency: String,
    /// What the stay costs; the lines sum to it. Smallest unit, like every amount here.
    pub total: i64,
    /// Of the total, what is paid at once.
    pub due_now: i64,
    /// Of the total, what is paid later.
    pub due_later: i64,
    /// Paid besides, and given back after the stay.
    pub deposit: i64,
    /// What is paid for.
    pub lines: Vec<LineOut>,
}

impl PriceOut {
    pub(super) fn of(quote: &Quote, locale: &Locale) -> Self {
        Self::sum(&quote.currency, std::iter::once(quote), locale)
    }

    /// Of a stay with all its renewals.
    pub(super) fn agreed(agreed: &Agreed, currency: &str, locale: &Locale) -> Self {
        let parts = agreed.parts().map(|part| &part.quote);
        Self { deposit: agreed.deposit(), ..Self::sum(currency, parts, locale) }
    }

    fn sum<'q>(currency: &str, parts: impl Iterator<Item = &'q Quote>, locale: &Locale) -> Self {
        let currency = currency.to_owned();
        let mut sum =
            Self { currency, total: 0, due_now: 0, due_later: 0, deposit: 0, lines: Vec::new() };
        for part in parts {
            sum.total += part.total;
            sum.due_now += part.due_now;
            sum.due_later += part.due_later;
            sum.deposit += part.deposit;
            let lines = part.lines.iter().cloned();
            sum.lines.extend(lines.map(|line| told(line, &part.currency, locale)));
        }
        sum
    }
}

/// Kinds of lines, in the order of a price.
const KINDS: [LineKind; 9] = [
    LineKind::Nights,
    LineKind::Weeks,
    LineKind::Months,
    LineKind::PartMonth,
    LineKind::Holiday,
    LineKind::ExtraGuests,
    LineKind::Cleaning,
    LineKind::Coupon,
    LineKind::Tax,
];

/// What another price means, kind by kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DifferenceLine {
    /// As in the lines of a price.
    #[schema(value_type = String, example = "nights")]
    pub kind: &'static str,
    /// What it cost.
    pub before: i64,
    /// What it costs.
    pub after: i64,
    /// How much more; below 0 for less.
    pub difference: i64,
}

/// How one price differs from another: every kind of line that either has, in the order of a
/// price. The differences sum to that of the totals.
pub(super) fn differences(before: &Quote, after: &Quote) -> Vec<DifferenceLine> {
    let has = |quote: &Quote, kind| quote.lines.iter().any(|line| line.kind == kind);
    let of = |quote: &Quote, kind| -> i64 {
        quote.lines.iter().filter(|line| line.kind == kind).map(|line| line.amount).sum()
    };
    KINDS
        .into_iter()
        .filter(|kind| has(before, *kind) || has(after, *kind))
        .map(|kind| {
            let (before, after) = (of(before, kind), of(after, kind));
            DifferenceLine { kind: kind.as_str(), before, after, difference: after - before }
        })
        .collect()
}

/// What comes back if a booking is called off.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefundOut {
    /// ISO 4217.
    pub currency: String,
    /// The policy, as it was agreed when the stay was booked.
    #[schema(value_type = String, example = "moderate")]
    pub policy: &'static str,
    /// Days until the arrival; below 0 after it.
    pub days_before: i64,
    /// Of the total, what comes back of what was paid of it. Smallest unit.
    pub refund: i64,
    /// Of the total, what is owed all the same.
    pub kept: i64,
    /// The deposit that comes back, if it was paid.
    pub deposit: i64,
    /// What comes back of what; they sum to `refund`. Empty where everything does.
    pub lines: Vec<RefundLineOut>,
}

/// What comes back of one thing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefundLineOut {
    /// `rent`, `monthly_rent`, `cleaning`, `taxes`.
    #[schema(example = "rent")]
    pub kind: String,
    /// What it costs.
    pub of: i64,
    /// What comes back.
    pub amount: i64,
}

impl RefundOut {
    /// By the policy, part by part. Where notice was given, no more is owed than until its day.
    pub(super) fn by_policy(
        policy: Policy,
        facts: &Facts,
        refunds: &[Refund],
        booking: &BookingRow,
    ) -> Self {
        let kept: i64 = refunds.iter().map(|refund| refund.kept).sum();
        let agreed: i64 = refunds.iter().map(|refund| refund.total + refund.kept).sum();
        let deposit = refunds.first().map_or(0, |refund| refund.deposit);
        let mut out = Self::keeping(policy, facts, kept, deposit, booking);
        out.lines = match agreed == booking.total {
            true => merged(refunds),
            false => vec![RefundLineOut {
                kind: "monthly_rent".to_owned(),
                of: booking.total,
                amount: out.refund,
            }],
        };
        out
    }

    /// All but the nights that were slept: nothing was settled yet, or it is the host who calls
    /// it off.
    pub(super) fn whole(
        policy: Policy,
        facts: &Facts,
        agreed: &Agreed,
        booking: &BookingRow,
    ) -> Self {
        let slept = agreed.owed_until(facts.today);
        Self::keeping(policy, facts, slept, agreed.deposit(), booking)
    }

    fn keeping(
        policy: Policy,
        facts: &Facts,
        kept: i64,
        deposit: i64,
        booking: &BookingRow,
    ) -> Self {
        let kept = kept.clamp(0, booking.total);
        Self {
            currency: booking.currency.clone(),
            policy: policy.as_str(),
            days_before: (facts.check_in - facts.today).num_days(),
            refund: booking.total - kept,
            kept,
            deposit,
            lines: Vec::new(),
        }
    }
}

/// One line for each kind of thing, in the order in which they first stand.
fn merged(refunds: &[Refund]) -> Vec<RefundLineOut> {
    let mut lines: Vec<RefundLineOut> = Vec::new();
    for line in refunds.iter().flat_map(|refund| &refund.lines) {
        let named = serde_json::to_value(line.reason).unwrap_or_default();
        let kind = named["code"].as_str().unwrap_or_default();
        match lines.iter_mut().find(|one| one.kind == kind) {
            Some(one) => {
                one.of += line.of;
                one.amount += line.amount;
            }
            None => lines.push(RefundLineOut {
                kind: kind.to_owned(),
                of: line.of,
                amount: line.amount,
            }),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use terrace_pricing::{Line, Reason};

    use super::*;

    fn quote(lines: &[(LineKind, i64)]) -> Quote {
        let lines: Vec<Line> = lines
            .iter()
            .map(|(kind, amount)| Line {
                kind: *kind,
                quantity: 1,
                unit_amount: *amount,
                amount: *amount,
                dates: None,
                reason: Reason::Cleaning,
            })
            .collect();
        let total = lines.iter().map(|line| line.amount).sum();
        Quote {
            format: 1,
            currency: "THB".to_owned(),
            nights: 1,
            lines,
            total,
            deposit: 0,
            due_now: total,
            due_later: 0,
            payments: Vec::new(),
            included_taxes: Vec::new(),
            contract: None,
        }
    }

    fn lines() -> impl Strategy<Value = Vec<(LineKind, i64)>> {
        let kind = prop::sample::select(&KINDS[..]);
        prop::collection::vec((kind, -1_000_000_i64..1_000_000), 0..8)
    }

    proptest! {
        /// No kind of line is forgotten: the differences make up that of the totals.
        #[test]
        fn differences_sum_to_the_difference(before in lines(), after in lines()) {
            let (before, after) = (quote(&before), quote(&after));
            let found = differences(&before, &after);
            let sum: i64 = found.iter().map(|line| line.difference).sum();
            prop_assert_eq!(sum, after.total - before.total);
            prop_assert!(found.iter().all(|line| line.after - line.before == line.difference));
        }
    }
}
