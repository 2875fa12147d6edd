//! What a listing's nights came to, in a month or altogether.

use chrono::NaiveDate;
use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;

/// What is added up. Nothing in it is rounded, so that months come to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Tally {
    nights: i64,
    blocked: i64,
    elsewhere: i64,
    sold: i64,
    /// Of those sold, the nights whose price is in the listing's currency.
    priced: i64,
    revenue: i64,
    bookings: i64,
    lead_days: i64,
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |sum, one| Self {
            nights: sum.nights + one.nights,
            blocked: sum.blocked + one.blocked,
            elsewhere: sum.elsewhere + one.elsewhere,
            sold: sum.sold + one.sold,
            priced: sum.priced + one.priced,
            revenue: sum.revenue + one.revenue,
            bookings: sum.bookings + one.bookings,
            lead_days: sum.lead_days + one.lead_days,
        })
    }
}

/// How full a listing was, and what it brought.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OccupancyRow {
    /// First day.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
    /// All nights.
    pub nights: i64,
    /// Nights that the host kept.
    pub blocked: i64,
    /// Nights that could be sold: all but those.
    pub available: i64,
    /// Nights of confirmed and completed bookings.
    pub sold: i64,
    /// Nights that were booked somewhere else, by the imported calendars.
    pub elsewhere: i64,
    /// Share of the nights that could be sold which were sold, here or elsewhere: 0..1; null where
    /// there were none.
    pub occupancy: Option<f64>,
    /// What the nights sold here brought, minor units: each booking's total, spread evenly over
    /// its nights.
    pub revenue: i64,
    /// Revenue by night sold here, minor units; null where none was.
    pub average_daily_rate: Option<i64>,
    /// Bookings whose guests arrived.
    pub bookings: i64,
    /// Days between booking and arrival, on average; null where nobody arrived.
    pub lead_days: Option<f64>,
    /// Nights sold in another currency than the listing's: they are in `sold`, and what they
    /// brought is not in `revenue`.
    pub nights_in_other_currencies: i64,
}

impl Tally {
    pub(crate) fn row(self, from: NaiveDate, to: NaiveDate) -> OccupancyRow {
        let Self { nights, blocked, elsewhere, sold, priced, revenue, bookings, lead_days } = self;
        let available = nights - blocked;
        OccupancyRow {
            from,
            to,
            nights,
            blocked,
            available,
            sold,
            elsewhere,
            occupancy: share(sold + elsewhere, available, 10_000.0),
            revenue,
            // Half a satang is rounded up.
            average_daily_rate: (priced > 0).then(|| (2 * revenue + priced) / (2 * priced)),
            bookings,
            lead_days: share(lead_days, bookings, 10.0),
            nights_in_other_currencies: sold - priced,
        }
    }
}

/// A part of a whole, to so many steps of one.
#[expect(clippy::cast_precision_loss, reason = "nights and days: far below what a double holds")]
fn share(part: i64, whole: i64, steps: f64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * steps).round() / steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_what_could_be_sold() {
        let day = |month| NaiveDate::from_ymd_opt(2026, month, 1).unwrap();
        let tally = Tally {
            nights: 30,
            blocked: 6,
            elsewhere: 4,
            sold: 8,
            priced: 7,
            revenue: 1_000,
            bookings: 3,
            lead_days: 40,
        };
        let row = tally.row(day(6), day(7));
        assert_eq!((row.available, row.occupancy), (24, Some(0.5)));
        // 142.857 and 13.33.
        assert_eq!((row.average_daily_rate, row.lead_days), (Some(143), Some(13.3)));
        assert_eq!(row.nights_in_other_currencies, 1);
        let nothing = Tally { nights: 30, blocked: 30, ..Tally::default() }.row(day(6), day(7));
        assert_eq!((nothing.occupancy, nothing.average_daily_rate), (None, None));
        assert_eq!([tally, tally].into_iter().sum::<Tally>().row(day(6), day(7)).sold, 16);
    }
}
