//! What the product trades in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::{CountryCode, TimeZone};

/// A currency the schema knows. Money is kept in its smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CurrencyCode {
    Thb,
    Usd,
    Eur,
    Gbp,
    Jpy,
}

impl CurrencyCode {
    /// The ISO 4217 code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Thb => "THB",
            Self::Usd => "USD",
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
            Self::Jpy => "JPY",
        }
    }

    /// Decimal places between the smallest unit and the one people say: 2 for
    /// satang and cents, 0 for yen.
    #[must_use]
    pub fn exponent(self) -> u32 {
        match self {
            Self::Jpy => 0,
            Self::Thb | Self::Usd | Self::Eur | Self::Gbp => 2,
        }
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A kind of deal a product may offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionType {
    Rent,
    Sale,
    Lease,
    Business,
    Investment,
}

impl TransactionType {
    /// The name on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rent => "rent",
            Self::Sale => "sale",
            Self::Lease => "lease",
            Self::Business => "business",
            Self::Investment => "investment",
        }
    }
}

impl fmt::Display for TransactionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where and in what the product trades.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Market {
    /// Currency of a listing that names none.
    pub currency: CurrencyCode,
    /// Country of a listing that names none.
    pub country: CountryCode,
    /// Zone in which days begin and end when a listing has none of its own.
    pub timezone: TimeZone,
    /// The deals a listing of this product may be.
    pub transaction_types: Vec<TransactionType>,
}

#[cfg(test)]
mod tests {
    use super::{CurrencyCode, TransactionType};

    #[test]
    fn names_are_the_same_on_the_wire_and_in_the_code() {
        for currency in [
            CurrencyCode::Thb,
            CurrencyCode::Usd,
            CurrencyCode::Eur,
            CurrencyCode::Gbp,
            CurrencyCode::Jpy,
        ] {
            assert_eq!(
                serde_json::to_value(currency).ok().as_ref().and_then(|v| v.as_str()),
                Some(currency.as_str())
            );
        }
        use TransactionType::{Business, Investment, Lease, Rent, Sale};
        for kind in [Rent, Sale, Lease, Business, Investment] {
            assert_eq!(
                serde_json::to_value(kind).ok().as_ref().and_then(|v| v.as_str()),
                Some(kind.as_str())
            );
        }
        assert_eq!(CurrencyCode::Jpy.exponent(), 0);
        assert_eq!(CurrencyCode::Thb.exponent(), 2);
    }
}
