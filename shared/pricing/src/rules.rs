//! Everything that a price depends on, as it was on one day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The form of these rules, and the arithmetic that goes with it. A change of what the same rules
/// cost is a new form; [`quote`](crate::quote()) goes on to know the old ones.
pub const FORMAT: u32 = 1;

/// The most that any amount may be, minor units; what the database allows.
pub const MOST: i64 = 10_000_000_000_000;

/// The rules of one listing on one day. Amounts are minor units of `currency`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// [`FORMAT`] of when they were written.
    pub format: u32,
    /// The day of asking, where the brand is.
    pub as_of: NaiveDate,
    /// ISO 4217.
    pub currency: String,
    /// Prices of nights that no season has.
    pub base: Prices,
    /// ISO weekdays (1 = Monday) whose nights cost the weekend's price, where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekend_nights: Vec<u8>,
    /// Seasons that touch the stay, by their first day; no two share a night.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seasons: Vec<Season>,
    /// What guests beyond a number cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_guests: Option<ExtraGuests>,
    /// Once a stay; 0 for none.
    pub cleaning_fee: i64,
    /// Given back after the stay; 0 for none.
    pub deposit: i64,
    /// Public holidays that touch the stay, by day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<Holiday>,
    /// What a holiday's night costs more, hundredths of a percent of its price.
    pub holiday_surcharge_bps: i64,
    /// What goes with stays of a month or longer.
    pub monthly: Monthly,
    /// In the order in which they are reckoned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<Tax>,
    /// The coupon that was named, if there is such a one for this listing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<Coupon>,
    /// When it is paid.
    pub payment: PaymentTerms,
    /// What is reckoned as a share (part months, surcharges, percents off) is a multiple of this
    /// many minor units: 1, or 100 where prices have no satang.
    pub round_to: i64,
}

/// What nights cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// One night.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub night: Option<i64>,
    /// One night of the weekend, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekend_night: Option<i64>,
    /// Seven nights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub week: Option<i64>,
    /// A calendar month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<i64>,
}

/// A stretch of nights with prices of its own. Where it has no price of a week or a month, there is
/// none: that of the rest of the year is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Season {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// First night.
    pub from: NaiveDate,
    /// The day after the last night.
    pub to: NaiveDate,
    /// Its prices.
    pub prices: Prices,
}

/// What guests beyond a number cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraGuests {
    /// So many are in the price.
    pub included: i32,
    /// Each one more, each night.
    pub per_night: i64,
}

/// A public holiday; its night is the one that begins on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    /// The day.
    pub day: NaiveDate,
    /// Locale to name.
    pub name: BTreeMap<String, String>,
}

/// What goes with stays of a calendar month or longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monthly {
    /// The deposit in months of rent, instead of the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposit_months: Option<u32>,
    /// Months paid at once; the others as they begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advance_months: Option<u32>,
}

/// A tax, or a charge like one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// `vat`, `service`, `tourism`, `local`.
    pub name: String,
    /// Hundredths of a percent.
    pub bps: i64,
    /// Whether the prices hold it already. What is not included is added.
    pub included: bool,
    /// What it is reckoned on.
    pub on: Vec<TaxBase>,
}

/// What a tax is reckoned on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxBase {
    /// Nights, weeks, months and holidays, less the coupon.
    Rent,
    /// Guests beyond the number.
    ExtraGuests,
    /// Cleaning.
    Cleaning,
    /// Taxes added before it in the list.
    Taxes,
}

/// A coupon. It is off the rent, and leaves a twentieth of it to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// As it is written.
    pub code: String,
    /// How much.
    pub discount: Discount,
    /// First day on which it can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// Last day on which it can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// Shortest stay that it is for.
    pub min_nights: i64,
}

/// How much is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// Hundredths of a percent of the rent.
    Bps(i64),
    /// An amount.
    Amount(i64),
}

/// When a stay is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentTerms {
    /// Percent of the total that is paid at once, 1..100.
    pub now_percent: i64,
    /// Days before the arrival on which the rest is due.
    pub balance_days: i64,
}

impl Rules {
    /// The season that a night is in.
    pub(crate) fn season(&self, night: NaiveDate) -> Option<usize> {
        self.seasons.iter().position(|season| (season.from..season.to).contains(&night))
    }

    /// The prices of a season, or of the rest of the year.
    pub(crate) fn prices(&self, season: Option<usize>) -> &Prices {
        season.and_then(|nth| self.seasons.get(nth)).map_or(&self.base, |season| &season.prices)
    }

    /// Whether they can be reckoned with.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let every_price = self.seasons.iter().map(|season| &season.prices).chain([&self.base]);
        let amounts = every_price
            .flat_map(|prices| [prices.night, prices.weekend_night, prices.week, prices.month])
            .flatten();
        let fees = [self.cleaning_fee, self.deposit]
            .into_iter()
            .chain(self.extra_guests.map(|extra| extra.per_night));
        let rates = self
            .taxes
            .iter()
            .map(|tax| tax.bps)
            .chain([self.holiday_surcharge_bps])
            .all(|bps| (0..=100_000).contains(&bps));
        let coupon = self.coupon.as_ref().is_none_or(|coupon| match coupon.discount {
            Discount::Bps(bps) => (1..=10_000).contains(&bps),
            Discount::Amount(amount) => (1..=MOST).contains(&amount),
        });
        let in_order = self.seasons.iter().all(|season| season.from < season.to)
            && self.seasons.windows(2).all(|pair| pair[0].to <= pair[1].from);
        let holds = [
            (self.format == FORMAT, Error::UnknownFormat(self.format)),
            (
                amounts.into_iter().all(|price| (1..=MOST).contains(&price)),
                Error::BadRules("a price"),
            ),
            (fees.into_iter().all(|fee| (0..=MOST).contains(&fee)), Error::BadRules("a fee")),
            (rates, Error::BadRules("a rate")),
            (coupon, Error::BadRules("the coupon")),
            (in_order, Error::BadRules("seasons overlap")),
            (
                (1..=100).contains(&self.payment.now_percent),
                Error::BadRules("what is paid at once"),
            ),
            ((1..=100_000).contains(&self.round_to), Error::BadRules("what is rounded to")),
        ];
        holds.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, error)| Err(error))
    }
}
