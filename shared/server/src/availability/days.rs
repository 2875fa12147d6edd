//! A listing's calendar, day by day: pure, without a database.

use std::ops::Range;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::terms::{MOST_NIGHTS, Now, Terms, allows, minus, plus};

/// How far before and after the days asked for something may lie that decides about them.
pub(super) const MARGIN: i32 = 366 + super::terms::MOST_PREPARATION + 1;

/// What somebody can do with a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// It can be slept.
    Free,
    /// Somebody sleeps there, or is about to.
    Taken,
    /// It is being made ready after a stay.
    Preparation,
    /// The host keeps it.
    Blocked,
    /// It is over.
    Past,
    /// It is not let: too soon, too far ahead, or not at all.
    Closed,
}

/// A day of the calendar, as a night that begins on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayOut {
    /// The day.
    pub date: NaiveDate,
    /// What can be done with its night.
    pub state: DayState,
    /// Price of the night, minor units, for as many guests as are included.
    pub price: Option<i64>,
    /// Shortest stay that begins on this day.
    pub min_nights: Option<i32>,
    /// Whether a stay can begin on this day: there is one that the rules allow, on free nights.
    pub arrival: bool,
    /// Whether a stay can end on this day.
    pub departure: bool,
}

/// Days that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DaysOut {
    /// First day.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
}

/// What occupies days.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Occupation {
    pub(super) id: Uuid,
    pub(super) from: NaiveDate,
    /// After its preparation.
    pub(super) to: NaiveDate,
    pub(super) preparation_days: i32,
    pub(super) kind: Kind,
    pub(super) booking_id: Option<Uuid>,
    pub(super) calendar_id: Option<Uuid>,
    pub(super) note: Option<String>,
}

/// What kind of thing occupies days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StayKind)]
pub enum Kind {
    /// A confirmed booking.
    Booking,
    /// Somebody is about to book.
    Hold,
    /// The host keeps it.
    Block,
    /// A booking somewhere else, from an imported calendar.
    External,
}

/// Every day of `days`, of a listing with these terms (none: it is not let by the night) and
/// these occupations, in order, from [`MARGIN`] before to [`MARGIN`] after.
pub(super) fn calendar(
    terms: Option<&Terms>,
    occupied: &[Occupation],
    days: Range<NaiveDate>,
    now: Now,
) -> Vec<DayOut> {
    let Some(terms) = terms else {
        return each(days).map(|day| closed(day, now)).collect();
    };
    let (arrivals, departures) = stays(terms, occupied, days.clone(), now);
    each(days)
        .zip(arrivals.into_iter().zip(departures))
        .map(|(day, (arrival, departure))| DayOut {
            date: day,
            state: state(terms, occupied, day, now),
            price: terms.price_on(day),
            min_nights: Some(terms.min_nights_on(day)),
            arrival,
            departure,
        })
        .collect()
}

/// Stretches of free days.
pub(super) fn free(days: &[DayOut]) -> Vec<DaysOut> {
    let is_free = |day: &DayOut| day.state == DayState::Free;
    days.chunk_by(|before, after| is_free(before) == is_free(after))
        .filter(|days| days.first().is_some_and(is_free))
        .filter_map(|days| {
            Some(DaysOut { from: days.first()?.date, to: plus(days.last()?.date, 1) })
        })
        .collect()
}

fn each(days: Range<NaiveDate>) -> impl Iterator<Item = NaiveDate> {
    days.start.iter_days().take_while(move |day| *day < days.end)
}

fn closed(day: NaiveDate, now: Now) -> DayOut {
    let state = if day < now.today { DayState::Past } else { DayState::Closed };
    DayOut { date: day, state, price: None, min_nights: None, arrival: false, departure: false }
}

fn state(terms: &Terms, occupied: &[Occupation], day: NaiveDate, now: Now) -> DayState {
    if day < now.today {
        return DayState::Past;
    }
    // In order and apart: the first that ends after this day is the only one that can have it.
    let next = occupied.get(occupied.partition_point(|stay| stay.to <= day));
    if let Some(stay) = next.filter(|stay| stay.from <= day) {
        return match stay.kind {
            Kind::Block => DayState::Blocked,
            _ if day >= minus(stay.to, stay.preparation_days) => DayState::Preparation,
            Kind::Booking | Kind::Hold | Kind::External => DayState::Taken,
        };
    }
    let is_let = day >= terms.first_night(now) && day < terms.last_departure(now);
    if is_let { DayState::Free } else { DayState::Closed }
}

/// On which of the days a stay can begin, and on which it can end.
fn stays(
    terms: &Terms,
    occupied: &[Occupation],
    days: Range<NaiveDate>,
    now: Now,
) -> (Vec<bool>, Vec<bool>) {
    let length = days_between(days.start, days.end);
    let mut arrivals = vec![false; length];
    // How many stays could end on a day, as differences between a day and the next.
    let mut ends = vec![0_i32; length + 1];
    let first = minus(days.start, MARGIN).max(now.today);
    for arrival in each(first..days.end) {
        let Some(nights) = lengths(terms, occupied, arrival, now) else { continue };
        let (from, to) = (plus(arrival, nights.start), plus(arrival, nights.end));
        let leaves = each(from..to).take(7).any(|day| allows(&terms.departure_days, day));
        if !leaves {
            continue;
        }
        if arrival >= days.start {
            arrivals[days_between(days.start, arrival)] = true;
        }
        if from < days.end && to > days.start {
            ends[days_between(days.start, from)] += 1;
            ends[days_between(days.start, to.min(days.end))] -= 1;
        }
    }
    let mut open = 0;
    let departures = each(days)
        .zip(ends)
        .map(|(day, change)| {
            open += change;
            open > 0 && allows(&terms.departure_days, day)
        })
        .collect();
    (arrivals, departures)
}

/// How many nights a stay can have that begins on this day, whatever the day of its end.
fn lengths(
    terms: &Terms,
    occupied: &[Occupation],
    arrival: NaiveDate,
    now: Now,
) -> Option<Range<i32>> {
    let may_arrive = arrival >= terms.earliest_arrival(arrival, now)
        && allows(terms.arrival_days_on(arrival), arrival);
    let next = occupied.get(occupied.partition_point(|stay| stay.to <= arrival));
    if !may_arrive || next.is_some_and(|stay| stay.from <= arrival) {
        return None;
    }
    let until = |day: NaiveDate| (day - arrival).num_days();
    let mut most = terms.max_nights.map_or(MOST_NIGHTS, i64::from).min(MOST_NIGHTS);
    most = most.min(until(terms.last_departure(now)));
    if let Some(stay) = next {
        most = most.min(until(stay.from) - i64::from(terms.preparation_days));
    }
    let most = i32::try_from(most).ok()?;
    let least = terms.min_nights_on(arrival);
    (least <= most).then_some(least..most + 1)
}

/// Days from one to another; none where they are in the wrong order.
fn days_between(from: NaiveDate, to: NaiveDate) -> usize {
    usize::try_from((to - from).num_days()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;
    use proptest::prelude::*;

    use super::*;
    use crate::availability::terms::{Season, Stay};

    fn day(nth: i32) -> NaiveDate {
        plus(NaiveDate::from_ymd_opt(2026, 11, 1).unwrap(), nth)
    }

    fn weekdays() -> impl Strategy<Value = Vec<i16>> {
        prop_oneof![
            2 => Just(Vec::new()),
            1 => prop::collection::btree_set(1_i16..=7, 1..4).prop_map(|days| days.into_iter().collect()),
        ]
    }

    /// Stretches of days that lie apart, as the database keeps them: gap, length, gap, length.
    fn stretches(most: usize) -> impl Strategy<Value = Vec<(NaiveDate, NaiveDate)>> {
        prop::collection::vec((0_i32..12, 1_i32..15), 0..most).prop_map(|steps| {
            let mut at = 0;
            let stretch = |(gap, length)| {
                let from = at + gap;
                at = from + length;
                (day(from), day(at))
            };
            steps.into_iter().map(stretch).collect()
        })
    }

    fn seasons() -> impl Strategy<Value = Vec<Season>> {
        let rules = (1_i32..10, weekdays(), 0_i32..6);
        (stretches(4), prop::collection::vec(rules, 4)).prop_map(|(days, rules)| {
            let season = |((from, to), (min_nights, arrival_days, notice_days))| Season {
                from,
                to,
                price_per_night: 1,
                weekend_price_per_night: None,
                min_nights,
                arrival_days,
                notice_days,
            };
            days.into_iter().zip(rules).map(season).collect()
        })
    }

    prop_compose! {
        fn terms()(
            min_nights in 1_i32..8, more in prop::option::of(0_i32..20), arrival_days in weekdays(),
            departure_days in weekdays(), notice_days in 0_i32..5, notice_until in prop::option::of(0_u32..24),
            window_days in prop::option::of(1_i32..60), preparation_days in 0_i16..4, seasons in seasons(),
        ) -> Terms {
            Terms {
                price_per_night: Some(1),
                weekend_price_per_night: None,
                weekend_nights: Vec::new(),
                min_nights,
                max_nights: more.map(|more| min_nights + more),
                max_guests: Some(2),
                arrival_days,
                departure_days,
                notice_days,
                notice_until: notice_until.and_then(|hour| NaiveTime::from_hms_opt(hour, 0, 0)),
                window_days,
                preparation_days,
                seasons,
            }
        }
    }

    fn occupations() -> impl Strategy<Value = Vec<Occupation>> {
        let of = |(from, to)| Occupation {
            id: Uuid::nil(),
            from,
            to,
            preparation_days: 0,
            kind: Kind::Booking,
            booking_id: None,
            calendar_id: None,
            note: None,
        };
        stretches(6).prop_map(move |days| days.into_iter().map(of).collect())
    }

    /// Whether somebody could have this stay: by the rules, and by what is in the way.
    fn can_be_had(terms: &Terms, occupied: &[Occupation], stay: Stay, now: Now) -> bool {
        let until = terms.occupied_until(stay.check_out);
        let is_free = !occupied.iter().any(|other| other.from < until && stay.check_in < other.to);
        is_free && terms.violations(&stay, now).is_empty()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]

        /// The calendar says that a stay can begin or end on a day exactly where there is one.
        #[test]
        fn the_calendar_and_the_rules_agree(
            terms in terms(), occupied in occupations(), today in 0_i32..20, hour in 0_u32..24,
            from in 0_i32..50, length in 1_i32..12,
        ) {
            let now = Now { today: day(today), time: NaiveTime::from_hms_opt(hour, 30, 0).unwrap() };
            let days = calendar(Some(&terms), &occupied, day(from)..day(from + length), now);
            prop_assert_eq!(days.len(), usize::try_from(length).unwrap());
            for shown in &days {
                let had = |check_in, check_out| {
                    can_be_had(&terms, &occupied, Stay { check_in, check_out, guests: 1 }, now)
                };
                // Nothing here reaches further back than today, nor needs more nights ahead.
                let arrival = (1..=80).any(|nights| had(shown.date, plus(shown.date, nights)));
                prop_assert_eq!(shown.arrival, arrival, "arrival on {}", shown.date);
                let departure = (1..=80).any(|nights| had(minus(shown.date, nights), shown.date));
                prop_assert_eq!(shown.departure, departure, "departure on {}", shown.date);
                let slept = (0..12).any(|before| {
                    let check_in = minus(shown.date, before);
                    (1..=12).any(|after| had(check_in, plus(shown.date, after)))
                });
                prop_assert!(!slept || shown.state == DayState::Free, "the night of {}", shown.date);
            }
        }
    }

    #[test]
    fn each_state_has_its_days() {
        let terms = Terms {
            price_per_night: Some(100),
            weekend_price_per_night: Some(120),
            weekend_nights: vec![5, 6],
            min_nights: 2,
            max_guests: Some(2),
            notice_days: 1,
            window_days: Some(20),
            preparation_days: 1,
            seasons: vec![Season {
                from: day(14),
                to: day(16),
                price_per_night: 250,
                weekend_price_per_night: Some(300),
                min_nights: 3,
                arrival_days: Vec::new(),
                notice_days: 0,
            }],
            ..Terms::default()
        };
        let of = |from, to, kind, preparation_days| Occupation {
            id: Uuid::nil(),
            from: day(from),
            to: day(to),
            preparation_days,
            kind,
            booking_id: None,
            calendar_id: None,
            note: None,
        };
        let occupied = [of(5, 8, Kind::Booking, 1), of(10, 12, Kind::Block, 0)];
        let days = calendar(Some(&terms), &occupied, day(0)..day(25), day(2).into());
        let told: String = days
            .iter()
            .map(|day| match day.state {
                DayState::Free => 'f',
                DayState::Taken => 't',
                DayState::Preparation => 'p',
                DayState::Blocked => 'b',
                DayState::Past => '-',
                DayState::Closed => 'c',
            })
            .collect();
        assert_eq!(told, "--cffttpffbbfffffffffffcc");
        let marked = |of: fn(&DayOut) -> bool| -> String {
            days.iter().map(|day| if of(day) { 'x' } else { '.' }).collect()
        };
        // Two nights and a day to prepare fit nowhere before the block; three from the season on.
        assert_eq!(marked(|day| day.arrival), "............xxxxxxxxxx...");
        assert_eq!(marked(|day| day.departure), "..............xxxxxxxxxx.");
        // A Wednesday, a Saturday, the first day of the season.
        assert_eq!([10, 13, 14].map(|nth| days[nth].price), [Some(100), Some(120), Some(250)]);
        assert_eq!((days[13].min_nights, days[14].min_nights), (Some(2), Some(3)));
        let stretches: Vec<_> = free(&days).iter().map(|days| (days.from, days.to)).collect();
        assert_eq!(stretches, [(day(3), day(5)), (day(8), day(10)), (day(12), day(23))]);
    }
}
