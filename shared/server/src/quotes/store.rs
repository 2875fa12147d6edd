//! Prices as they are kept.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult};
use serde::de::DeserializeOwned;
use serde_json::Value;
use terrace_pricing::{Quote, Rules, Stay};
use uuid::Uuid;

use super::{hash::hash, service::Priced};
use crate::{
    db::statement,
    error::{Error, Result},
};

/// A price that was given.
#[derive(Clone, Debug)]
pub struct StoredQuote {
    /// Id.
    pub id: Uuid,
    /// The listing.
    pub property_id: Uuid,
    /// What was asked for.
    pub stay: Stay,
    /// The rules, as they were.
    pub rules: Rules,
    /// The price.
    pub quote: Quote,
    /// The coupon that it holds, if any.
    pub coupon_id: Option<Uuid>,
    /// SHA-256 over all of it.
    pub hash: Vec<u8>,
    /// The moment until which it is kept to.
    pub valid_until: DateTime<Utc>,
    /// When it was given.
    pub created_at: DateTime<Utc>,
    /// Whether that moment had passed when it was read.
    pub is_expired: bool,
}

impl StoredQuote {
    /// Whether the stored rules still give this price, to the bit.
    #[must_use]
    pub fn can_be_recomputed(&self) -> bool {
        let again = terrace_pricing::quote(&self.rules, &self.stay).ok();
        let again = again.and_then(|quote| hash(&self.stay, &self.rules, &quote).ok());
        again.is_some_and(|again| again.as_slice() == self.hash)
    }
}

/// What a [`StoredQuote`] is read from, of `quotes q`.
pub(crate) const COLUMNS: &str = "q.id, q.property_id, q.inputs, q.rules, q.lines, q.outcome, q.coupon_id, q.hash, \
                       q.valid_until, q.created_at, q.valid_until <= now() AS is_expired";

/// The statement that finds one.
pub(super) fn select() -> String {
    format!("SELECT {COLUMNS} FROM quotes q WHERE q.id = $1")
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    property_id: Uuid,
    inputs: Value,
    rules: Value,
    lines: Value,
    outcome: Value,
    coupon_id: Option<Uuid>,
    hash: Vec<u8>,
    valid_until: DateTime<Utc>,
    created_at: DateTime<Utc>,
    is_expired: bool,
}

impl FromQueryResult for StoredQuote {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let mut row = Row::from_query_result(row, prefix)?;
        if let Value::Object(fields) = &mut row.outcome {
            fields.insert("lines".to_owned(), row.lines);
        }
        Ok(Self {
            id: row.id,
            property_id: row.property_id,
            stay: read_from(row.inputs)?,
            rules: read_from(row.rules)?,
            quote: read_from(row.outcome)?,
            coupon_id: row.coupon_id,
            hash: row.hash,
            valid_until: row.valid_until,
            created_at: row.created_at,
            is_expired: row.is_expired,
        })
    }
}

fn read_from<T: DeserializeOwned>(json: Value) -> Result<T, DbErr> {
    serde_json::from_value(json).map_err(|error| DbErr::Json(error.to_string()))
}

/// A price that was given; none where there is none of this id.
///
/// # Errors
/// Those of the database.
pub async fn load(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<StoredQuote>> {
    let row = db.query_one_raw(statement(select(), [id.into()])).await?;
    Ok(row.map(|row| StoredQuote::from_query_result(&row, "")).transpose()?)
}

/// Prices that were given, by id: of those that are there.
///
/// # Errors
/// Those of the database.
pub async fn load_all(
    db: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, StoredQuote>> {
    let sql = format!("SELECT {COLUMNS} FROM quotes q WHERE q.id = ANY($1)");
    let rows = db.query_all_raw(statement(sql, [ids.into()])).await?;
    let quotes = rows.iter().map(|row| StoredQuote::from_query_result(row, ""));
    Ok(quotes.map(|quote| quote.map(|quote| (quote.id, quote))).collect::<Result<_, _>>()?)
}

/// The prices that a booking costs, in the order of their nights: that which it was made at, and
/// that of each time it was renewed.
///
/// # Errors
/// Those of the database.
pub async fn of_booking(db: &impl ConnectionTrait, booking: Uuid) -> Result<Vec<StoredQuote>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM quotes q WHERE q.id IN (SELECT b.quote_id FROM bookings b WHERE b.id = $1 UNION ALL \
            SELECT o.quote_id FROM booking_offers o WHERE o.booking_id = $1 AND o.kind = 'renewal' AND o.state = 'accepted') \
         ORDER BY q.check_in"
    );
    let rows = db.query_all_raw(statement(sql, [booking.into()])).await?;
    let quotes = rows.iter().map(|row| StoredQuote::from_query_result(row, ""));
    Ok(quotes.collect::<Result<_, _>>()?)
}

/// Keeps a price, to be kept to for so many minutes.
///
/// # Errors
/// Those of the database.
pub(super) async fn insert(
    db: &impl ConnectionTrait,
    property_id: Uuid,
    priced: Priced,
    valid_minutes: u32,
) -> Result<StoredQuote> {
    const SQL: &str = "INSERT INTO quotes AS q (id, property_id, check_in, check_out, guests, inputs, rules, lines, \
          outcome, total, currency, coupon_id, hash, valid_until) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now() + make_interval(mins => $14)) RETURNING ";
    let Priced { stay, rules, quote, coupon_id, .. } = priced;
    let hash = hash(&stay, &rules, &quote)?;
    let mut outcome = serde_json::to_value(&quote).map_err(Error::internal)?;
    let lines = match &mut outcome {
        Value::Object(fields) => fields.remove("lines"),
        _ => None,
    };
    let values = [
        Uuid::now_v7().into(),
        property_id.into(),
        stay.check_in.into(),
        stay.check_out.into(),
        stay.guests.into(),
        serde_json::to_value(&stay).map_err(Error::internal)?.into(),
        serde_json::to_value(&rules).map_err(Error::internal)?.into(),
        lines.unwrap_or_default().into(),
        outcome.into(),
        quote.total.into(),
        quote.currency.into(),
        coupon_id.into(),
        hash.to_vec().into(),
        i32::try_from(valid_minutes).unwrap_or(i32::MAX).into(),
    ];
    let row = db.query_one_raw(statement(format!("{SQL}{COLUMNS}"), values)).await?;
    let row = row.ok_or_else(|| Error::internal(anyhow::anyhow!("a quote was not inserted")))?;
    Ok(StoredQuote::from_query_result(&row, "")?)
}
