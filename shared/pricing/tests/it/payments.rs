//! When the total is paid.

use terrace_pricing::{Discount, Rules, TaxBase};

use crate::support::{coupon, monthly, priced, stay, tax, villa, with};

fn plan(rules: &Rules, from: &str, to: &str) -> Vec<(String, i64)> {
    let mut stay = stay(from, to);
    stay.coupon = rules.coupon.as_ref().map(|coupon| coupon.code.clone());
    let quote = priced(rules, &stay);
    assert_eq!(quote.due_now + quote.due_later, quote.total);
    assert_eq!(quote.payments[0].amount, quote.due_now);
    quote.payments.iter().map(|part| (part.on.to_string(), part.amount)).collect()
}

fn expected<const N: usize>(parts: [(&str, i64); N]) -> Vec<(String, i64)> {
    parts.map(|(on, amount)| (on.to_owned(), amount)).to_vec()
}

#[test]
fn all_at_once_where_nothing_else_is_said() {
    assert_eq!(plan(&villa(), "2027-03-01", "2027-03-04"), expected([("2026-11-27", 1_260_000)]));
}

#[test]
fn a_share_at_once_and_the_rest_before_the_arrival() {
    let third = with(villa(), |rules| rules.payment.now_percent = 30);
    // 30 % of 12,600, and the rest 14 days before 1 March.
    let parts = expected([("2026-11-27", 378_000), ("2027-02-15", 882_000)]);
    assert_eq!(plan(&third, "2027-03-01", "2027-03-04"), parts);
    // 33 % of 4,200 = 1,386; in tens of baht 1,390.
    let rounder = with(third.clone(), |rules| {
        rules.payment.now_percent = 33;
        rules.round_to = 1_000;
    });
    let parts = expected([("2026-11-27", 139_000), ("2027-02-15", 281_000)]);
    assert_eq!(plan(&rounder, "2027-03-01", "2027-03-02"), parts);
    // The rest would be due today, or was: all at once. A day later it is not.
    assert_eq!(plan(&third, "2026-12-11", "2026-12-14"), expected([("2026-11-27", 1_260_000)]));
    let parts = expected([("2026-11-27", 378_000), ("2026-11-28", 882_000)]);
    assert_eq!(plan(&third, "2026-12-12", "2026-12-15"), parts);
}

#[test]
fn months_as_they_begin() {
    let advance = |months| {
        with(monthly(), |rules| {
            rules.cleaning_fee = 150_000;
            rules.monthly.advance_months = Some(months);
        })
    };
    let parts =
        expected([("2026-11-27", 9_650_000), ("2027-04-01", 9_500_000), ("2027-05-01", 9_500_000)]);
    assert_eq!(plan(&advance(1), "2027-03-01", "2027-06-01"), parts);
    let parts = expected([("2026-11-27", 19_150_000), ("2027-05-01", 9_500_000)]);
    assert_eq!(plan(&advance(2), "2027-03-01", "2027-06-01"), parts);
    assert_eq!(
        plan(&advance(12), "2027-03-01", "2027-06-01"),
        expected([("2026-11-27", 28_650_000)])
    );
    // The rest of a month is due on its first day: 95,000 × 10/31 up.
    let parts = expected([("2026-11-27", 9_650_000), ("2027-05-01", 3_064_517)]);
    assert_eq!(plan(&advance(1), "2027-04-01", "2027-05-11"), parts);
    // Short stays are paid as others.
    assert_eq!(plan(&advance(1), "2027-03-01", "2027-03-02"), expected([("2026-11-27", 570_000)]));
}

#[test]
fn months_with_a_coupon_and_a_tax() {
    let rules = with(monthly(), |rules| {
        rules.monthly.advance_months = Some(1);
        rules.coupon = Some(coupon(Discount::Amount(10_000_000)));
        rules.taxes = vec![tax("vat", 700, false, &[TaxBase::Rent])];
    });
    // 100,000 off 285,000, a third from each month: 33,333.33, 33,333.34, 33,333.33. Of the
    // 185,000 that are left, 7 % are 12,950: by the running sum 4,316.67, 4,316.66, 4,316.67.
    let parts =
        expected([("2026-11-27", 6_598_334), ("2027-04-01", 6_598_332), ("2027-05-01", 6_598_334)]);
    assert_eq!(plan(&rules, "2027-03-01", "2027-06-01"), parts);
}
