//! How much one guest may keep for themselves: nobody takes every date of a brand by holding it.
//!
//! Counted under a lock on the guest, so that a hundred attempts at once get no more than one
//! after another would.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use terrace_product::Bookings;
use uuid::Uuid;

use crate::{
    db::statement,
    error::{Code, Error, Result},
};

/// Who holds.
#[derive(Clone, Debug)]
pub(super) enum Holder {
    /// Somebody with an account.
    Person(Uuid),
    /// Somebody without, by their e-mail address (as addresses are compared) and by where they
    /// ask from (as a keyed digest).
    Guest { email_key: Option<String>, placed_from: Option<String> },
}

impl Holder {
    /// Takes the guest's turn. The first lock of everybody who places a booking.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn lock(&self, tx: &DatabaseTransaction) -> Result<()> {
        match self {
            Self::Person(user) => {
                let sql = "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE";
                tx.query_all_raw(statement(sql, [(*user).into()])).await?;
            }
            Self::Guest { email_key, placed_from } => {
                let keys: Vec<String> = [("email", email_key), ("from", placed_from)]
                    .into_iter()
                    .filter_map(|(what, key)| Some(format!("{what}:{}", key.as_ref()?)))
                    .collect();
                // In one order for everybody, or two would wait for each other.
                let sql = "SELECT pg_advisory_xact_lock(k.key) FROM (SELECT DISTINCT hashtextextended('booking:' || w, 0) AS key \
                           FROM unnest($1::text[]) w ORDER BY 1) k";
                tx.query_all_raw(statement(sql, [keys.into()])).await?;
            }
        }
        Ok(())
    }

    /// Whether one more hold is within the limits.
    ///
    /// # Errors
    /// `409` where it is not.
    pub(super) async fn admit(&self, tx: &DatabaseTransaction, limits: &Bookings) -> Result<()> {
        let own = (limits.live_holds, limits.holds_per_day);
        match self {
            Self::Person(user) => within(tx, "guest_user_id", (*user).into(), own).await,
            Self::Guest { email_key, placed_from } => {
                if let Some(key) = email_key {
                    within(tx, "guest_email_key", key.as_str().into(), own).await?;
                }
                if let Some(from) = placed_from {
                    let shared = (limits.live_holds_per_address, limits.holds_per_address_day);
                    within(tx, "placed_from", from.as_str().into(), shared).await?;
                }
                Ok(())
            }
        }
    }
}

async fn within(
    tx: &DatabaseTransaction,
    column: &'static str,
    who: Value,
    (live, per_day): (u32, u32),
) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Count {
        live: i64,
        today: i64,
    }
    // A booking that was confirmed keeps nothing from anybody who would have paid.
    let sql = format!(
        "SELECT count(*) FILTER (WHERE status IN ('requested', 'held') AND hold_expires_at > statement_timestamp()) AS live, \
                count(*) FILTER (WHERE created_at > now() - interval '1 day') AS today \
         FROM bookings WHERE {column} = $1 AND status NOT IN ('confirmed', 'completed') \
           AND created_at > now() - interval '31 days'"
    );
    let row = tx.query_one_raw(statement(sql, [who])).await?;
    let Some(row) = row else { return Ok(()) };
    let count = Count::from_query_result(&row, "")?;
    if count.live >= i64::from(live) {
        return Err(Error::new(Code::HoldLimit).with_detail(format!(
            "No more than {live} stays are kept at once: finish or cancel one first."
        )));
    }
    if count.today >= i64::from(per_day) {
        return Err(Error::new(Code::HoldLimit)
            .with_detail(format!("No more than {per_day} stays are kept within 24 hours.")));
    }
    Ok(())
}
