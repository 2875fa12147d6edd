//! When the total is paid.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    arithmetic::{nearest, up},
    calendar::Nights,
    extras::Extras,
    rent::Rent,
    rules::Rules,
    stay::Stay,
};

/// A part of the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// The day on which it is due; that of the quote means at once.
    pub on: NaiveDate,
    /// How much.
    pub amount: i64,
}

/// Splits the total. The first part is due at once, and the parts sum to the total.
pub(crate) fn plan(
    rules: &Rules,
    stay: &Stay,
    rent: &Rent,
    extras: &Extras,
    total: i64,
) -> Vec<Instalment> {
    match rules.monthly.advance_months {
        Some(advance) if stay.months() > 0 => by_month(rules, stay, rent, extras, total, advance),
        _ => by_share(rules, stay, total),
    }
}

/// A share at once and the rest some days before the arrival, or everything at once where those
/// days have come.
fn by_share(rules: &Rules, stay: &Stay, total: i64) -> Vec<Instalment> {
    let days = chrono::Duration::days(rules.payment.balance_days);
    let balance = stay.check_in.checked_sub_signed(days).unwrap_or(rules.as_of);
    let now = up(total.into(), rules.payment.now_percent.into(), 100, rules.round_to.into());
    let now = i64::try_from(now).unwrap_or(total);
    if balance <= rules.as_of || now >= total {
        return vec![Instalment { on: rules.as_of, amount: total }];
    }
    vec![
        Instalment { on: rules.as_of, amount: now },
        Instalment { on: balance, amount: total - now },
    ]
}

/// So many months at once, with all that is paid once; each other month on the day on which it
/// begins. A coupon is off each month as its rent is, and added taxes are spread as the rest is; both
/// are rounded on the running sum, so that nothing is lost.
fn by_month(
    rules: &Rules,
    stay: &Stay,
    rent: &Rent,
    extras: &Extras,
    total: i64,
    advance: u32,
) -> Vec<Instalment> {
    let nights = Nights::of(stay);
    let whole = rent.total().max(1);
    let (mut rent_so_far, mut off) = (0, 0);
    let mut due: Vec<(NaiveDate, i128)> = vec![(rules.as_of, extras.cleaning)];
    for (k, (from, to)) in nights.months().enumerate() {
        let month = from..to.min(nights.count);
        let pieces = rent.pieces.iter().filter(|piece| month.contains(&piece.nights.start));
        let own: i128 = pieces.map(|piece| piece.amount).sum::<i128>()
            + rent.surcharges[month.clone()].iter().sum::<i128>();
        rent_so_far += own;
        let less = nearest(extras.discount, rent_so_far, whole, 1) - off;
        off += less;
        let slept = i128::try_from(month.len()).unwrap_or(0);
        let amount = own - less + extras.guests_per_night * slept;
        let begins = nights.day(from);
        let is_now = k < usize::try_from(advance.max(1)).unwrap_or(1) || begins <= rules.as_of;
        match due.last_mut() {
            Some((_, now)) if is_now => *now += amount,
            _ => due.push((begins, amount)),
        }
    }
    with_taxes(due, extras.taxes_total(), total)
}

/// Each part with its share of the added taxes.
fn with_taxes(due: Vec<(NaiveDate, i128)>, taxes: i128, total: i64) -> Vec<Instalment> {
    let untaxed = i128::from(total) - taxes;
    let (mut so_far, mut paid) = (0, 0);
    let parts = due.into_iter().map(|(on, amount)| {
        so_far += amount;
        let until = so_far + if untaxed > 0 { nearest(taxes, so_far, untaxed, 1) } else { 0 };
        let amount = i64::try_from(until - paid).unwrap_or(0);
        paid = until;
        Instalment { on, amount }
    });
    parts.filter(|part| part.amount > 0).collect()
}
