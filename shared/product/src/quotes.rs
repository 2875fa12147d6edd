//! How the prices of stays are reckoned.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::text::Invalid;

/// How the prices of stays are reckoned, and for how long they hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quotes {
    /// Minutes for which a price that was given is kept to.
    pub valid_minutes: u32,
    /// Days for which one that nobody booked is remembered.
    pub keep_days: u32,
    /// Percent of the total that is paid at once.
    pub now_percent: u32,
    /// Days before the arrival on which the rest is due.
    pub balance_days: u32,
    /// Minor units that shares of prices are multiples of.
    pub round_to: u32,
    /// In the order in which they are reckoned.
    pub taxes: Vec<TaxRule>,
}

/// A tax on stays: `vat 7% included`, `service 10% added on rent+cleaning`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaxRule {
    /// What it is.
    pub name: TaxName,
    /// Hundredths of a percent.
    pub bps: u32,
    /// Whether prices hold it already; if not, it is added.
    pub included: bool,
    /// What it is reckoned on.
    pub on: Vec<TaxedPart>,
}

/// A tax that guests are told of by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxName {
    /// Value added tax.
    Vat,
    /// Service charge.
    Service,
    /// A fee for tourists.
    Tourism,
    /// A tax of the province or town.
    Local,
}

/// What a tax is reckoned on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxedPart {
    /// Nights, weeks and months, less a coupon.
    Rent,
    /// Guests beyond the number.
    ExtraGuests,
    /// Cleaning.
    Cleaning,
    /// Taxes that were added before it.
    Taxes,
}

const NAMES: [(&str, TaxName); 4] = [
    ("vat", TaxName::Vat),
    ("service", TaxName::Service),
    ("tourism", TaxName::Tourism),
    ("local", TaxName::Local),
];

const PARTS: [(&str, TaxedPart); 4] = [
    ("rent", TaxedPart::Rent),
    ("extra_guests", TaxedPart::ExtraGuests),
    ("cleaning", TaxedPart::Cleaning),
    ("taxes", TaxedPart::Taxes),
];

/// Without `on`.
const USUAL: [TaxedPart; 3] = [TaxedPart::Rent, TaxedPart::ExtraGuests, TaxedPart::Cleaning];

fn named<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

fn name_of<'a, T: PartialEq>(table: &'a [(&str, T)], value: &T) -> &'a str {
    table.iter().find(|(_, known)| known == value).map_or("", |(name, _)| *name)
}

impl TaxName {
    /// The name in the profile and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        name_of(&NAMES, &self)
    }
}

impl FromStr for TaxRule {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).ok_or_else(|| {
            Invalid::new(
                "a tax such as `vat 7% included` or `service 10% added on rent+cleaning` (vat, \
                 service, tourism or local; 0.01% to 100%; on rent, extra_guests, cleaning, and, \
                 for an added one, taxes)",
                text,
            )
        })
    }
}

fn read(text: &str) -> Option<TaxRule> {
    let words: Vec<&str> = text.split(' ').collect();
    let (name, percent, kind, on) = match words.as_slice() {
        [name, percent, kind] => (*name, *percent, *kind, None),
        [name, percent, kind, "on", parts] => (*name, *percent, *kind, Some(*parts)),
        _ => return None,
    };
    let included = match kind {
        "included" => true,
        "added" => false,
        _ => return None,
    };
    let on = match on {
        None => USUAL.to_vec(),
        Some(parts) => parts.split('+').map(|part| named(&PARTS, part)).collect::<Option<_>>()?,
    };
    let twice = (1..on.len()).any(|nth| on[..nth].contains(&on[nth]));
    if twice || included && on.contains(&TaxedPart::Taxes) {
        return None;
    }
    Some(TaxRule { name: named(&NAMES, name)?, bps: bps(percent)?, included, on })
}

/// `7%`, `7.5%`, `7.25%` as hundredths of a percent.
fn bps(percent: &str) -> Option<u32> {
    let number = percent.strip_suffix('%')?;
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || rest.len() > 2 || !digits(whole) || !digits(rest) {
        return None;
    }
    if number.ends_with('.') {
        return None;
    }
    let bps: u32 = format!("{whole}{rest:0<2}").parse().ok()?;
    (1..=10_000).contains(&bps).then_some(bps)
}

impl fmt::Display for TaxRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.bps / 100, self.bps % 100);
        write!(f, "{} {whole}", self.name.as_str())?;
        if rest > 0 {
            write!(f, ".{}", format!("{rest:02}").trim_end_matches('0'))?;
        }
        write!(f, "% {}", if self.included { "included" } else { "added" })?;
        if self.on != USUAL {
            let parts: Vec<_> = self.on.iter().map(|part| name_of(&PARTS, part)).collect();
            write!(f, " on {}", parts.join("+"))?;
        }
        Ok(())
    }
}

impl TryFrom<String> for TaxRule {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TaxRule> for String {
    fn from(rule: TaxRule) -> Self {
        rule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tax_reads_as_it_is_written() {
        for (text, bps) in [
            ("vat 7% included", 700),
            ("service 10% added on rent+cleaning", 1_000),
            ("vat 7% added on rent+extra_guests+cleaning+taxes", 700),
            ("local 0.5% added", 50),
            ("tourism 1.25% added on rent", 125),
            ("vat 100% included", 10_000),
        ] {
            let rule: TaxRule = text.parse().expect(text);
            assert_eq!((rule.to_string().as_str(), rule.bps), (text, bps));
        }
    }

    #[test]
    fn what_is_no_tax_is_refused() {
        for text in [
            "",
            "vat",
            "vat 7%",
            "vat 7 included",
            "vat 0% added",
            "vat 100.01% added",
            "vat 7.% added",
            "vat .5% added",
            "vat 7.125% added",
            "vat -7% added",
            "vat 7% perhaps",
            "gst 7% added",
            "vat 7% added on",
            "vat 7% added on sale",
            "vat 7% added on rent+rent",
            "vat 7% included on taxes",
            "vat  7% included",
            "vat 1e1% added",
        ] {
            assert!(text.parse::<TaxRule>().is_err(), "{text}");
        }
    }
}
