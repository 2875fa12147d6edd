//! What goes by itself after its time. Periods stand in the profile's `[privacy]` and are listed in
//! `PRIVACY.md`.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use uuid::Uuid;

use super::{
    erase,
    law::{self, ACCOUNTS},
    subject::{self, Who},
};
use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// Stays and enquiries of one round: the transaction stays short, and the next takes the rest.
const AT_ONCE: usize = 200;

/// Guests of holds that came to nothing, and of stays that no law wants remembered any more.
const BOOKINGS: &str = "SELECT b.id FROM bookings b \
    WHERE num_nonnulls(b.guest_name, b.guest_email, b.guest_phone, b.guest_note, b.cancellation_reason) > 0 \
      AND (b.status IN ('expired', 'declined') AND b.updated_at < now() - make_interval(days => $1) \
             AND NOT EXISTS (SELECT FROM payments p WHERE p.booking_id = b.id) \
        OR b.check_out < $2) \
    ORDER BY b.id LIMIT 200 FOR UPDATE SKIP LOCKED";

const LEADS: &str = "SELECT id FROM leads WHERE erased_at IS NULL AND status IN ('won', 'lost') \
      AND updated_at < now() - make_interval(days => $1) \
    ORDER BY id LIMIT 200 FOR UPDATE SKIP LOCKED";

/// What a provider told us of people has been applied, or never will be.
const INBOX: &str = "UPDATE webhook_events SET payload = '{}', error = NULL \
    WHERE (provider, delivery_id) IN (SELECT provider, delivery_id FROM webhook_events \
        WHERE status IN ('applied', 'ignored', 'dead') AND payload <> '{}' \
          AND updated_at < now() - make_interval(days => $1) LIMIT 1000 FOR UPDATE SKIP LOCKED)";

/// One round, and as many more as are needed.
///
/// # Errors
/// Those of the database.
pub async fn sweep(state: &State) -> Result<()> {
    let privacy = &state.profile.privacy;
    let (holds, enquiries, inbox) =
        (days(privacy.expired_hold_days), days(privacy.enquiry_days), days(privacy.inbox_days));
    let country = state.profile.market.country.to_string();
    let forgotten = before(Utc::now(), &country);
    loop {
        let rows = state
            .db
            .tx(Context::system("retention"), move |tx| {
                Box::pin(async move {
                    let bookings = ids(tx, BOOKINGS, [holds.into(), forgotten.into()]).await?;
                    let leads = ids(tx, LEADS, [enquiries.into()]).await?;
                    let rows = bookings.len().max(leads.len());
                    if rows > 0 {
                        let people = subject::find(tx, &Who::Of { bookings, leads }).await?;
                        erase::apply(tx, &people).await?;
                    }
                    Ok(rows)
                })
            })
            .await?;
        if rows > 0 {
            tracing::info!(rows, "people of former stays and enquiries were forgotten");
        }
        if rows < AT_ONCE {
            break;
        }
    }
    state
        .db
        .tx(Context::system("retention"), move |tx| {
            Box::pin(async move {
                tx.execute_raw(statement(INBOX, [inbox.into()])).await?;
                Ok(())
            })
        })
        .await
}

fn days(days: u32) -> i32 {
    i32::try_from(days).unwrap_or(i32::MAX)
}

/// Guests of stays that ended before this day are forgotten: accounts are kept for whole years.
fn before(now: DateTime<Utc>, country: &str) -> NaiveDate {
    let years = law::years(ACCOUNTS, country, now.date_naive());
    let year = now.year() - i32::try_from(years).unwrap_or(0);
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MIN)
}

async fn ids(
    tx: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<Uuid>> {
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_kept_for_whole_years() {
        let now = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        // A stay that ended in 2020 belongs to the accounts of 2020, kept until the end of 2025.
        assert_eq!(before(now("2025-12-31T12:00:00Z"), "TH"), day("2020-01-01"));
        assert_eq!(before(now("2026-01-01T12:00:00Z"), "TH"), day("2021-01-01"));
    }
}
