//! Nights, weeks and months, mixed so that the guest pays the least.
//!
//! The cheapest way to pay for the first `n` nights is the cheapest way to pay for fewer, and one
//! piece more: a night, seven nights, a month that begins where months of this stay begin, or what
//! is left of the stay after a whole month. So each number of nights is reckoned once.

use std::ops::Range;

use crate::{
    arithmetic::{WHOLE, bounded, nearest, up},
    calendar::{Nights, weekday},
    error::Error,
    quote::{Dates, Line, LineKind, Part, Reason},
    rules::{Prices, Rules},
};

const WEEK: usize = 7;

/// Nights of the shortest month. Where nights have no price by themselves, so many are a month.
const SHORTEST_MONTH: usize = 28;

/// How a stretch of nights is paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unit {
    Night {
        is_weekend: bool,
    },
    Week,
    Month,
    /// Of so many nights that the month would have.
    PartMonth(usize),
}

/// A stretch of nights that is paid for at once.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    unit: Unit,
    pub(crate) nights: Range<usize>,
    /// Without surcharges.
    pub(crate) amount: i128,
    parts: Vec<Part>,
}

/// What the nights of a stay cost.
#[derive(Clone, Debug)]
pub(crate) struct Rent {
    pub(crate) pieces: Vec<Piece>,
    /// By night; 0 where it is no holiday, or paid by the month.
    pub(crate) surcharges: Vec<i128>,
}

/// One night, paid by itself.
#[derive(Clone, Copy, Debug)]
struct Single {
    price: i64,
    is_weekend: bool,
}

/// The prices along a stay.
struct Tariff<'a> {
    rules: &'a Rules,
    nights: Nights,
    /// By night: its season, if it has one.
    seasons: Vec<Option<usize>>,
    singles: Vec<Option<Single>>,
    surcharges: Vec<i128>,
}

/// The cheapest way to pay for the nights up to some day.
#[derive(Clone, Debug)]
struct Best {
    cost: i128,
    /// How many pieces: of two that cost the same, the one with fewer is easier to read.
    pieces: usize,
    last: Option<Piece>,
}

/// The cheapest way to pay for a stay.
///
/// # Errors
/// Where a night has no price and nothing longer covers it.
pub(crate) fn cheapest(rules: &Rules, nights: Nights) -> Result<Rent, Error> {
    let tariff = Tariff::new(rules, nights);
    let mut best: Vec<Option<Best>> = vec![None; nights.count + 1];
    best[0] = Some(Best { cost: 0, pieces: 0, last: None });
    let months: Vec<_> = nights.months().collect();
    for from in 0..nights.count {
        let Some(Best { cost, pieces, .. }) = best[from].clone() else { continue };
        let month = months.iter().position(|(begins, _)| *begins == from);
        let month = month.and_then(|k| tariff.month(k, months[k]));
        for piece in [month, tariff.week(from), tariff.night(from)].into_iter().flatten() {
            let to = piece.nights.end;
            let cost = cost + piece.amount + tariff.surcharge(&piece);
            // Of ways that are alike, the one that ends with the shortest piece: months first.
            let is_better = best[to]
                .as_ref()
                .is_none_or(|known| (cost, pieces + 1) <= (known.cost, known.pieces));
            if is_better {
                best[to] = Some(Best { cost, pieces: pieces + 1, last: Some(piece) });
            }
        }
    }
    let pieces = tariff.trace(best)?;
    let mut surcharges = tariff.surcharges;
    for piece in pieces.iter().filter(|piece| !piece.has_surcharge()) {
        surcharges[piece.nights.clone()].fill(0);
    }
    Ok(Rent { pieces, surcharges })
}

impl<'a> Tariff<'a> {
    fn new(rules: &'a Rules, nights: Nights) -> Self {
        let days = || (0..nights.count).map(|nth| nights.day(nth));
        let seasons: Vec<_> = days().map(|day| rules.season(day)).collect();
        let singles: Vec<_> = days()
            .zip(&seasons)
            .map(|(day, season)| {
                let Prices { night, weekend_night, .. } = *rules.prices(*season);
                let is_weekend = rules.weekend_nights.contains(&weekday(day));
                match weekend_night.filter(|_| is_weekend) {
                    Some(price) => Some(Single { price, is_weekend: true }),
                    None => night.map(|price| Single { price, is_weekend: false }),
                }
            })
            .collect();
        let surcharges = days()
            .zip(&singles)
            .map(|(day, single)| match single {
                Some(single) if rules.holidays.iter().any(|holiday| holiday.day == day) => nearest(
                    single.price.into(),
                    rules.holiday_surcharge_bps.into(),
                    WHOLE,
                    rules.round_to.into(),
                ),
                _ => 0,
            })
            .collect();
        Self { rules, nights, seasons, singles, surcharges }
    }

    fn night(&self, from: usize) -> Option<Piece> {
        let Single { price, is_weekend } = (*self.singles.get(from)?)?;
        let unit = Unit::Night { is_weekend };
        let parts = vec![Part { season: self.label(from), nights: 1, price, amount: price }];
        Some(Piece { unit, nights: from..from + 1, amount: price.into(), parts })
    }

    fn week(&self, from: usize) -> Option<Piece> {
        let nights = from..from + WEEK;
        if nights.end > self.nights.count {
            return None;
        }
        let (amount, parts) = self.share(nights.clone(), WEEK, |prices| prices.week)?;
        Some(Piece { unit: Unit::Week, nights, amount, parts })
    }

    /// Month `k` of the stay; after the first whole one, what is left of the stay is a part of one.
    fn month(&self, k: usize, (from, to): (usize, usize)) -> Option<Piece> {
        let (unit, nights) = match to <= self.nights.count {
            true => (Unit::Month, from..to),
            false if k > 0 => (Unit::PartMonth(to - from), from..self.nights.count),
            false if self.is_by_the_month() => (Unit::Month, from..self.nights.count),
            false => return None,
        };
        let whole = if unit == Unit::Month { nights.len() } else { to - from };
        let (amount, parts) = self.share(nights.clone(), whole, |prices| prices.month)?;
        Some(Piece { unit, nights, amount, parts })
    }

    /// Whether the stay is nearly a month in a home that is not let by the night.
    fn is_by_the_month(&self) -> bool {
        self.nights.count >= SHORTEST_MONTH && self.singles.iter().any(Option::is_none)
    }

    /// What nights cost as a share of a longer time: of each season's price its part, rounded up.
    /// None where one of the seasons has no such price.
    fn share(
        &self,
        nights: Range<usize>,
        whole: usize,
        price: impl Fn(&Prices) -> Option<i64>,
    ) -> Option<(i128, Vec<Part>)> {
        let mut by_season: Vec<(Option<usize>, usize, usize)> = Vec::new();
        for night in nights {
            let season = self.seasons[night];
            match by_season.iter_mut().find(|(known, ..)| *known == season) {
                Some((_, _, count)) => *count += 1,
                None => by_season.push((season, night, 1)),
            }
        }
        let mut total = 0;
        let mut parts = Vec::with_capacity(by_season.len());
        for (season, first, count) in by_season {
            let price = price(self.rules.prices(season))?;
            let (nights, whole_nights) = (i128::try_from(count).ok()?, i128::try_from(whole).ok()?);
            let amount = match count == whole {
                true => price.into(),
                false => up(price.into(), nights, whole_nights, self.rules.round_to.into()),
            };
            total += amount;
            parts.push(Part {
                season: self.label(first),
                nights: i64::try_from(count).ok()?,
                price,
                amount: i64::try_from(amount).ok()?,
            });
        }
        Some((total, parts))
    }

    /// The name of a night's season, empty for one without; none outside of seasons.
    fn label(&self, night: usize) -> Option<String> {
        let season = self.rules.seasons.get(self.seasons[night]?)?;
        Some(season.label.clone().unwrap_or_default())
    }

    fn surcharge(&self, piece: &Piece) -> i128 {
        match piece.has_surcharge() {
            true => self.surcharges[piece.nights.clone()].iter().sum(),
            false => 0,
        }
    }

    /// The pieces of the cheapest way, first to last.
    fn trace(&self, mut best: Vec<Option<Best>>) -> Result<Vec<Piece>, Error> {
        let mut pieces = Vec::new();
        let mut end = self.nights.count;
        while end > 0 {
            let Some(piece) = best[end].take().and_then(|best| best.last) else {
                let bare = self.singles.iter().position(Option::is_none).unwrap_or(0);
                return Err(Error::NotPriced(self.nights.day(bare)));
            };
            end = piece.nights.start;
            pieces.push(piece);
        }
        pieces.reverse();
        Ok(pieces)
    }
}

impl Piece {
    /// A month's price is for a month, whatever is celebrated in it.
    fn has_surcharge(&self) -> bool {
        matches!(self.unit, Unit::Night { .. } | Unit::Week)
    }

    /// Whether it goes on in the line of the piece before it.
    fn goes_on(&self, before: &Self) -> bool {
        let alike = |one: &Part, other: &Part| {
            (&one.season, one.price, one.amount) == (&other.season, other.price, other.amount)
        };
        self.unit == before.unit
            && self.parts.len() == before.parts.len()
            && self.parts.iter().zip(&before.parts).all(|(one, other)| alike(one, other))
    }
}

impl Rent {
    /// Without the coupon.
    pub(crate) fn total(&self) -> i128 {
        let pieces: i128 = self.pieces.iter().map(|piece| piece.amount).sum();
        pieces + self.surcharges.iter().sum::<i128>()
    }

    /// Pieces that are alike and follow one another are one line.
    pub(crate) fn lines(&self, rules: &Rules, nights: Nights) -> Result<Vec<Line>, Error> {
        let runs = self.pieces.chunk_by(|before, piece| piece.goes_on(before));
        let mut lines = runs.map(|run| line(run, nights)).collect::<Result<Vec<_>, _>>()?;
        lines.extend(self.holidays(rules, nights)?);
        Ok(lines)
    }

    fn holidays(&self, rules: &Rules, nights: Nights) -> Result<Vec<Line>, Error> {
        let mut lines: Vec<Line> = Vec::new();
        for (nth, amount) in self.surcharges.iter().enumerate().filter(|(_, amount)| **amount > 0) {
            let (day, next) = (nights.day(nth), nights.day(nth + 1));
            let unit_amount = bounded(*amount)?;
            let Some(holiday) = rules.holidays.iter().find(|holiday| holiday.day == day) else {
                continue;
            };
            let reason =
                Reason::Holiday { name: holiday.name.clone(), bps: rules.holiday_surcharge_bps };
            match lines.last_mut() {
                Some(Line {
                    quantity,
                    unit_amount: unit,
                    amount,
                    dates: Some(dates),
                    reason: last,
                    ..
                }) if dates.to == day && *unit == unit_amount && *last == reason => {
                    *quantity += 1;
                    *amount = bounded(i128::from(*unit) * i128::from(*quantity))?;
                    dates.to = next;
                }
                _ => lines.push(Line {
                    kind: LineKind::Holiday,
                    quantity: 1,
                    unit_amount,
                    amount: unit_amount,
                    dates: Some(Dates { from: day, to: next }),
                    reason,
                }),
            }
        }
        Ok(lines)
    }
}

fn line(run: &[Piece], nights: Nights) -> Result<Line, Error> {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return Err(Error::NoNights);
    };
    // Months that cost the same are not of the same length.
    let mut parts = first.parts.clone();
    for (part, more) in run.iter().skip(1).flat_map(|piece| &piece.parts).enumerate() {
        let part = part % first.parts.len();
        parts[part].nights += more.nights;
        parts[part].amount += more.amount;
    }
    let (kind, reason) = match first.unit {
        Unit::Night { is_weekend } => {
            let season = parts.into_iter().next().and_then(|part| part.season);
            (LineKind::Nights, Reason::Nights { season, is_weekend })
        }
        Unit::Week => (LineKind::Weeks, Reason::Weeks { parts }),
        Unit::Month => (LineKind::Months, Reason::Months { parts }),
        Unit::PartMonth(of) => {
            let of = i64::try_from(of).map_err(|_| Error::TooMuch)?;
            (LineKind::PartMonth, Reason::PartMonth { of_nights: of, parts })
        }
    };
    let quantity = i64::try_from(run.len()).map_err(|_| Error::TooMuch)?;
    Ok(Line {
        kind,
        quantity,
        unit_amount: bounded(first.amount)?,
        amount: bounded(first.amount * i128::from(quantity))?,
        dates: Some(Dates {
            from: nights.day(first.nights.start),
            to: nights.day(last.nights.end),
        }),
        reason,
    })
}
