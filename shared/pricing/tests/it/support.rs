//! Rules to start from.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use terrace_pricing::{
    Coupon, Discount, FORMAT, Holiday, Monthly, PaymentTerms, Prices, Quote, Rules, Season, Stay,
    Tax, TaxBase,
};

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A villa at THB 4,200 a night, asked for on 27 November 2026, with nothing else.
pub(crate) fn villa() -> Rules {
    Rules {
        format: FORMAT,
        as_of: day("2026-11-27"),
        currency: "THB".to_owned(),
        base: Prices { night: Some(420_000), ..Prices::default() },
        weekend_nights: vec![5, 6],
        seasons: Vec::new(),
        extra_guests: None,
        cleaning_fee: 0,
        deposit: 0,
        holidays: Vec::new(),
        holiday_surcharge_bps: 0,
        monthly: Monthly::default(),
        taxes: Vec::new(),
        coupon: None,
        payment: PaymentTerms { now_percent: 100, balance_days: 14 },
        round_to: 1,
    }
}

pub(crate) fn with(mut rules: Rules, change: impl FnOnce(&mut Rules)) -> Rules {
    change(&mut rules);
    rules
}

/// The villa with THB 26,000 a week and THB 95,000 a month.
pub(crate) fn weekly() -> Rules {
    with(villa(), |rules| rules.base.week = Some(2_600_000))
}

pub(crate) fn monthly() -> Rules {
    with(villa(), |rules| rules.base.month = Some(9_500_000))
}

/// High season, 15 December to 15 January, at THB 6,500 a night.
pub(crate) fn high_season() -> Season {
    Season {
        label: Some("High season".to_owned()),
        from: day("2026-12-15"),
        to: day("2027-01-16"),
        prices: Prices { night: Some(650_000), ..Prices::default() },
    }
}

pub(crate) fn songkran(rules: &mut Rules) {
    let name = BTreeMap::from([("en".to_owned(), "Songkran".to_owned())]);
    rules.holiday_surcharge_bps = 2_000;
    rules.holidays = ["2027-04-13", "2027-04-14", "2027-04-15"]
        .map(|text| Holiday { day: day(text), name: name.clone() })
        .to_vec();
}

pub(crate) fn coupon(discount: Discount) -> Coupon {
    Coupon { code: "SAWASDEE".to_owned(), discount, from: None, until: None, min_nights: 1 }
}

pub(crate) fn tax(name: &str, bps: i64, included: bool, on: &[TaxBase]) -> Tax {
    Tax { name: name.to_owned(), bps, included, on: on.to_vec() }
}

pub(crate) fn stay(from: &str, to: &str) -> Stay {
    Stay { check_in: day(from), check_out: day(to), guests: 2, coupon: None }
}

pub(crate) fn priced(rules: &Rules, stay: &Stay) -> Quote {
    terrace_pricing::quote(rules, stay).unwrap_or_else(|error| panic!("{stay:?}: {error}"))
}
