//! Everything in a text that can be checked, from left to right.

use std::ops::Range;

use crate::{
    Kind,
    date::{self, Date},
    letters::Letters,
    number::{self, Amount, Number, ONE},
    place::{self, Place},
    units::{self, Currency, LEAST_BARE_PRICE, Per, Unit},
};

/// What a claim says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact {
    /// A number of something; of nothing that is said where the unit is missing.
    Number {
        /// In the measure that it is compared in; none beyond all bounds.
        value: Option<Amount>,
        /// As it stands there.
        written: Option<Amount>,
        unit: Option<Unit>,
        per: Option<Per>,
        /// Whether words before it make it a bound of what is wanted.
        is_bound: bool,
    },
    Dates(Vec<Date>),
    Time(u32),
    Place(Place),
    Telephone(String),
    Email(String),
    Link(String),
}

/// A fact, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) fact: Fact,
    /// Bytes.
    pub(crate) span: Range<usize>,
}

impl Fact {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Number { unit, .. } => match unit {
                Some(Unit::Money(_)) => Kind::Price,
                Some(Unit::Percent) => Kind::Percentage,
                Some(Unit::Surface(_) | Unit::SquareFeet) => Kind::Area,
                Some(Unit::Metres(_) | Unit::Minutes(_)) => Kind::Distance,
                Some(_) => Kind::Count,
                None => Kind::Number,
            },
            Self::Dates(_) => Kind::Date,
            Self::Time(_) => Kind::Time,
            Self::Place(_) => Kind::Address,
            Self::Telephone(_) => Kind::Telephone,
            Self::Email(_) => Kind::Email,
            Self::Link(_) => Kind::Link,
        }
    }
}

/// Finds them all; none overlaps another.
pub(crate) fn all(text: &str) -> Vec<Found> {
    let letters = Letters::of(text);
    let (mut found, mut at) = (Vec::new(), 0);
    while at < letters.len() {
        at = match at_one(&letters, at) {
            Some((facts, end)) if end > at => {
                found.extend(
                    facts
                        .into_iter()
                        .map(|(fact, within)| Found { fact, span: letters.span(within) }),
                );
                end
            }
            _ => at + 1,
        };
    }
    found
}

type Here = (Vec<(Fact, Range<usize>)>, usize);

fn at_one(letters: &Letters, at: usize) -> Option<Here> {
    let one = |(fact, end): (Fact, usize)| (vec![(fact, at..end)], end);
    let letter = letters.at(at)?;
    if letter.is_whitespace() {
        return None;
    }
    if let Some(end) = uuid(letters, at) {
        return Some((Vec::new(), end));
    }
    let way = place::email(letters, at)
        .map(|(email, end)| (Fact::Email(email), end))
        .or_else(|| place::link(letters, at).map(|(link, end)| (Fact::Link(link), end)));
    if let Some(way) = way {
        return Some(one(way));
    }
    if let Some((dates, end)) = date::read(letters, at) {
        return Some(one((Fact::Dates(dates), end)));
    }
    if let Some((number, end)) = place::telephone(letters, at) {
        return Some(one((Fact::Telephone(number), end)));
    }
    if let Some(end) = list_mark(letters, at) {
        return Some((Vec::new(), end));
    }
    if let Some((time, end)) = date::time(letters, at) {
        return Some(one((Fact::Time(time), end)));
    }
    if let Some((place, end)) = place::place(letters, at) {
        return Some(one((Fact::Place(place), end)));
    }
    quantity(letters, at)
}

/// Ids that our own cards are named by.
fn uuid(letters: &Letters, at: usize) -> Option<usize> {
    let mut next = at;
    for (nth, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if nth > 0 {
            next = (letters.at(next) == Some('-')).then_some(next + 1)?;
        }
        let end = next + length;
        let is_hex = (next..end).all(|at| letters.at(at).is_some_and(|l| l.is_ascii_hexdigit()));
        next = is_hex.then_some(end)?;
    }
    (letters.is_start(at) && !letters.at(next).is_some_and(|l| l.is_ascii_alphanumeric()))
        .then_some(next)
}

/// "1." and "2)" at the start of a line.
fn list_mark(letters: &Letters, at: usize) -> Option<usize> {
    let mut before = at;
    while letters.before(before) == Some(' ') {
        before -= 1;
    }
    let end = letters.digits(at);
    let begins = before == 0 || letters.before(before) == Some('\n');
    let is_mark = begins
        && (1..=2).contains(&(end - at))
        && matches!(letters.at(end), Some('.' | ')'))
        && letters.at(end + 1) == Some(' ');
    is_mark.then_some(end + 1)
}

/// A number with what it counts, or two of them with "to" between.
fn quantity(letters: &Letters, at: usize) -> Option<Here> {
    let currency = letters.one_of(at, &units::MONEY_BEFORE).or_else(|| glued(letters, at));
    let per_hundred = letters.word(at, "ร้อยละ");
    let from = match (currency, per_hundred) {
        (Some((_, end)), _) => letters.gap(end),
        (None, Some(end)) => letters.gap(end),
        (None, None) if letters.is_start(at) => at,
        (None, None) => return None,
    };
    let before = match (currency, per_hundred) {
        (Some((currency, _)), _) => Some(Unit::Money(Some(currency))),
        (None, Some(_)) => Some(Unit::Percent),
        (None, None) => None,
    };
    let first = number::read(letters, from, currency.is_some())?;
    // "12k" and "฿1.2m" are whole by now; "1.2m baht" shows only behind it that it is money.
    let first = match short_money(letters, from, first, before) {
        Some(longer) => longer,
        None => first,
    };
    let (unit, end) = counted(letters, first, before);
    if unit.is_none() {
        if let Some((second, unit, end)) = second(letters, first, before) {
            let from_second = letters.gap(second.0);
            let per = units::per_after(letters, end);
            let until = per.map_or(end, |(_, end)| end);
            let per = per.map(|(per, _)| per).or_else(|| units::per_before(letters, at));
            let is_bound = units::is_bound_before(letters, at);
            let facts = vec![
                (fact(first, Some(unit), per, is_bound), at..first.end),
                (fact(second.1, Some(unit), per, is_bound), from_second..until),
            ];
            return Some((facts, until));
        }
        if !first.stands_alone {
            return None;
        }
    }
    let unit = unit.or_else(|| bare_money(letters, first, at));
    if let Some(Unit::Surface(each)) = unit {
        return Some(surfaces(letters, first, each, at, end));
    }
    let is_money = matches!(unit, Some(Unit::Money(_)));
    let per = is_money.then(|| units::per_after(letters, end)).flatten();
    let until = per.map_or(end, |(_, end)| end);
    let per =
        per.map(|(per, _)| per).or_else(|| units::per_before(letters, at).filter(|_| is_money));
    let is_bound = units::is_bound_before(letters, at);
    Some((vec![(fact(first, unit, per, is_bound), at..until)], until))
}

/// "THB5,000": a code with the amount right behind it.
fn glued(letters: &Letters, at: usize) -> Option<(Currency, usize)> {
    if !letters.is_start(at) {
        return None;
    }
    units::MONEY_BEFORE.iter().find_map(|(code, currency)| {
        let end = at + code.chars().count();
        let is_code = letters.slice(at..end) == *code;
        (is_code && letters.at(end).is_some_and(|l| l.is_ascii_digit())).then_some((*currency, end))
    })
}

/// "1.2m baht".
fn short_money(
    letters: &Letters,
    from: usize,
    number: Number,
    before: Option<Unit>,
) -> Option<Number> {
    if before.is_some() || number.is_short {
        return None;
    }
    let as_money = number::read(letters, from, true).filter(|longer| longer.end > number.end)?;
    let (unit, _) = units::unit(letters, letters.gap(as_money.end))?;
    matches!(unit, Unit::Money(_)).then_some(as_money)
}

/// What a number counts, and where that ends.
fn counted(letters: &Letters, number: Number, before: Option<Unit>) -> (Option<Unit>, usize) {
    let behind = units::unit(letters, letters.joint(number.end));
    match (before, behind) {
        // "฿ 5,000 baht" says it twice.
        (Some(Unit::Money(_)), Some((Unit::Money(_), end))) => (before, end),
        (Some(_), _) => (before, number.end),
        (None, Some((unit, end))) => (Some(unit), end),
        (None, None) => (None, number.end),
    }
}

/// The second of "12,000-15,000 baht".
fn second(
    letters: &Letters,
    first: Number,
    before: Option<Unit>,
) -> Option<((usize, Number), Unit, usize)> {
    if before.is_some() {
        return None;
    }
    let next = letters.gap(first.end);
    let next = ["-", "to", "or", "ถึง", "หรือ"].iter().find_map(|word| letters.word(next, word))?;
    let from = letters.gap(next);
    let number = number::read(letters, from, false)?;
    let number = short_money(letters, from, number, None).unwrap_or(number);
    let (unit, end) = units::unit(letters, letters.joint(number.end))?;
    Some(((next, number), unit, end))
}

/// A number without a unit that is money all the same: "12k", "rent 12,000", "12,000 a month".
fn bare_money(letters: &Letters, number: Number, at: usize) -> Option<Unit> {
    let is_large = number.value.is_none_or(|value| value >= LEAST_BARE_PRICE);
    let is_said = units::is_money_before(letters, at) || units::per_before(letters, at).is_some();
    let is_per = units::per_after(letters, number.end).is_some();
    (number.is_short || (is_large && (is_said || is_per))).then_some(Unit::Money(None))
}

/// "2 rai 1 ngan 50 wah" is one surface.
fn surfaces(letters: &Letters, first: Number, each: Amount, at: usize, end: usize) -> Here {
    let measured =
        |number: Number, each: Amount| number.value.and_then(|value| value.checked_mul(each));
    let (mut value, mut last, mut until) = (measured(first, each), each, end);
    loop {
        let from = letters.gap(until);
        let Some(number) = number::read(letters, from, false) else { break };
        let Some((Unit::Surface(unit), end)) = units::unit(letters, letters.gap(number.end)) else {
            break;
        };
        if !units::smaller_surface(unit, last) {
            break;
        }
        value = value.zip(measured(number, unit)).and_then(|(sum, more)| sum.checked_add(more));
        (last, until) = (unit, end);
    }
    let is_one = last == each;
    let fact = Fact::Number {
        value,
        written: if is_one { first.value } else { value },
        unit: Some(Unit::Surface(1)),
        per: None,
        is_bound: units::is_bound_before(letters, at),
    };
    (vec![(fact, at..until)], until)
}

fn fact(number: Number, unit: Option<Unit>, per: Option<Per>, is_bound: bool) -> Fact {
    let value = match unit {
        Some(unit) => number.value.and_then(|value| units::measured(value, unit)),
        None => number.value,
    };
    Fact::Number { value, written: number.value, unit, per, is_bound }
}

/// A whole number, of what somebody counts in code.
pub(crate) fn plain(value: i64, unit: Option<Unit>) -> Fact {
    let value = Some(Amount::from(value) * ONE);
    fact(Number { value, end: 0, stands_alone: true, is_short: false }, unit, None, false)
}
