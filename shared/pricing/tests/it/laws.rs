//! What holds for every price.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use terrace_pricing::{
    Discount, ExtraGuests, LineKind, Policy, Prices, Quote, Rules, Season, Stay, TaxBase,
    add_months, by_night, quote, refund,
};

use crate::support::{coupon, day, songkran, tax, villa};

fn later(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_days(Days::new(days.unsigned_abs())).unwrap()
}

fn prices() -> impl Strategy<Value = Prices> {
    (
        1_i64..1_000_000,
        proptest::option::of(1_i64..1_500_000),
        proptest::option::of(1_i64..7_000_000),
        proptest::option::of(1_i64..25_000_000),
    )
        .prop_map(|(night, weekend_night, week, month)| Prices {
            night: Some(night),
            weekend_night,
            week,
            month,
        })
}

/// Up to three seasons from some day on, with or without days between them.
fn seasons() -> impl Strategy<Value = Vec<Season>> {
    proptest::collection::vec((0_i64..40, 1_i64..50, prices()), 0..3).prop_map(|stretches| {
        let mut at = day("2027-03-20");
        stretches
            .into_iter()
            .map(|(gap, nights, prices)| {
                let from = later(at, gap);
                at = later(from, nights);
                Season { label: None, from, to: at, prices }
            })
            .collect()
    })
}

prop_compose! {
    fn rules()(
        base in prices(),
        seasons in seasons(),
        extra in proptest::option::of((1_i32..5, 1_i64..100_000)),
        cleaning_fee in 0_i64..300_000,
        has_holidays: bool,
        discount in proptest::option::of(prop_oneof![
            (1_i64..=10_000).prop_map(Discount::Bps),
            (1_i64..3_000_000).prop_map(Discount::Amount),
        ]),
        taxes in 0_usize..4,
        now_percent in 1_i64..=100,
        advance in proptest::option::of(1_u32..4),
        round_to in prop_oneof![Just(1_i64), Just(100), Just(1_000)],
    ) -> Rules {
        let mut rules = villa();
        if has_holidays {
            songkran(&mut rules);
        }
        let all = [TaxBase::Rent, TaxBase::ExtraGuests, TaxBase::Cleaning];
        let every = [
            tax("service", 1_000, false, &all),
            tax("vat", 700, false, &[TaxBase::Rent, TaxBase::Taxes]),
            tax("local", 123, true, &all),
        ];
        Rules {
            base,
            seasons,
            extra_guests: extra.map(|(included, per_night)| ExtraGuests { included, per_night }),
            cleaning_fee,
            coupon: discount.map(coupon),
            taxes: every[..taxes].to_vec(),
            payment: terrace_pricing::PaymentTerms { now_percent, balance_days: 14 },
            monthly: terrace_pricing::Monthly { deposit_months: None, advance_months: advance },
            round_to,
            ..rules
        }
    }
}

prop_compose! {
    fn stays(longest: i64)(begins in 0_i64..60, nights in 1..=longest, guests in 1_i32..9) -> Stay {
        let check_in = later(day("2027-03-01"), begins);
        Stay { check_in, check_out: later(check_in, nights), guests, coupon: None }
    }
}

fn named(rules: &Rules, stay: Stay) -> Stay {
    Stay { coupon: rules.coupon.as_ref().map(|coupon| coupon.code.clone()), ..stay }
}

fn of_kinds(quote: &Quote, wanted: impl Fn(LineKind) -> bool) -> i64 {
    quote.lines.iter().filter(|line| wanted(line.kind)).map(|line| line.amount).sum()
}

/// What a night costs by itself.
fn single(rules: &Rules, night: NaiveDate) -> i64 {
    use chrono::Datelike;
    let season = rules.seasons.iter().find(|season| season.from <= night && night < season.to);
    let prices = season.map_or(&rules.base, |season| &season.prices);
    let is_weekend = [5, 6].contains(&night.weekday().number_from_monday());
    prices.weekend_night.filter(|_| is_weekend).or(prices.night).unwrap()
}

fn surcharge(rules: &Rules, night: NaiveDate) -> i64 {
    if rules.holidays.iter().all(|holiday| holiday.day != night) {
        return 0;
    }
    let exact = single(rules, night) * rules.holiday_surcharge_bps;
    let unit = 10_000 * rules.round_to;
    (exact + unit / 2) / unit * rules.round_to
}

/// A share of weeks or months over seasons, straight from the words of the rule.
fn share(
    rules: &Rules,
    from: NaiveDate,
    to: NaiveDate,
    whole: i64,
    price: impl Fn(&Prices) -> Option<i64>,
) -> Option<i64> {
    let mut sum = 0;
    let none: Vec<Option<usize>> = vec![None];
    for season in none.into_iter().chain((0..rules.seasons.len()).map(Some)) {
        let mut nights = 0;
        let mut night = from;
        while night < to {
            let at = rules.seasons.iter().position(|s| s.from <= night && night < s.to);
            nights += i64::from(at == season);
            night = later(night, 1);
        }
        if nights == 0 {
            continue;
        }
        let prices = season.map_or(&rules.base, |nth| &rules.seasons[nth].prices);
        let price = price(prices)?;
        let unit = whole * rules.round_to;
        sum += match nights == whole {
            true => price,
            false => (price * nights + unit - 1) / unit * rules.round_to,
        };
    }
    Some(sum)
}

/// The least of all ways to pay, found by trying every one.
fn least(rules: &Rules, stay: &Stay, from: NaiveDate) -> i64 {
    if from == stay.check_out {
        return 0;
    }
    let mut best =
        single(rules, from) + surcharge(rules, from) + least(rules, stay, later(from, 1));
    let week = later(from, 7);
    if week <= stay.check_out
        && let Some(price) = share(rules, from, week, 7, |prices| prices.week)
    {
        let holidays: i64 = (0..7).map(|nth| surcharge(rules, later(from, nth))).sum();
        best = best.min(price + holidays + least(rules, stay, week));
    }
    for k in 0..4 {
        let (begins, ends) = (add_months(stay.check_in, k), add_months(stay.check_in, k + 1));
        let nights = (ends - begins).num_days();
        let until = match ends <= stay.check_out {
            true => ends,
            false if k > 0 => stay.check_out,
            false => continue,
        };
        if begins == from
            && from < until
            && let Some(price) = share(rules, from, until, nights, |prices| prices.month)
        {
            best = best.min(price + least(rules, stay, until));
        }
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Lines and instalments sum to the total, and the nights of the stay are each paid for once.
    #[test]
    fn everything_adds_up(rules in rules(), stay in stays(366)) {
        let stay = named(&rules, stay);
        let quote = quote(&rules, &stay).unwrap();
        prop_assert_eq!(of_kinds(&quote, |_| true), quote.total);
        for line in &quote.lines {
            prop_assert_eq!(line.quantity * line.unit_amount, line.amount);
        }
        let paid: i64 = quote.payments.iter().map(|part| part.amount).sum();
        prop_assert_eq!(paid, quote.total);
        prop_assert_eq!(quote.due_now + quote.due_later, quote.total);
        prop_assert!(quote.payments.iter().all(|part| part.amount > 0));
        prop_assert!(quote.payments.windows(2).all(|pair| pair[0].on < pair[1].on));
        prop_assert!(quote.total > 0);
        let mut at = stay.check_in;
        for line in &quote.lines {
            let (LineKind::Nights | LineKind::Weeks | LineKind::Months | LineKind::PartMonth, Some(dates)) =
                (line.kind, line.dates) else { continue };
            prop_assert_eq!(dates.from, at);
            at = dates.to;
        }
        prop_assert_eq!(at, stay.check_out);
    }

    /// Weeks and months are there to be cheaper.
    #[test]
    fn never_dearer_than_night_by_night(rules in rules(), stay in stays(366)) {
        let quote = quote(&rules, &stay).unwrap();
        let rent = of_kinds(&quote, |kind| kind.is_rent());
        let singly: i64 = (0..stay.nights())
            .map(|nth| later(stay.check_in, nth))
            .map(|night| single(&rules, night) + surcharge(&rules, night))
            .sum();
        prop_assert!(rent <= singly, "{} > {}", rent, singly);
    }

    /// The same rules and the same stay, written down and read again, give the same price.
    #[test]
    fn the_same_for_ever(rules in rules(), stay in stays(366)) {
        let stay = named(&rules, stay);
        let first = quote(&rules, &stay).unwrap();
        let read = |text: String| serde_json::from_str::<Rules>(&text).unwrap();
        let rules = read(serde_json::to_string(&rules).unwrap());
        let again = quote(&rules, &stay).unwrap();
        prop_assert_eq!(&again, &first);
        let text = serde_json::to_string(&first).unwrap();
        prop_assert_eq!(serde_json::from_str::<Quote>(&text).unwrap(), first);
    }

    /// More guests, dearer nights, dearer weeks, dearer months: nobody pays less.
    #[test]
    fn more_is_not_less(rules in rules(), stay in stays(120), which in 0_usize..5, more in 1_i64..500_000) {
        let total = quote(&rules, &stay).unwrap().total;
        let (mut dearer, mut larger) = (rules.clone(), stay.clone());
        let raise = |price: &mut Option<i64>| *price = price.map(|price| price + more);
        match which {
            0 => larger.guests += 1,
            1 => raise(&mut dearer.base.night),
            2 => raise(&mut dearer.base.week),
            3 => raise(&mut dearer.base.month),
            _ => dearer.cleaning_fee += more,
        }
        prop_assert!(quote(&dearer, &larger).unwrap().total >= total);
    }

    /// By the night alone, a longer stay is never cheaper.
    #[test]
    fn longer_is_dearer_by_the_night(rules in rules(), stay in stays(60)) {
        let mut rules = rules;
        for prices in rules.seasons.iter_mut().map(|season| &mut season.prices).chain([&mut rules.base]) {
            (prices.week, prices.month) = (None, None);
        }
        let longer = Stay { check_out: later(stay.check_out, 1), ..stay.clone() };
        prop_assert!(quote(&rules, &longer).unwrap().total > quote(&rules, &stay).unwrap().total);
    }

    /// A coupon takes off, and never all.
    #[test]
    fn a_coupon_takes_off(rules in rules(), stay in stays(60)) {
        let plain = quote(&rules, &stay).unwrap();
        let off = quote(&rules, &named(&rules, stay)).unwrap();
        prop_assert!(off.total <= plain.total);
        prop_assert!(of_kinds(&off, |kind| kind.is_rent()) > 0);
    }

    /// The nights sum to the total, and none of them is below nothing.
    #[test]
    fn night_by_night(rules in rules(), stay in stays(366)) {
        let stay = named(&rules, stay);
        let quote = quote(&rules, &stay).unwrap();
        let nights = by_night(&quote, &stay);
        prop_assert_eq!(nights.len() as i64, stay.nights());
        prop_assert_eq!(nights[0].0, stay.check_in);
        prop_assert_eq!(nights.iter().map(|(_, amount)| amount).sum::<i64>(), quote.total);
        prop_assert!(nights.iter().all(|(_, amount)| *amount >= 0), "{:?}", nights);
    }

    /// What comes back is between nothing and all, and the later, the less.
    #[test]
    fn refunds(rules in rules(), stay in stays(120), nth in 0_usize..4, before in -130_i64..60) {
        let stay = named(&rules, stay);
        let quote = quote(&rules, &stay).unwrap();
        let policy = Policy::ALL[nth];
        let on = |before: i64| {
            let day = stay.check_in.checked_sub_signed(chrono::Duration::days(before)).unwrap();
            refund(policy, rules.as_of, &quote, &stay, day)
        };
        let back = on(before);
        prop_assert!((0..=quote.total).contains(&back.total));
        prop_assert_eq!(back.lines.iter().map(|line| line.amount).sum::<i64>(), back.total);
        prop_assert!(back.lines.iter().all(|line| (0..=line.of).contains(&line.amount)));
        prop_assert_eq!(back.total + back.kept, quote.total);
        prop_assert_eq!(back.lines.iter().map(|line| line.of).sum::<i64>(), quote.total);
        prop_assert!(on(before - 1).total <= back.total);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Nothing cheaper is found by trying every way to pay.
    #[test]
    fn the_least_that_there_is(rules in rules(), stay in stays(40)) {
        let quote = quote(&rules, &stay).unwrap();
        let rent = of_kinds(&quote, |kind| kind.is_rent());
        prop_assert_eq!(rent, least(&rules, &stay, stay.check_in));
    }
}
