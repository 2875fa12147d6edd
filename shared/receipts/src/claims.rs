//! Finding claims.

use std::ops::Range;

use regex::{Captures, Match, Regex};

use crate::{
    letters::Plain,
    numerals::{self, Milli},
    patterns::{self, month},
};

/// What a claim is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Money, whatever the currency.
    Price,
    /// A day.
    Date,
    /// Parts of a hundred.
    Percent,
    /// An area.
    Area,
    /// A way.
    Distance,
    /// How long something takes.
    Duration,
    /// Where something stands.
    Address,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A link.
    Link,
    /// A large number that does not say what it counts.
    Number,
}

/// What is claimed, whatever way it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Thousandths: of a unit of money, a hundredth, a square metre, a metre, a minute, or of one.
    Amount(i128),
    /// A day; the year may be left open.
    Day {
        /// Of the Common Era.
        year: Option<i32>,
        /// 1..12.
        month: u32,
        /// 1..31.
        day: u32,
    },
    /// Letters: small ones, without spaces or signs between them.
    Text(String),
}

/// Something that needs a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What it is about.
    pub kind: Kind,
    /// What is claimed.
    pub value: Value,
    /// Where it stands, in bytes of the text.
    pub span: Range<usize>,
}

/// Numbers without a word for what they count are claims from here on: below, they count rooms,
/// guests and nights.
const LARGE: Milli = 100 * 1000;

const SQUARE_FOOT: (Milli, Milli) = (9_290_304, 100_000_000);

/// Everything in a text that needs a receipt, in the order of the text. No two overlap.
#[must_use]
pub fn claims(text: &str) -> Vec<Claim> {
    let plain = Plain::of(text);
    let mut finder = Finder { plain: &plain, taken: Vec::new(), found: Vec::new() };
    finder.links();
    finder.dates();
    finder.money();
    finder.measures();
    finder.places();
    finder.numbers();
    let mut found = finder.found;
    found.sort_by_key(|claim| claim.span.start);
    found
}

struct Finder<'t> {
    plain: &'t Plain,
    /// What claims have taken of the plain text: what is a date is no telephone number.
    taken: Vec<Range<usize>>,
    found: Vec<Claim>,
}

impl Finder<'_> {
    fn each(&mut self, pattern: &Regex, read: impl Fn(&Captures<'_>) -> Option<(Kind, Value)>) {
        let text = &self.plain.text;
        for captures in pattern.captures_iter(text) {
            let Some(whole) = captures.get(0) else { continue };
            let overlaps =
                |taken: &Range<usize>| taken.start < whole.end() && whole.start() < taken.end;
            if self.taken.iter().any(overlaps) {
                continue;
            }
            if let Some((kind, value)) = read(&captures) {
                self.taken.push(whole.range());
                let span = self.plain.original(whole.start(), whole.end());
                self.found.push(Claim { kind, value, span });
            }
        }
    }

    fn links(&mut self) {
        let whole =
            |kind| move |found: &Captures<'_>| Some((kind, Value::Text(letters(&found[0]))));
        self.each(&patterns::EMAIL, whole(Kind::Email));
        self.each(&patterns::LINK, |found| {
            let link = found[0].trim_end_matches(['.', ',', ')', ';', '!', '?']);
            Some((Kind::Link, Value::Text(link.to_lowercase())))
        });
    }

    fn dates(&mut self) {
        let day = |year: Option<&str>, month: u32, day: Option<&str>| {
            let day: u32 = day?.parse().ok()?;
            let possible = (1..=12).contains(&month) && (1..=31).contains(&day);
            possible
                .then(|| (Kind::Date, Value::Day { year: year.and_then(common_era), month, day }))
        };
        let number = |found: &Captures<'_>, nth| text(found.get(nth)).and_then(|n| n.parse().ok());
        self.each(&patterns::ISO_DATE, |found| {
            day(text(found.get(1)), number(found, 2)?, text(found.get(3)))
        });
        self.each(&patterns::SLASHED_DATE, |found| {
            day(text(found.get(3)), number(found, 2)?, text(found.get(1)))
        });
        self.each(&patterns::DAY_MONTH, |found| {
            day(text(found.get(3)), month(text(found.get(2))?)?, text(found.get(1)))
        });
        self.each(&patterns::MONTH_DAY, |found| {
            day(text(found.get(3)), month(text(found.get(1))?)?, text(found.get(2)))
        });
        self.each(&patterns::THAI_DATE, |found| {
            day(text(found.get(3)), month(text(found.get(2))?)?, text(found.get(1)))
        });
    }

    fn money(&mut self) {
        self.each(&patterns::MONEY, |found| {
            let number = text(found.get(1).or_else(|| found.get(3)))?;
            let scale = text(found.get(2).or_else(|| found.get(4))).unwrap_or("");
            let value = numerals::times(numerals::of_digits(number)?, numerals::multiplier(scale)?);
            Some((Kind::Price, Value::Amount(value)))
        });
        let price = |value: Option<Milli>| Some((Kind::Price, Value::Amount(value?)));
        self.each(&patterns::ENGLISH_MONEY, |found| {
            price(numerals::of_english(text(found.get(1))?))
        });
        self.each(&patterns::THAI_MONEY, |found| price(numerals::of_thai(text(found.get(1))?)));
    }

    fn measures(&mut self) {
        self.each(&patterns::PERCENT, |found| {
            let number = numerals::of_digits(text(found.get(1).or_else(|| found.get(2)))?)?;
            Some((Kind::Percent, Value::Amount(number)))
        });
        self.measured(
            &patterns::AREA,
            Kind::Area,
            &[(1, 1), SQUARE_FOOT, (4, 1), (400, 1), (1600, 1), (40_468_564, 10_000)],
        );
        self.measured(&patterns::DISTANCE, Kind::Distance, &[(1000, 1), (1, 1), (1_609_344, 1000)]);
        self.measured(&patterns::MINUTES, Kind::Duration, &[(1, 1), (60, 1)]);
    }

    /// The unit that matched is told by the group that did: the first after the number is the first
    /// of `units`, each a fraction of the kind's own unit.
    fn measured(&mut self, pattern: &Regex, kind: Kind, units: &[(Milli, Milli)]) {
        self.each(pattern, |found| {
            let number = numerals::of_digits(text(found.get(1))?)?;
            let nth = (0..units.len()).find(|nth| found.get(nth + 2).is_some())?;
            let (times, by) = units.get(nth)?;
            Some((kind, Value::Amount(numerals::times(number, *times) / by)))
        });
    }

    fn places(&mut self) {
        self.each(&patterns::PHONE, |found| {
            let digits: String = found[0].chars().filter(char::is_ascii_digit).collect();
            // Grouped by commas it is an amount, which the numbers find.
            Some((Kind::Phone, Value::Text(national(&digits))))
        });
        self.each(&patterns::ADDRESS, |found| {
            Some((Kind::Address, Value::Text(letters(&found[0]))))
        });
    }

    fn numbers(&mut self) {
        let bytes = self.plain.text.as_bytes();
        self.each(&patterns::BARE, |found| {
            let whole = found.get(0)?;
            // A part of a name: "B2", "A4", "x100".
            let before = whole.start().checked_sub(1).and_then(|at| bytes.get(at));
            if before.is_some_and(u8::is_ascii_alphabetic) {
                return None;
            }
            let rest = self_after(bytes, whole.end());
            let scale = patterns_scale(rest);
            let value = numerals::times(numerals::of_digits(whole.as_str())?, scale);
            (value >= LARGE).then_some((Kind::Number, Value::Amount(value)))
        });
    }
}

/// What follows a number, as text.
fn self_after(bytes: &[u8], end: usize) -> &str {
    bytes.get(end..).and_then(|rest| std::str::from_utf8(rest).ok()).unwrap_or("")
}

/// What a word right after a number multiplies it by.
fn patterns_scale(rest: &str) -> Milli {
    let rest = rest.trim_start_matches(' ');
    let word: String = rest.chars().take_while(|letter| letter.is_ascii_alphabetic()).collect();
    let thai = ["พัน", "หมื่น", "แสน", "ล้าน"].into_iter().find(|name| rest.starts_with(name));
    let word = thai.unwrap_or(&word);
    if word.is_empty() { 1 } else { numerals::multiplier(word).unwrap_or(1) }
}

fn text<'t>(found: Option<Match<'t>>) -> Option<&'t str> {
    found.map(|found| found.as_str())
}

/// Letters and digits alone, small.
pub(crate) fn letters(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_alphanumeric() || ('\u{e31}'..='\u{e4e}').contains(letter))
        .flat_map(char::to_lowercase)
        .collect()
}

/// A telephone number as it is dialled at home: `+66 81 …` and `081 …` are one.
pub(crate) fn national(digits: &str) -> String {
    let digits = digits.trim_start_matches('0');
    digits.strip_prefix("66").unwrap_or(digits).trim_start_matches('0').to_owned()
}

/// A year of the Common Era, if it may be one: those of the Buddhist era are 543 ahead, and of two
/// digits the century is ours.
fn common_era(year: &str) -> Option<i32> {
    let year: i32 = year.parse().ok()?;
    Some(match year {
        0..=99 => 2000 + year,
        2400..=2699 => year - 543,
        _ => year,
    })
}
