//! Letters of a day and of a week, in the brand's morning.
//!
//! Due is what was found before the last morning and has not been sent. Nothing else is
//! remembered: whoever was away in the morning catches up, and of several who look at once the
//! second finds nothing left.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use terrace_product::Profile;
use uuid::Uuid;

use super::letters;
use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// When people read their letters.
const MORNING: NaiveTime = match NaiveTime::from_hms_opt(8, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// What has waited longer, because its listing was away, is no news.
const STALE: TimeDelta = TimeDelta::days(30);

/// People looked for at once.
const BATCH: usize = 100;

/// Writes the letters that are due now.
///
/// # Errors
/// Those of the database.
pub(crate) async fn send(state: &Arc<State>) -> Result<()> {
    send_due(state, Utc::now()).await.map(drop)
}

/// Writes the letters that are due at a moment, and says how many.
///
/// # Errors
/// Those of the database.
pub async fn send_due(state: &Arc<State>, now: DateTime<Utc>) -> Result<u64> {
    let (mut letters, mut after) = (0, Uuid::nil());
    loop {
        let people = due(state, now, after).await?;
        for person in &people {
            letters += one_person(state, now, *person).await?;
        }
        match people.last() {
            Some(last) if people.len() == BATCH => after = *last,
            _ => return Ok(letters),
        }
    }
}

/// Since when what was found waits for the next morning, and for the next Monday.
fn mornings<Z: TimeZone>(zone: &Z, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let here = now.with_timezone(zone).naive_local();
    let passed = here.time() >= MORNING;
    let back = |days: u64| here.date().checked_sub_days(Days::new(days)).unwrap_or(here.date());
    let day = back(u64::from(!passed));
    let monday = match u64::from(here.weekday().num_days_from_monday()) {
        0 if !passed => back(7),
        days => back(days),
    };
    let at = |day: chrono::NaiveDate| {
        let morning = NaiveDateTime::new(day, MORNING);
        // A zone may skip or repeat an hour; ours of the morning is not among them.
        zone.from_local_datetime(&morning).earliest().map_or(now, |at| at.to_utc())
    };
    (at(day), at(monday))
}

/// What is due of alerts `a`, whose listing is `p`.
const DUE: &str = "a.user_id IS NOT NULL AND a.sent_at IS NULL AND a.created_at >= $3 \
    AND (a.deliver = 'daily' AND a.created_at < $1 OR a.deliver = 'weekly' AND a.created_at < $2) \
    AND p.is_published AND p.deleted_at IS NULL";

fn bounds(profile: &Profile, now: DateTime<Utc>) -> [DateTime<Utc>; 3] {
    let (day, week) = mornings(&profile.market.timezone.tz(), now);
    [day, week, now - STALE]
}

/// People to whom something is due (`$1` to `$3` are the bounds), after one (`$4`). Public so that a
/// test can look at its plan.
#[doc(hidden)]
#[must_use]
pub fn due_statement() -> String {
    format!(
        "SELECT DISTINCT a.user_id FROM alerts a JOIN properties p ON p.id = a.property_id \
         WHERE {DUE} AND a.user_id > $4 ORDER BY a.user_id LIMIT {BATCH}"
    )
}

async fn due(state: &State, now: DateTime<Utc>, after: Uuid) -> Result<Vec<Uuid>> {
    let [day, week, oldest] = bounds(&state.profile, now);
    let sql = due_statement();
    let values = [day.into(), week.into(), oldest.into(), after.into()];
    let rows = state
        .db
        .tx(Context::system("alerts"), move |tx| {
            let statement = statement(sql.clone(), values.clone());
            Box::pin(async move { Ok(tx.query_all_raw(statement).await?) })
        })
        .await?;
    Ok(rows.iter().map(|row| row.try_get("", "user_id")).collect::<Result<_, _>>()?)
}

async fn one_person(state: &Arc<State>, now: DateTime<Utc>, person: Uuid) -> Result<u64> {
    let wired = state.clone();
    state
        .db
        .tx(Context::system("alerts"), move |tx| {
            let state = wired.clone();
            Box::pin(async move {
                let alerts = take(tx, bounds(&state.profile, now), person).await?;
                letters::send(tx, &state, &alerts).await
            })
        })
        .await
}

/// Everything that is due for one person. Another process that is at it sends it all; two halves
/// would be two letters.
async fn take(
    tx: &DatabaseTransaction,
    [day, week, oldest]: [DateTime<Utc>; 3],
    person: Uuid,
) -> Result<Vec<Uuid>> {
    let lock =
        "SELECT pg_try_advisory_xact_lock(hashtextextended('alerts:' || $1::uuid, 0)) AS got";
    let row = tx.query_one_raw(statement(lock, [person.into()])).await?;
    let got = row.map(|row| row.try_get("", "got")).transpose()?.unwrap_or(false);
    if !got {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT a.id FROM alerts a JOIN properties p ON p.id = a.property_id \
         WHERE {DUE} AND a.user_id = $4 ORDER BY a.id FOR UPDATE OF a"
    );
    let values = [day.into(), week.into(), oldest.into(), person.into()];
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    #[test]
    fn the_last_morning_is_the_brands() {
        let bangkok = FixedOffset::east_opt(7 * 3600).unwrap();
        for (now, day, week) in [
            // Thursday; 8 in Bangkok is 1 in UTC.
            ("2026-11-26T00:59:59Z", "2026-11-25T01:00:00Z", "2026-11-23T01:00:00Z"),
            ("2026-11-26T01:00:00Z", "2026-11-26T01:00:00Z", "2026-11-23T01:00:00Z"),
            ("2026-11-26T20:00:00Z", "2026-11-26T01:00:00Z", "2026-11-23T01:00:00Z"),
            // Monday, before and after.
            ("2026-11-30T00:30:00Z", "2026-11-29T01:00:00Z", "2026-11-23T01:00:00Z"),
            ("2026-11-30T01:30:00Z", "2026-11-30T01:00:00Z", "2026-11-30T01:00:00Z"),
            // Sunday in UTC is Monday in Bangkok.
            ("2026-11-29T20:00:00Z", "2026-11-29T01:00:00Z", "2026-11-23T01:00:00Z"),
            ("2026-12-31T18:00:00Z", "2026-12-31T01:00:00Z", "2026-12-28T01:00:00Z"),
        ] {
            let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
            assert_eq!(mornings(&bangkok, at(now)), (at(day), at(week)), "{now}");
        }
    }
}
