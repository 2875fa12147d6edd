//! Prices worked by hand. Each number stands as a literal beside its arithmetic; amounts are satang
//! unless the case says otherwise, and dates are written as `check_in check_out`.

use terrace_pricing::{Discount, ExtraGuests, Prices, Rules, Season, TaxBase};

use crate::support::{
    coupon, day, high_season, monthly, priced, songkran, stay, tax, villa, weekly, with,
};

/// Kind, quantity, unit amount, amount.
type Line = (&'static str, i64, i64, i64);

struct Case {
    dates: &'static str,
    guests: i32,
    rules: Rules,
    lines: &'static [Line],
    total: i64,
    arithmetic: &'static str,
}

fn case(
    dates: &'static str,
    rules: Rules,
    lines: &'static [Line],
    total: i64,
    arithmetic: &'static str,
) -> Case {
    Case { dates, guests: 2, rules, lines, total, arithmetic }
}

fn hold(cases: impl IntoIterator<Item = Case>) {
    let mut wrong = Vec::new();
    for Case { dates, guests, rules, lines, total, arithmetic } in cases {
        let (from, to) = dates.split_once(' ').unwrap();
        let mut stay = stay(from, to);
        stay.guests = guests;
        stay.coupon = rules.coupon.as_ref().map(|coupon| coupon.code.clone());
        let quote = priced(&rules, &stay);
        let got: Vec<_> = quote
            .lines
            .iter()
            .map(|line| (line.kind.as_str(), line.quantity, line.unit_amount, line.amount))
            .collect();
        if got != lines || quote.total != total {
            wrong.push(format!(
                "{dates}: {arithmetic}\n  expected {lines:?} = {total}\n  got      {got:?} = {}",
                quote.total
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nights() {
    hold([
        case(
            "2027-03-01 2027-03-02",
            villa(),
            &[("nights", 1, 420_000, 420_000)],
            420_000,
            "1 × 4,200",
        ),
        case(
            "2027-03-01 2027-03-04",
            villa(),
            &[("nights", 3, 420_000, 1_260_000)],
            1_260_000,
            "3 × 4,200 = 12,600",
        ),
        case(
            "2028-02-28 2028-03-01",
            villa(),
            &[("nights", 2, 420_000, 840_000)],
            840_000,
            "28 and 29 February 2028: 2 × 4,200",
        ),
        case(
            "2027-02-28 2027-03-01",
            villa(),
            &[("nights", 1, 420_000, 420_000)],
            420_000,
            "no leap day in 2027: 1 × 4,200",
        ),
        case(
            "2026-12-30 2027-01-02",
            villa(),
            &[("nights", 3, 420_000, 1_260_000)],
            1_260_000,
            "30, 31 December, 1 January",
        ),
        case(
            "2028-01-01 2029-01-01",
            villa(),
            &[("nights", 366, 420_000, 153_720_000)],
            153_720_000,
            "366 × 4,200 = 1,537,200",
        ),
    ]);
}

#[test]
fn weekends() {
    let weekend = || with(villa(), |rules| rules.base.weekend_night = Some(500_000));
    hold([
        case(
            "2027-03-04 2027-03-08",
            weekend(),
            &[
                ("nights", 1, 420_000, 420_000),
                ("nights", 2, 500_000, 1_000_000),
                ("nights", 1, 420_000, 420_000),
            ],
            1_840_000,
            "Thursday 4,200, Friday and Saturday 2 × 5,000, Sunday 4,200",
        ),
        case(
            "2027-03-05 2027-03-07",
            weekend(),
            &[("nights", 2, 500_000, 1_000_000)],
            1_000_000,
            "Friday and Saturday: 2 × 5,000",
        ),
        case(
            "2027-03-01 2027-03-04",
            weekend(),
            &[("nights", 3, 420_000, 1_260_000)],
            1_260_000,
            "Monday to Wednesday: 3 × 4,200",
        ),
        case(
            "2027-03-05 2027-03-07",
            with(weekend(), |rules| rules.weekend_nights.clear()),
            &[("nights", 2, 420_000, 840_000)],
            840_000,
            "no night is a weekend's: 2 × 4,200",
        ),
        case(
            "2027-03-06 2027-03-08",
            with(weekend(), |rules| rules.weekend_nights = vec![7]),
            &[("nights", 1, 420_000, 420_000), ("nights", 1, 500_000, 500_000)],
            920_000,
            "only Sunday is: 4,200 + 5,000",
        ),
        case(
            "2026-12-18 2026-12-21",
            with(weekend(), |rules| {
                let mut season = high_season();
                season.prices.weekend_night = Some(800_000);
                rules.seasons = vec![season];
            }),
            &[("nights", 2, 800_000, 1_600_000), ("nights", 1, 650_000, 650_000)],
            2_250_000,
            "the season's weekend: 2 × 8,000, and Sunday 6,500",
        ),
        case(
            "2026-12-18 2026-12-20",
            with(weekend(), |rules| rules.seasons = vec![high_season()]),
            &[("nights", 2, 650_000, 1_300_000)],
            1_300_000,
            "a season without a weekend's price: 2 × 6,500, not 2 × 5,000",
        ),
    ]);
}

#[test]
fn edges_of_seasons() {
    let season = || with(villa(), |rules| rules.seasons = vec![high_season()]);
    let shoulder = Season {
        label: None,
        from: day("2027-01-16"),
        to: day("2027-02-01"),
        prices: Prices { night: Some(500_000), ..Prices::default() },
    };
    hold([
        case(
            "2026-12-20 2026-12-23",
            season(),
            &[("nights", 3, 650_000, 1_950_000)],
            1_950_000,
            "3 × 6,500",
        ),
        case(
            "2026-12-13 2026-12-17",
            season(),
            &[("nights", 2, 420_000, 840_000), ("nights", 2, 650_000, 1_300_000)],
            2_140_000,
            "13, 14 at 4,200; 15, 16 at 6,500",
        ),
        case(
            "2027-01-14 2027-01-18",
            season(),
            &[("nights", 2, 650_000, 1_300_000), ("nights", 2, 420_000, 840_000)],
            2_140_000,
            "14, 15 at 6,500; 16, 17 at 4,200",
        ),
        case(
            "2026-12-13 2026-12-15",
            season(),
            &[("nights", 2, 420_000, 840_000)],
            840_000,
            "leaves on the season's first day",
        ),
        case(
            "2027-01-16 2027-01-18",
            season(),
            &[("nights", 2, 420_000, 840_000)],
            840_000,
            "comes on the day after its last night",
        ),
        case(
            "2027-01-15 2027-01-17",
            with(season(), |rules| rules.seasons.push(shoulder)),
            &[("nights", 1, 650_000, 650_000), ("nights", 1, 500_000, 500_000)],
            1_150_000,
            "one season ends where the next begins: 6,500 + 5,000",
        ),
        case(
            "2026-12-14 2027-01-17",
            season(),
            &[
                ("nights", 1, 420_000, 420_000),
                ("nights", 32, 650_000, 20_800_000),
                ("nights", 1, 420_000, 420_000),
            ],
            21_640_000,
            "4,200 + 32 × 6,500 (208,000) + 4,200",
        ),
    ]);
}

#[test]
fn weeks() {
    let both = |round_to| {
        with(weekly(), |rules| {
            let mut season = high_season();
            season.prices.week = Some(4_000_000);
            rules.seasons = vec![season];
            rules.round_to = round_to;
        })
    };
    hold([
        case(
            "2027-03-01 2027-03-07",
            weekly(),
            &[("nights", 6, 420_000, 2_520_000)],
            2_520_000,
            "6 × 4,200: no week",
        ),
        case(
            "2027-03-01 2027-03-08",
            weekly(),
            &[("weeks", 1, 2_600_000, 2_600_000)],
            2_600_000,
            "a week, not 7 × 4,200 = 29,400",
        ),
        case(
            "2027-03-01 2027-03-09",
            weekly(),
            &[("weeks", 1, 2_600_000, 2_600_000), ("nights", 1, 420_000, 420_000)],
            3_020_000,
            "26,000 + 4,200",
        ),
        case(
            "2027-03-01 2027-03-15",
            weekly(),
            &[("weeks", 2, 2_600_000, 5_200_000)],
            5_200_000,
            "2 × 26,000",
        ),
        case(
            "2027-03-01 2027-03-14",
            weekly(),
            &[("weeks", 1, 2_600_000, 2_600_000), ("nights", 6, 420_000, 2_520_000)],
            5_120_000,
            "26,000 + 6 × 4,200 (25,200)",
        ),
        case(
            "2027-03-01 2027-03-08",
            with(villa(), |rules| rules.base.week = Some(3_000_000)),
            &[("nights", 7, 420_000, 2_940_000)],
            2_940_000,
            "7 × 4,200 is less than a week at 30,000",
        ),
        case(
            "2027-01-15 2027-01-23",
            with(weekly(), |rules| rules.seasons = vec![high_season()]),
            &[("nights", 1, 650_000, 650_000), ("weeks", 1, 2_600_000, 2_600_000)],
            3_250_000,
            "the season's last night 6,500, then a week",
        ),
        case(
            "2026-12-12 2026-12-19",
            both(1),
            &[("weeks", 1, 3_400_001, 3_400_001)],
            3_400_001,
            "26,000 × 3/7 = 11,142.8571… up to 11,142.86; 40,000 × 4/7 = 22,857.1428… up to 22,857.15",
        ),
        case(
            "2026-12-12 2026-12-19",
            both(100),
            &[("weeks", 1, 3_400_100, 3_400_100)],
            3_400_100,
            "in whole baht: 11,143 + 22,858",
        ),
        case(
            "2026-12-12 2026-12-19",
            with(weekly(), |rules| rules.seasons = vec![high_season()]),
            &[("nights", 3, 420_000, 1_260_000), ("nights", 4, 650_000, 2_600_000)],
            3_860_000,
            "the season has no week: 3 × 4,200 + 4 × 6,500",
        ),
        case(
            "2027-03-01 2027-03-15",
            with(weekly(), |rules| rules.base.night = None),
            &[("weeks", 2, 2_600_000, 5_200_000)],
            5_200_000,
            "let by the week only: 2 × 26,000",
        ),
    ]);
}

#[test]
fn months() {
    let with_weeks = || with(monthly(), |rules| rules.base.week = Some(2_600_000));
    hold([
        case(
            "2027-03-01 2027-04-01",
            monthly(),
            &[("months", 1, 9_500_000, 9_500_000)],
            9_500_000,
            "March",
        ),
        case(
            "2027-01-31 2027-02-28",
            monthly(),
            &[("months", 1, 9_500_000, 9_500_000)],
            9_500_000,
            "31 January and a month is 28 February",
        ),
        case(
            "2027-01-31 2027-03-31",
            monthly(),
            &[("months", 2, 9_500_000, 19_000_000)],
            19_000_000,
            "and two months is 31 March, not the 28th",
        ),
        case(
            "2028-01-31 2028-02-29",
            monthly(),
            &[("months", 1, 9_500_000, 9_500_000)],
            9_500_000,
            "29 February in a leap year",
        ),
        case(
            "2028-01-30 2028-03-30",
            monthly(),
            &[("months", 2, 9_500_000, 19_000_000)],
            19_000_000,
            "29 February, 30 March",
        ),
        case(
            "2028-02-29 2028-03-29",
            monthly(),
            &[("months", 1, 9_500_000, 9_500_000)],
            9_500_000,
            "a month from the leap day",
        ),
        case(
            "2027-03-01 2027-03-30",
            monthly(),
            &[("nights", 29, 420_000, 12_180_000)],
            12_180_000,
            "29 × 4,200: no whole month",
        ),
        case(
            "2027-03-01 2027-03-30",
            with_weeks(),
            &[("weeks", 4, 2_600_000, 10_400_000), ("nights", 1, 420_000, 420_000)],
            10_820_000,
            "4 × 26,000 + 4,200",
        ),
        case(
            "2027-01-15 2028-01-15",
            monthly(),
            &[("months", 12, 9_500_000, 114_000_000)],
            114_000_000,
            "12 × 95,000, 365 nights",
        ),
        case(
            "2027-04-01 2027-05-01",
            with(monthly(), |rules| rules.base.night = Some(300_000)),
            &[("nights", 30, 300_000, 9_000_000)],
            9_000_000,
            "30 × 3,000 is less than 95,000",
        ),
        case(
            "2027-02-01 2027-04-01",
            with(monthly(), |rules| rules.base.night = Some(330_000)),
            &[("nights", 28, 330_000, 9_240_000), ("months", 1, 9_500_000, 9_500_000)],
            18_740_000,
            "February 28 × 3,300 = 92,400; March 95,000, not 31 × 3,300 = 102,300",
        ),
        case(
            "2027-03-01 2027-04-01",
            with(monthly(), |rules| rules.base.night = None),
            &[("months", 1, 9_500_000, 9_500_000)],
            9_500_000,
            "let by the month only",
        ),
        case(
            "2027-03-01 2027-03-31",
            with(monthly(), |rules| rules.base.night = None),
            &[("months", 1, 9_500_000, 9_500_000)],
            9_500_000,
            "let by the month only: 30 of March's 31 nights are a month",
        ),
        case(
            "2027-03-01 2027-03-29",
            with(monthly(), |rules| rules.base.night = None),
            &[("months", 1, 9_500_000, 9_500_000)],
            9_500_000,
            "and so are 28, as in the shortest month",
        ),
    ]);
}

#[test]
fn parts_of_months() {
    hold([
        case(
            "2027-03-01 2027-04-11",
            monthly(),
            &[("months", 1, 9_500_000, 9_500_000), ("part_month", 1, 3_166_667, 3_166_667)],
            12_666_667,
            "95,000 + 95,000 × 10/30 = 31,666.666… up; 10 × 4,200 would be 42,000",
        ),
        case(
            "2027-03-01 2027-04-11",
            with(monthly(), |rules| rules.round_to = 100),
            &[("months", 1, 9_500_000, 9_500_000), ("part_month", 1, 3_166_700, 3_166_700)],
            12_666_700,
            "in whole baht: 31,667",
        ),
        case(
            "2027-03-01 2027-04-03",
            monthly(),
            &[("months", 1, 9_500_000, 9_500_000), ("part_month", 1, 633_334, 633_334)],
            10_133_334,
            "95,000 × 2/30 = 6,333.333… up; 2 × 4,200 would be 8,400",
        ),
        case(
            "2027-02-01 2027-03-11",
            monthly(),
            &[("months", 1, 9_500_000, 9_500_000), ("part_month", 1, 3_064_517, 3_064_517)],
            12_564_517,
            "of March's 31 nights: 95,000 × 10/31 = 30,645.1612… up",
        ),
        case(
            "2027-01-31 2027-03-15",
            monthly(),
            &[("months", 1, 9_500_000, 9_500_000), ("part_month", 1, 4_596_775, 4_596_775)],
            14_096_775,
            "from 28 February the month ends on 31 March, 31 nights: 95,000 × 15/31 = 45,967.7419… up",
        ),
        case(
            "2027-03-01 2027-04-08",
            with(monthly(), |rules| rules.base.week = Some(2_200_000)),
            &[("months", 1, 9_500_000, 9_500_000), ("weeks", 1, 2_200_000, 2_200_000)],
            11_700_000,
            "a week at 22,000 is less than 95,000 × 7/30 = 22,166.67",
        ),
        case(
            "2027-03-01 2027-04-16",
            with(monthly(), |rules| rules.base.night = None),
            &[("months", 1, 9_500_000, 9_500_000), ("part_month", 1, 4_750_000, 4_750_000)],
            14_250_000,
            "let by the month only: 95,000 + 95,000 × 15/30",
        ),
        case(
            "2027-03-01 2027-04-02",
            with(monthly(), |rules| rules.base.night = Some(310_000)),
            &[("months", 1, 9_500_000, 9_500_000), ("nights", 1, 310_000, 310_000)],
            9_810_000,
            "a night at 3,100 is less than 95,000 / 30 = 3,166.67; 32 × 3,100 would be 99,200",
        ),
    ]);
}

#[test]
fn months_over_seasons() {
    let season = |month| {
        with(monthly(), |rules| {
            let mut season = high_season();
            season.prices.month = month;
            rules.seasons = vec![season];
        })
    };
    hold([
        case(
            "2026-12-01 2027-01-01",
            season(Some(15_000_000)),
            &[("months", 1, 12_516_130, 12_516_130)],
            12_516_130,
            "95,000 × 14/31 = 42,903.2258… up; 150,000 × 17/31 = 82,258.0645… up",
        ),
        case(
            "2026-12-01 2027-01-01",
            season(None),
            &[("nights", 14, 420_000, 5_880_000), ("nights", 17, 650_000, 11_050_000)],
            16_930_000,
            "the season has no month: 14 × 4,200 + 17 × 6,500",
        ),
        case(
            "2027-01-10 2027-03-10",
            season(None),
            &[
                ("nights", 6, 650_000, 3_900_000),
                ("nights", 25, 420_000, 10_500_000),
                ("months", 1, 9_500_000, 9_500_000),
            ],
            23_900_000,
            "6 × 6,500 + 25 × 4,200, then the month from 10 February",
        ),
        case(
            "2026-12-15 2027-01-15",
            season(Some(15_000_000)),
            &[("months", 1, 15_000_000, 15_000_000)],
            15_000_000,
            "a month of the season",
        ),
    ]);
}

#[test]
fn guests_and_fees() {
    let party = |base: Rules| {
        with(base, |rules| {
            rules.extra_guests = Some(ExtraGuests { included: 4, per_night: 50_000 });
        })
    };
    let of = |guests, case: Case| Case { guests, ..case };
    hold([
        of(
            4,
            case(
                "2027-03-01 2027-03-04",
                party(villa()),
                &[("nights", 3, 420_000, 1_260_000)],
                1_260_000,
                "4 are in the price",
            ),
        ),
        of(
            6,
            case(
                "2027-03-01 2027-03-04",
                party(villa()),
                &[("nights", 3, 420_000, 1_260_000), ("extra_guests", 6, 50_000, 300_000)],
                1_560_000,
                "2 guests × 3 nights × 500",
            ),
        ),
        of(
            5,
            case(
                "2027-03-01 2027-04-01",
                party(monthly()),
                &[("months", 1, 9_500_000, 9_500_000), ("extra_guests", 31, 50_000, 1_550_000)],
                11_050_000,
                "95,000 + 1 guest × 31 nights × 500",
            ),
        ),
        case(
            "2027-03-01 2027-03-04",
            with(villa(), |rules| rules.cleaning_fee = 150_000),
            &[("nights", 3, 420_000, 1_260_000), ("cleaning", 1, 150_000, 150_000)],
            1_410_000,
            "12,600 + 1,500",
        ),
    ]);
}

#[test]
fn holidays() {
    let weekend = with(villa(), |rules| {
        rules.base.weekend_night = Some(500_000);
        songkran(rules);
        rules.holidays.truncate(1);
        rules.holidays[0].day = day("2026-12-05");
    });
    let uneven = |round_to| {
        with(villa(), |rules| {
            rules.base.night = Some(333_333);
            songkran(rules);
            rules.holiday_surcharge_bps = 777;
            rules.round_to = round_to;
        })
    };
    hold([
        case(
            "2027-04-12 2027-04-17",
            with(villa(), songkran),
            &[("nights", 5, 420_000, 2_100_000), ("holiday", 3, 84_000, 252_000)],
            2_352_000,
            "5 × 4,200 + 3 × 20 % of 4,200 (840)",
        ),
        case(
            "2027-04-15 2027-04-17",
            with(villa(), songkran),
            &[("nights", 2, 420_000, 840_000), ("holiday", 1, 84_000, 84_000)],
            924_000,
            "only the night of the 15th",
        ),
        case(
            "2027-04-11 2027-04-13",
            with(villa(), songkran),
            &[("nights", 2, 420_000, 840_000)],
            840_000,
            "leaves on the 13th",
        ),
        case(
            "2027-04-11 2027-04-18",
            with(weekly(), songkran),
            &[("weeks", 1, 2_600_000, 2_600_000), ("holiday", 3, 84_000, 252_000)],
            2_852_000,
            "a week, and the holidays in it: 26,000 + 3 × 840",
        ),
        case(
            "2027-04-01 2027-05-01",
            with(monthly(), songkran),
            &[("months", 1, 9_500_000, 9_500_000)],
            9_500_000,
            "none in a month",
        ),
        case(
            "2026-12-05 2026-12-06",
            weekend,
            &[("nights", 1, 500_000, 500_000), ("holiday", 1, 100_000, 100_000)],
            600_000,
            "20 % of the weekend's price: 5,000 + 1,000",
        ),
        case(
            "2027-04-13 2027-04-14",
            uneven(1),
            &[("nights", 1, 333_333, 333_333), ("holiday", 1, 25_900, 25_900)],
            359_233,
            "3,333.33 × 7.77 % = 258.999741 to 259.00",
        ),
        case(
            "2027-04-13 2027-04-14",
            uneven(1_000),
            &[("nights", 1, 333_333, 333_333), ("holiday", 1, 26_000, 26_000)],
            359_333,
            "to tens of baht: 260",
        ),
    ]);
}

#[test]
fn coupons() {
    let off = |discount| with(villa(), |rules| rules.coupon = Some(coupon(discount)));
    hold([
        case(
            "2027-03-01 2027-03-04",
            off(Discount::Bps(1_000)),
            &[("nights", 3, 420_000, 1_260_000), ("coupon", 1, -126_000, -126_000)],
            1_134_000,
            "12,600 − 10 %",
        ),
        case(
            "2027-03-01 2027-03-04",
            off(Discount::Amount(200_000)),
            &[("nights", 3, 420_000, 1_260_000), ("coupon", 1, -200_000, -200_000)],
            1_060_000,
            "12,600 − 2,000",
        ),
        case(
            "2027-03-01 2027-03-02",
            off(Discount::Amount(2_000_000)),
            &[("nights", 1, 420_000, 420_000), ("coupon", 1, -399_000, -399_000)],
            21_000,
            "at most 95 % of the rent: 3,990",
        ),
        case(
            "2027-03-01 2027-03-04",
            with(off(Discount::Bps(1_000)), |rules| {
                rules.cleaning_fee = 150_000;
                rules.extra_guests = Some(ExtraGuests { included: 1, per_night: 50_000 });
            }),
            &[
                ("nights", 3, 420_000, 1_260_000),
                ("extra_guests", 3, 50_000, 150_000),
                ("cleaning", 1, 150_000, 150_000),
                ("coupon", 1, -126_000, -126_000),
            ],
            1_434_000,
            "off the rent alone: 12,600 + 1,500 + 1,500 − 1,260",
        ),
        case(
            "2027-03-01 2027-03-04",
            with(off(Discount::Bps(1_500)), |rules| rules.base.night = Some(333_333)),
            &[("nights", 3, 333_333, 999_999), ("coupon", 1, -150_000, -150_000)],
            849_999,
            "15 % of 9,999.99 = 1,499.9985 to 1,500.00",
        ),
        case(
            "2027-03-01 2027-03-02",
            with(off(Discount::Bps(333)), |rules| rules.round_to = 100),
            &[("nights", 1, 420_000, 420_000), ("coupon", 1, -14_000, -14_000)],
            406_000,
            "3.33 % of 4,200 = 139.86, in whole baht 140",
        ),
        case(
            "2027-04-13 2027-04-14",
            with(off(Discount::Bps(5_000)), songkran),
            &[
                ("nights", 1, 420_000, 420_000),
                ("holiday", 1, 84_000, 84_000),
                ("coupon", 1, -252_000, -252_000),
            ],
            252_000,
            "half of 4,200 + 840",
        ),
    ]);
}

#[test]
fn taxes() {
    use TaxBase::{Cleaning, ExtraGuests as Extra, Rent, Taxes};
    let taxed = |taxes: Vec<_>| {
        with(villa(), |rules| {
            rules.cleaning_fee = 150_000;
            rules.taxes = taxes;
        })
    };
    hold([
        case(
            "2027-03-01 2027-03-04",
            taxed(vec![tax("vat", 700, true, &[Rent, Extra, Cleaning])]),
            &[("nights", 3, 420_000, 1_260_000), ("cleaning", 1, 150_000, 150_000)],
            1_410_000,
            "an included tax adds nothing",
        ),
        case(
            "2027-03-01 2027-03-04",
            taxed(vec![tax("service", 1_000, false, &[Rent])]),
            &[
                ("nights", 3, 420_000, 1_260_000),
                ("cleaning", 1, 150_000, 150_000),
                ("tax", 1, 126_000, 126_000),
            ],
            1_536_000,
            "12,600 + 1,500 + 10 % of 12,600",
        ),
        case(
            "2027-03-01 2027-03-04",
            taxed(vec![
                tax("service", 1_000, false, &[Rent, Cleaning]),
                tax("vat", 700, false, &[Rent, Cleaning, Taxes]),
            ]),
            &[
                ("nights", 3, 420_000, 1_260_000),
                ("cleaning", 1, 150_000, 150_000),
                ("tax", 1, 141_000, 141_000),
                ("tax", 1, 108_570, 108_570),
            ],
            1_659_570,
            "14,100 + 10 % = 1,410; 7 % of 15,510 = 1,085.70",
        ),
        case(
            "2027-03-01 2027-03-04",
            with(taxed(vec![tax("vat", 700, false, &[Rent])]), |rules| {
                rules.coupon = Some(coupon(Discount::Bps(1_000)));
            }),
            &[
                ("nights", 3, 420_000, 1_260_000),
                ("cleaning", 1, 150_000, 150_000),
                ("coupon", 1, -126_000, -126_000),
                ("tax", 1, 79_380, 79_380),
            ],
            1_363_380,
            "7 % of 11,340 = 793.80",
        ),
        case(
            "2027-03-01 2027-03-02",
            with(taxed(vec![tax("local", 50, false, &[Rent])]), |rules| {
                rules.base.night = Some(333_333);
                rules.cleaning_fee = 0;
                rules.round_to = 100;
            }),
            &[("nights", 1, 333_333, 333_333), ("tax", 1, 1_667, 1_667)],
            335_000,
            "0.5 % of 3,333.33 = 16.66665 to 16.67: taxes are never rounder",
        ),
    ]);
}

#[test]
fn taxes_that_are_included_are_told() {
    use TaxBase::{Cleaning, ExtraGuests as Extra, Rent};
    let included = |rules: &Rules| -> Vec<(String, i64)> {
        let quote = priced(rules, &stay("2027-03-01", "2027-03-04"));
        quote.included_taxes.into_iter().map(|tax| (tax.name, tax.amount)).collect()
    };
    let one =
        with(villa(), |rules| rules.taxes = vec![tax("vat", 700, true, &[Rent, Extra, Cleaning])]);
    // 12,600 × 7/107 = 824.2990…
    assert_eq!(included(&one), [("vat".to_owned(), 82_430)]);
    let two = with(villa(), |rules| {
        rules.taxes = vec![tax("vat", 700, true, &[Rent]), tax("local", 100, true, &[Rent])];
    });
    // 12,600 × 7/108 = 816.6666…; × 1/108 = 116.6666…
    assert_eq!(included(&two), [("vat".to_owned(), 81_667), ("local".to_owned(), 11_667)]);
    // Cleaning holds the one, rent both: 12,600 × 7/108 + 1,500 × 7/107 (98.1308…).
    let mixed = with(two, |rules| {
        rules.cleaning_fee = 150_000;
        rules.taxes[0].on.push(Cleaning);
    });
    assert_eq!(included(&mixed), [("vat".to_owned(), 91_480), ("local".to_owned(), 11_667)]);
}

#[test]
fn yen_have_no_sen() {
    let house = || {
        with(villa(), |rules| {
            rules.currency = "JPY".to_owned();
            rules.base = Prices { night: Some(15_000), month: Some(300_000), ..Prices::default() };
        })
    };
    hold([
        case(
            "2027-03-01 2027-03-04",
            house(),
            &[("nights", 3, 15_000, 45_000)],
            45_000,
            "3 × ¥15,000",
        ),
        case(
            "2027-03-01 2027-04-11",
            house(),
            &[("months", 1, 300_000, 300_000), ("part_month", 1, 100_000, 100_000)],
            400_000,
            "¥300,000 + 10/30 of it",
        ),
        case(
            "2027-02-01 2027-03-11",
            house(),
            &[("months", 1, 300_000, 300_000), ("part_month", 1, 96_775, 96_775)],
            396_775,
            "¥300,000 × 10/31 = 96,774.19… up",
        ),
        case(
            "2027-03-01 2027-03-04",
            with(house(), |rules| rules.coupon = Some(coupon(Discount::Bps(333)))),
            &[("nights", 3, 15_000, 45_000), ("coupon", 1, -1_499, -1_499)],
            43_501,
            "3.33 % of ¥45,000 = 1,498.5, half up",
        ),
    ]);
}

#[test]
fn deposits_stand_beside() {
    let terms = |rules: &mut Rules| {
        rules.deposit = 2_000_000;
        rules.monthly.deposit_months = Some(2);
    };
    let deposit = |rules: Rules, from, to| {
        let quote = priced(&rules, &stay(from, to));
        (quote.deposit, quote.total)
    };
    let fixed = with(villa(), |rules| rules.deposit = 2_000_000);
    assert_eq!(deposit(fixed, "2027-03-01", "2027-03-04"), (2_000_000, 1_260_000));
    // A short stay: the amount. A month: two months of rent. No price of a month: the amount.
    assert_eq!(deposit(with(monthly(), terms), "2027-03-01", "2027-03-04"), (2_000_000, 1_260_000));
    assert_eq!(
        deposit(with(monthly(), terms), "2027-03-01", "2027-04-01"),
        (19_000_000, 9_500_000)
    );
    assert_eq!(deposit(with(villa(), terms), "2027-03-01", "2027-04-01"), (2_000_000, 13_020_000));
    // The season of the arrival decides whose month it is.
    let season = with(monthly(), |rules| {
        terms(rules);
        let mut season = high_season();
        season.prices.month = Some(15_000_000);
        rules.seasons = vec![season];
    });
    assert_eq!(deposit(season, "2026-12-15", "2027-01-15"), (30_000_000, 15_000_000));
}

#[test]
fn a_month_or_longer_has_a_contract() {
    let of = |from, to| priced(&monthly(), &stay(from, to)).contract;
    assert_eq!(of("2027-03-01", "2027-03-31"), None);
    let contract = of("2027-01-31", "2027-03-15").unwrap();
    assert_eq!((contract.first_day, contract.last_day), (day("2027-01-31"), day("2027-03-14")));
    assert_eq!((contract.months, contract.nights_beyond), (1, 15));
    assert_eq!(contract.rent_per_month, Some(9_500_000));
}
