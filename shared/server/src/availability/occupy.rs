//! What every writer of `stays` begins with, and what is in the way of a stay.

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    db::statement,
    error::{Code, Error, FieldError, Result},
};

/// The listing's turn.
pub(crate) const LOCK: &str = "SELECT id FROM properties WHERE id = $1 FOR NO KEY UPDATE";

/// By the time of this statement: what expired while a transaction waited is gone, too.
pub(crate) const EXPIRED: &str = "DELETE FROM stays WHERE property_id = $1 AND kind = 'hold' \
                                  AND expires_at <= statement_timestamp()";

/// Takes the listing's turn: locks its row, so that writers of its stays come one after another
/// and none of them runs into a deadlock, and removes the holds that have expired. A sweeper may
/// tidy up behind it; nothing waits for one.
///
/// Who needs the turn of several listings takes them in the order of their ids.
///
/// # Errors
/// `404` where there is no such listing; `503` where others keep it busy for too long.
pub async fn occupy(tx: &DatabaseTransaction, property_id: Uuid) -> Result<()> {
    let row = tx.query_one_raw(statement(LOCK, [property_id.into()])).await?;
    row.ok_or_else(|| Error::not_found("listing"))?;
    tx.execute_raw(statement(EXPIRED, [property_id.into()])).await?;
    Ok(())
}

/// What is in the way of somebody who wants these days.
#[derive(Debug, Deserialize)]
struct InTheWay {
    /// First day of it that is wanted, too.
    from: NaiveDate,
    /// The day after the last.
    to: NaiveDate,
}

/// Whether these days, preparation included, are free of everything but `except`: the stay of a
/// booking that is being altered, say. The constraint of the table is what keeps them apart; this
/// only tells which days are taken.
///
/// # Errors
/// `409 dates_taken` that names the days.
pub async fn require_free(
    tx: &impl ConnectionTrait,
    property_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
    except: Option<Uuid>,
) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        taken: String,
    }
    let sql = format!("SELECT {}", taken("$1", "daterange($2, $3)", "$4"));
    let values = [property_id.into(), from.into(), until.into(), except.into()];
    let row = tx.query_one_raw(statement(sql, values)).await?;
    let row = row.map(|row| Row::from_query_result(&row, "")).transpose()?;
    row.map_or(Ok(()), |row| require_nothing(&row.taken))
}

/// The column `taken` of a statement: what is in the way of who wants these days of a listing, for
/// [`require_nothing`].
pub(crate) fn taken(listing: &str, days: &str, except: &str) -> String {
    format!(
        "(SELECT coalesce(jsonb_agg(jsonb_build_object('from', lower(t.d), 'to', upper(t.d)) ORDER BY t.d), '[]')::text \
          FROM (SELECT s.during * {days} AS d FROM stays s \
                WHERE s.property_id = {listing} AND s.during && {days} AND s.id IS DISTINCT FROM {except} \
                  AND (s.expires_at IS NULL OR s.expires_at > statement_timestamp()) \
                ORDER BY 1 LIMIT 20) t) AS taken"
    )
}

/// Refuses what something is in the way of.
///
/// # Errors
/// `409 dates_taken` that names the days.
pub(crate) fn require_nothing(taken: &str) -> Result<()> {
    let taken: Vec<InTheWay> = serde_json::from_str(taken).map_err(Error::internal)?;
    if taken.is_empty() {
        return Ok(());
    }
    let mut error = Error::new(Code::DatesTaken);
    error.fields = taken.iter().map(InTheWay::told).collect();
    Err(error)
}

impl InTheWay {
    fn told(&self) -> FieldError {
        let Self { from, to } = self;
        let last = to.pred_opt().unwrap_or(*to);
        let detail = match from == &last {
            true => format!("{from} is taken."),
            false => format!("{from} to {last} are taken."),
        };
        FieldError::new("", "taken", detail)
    }
}
