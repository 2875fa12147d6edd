//! What bookings brought, night by night.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::Value as Json;
use terrace_pricing::{Quote, Stay, by_night};
use uuid::Uuid;

use super::occupancy::Asked;
use crate::{db::statement, error::Result};

/// What listings brought, each night of theirs: minor units of their own currencies.
pub(super) type Nights = HashMap<Uuid, HashMap<NaiveDate, i64>>;

/// A booking with the quote that it was made by.
#[derive(Debug, FromQueryResult)]
struct Sold {
    property_id: Uuid,
    check_in: NaiveDate,
    check_out: NaiveDate,
    total: i64,
    inputs: Json,
    outcome: Json,
    lines: Json,
}

/// What the bookings of these listings brought whose nights are among those asked for.
pub(super) async fn by_listing(
    tx: &DatabaseTransaction,
    asked: &Asked,
    listings: Vec<Uuid>,
) -> Result<Nights> {
    const SQL: &str = "SELECT b.property_id, b.check_in, b.check_out, b.total, q.inputs, q.outcome, q.lines \
        FROM bookings b JOIN properties p ON p.id = b.property_id AND p.currency::text = b.currency::text \
        JOIN quotes q ON q.id = b.quote_id \
        WHERE b.property_id = ANY ($1) AND b.status IN ('confirmed', 'completed') \
          AND b.check_in < $3 AND b.check_out > $2";
    let values = [listings.into(), asked.from.into(), asked.to.into()];
    let mut nights = Nights::new();
    for row in tx.query_all_raw(statement(SQL, values)).await? {
        let sold = Sold::from_query_result(&row, "")?;
        let of_listing = nights.entry(sold.property_id).or_default();
        for (night, amount) in sold.by_night() {
            *of_listing.entry(night).or_default() += amount;
        }
    }
    Ok(nights)
}

impl Sold {
    /// As its quote says, where that is what it costs: a night of a season then brings what it
    /// cost. Else all nights bring as much.
    fn by_night(self) -> Vec<(NaiveDate, i64)> {
        let even = evenly(self.check_in, self.check_out, self.total);
        let Self { check_in, check_out, total, inputs, mut outcome, lines, .. } = self;
        if let Json::Object(fields) = &mut outcome {
            fields.insert("lines".to_owned(), lines);
        }
        let quote = serde_json::from_value::<Quote>(outcome).ok();
        let stay = serde_json::from_value::<Stay>(inputs).ok();
        let Some((quote, stay)) = quote.zip(stay) else { return even };
        if (stay.check_in, stay.check_out, quote.total) != (check_in, check_out, total) {
            return even;
        }
        let nights = by_night(&quote, &stay);
        let sum: i64 = nights.iter().map(|(_, amount)| amount).sum();
        if sum == total { nights } else { even }
    }
}

/// A total in equal parts, by differences of a running share: they come to it to the last unit.
fn evenly(check_in: NaiveDate, check_out: NaiveDate, total: i64) -> Vec<(NaiveDate, i64)> {
    let count = i128::from((check_out - check_in).num_days().max(1));
    let until = |nth: i128| i64::try_from(i128::from(total) * nth / count).unwrap_or(total);
    check_in
        .iter_days()
        .take_while(|day| *day < check_out)
        .zip(0_i128..)
        .map(|(day, nth)| (day, until(nth + 1) - until(nth)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_parts_come_to_the_whole() {
        let day = |nth| NaiveDate::from_ymd_opt(2026, 1, nth).unwrap();
        for (nights, total) in [(1, 7), (3, 100), (7, 100_001), (30, 29), (9, 10_000_000_000_000)] {
            let parts = evenly(day(1), day(1 + nights), total);
            assert_eq!(parts.len(), usize::try_from(nights).unwrap());
            assert_eq!(parts.iter().map(|(_, amount)| amount).sum::<i64>(), total);
            let (least, most) = (parts.iter().map(|p| p.1).min(), parts.iter().map(|p| p.1).max());
            assert!(most.unwrap() - least.unwrap() <= 1);
        }
    }
}
