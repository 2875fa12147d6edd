//! A total, night by night.

use chrono::NaiveDate;

use crate::{
    arithmetic::nearest,
    calendar::Nights,
    quote::{Line, LineKind, Quote},
    stay::Stay,
};

/// What each night of a stay brings: a line falls on the nights that it covers, in equal parts
/// (several months one by one), what is paid once falls on all, and a coupon on each as its rent is. The nights sum to the
/// total, to the smallest unit.
#[must_use]
pub fn by_night(quote: &Quote, stay: &Stay) -> Vec<(NaiveDate, i64)> {
    by_night_of(quote, stay, |_| true)
}

/// The same for some of the lines.
pub(crate) fn by_night_of(
    quote: &Quote,
    stay: &Stay,
    wanted: impl Fn(&Line) -> bool,
) -> Vec<(NaiveDate, i64)> {
    let nights = Nights::of(stay);
    let is_coupon = |line: &&Line| line.kind == LineKind::Coupon;
    let rent = quote.lines.iter().filter(|line| line.kind.is_rent() && !is_coupon(line));
    let rent = spread(rent, nights);
    let plain = quote.lines.iter().filter(|line| wanted(line) && !is_coupon(line));
    let mut amounts = spread(plain, nights);
    for coupon in quote.lines.iter().filter(|line| wanted(line) && is_coupon(line)) {
        let whole: i128 = rent.iter().map(|amount| i128::from(*amount)).sum();
        let (mut so_far, mut taken) = (0, 0);
        for (amount, rent) in amounts.iter_mut().zip(&rent) {
            so_far += i128::from(*rent);
            let until = nearest(coupon.amount.into(), so_far, whole.max(1), 1);
            *amount += i64::try_from(until - taken).unwrap_or(0);
            taken = until;
        }
    }
    (0..).map(|nth| nights.day(nth)).zip(amounts).collect()
}

/// Lines in equal parts on their nights, month by month where there are several in a line; the
/// first nights bear what does not divide.
fn spread<'a>(lines: impl Iterator<Item = &'a Line>, nights: Nights) -> Vec<i64> {
    let mut amounts = vec![0; nights.count];
    for line in lines {
        let (from, to) = match line.dates {
            Some(dates) => (nights.nth(dates.from), nights.nth(dates.to).min(nights.count)),
            None => (0, nights.count),
        };
        if line.kind == LineKind::Months && line.quantity > 1 {
            for (from, to) in nights.months().filter(|(begins, _)| (from..to).contains(begins)) {
                evenly(&mut amounts[from..to.min(nights.count)], line.unit_amount);
            }
        } else {
            evenly(&mut amounts[from..to], line.amount);
        }
    }
    amounts
}

fn evenly(nights: &mut [i64], amount: i64) {
    let count = i64::try_from(nights.len()).unwrap_or(0);
    if count > 0 {
        let (each, rest) = (amount.div_euclid(count), amount.rem_euclid(count));
        for (nth, night) in (0..).zip(nights) {
            *night += each + i64::from(nth < rest);
        }
    }
}
