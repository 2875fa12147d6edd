//! What has no price, and why.

use terrace_pricing::{CouponProblem, Discount, Error, Rules, Stay, quote};

use crate::support::{coupon, day, high_season, monthly, stay, villa, weekly, with};

fn refused(rules: &Rules, stay: &Stay) -> Error {
    quote(rules, stay).unwrap_err()
}

#[test]
fn a_stay_that_cannot_be() {
    let guests = |guests| Stay { guests, ..stay("2027-03-01", "2027-03-04") };
    assert_eq!(refused(&villa(), &stay("2027-03-04", "2027-03-04")), Error::NoNights);
    assert_eq!(refused(&villa(), &stay("2027-03-04", "2027-03-01")), Error::NoNights);
    assert_eq!(refused(&villa(), &stay("2027-01-01", "2028-01-03")), Error::TooLong);
    assert!(quote(&villa(), &stay("2027-01-01", "2028-01-02")).is_ok());
    assert_eq!(refused(&villa(), &guests(0)), Error::Guests);
    assert_eq!(refused(&villa(), &guests(1001)), Error::Guests);
}

#[test]
fn nights_without_a_price() {
    let by_month = with(monthly(), |rules| rules.base.night = None);
    let by_week = with(weekly(), |rules| rules.base.night = None);
    let first = Error::NotPriced(day("2027-03-01"));
    assert_eq!(refused(&by_month, &stay("2027-03-01", "2027-03-28")), first);
    assert_eq!(refused(&by_week, &stay("2027-03-01", "2027-03-09")), first);
    // In the season there is a price by the night; after it there is none.
    let season = with(by_month, |rules| rules.seasons = vec![high_season()]);
    assert!(quote(&season, &stay("2027-01-10", "2027-01-16")).is_ok());
    let after = Error::NotPriced(day("2027-01-16"));
    assert_eq!(refused(&season, &stay("2027-01-10", "2027-01-17")), after);
}

#[test]
fn coupons_that_do_not_apply() {
    let with_coupon = |change: fn(&mut terrace_pricing::Coupon)| {
        with(villa(), |rules| {
            let mut coupon = coupon(Discount::Bps(1_000));
            change(&mut coupon);
            rules.coupon = Some(coupon);
        })
    };
    let named = Stay { coupon: Some("SAWASDEE".to_owned()), ..stay("2027-03-01", "2027-03-04") };
    let problem = |rules: &Rules| match quote(rules, &named) {
        Ok(_) => None,
        Err(Error::Coupon(problem)) => Some(problem),
        Err(other) => panic!("{other}"),
    };
    assert_eq!(problem(&villa()), Some(CouponProblem::Unknown));
    // Asked for on 27 November 2026, for three nights.
    assert_eq!(
        problem(&with_coupon(|coupon| coupon.until = Some(day("2026-11-26")))),
        Some(CouponProblem::Ended)
    );
    assert_eq!(problem(&with_coupon(|coupon| coupon.until = Some(day("2026-11-27")))), None);
    let later = day("2026-11-28");
    assert_eq!(
        problem(&with_coupon(|coupon| coupon.from = Some(day("2026-11-28")))),
        Some(CouponProblem::NotYet(later))
    );
    assert_eq!(problem(&with_coupon(|coupon| coupon.from = Some(day("2026-11-27")))), None);
    assert_eq!(
        problem(&with_coupon(|coupon| coupon.min_nights = 4)),
        Some(CouponProblem::TooShort(4))
    );
    assert_eq!(problem(&with_coupon(|coupon| coupon.min_nights = 3)), None);
    // A coupon that nobody named takes nothing off.
    let unnamed = Stay { coupon: None, ..named.clone() };
    assert_eq!(quote(&with_coupon(|_| {}), &unnamed).unwrap().total, 1_260_000);
}

#[test]
fn amounts_beyond_all_bounds() {
    let dear = with(villa(), |rules| rules.base.night = Some(10_000_000_000_000));
    assert!(quote(&dear, &stay("2027-03-01", "2027-03-02")).is_ok());
    assert_eq!(refused(&dear, &stay("2027-03-01", "2027-03-03")), Error::TooMuch);
    let party = with(villa(), |rules| {
        rules.extra_guests =
            Some(terrace_pricing::ExtraGuests { included: 1, per_night: 10_000_000_000_000 });
    });
    let crowd = Stay { guests: 1000, ..stay("2027-01-01", "2027-12-31") };
    assert_eq!(refused(&party, &crowd), Error::TooMuch);
}

#[test]
fn rules_that_contradict_themselves() {
    type Change = fn(&mut Rules);
    let changes: [(Change, Error); 8] = [
        (|rules| rules.format = 99, Error::UnknownFormat(99)),
        (|rules| rules.base.night = Some(0), Error::BadRules("a price")),
        (|rules| rules.cleaning_fee = -1, Error::BadRules("a fee")),
        (|rules| rules.holiday_surcharge_bps = -1, Error::BadRules("a rate")),
        (|rules| rules.coupon = Some(coupon(Discount::Bps(10_001))), Error::BadRules("the coupon")),
        (
            |rules| rules.seasons = vec![high_season(), high_season()],
            Error::BadRules("seasons overlap"),
        ),
        (|rules| rules.payment.now_percent = 0, Error::BadRules("what is paid at once")),
        (|rules| rules.round_to = 0, Error::BadRules("what is rounded to")),
    ];
    for (change, error) in changes {
        assert_eq!(refused(&with(villa(), change), &stay("2027-03-01", "2027-03-04")), error);
    }
}
