//! What was read, and whether it holds a claim.

use serde_json::Value;

use crate::{
    Claim,
    date::Date,
    find::{self, Fact},
    letters::Letters,
    number::{Amount, ONE},
    place,
    units::{self, Currency, Per, Unit},
};

/// What was read: results of tools, citations, and what the visitor said.
///
/// Values are compared, not letters: "32k", "32,000" and "๓๒,๐๐๐" are one. A sum that nobody wrote
/// down is not held, however right it may be.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    facts: Vec<Fact>,
}

/// How far a source is believed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// What our own services say, and what the brand has written.
    Ours,
    /// What somebody has written into a listing: its prices, and ways to people, are not ours.
    Theirs,
    /// What the visitor says: their own wishes, and nothing that anything costs or measures.
    Visitor,
}

/// The key under which tools hand over what people have written.
pub const UNTRUSTED: &str = "untrusted_text";

/// The key under which tools hand over links that were made from ids.
pub const URL: &str = "url";

impl Evidence {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A tool's result. Numbers are taken for what their key names (`bedrooms`, `area_sqm`,
    /// `distance_km`, `percent`, `price`: in whole units of `currency` beside it); texts are read.
    /// A link counts under the key `url` alone, and under `untrusted_text` neither a price nor a
    /// way to anybody.
    pub fn json(&mut self, value: &Value) {
        self.value(value, "", None, Trust::Ours);
    }

    /// A passage of the brand's own. Links in it back nothing.
    pub fn text(&mut self, text: &str) {
        self.read(text, Trust::Ours);
    }

    /// What the visitor said. Their dates, their party and what they may spend can be said back to
    /// them; that a home costs or measures so much is not proved by a visitor who says so.
    pub fn visitor(&mut self, text: &str) {
        self.read(text, Trust::Visitor);
    }

    /// A link that was made from an id.
    pub fn link(&mut self, url: &str) {
        self.facts.push(Fact::Link(place::tidy(url)));
    }

    fn read(&mut self, text: &str, trust: Trust) {
        let facts = find::all(text).into_iter().map(|found| found.fact);
        self.facts.extend(facts.filter(|fact| is_believed(fact, trust)));
    }

    fn value(&mut self, value: &Value, key: &str, currency: Option<Currency>, trust: Trust) {
        match value {
            Value::Object(fields) => {
                let named =
                    fields.get("currency").and_then(Value::as_str).and_then(named).or(currency);
                for (key, value) in fields {
                    let trust = if key == UNTRUSTED { Trust::Theirs } else { trust };
                    self.value(value, key, named, trust);
                }
            }
            Value::Array(values) => {
                let length = i64::try_from(values.len()).unwrap_or(i64::MAX);
                self.facts.push(find::plain(length, Some(Unit::Things)));
                values.iter().for_each(|value| self.value(value, key, currency, trust));
            }
            Value::String(link) if key == URL && trust == Trust::Ours => self.link(link),
            Value::String(text) => self.read(text, trust),
            Value::Number(number) => {
                let amount = amount(number);
                if let Some(value) = amount.filter(|_| trust == Trust::Ours) {
                    self.number(value, key, currency);
                }
            }
            Value::Bool(_) | Value::Null => {}
        }
    }

    fn number(&mut self, value: Amount, key: &str, currency: Option<Currency>) {
        let unit = unit_of(key, currency);
        let measured = match unit {
            Some(unit) => units::measured(value, unit),
            None => Some(value),
        };
        let unit = unit.map(|unit| match unit {
            Unit::Surface(_) => Unit::Surface(1),
            unit => unit,
        });
        self.facts.push(Fact::Number {
            value: measured,
            written: Some(value),
            unit,
            per: per_of(key),
            is_bound: false,
        });
    }

    fn holds(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Dates(dates) => dates.iter().all(|date| self.holds_date(*date)),
            Fact::Place(said) => {
                self.facts.iter().any(|known| matches!(known, Fact::Place(known) if said.is(known)))
            }
            Fact::Number { .. } => self.facts.iter().any(|known| backs(known, fact)),
            other => self.facts.contains(other),
        }
    }

    fn holds_date(&self, said: Date) -> bool {
        self.facts.iter().any(|known| {
            matches!(known, Fact::Dates(known) if known.iter().any(|known| said.is_backed_by(*known)))
        })
    }
}

/// The claims of a text that nothing backs, in their order.
#[must_use]
pub fn unbacked(text: &str, evidence: &Evidence) -> Vec<Claim> {
    claims_of(text, |fact| !evidence.holds(fact))
}

/// All claims of a text, in their order.
#[must_use]
pub fn claims(text: &str) -> Vec<Claim> {
    claims_of(text, |_| true)
}

fn claims_of(text: &str, is_wanted: impl Fn(&Fact) -> bool) -> Vec<Claim> {
    let found = find::all(text).into_iter().filter(|found| is_wanted(&found.fact));
    let claims = found.map(|found| Claim {
        kind: found.fact.kind(),
        text: text.get(found.span.clone()).unwrap_or_default().to_owned(),
        span: found.span,
    });
    claims.collect()
}

fn is_believed(fact: &Fact, trust: Trust) -> bool {
    match (trust, fact) {
        (_, Fact::Link(_)) => false,
        (Trust::Ours, _) => true,
        (Trust::Theirs, Fact::Telephone(_) | Fact::Email(_)) => false,
        (Trust::Theirs, Fact::Number { unit, .. }) => {
            unit.is_some_and(|unit| !matches!(unit, Unit::Money(_) | Unit::Percent))
        }
        (Trust::Theirs, _) => true,
        (Trust::Visitor, Fact::Number { unit, is_bound, .. }) => match unit {
            Some(
                Unit::Money(_)
                | Unit::Percent
                | Unit::Surface(_)
                | Unit::SquareFeet
                | Unit::Metres(_)
                | Unit::Minutes(_),
            ) => *is_bound,
            _ => true,
        },
        (Trust::Visitor, _) => true,
    }
}

/// Whether a number that was read holds one that is said.
fn backs(known: &Fact, said: &Fact) -> bool {
    let (
        Fact::Number {
            value: known,
            written: known_written,
            unit: known_unit,
            per: known_per,
            is_bound: known_bound,
        },
        Fact::Number { value: Some(value), written, unit, per, is_bound },
    ) = (known, said)
    else {
        // A year by itself is that of a date.
        return matches!((known, said), (Fact::Dates(dates), Fact::Number { value: Some(value), unit: None, .. })
            if dates.iter().any(|date| date.year.is_some_and(|year| is_year(*value, year))));
    };
    // A bound that a visitor named comes back as a bound, and as no price.
    if *known_bound && !*is_bound {
        return false;
    }
    let is_same = *known == Some(*value);
    match (unit, known_unit) {
        (None, _) => is_same || (written == known_written && written.is_some()),
        (Some(Unit::Money(said)), Some(Unit::Money(known))) => {
            is_same && either(*said, *known) && either(*per, *known_per)
        }
        (Some(Unit::Surface(_)), Some(Unit::Surface(_)))
        | (Some(Unit::Metres(_)), Some(Unit::Metres(_)))
        | (Some(Unit::Minutes(_)), Some(Unit::Minutes(_))) => is_same,
        (Some(unit), Some(known)) if unit == known => is_same,
        // "3 homes" of three rows, "2 rooms" of two bedrooms.
        (Some(Unit::Rooms), Some(Unit::Bedrooms)) => is_same,
        (Some(unit), None) => is_same && is_count(*unit),
        _ => false,
    }
}

fn is_year(value: Amount, year: i32) -> bool {
    i32::try_from(value / ONE).is_ok_and(|said| crate::date::common_era(said) == year)
        && value % ONE == 0
}

/// Whether both agree, as far as both say anything.
fn either<T: PartialEq>(said: Option<T>, known: Option<T>) -> bool {
    said.is_none() || known.is_none() || said == known
}

fn is_count(unit: Unit) -> bool {
    !matches!(
        unit,
        Unit::Money(_)
            | Unit::Percent
            | Unit::Surface(_)
            | Unit::SquareFeet
            | Unit::Metres(_)
            | Unit::Minutes(_)
    )
}

fn named(currency: &str) -> Option<Currency> {
    let letters = Letters::of(currency);
    letters.one_of(0, &units::MONEY_BEFORE).map(|(currency, _)| currency)
}

/// A number of JSON, exactly as it is written.
fn amount(number: &serde_json::Number) -> Option<Amount> {
    if let Some(whole) = number.as_i64() {
        return Some(Amount::from(whole) * ONE);
    }
    let value = number.as_f64().filter(|value| value.abs() < 1e15)?;
    #[expect(clippy::cast_possible_truncation, reason = "bounded above; millionths are kept")]
    Some((value * 1e6).round() as Amount)
}

fn unit_of(key: &str, currency: Option<Currency>) -> Option<Unit> {
    let has = |word: &str| key.split('_').any(|part| part == word);
    let any = |words: &[&str]| words.iter().any(|word| has(word));
    Some(if any(&["price", "total", "deposit", "fee", "amount", "rent", "due"]) {
        Unit::Money(currency)
    } else if any(&["percent", "pct"]) {
        Unit::Percent
    } else if has("rai") {
        Unit::Surface(1_600)
    } else if has("ngan") {
        Unit::Surface(400)
    } else if has("wah") {
        Unit::Surface(4)
    } else if any(&["sqm", "area"]) {
        Unit::Surface(1)
    } else if has("km") {
        Unit::Metres(1_000)
    } else if any(&["metres", "distance", "m"]) {
        Unit::Metres(1)
    } else if has("minutes") {
        Unit::Minutes(1)
    } else if any(&["bedrooms", "bedroom"]) {
        Unit::Bedrooms
    } else if any(&["bathrooms", "bathroom"]) {
        Unit::Bathrooms
    } else if any(&["nights", "night"]) {
        Unit::Nights
    } else if any(&["guests", "people"]) {
        Unit::People
    } else if any(&["months"]) {
        Unit::Months
    } else if any(&["floors", "floor"]) {
        Unit::Floors
    } else {
        return None;
    })
}

fn per_of(key: &str) -> Option<Per> {
    [
        ("per_night", Per::Night),
        ("per_week", Per::Week),
        ("per_month", Per::Month),
        ("per_year", Per::Year),
    ]
    .into_iter()
    .find_map(|(end, per)| key.ends_with(end).then_some(per))
}
