//! What was looked up.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::{
    claims::{Claim, Kind, Value, claims, letters},
    numerals::{self, Milli},
};

/// What tools answered, what was cited and what the asker said: the ground on which claims stand.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    known: BTreeSet<(Kind, Value)>,
    /// Days whose year is not known, and those of any year.
    days: BTreeSet<(Option<i32>, u32, u32)>,
    /// All text, letters and digits alone: addresses are looked for in it.
    text: String,
    links: BTreeSet<String>,
}

impl Evidence {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What a text says.
    pub fn text(&mut self, text: &str) {
        self.text.push(' ');
        self.text.push_str(&letters(text));
        for claim in claims(text) {
            self.know(claim);
        }
        // Small numbers are no claims by themselves, and may be the ground of one.
        for word in text.split(|letter: char| !(letter.is_ascii_digit() || letter == '.')) {
            if let Some(value) = numerals::of_digits(word).filter(|_| !word.is_empty()) {
                self.known.insert((Kind::Number, Value::Amount(value)));
            }
        }
    }

    /// What a document says. A number is read by the name of its field: `*_sqm` is an area, `*_km` and
    /// `*_m` are distances, `*_percent` a percentage, `*_minutes` a time, and `price`, `amount`,
    /// `total`, `fee`, `deposit`, `rent` and what ends so are money, in whole units.
    pub fn json(&mut self, document: &Json) {
        self.field("", document);
    }

    fn field(&mut self, name: &str, value: &Json) {
        match value {
            Json::String(text) => self.text(text),
            Json::Number(number) => self.number(name, &number.to_string()),
            Json::Array(items) => items.iter().for_each(|item| self.field(name, item)),
            Json::Object(fields) => {
                for (name, value) in fields {
                    self.field(name, value);
                }
            }
            Json::Null | Json::Bool(_) => {}
        }
    }

    fn number(&mut self, name: &str, digits: &str) {
        let Some(value) = numerals::of_digits(digits.trim_start_matches('-')) else { return };
        let (kind, value) = by_name(name, value);
        self.known.insert((kind, Value::Amount(value)));
        self.known.insert((Kind::Number, Value::Amount(value)));
    }

    fn know(&mut self, claim: Claim) {
        if let Value::Amount(value) = claim.value {
            self.known.insert((Kind::Number, Value::Amount(value)));
        }
        if let Value::Day { year, month, day } = claim.value {
            self.days.insert((year, month, day));
        }
        if let (Kind::Link, Value::Text(link)) = (claim.kind, &claim.value) {
            self.links.insert(link.clone());
        }
        self.known.insert((claim.kind, claim.value));
    }

    /// The claims of a text that nothing here says.
    #[must_use]
    pub fn lacks(&self, text: &str) -> Vec<Claim> {
        claims(text).into_iter().filter(|claim| !self.says(claim)).collect()
    }

    /// Whether something here says the same.
    #[must_use]
    pub fn says(&self, claim: &Claim) -> bool {
        match (claim.kind, &claim.value) {
            (_, Value::Day { year, month, day }) => self.days.iter().any(|(known, m, d)| {
                (m, d) == (month, day) && (known.is_none() || year.is_none() || known == year)
            }),
            (Kind::Address, Value::Text(text)) => self.text.contains(text.as_str()),
            (Kind::Link, Value::Text(link)) => self.links.contains(link),
            (Kind::Number, Value::Amount(_)) => {
                self.known.contains(&(Kind::Number, claim.value.clone()))
            }
            _ => self.known.contains(&(claim.kind, claim.value.clone())),
        }
    }
}

fn by_name(name: &str, value: Milli) -> (Kind, Milli) {
    const MONEY: [&str; 9] =
        ["price", "amount", "total", "fee", "deposit", "rent", "due_now", "due_later", "cost"];
    if name.ends_with("_sqm") {
        (Kind::Area, value)
    } else if name.ends_with("_km") {
        (Kind::Distance, numerals::times(value, 1000))
    } else if name.ends_with("_m") {
        (Kind::Distance, value)
    } else if name.ends_with("_percent") {
        (Kind::Percent, value)
    } else if name.ends_with("_minutes") {
        (Kind::Duration, value)
    } else if MONEY.iter().any(|word| name.ends_with(word)) {
        (Kind::Price, value)
    } else {
        (Kind::Number, value)
    }
}
