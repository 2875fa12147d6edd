//! What a feed says, brought into the database: one transaction, under the lock of the listing.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use terrace_entity::DateRange;
use terrace_ical::{Busy, Feed, Kind};
use uuid::Uuid;

use super::{
    conflicts,
    fetch::Seen,
    plan::{Circumstances, Held, Plan, plan},
    sync::{self, Begun},
};
use crate::{
    app::State, availability::occupy, db::statement, error::Result, notifications::front_end,
};

/// Rows of one calendar; a feed has fewer, but some may be missing and kept.
const MOST_HELD: usize = 10_000;

/// What a reading changed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Applied {
    pub(crate) added: usize,
    pub(crate) changed: usize,
    pub(crate) freed: usize,
    /// Named no more, and kept.
    pub(crate) kept: usize,
    /// New conflicts.
    pub(crate) conflicts: usize,
}

/// How applying ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Done(Applied),
    /// A later reading was quicker.
    Overtaken,
    /// The feed has named more than is kept, again and again under other names.
    Full,
}

/// Applies a feed.
pub(super) async fn apply(
    tx: &DatabaseTransaction,
    state: &State,
    begun: &Begun,
    feed: &Feed,
    seen: Seen,
    at: Circumstances,
) -> Result<End> {
    occupy(tx, begun.property_id).await?;
    if !is_current(tx, begun).await? {
        return Ok(End::Overtaken);
    }
    let feed = without_ours(feed, &domain(state));
    let held = held(tx, begun.id).await?;
    if held.len() + feed.busy.len() > MOST_HELD {
        return Ok(End::Full);
    }
    let plan = plan(&held, &feed, at);
    write(tx, begun, &plan, at.now).await?;
    let changed = plan.change.iter().map(|(_, busy)| busy.uid.clone()).collect();
    cover(tx, begun.id, begun.property_id, changed).await?;
    let conflicts = conflicts::settle(tx, &state.profile, begun.property_id, at.today).await?;
    let applied = Applied {
        added: plan.insert.len(),
        changed: plan.change.len(),
        freed: plan.remove.len(),
        kept: plan.miss.len(),
        conflicts,
    };
    note(tx, begun, &feed, seen, at.now).await?;
    Ok(End::Done(applied))
}

/// Whether this is still the reading that was begun last.
async fn is_current(tx: &DatabaseTransaction, begun: &Begun) -> Result<bool> {
    const SQL: &str =
        "SELECT id FROM calendars WHERE id = $1 AND attempt = $2 AND is_active FOR NO KEY UPDATE";
    let values = [begun.id.into(), begun.attempt.into()];
    Ok(tx.query_one_raw(statement(SQL, values)).await?.is_some())
}

/// The part of our stays' names that is ours.
pub(super) fn domain(state: &State) -> String {
    let site = front_end(&state.profile, "");
    let host = url::Url::parse(&site).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| state.profile.id.to_string())
}

/// A channel that shows us our own stays under our own names tells nothing new.
fn without_ours(feed: &Feed, domain: &str) -> Feed {
    let mut feed = feed.clone();
    let is_ours = |uid: &str| {
        uid.split_once('@').is_some_and(|(id, at)| at == domain && Uuid::parse_str(id).is_ok())
    };
    feed.busy.retain(|busy| !is_ours(&busy.uid));
    feed
}

async fn held(tx: &DatabaseTransaction, calendar: Uuid) -> Result<Vec<Held>> {
    const SQL: &str = "SELECT id, external_uid, part, during::text AS during, kind::text AS kind, \
            missing_since, missing_count FROM calendar_events WHERE calendar_id = $1";
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        external_uid: String,
        part: String,
        during: DateRange,
        kind: String,
        missing_since: Option<DateTime<Utc>>,
        missing_count: i32,
    }
    let rows = tx.query_all_raw(statement(SQL, [calendar.into()])).await?;
    rows.iter()
        .map(|row| {
            let row = Row::from_query_result(row, "")?;
            let DateRange { start, end } = row.during;
            let kind = if row.kind == "booking" { Kind::Booking } else { Kind::Closed };
            Ok(Held {
                id: row.id,
                busy: Busy { uid: row.external_uid, part: row.part, start, end, kind },
                missing_since: row.missing_since,
                missing_count: row.missing_count,
            })
        })
        .collect()
}

async fn write(
    tx: &DatabaseTransaction,
    begun: &Begun,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<()> {
    const REMOVE: &str = "DELETE FROM calendar_events WHERE id = ANY ($1::uuid[])";
    const FOUND: &str = "UPDATE calendar_events SET missing_since = NULL, missing_count = 0 WHERE id = ANY ($1::uuid[])";
    const MISS: &str = "UPDATE calendar_events SET missing_since = coalesce(missing_since, $2), \
            missing_count = missing_count + 1 WHERE id = ANY ($1::uuid[])";
    const CHANGE: &str = "UPDATE calendar_events e SET external_uid = c.uid, part = c.part, \
            during = c.during::daterange, kind = c.kind::calendar_event_kind, \
            missing_since = NULL, missing_count = 0, \
            changed_at = CASE WHEN e.during = c.during::daterange THEN e.changed_at ELSE now() END, \
            echo_of = CASE WHEN e.during = c.during::daterange THEN e.echo_of END \
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) c (id, uid, part, during, kind) \
        WHERE e.id = c.id";
    const INSERT: &str = "INSERT INTO calendar_events (id, calendar_id, property_id, external_uid, part, during, kind) \
        SELECT c.id, $6, $7, c.uid, c.part, c.during::daterange, c.kind::calendar_event_kind \
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) c (id, uid, part, during, kind)";
    for (sql, ids) in [(REMOVE, &plan.remove), (FOUND, &plan.found)] {
        if !ids.is_empty() {
            tx.execute_raw(statement(sql, [ids.clone().into()])).await?;
        }
    }
    if !plan.miss.is_empty() {
        tx.execute_raw(statement(MISS, [plan.miss.clone().into(), now.into()])).await?;
    }
    if !plan.change.is_empty() {
        let values = columns(plan.change.iter().map(|(id, busy)| (*id, busy)));
        tx.execute_raw(statement(CHANGE, values)).await?;
    }
    if !plan.insert.is_empty() {
        let mut values = columns(plan.insert.iter().map(|busy| (Uuid::now_v7(), busy)));
        values.extend([begun.id.into(), begun.property_id.into()]);
        tx.execute_raw(statement(INSERT, values)).await?;
    }
    Ok(())
}

fn columns<'a>(rows: impl Iterator<Item = (Uuid, &'a Busy)>) -> Vec<Value> {
    let (mut ids, mut uids, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ranges, mut kinds) = (Vec::new(), Vec::new());
    for (id, busy) in rows {
        ids.push(id);
        uids.push(busy.uid.clone());
        parts.push(busy.part.clone());
        ranges.push(DateRange { start: busy.start, end: busy.end }.to_string());
        kinds.push(name(busy.kind).to_owned());
    }
    vec![ids.into(), uids.into(), parts.into(), ranges.into(), kinds.into()]
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Booking => "booking",
        Kind::Closed => "closed",
    }
}

/// Frees what no event of the calendar says any more, then takes what any event of the listing
/// says and nobody has. In this order, and under the lock: nobody sees the moment in between. What
/// the events `changed` take is taken anew, in one piece.
pub(super) async fn cover(
    tx: &DatabaseTransaction,
    calendar: Uuid,
    property: Uuid,
    changed: Vec<String>,
) -> Result<()> {
    const FREE: &str = "DELETE FROM stays s WHERE s.calendar_id = $1 AND (s.external_uid = ANY ($2::text[]) \
            OR NOT EXISTS (SELECT FROM calendar_events e WHERE e.calendar_id = s.calendar_id \
               AND e.external_uid = s.external_uid AND e.during @> s.during))";
    const COVER: &str = "SELECT cover_external($1, daterange($2, $3))";
    tx.execute_raw(statement(FREE, [calendar.into(), changed.into()])).await?;
    let ends = [NaiveDate::from_ymd_opt(2000, 1, 1), NaiveDate::from_ymd_opt(2200, 1, 1)];
    let [Some(from), Some(to)] = ends else { return Ok(()) };
    tx.execute_raw(statement(COVER, [property.into(), from.into(), to.into()])).await?;
    Ok(())
}

async fn note(
    tx: &DatabaseTransaction,
    begun: &Begun,
    feed: &Feed,
    seen: Seen,
    now: DateTime<Utc>,
) -> Result<()> {
    const SQL: &str = "UPDATE calendars SET etag = $3, last_modified = $4, last_synced_at = $5, last_read_at = $5, \
            last_result = $6, last_error = $7, last_event_count = $8, ignored_count = $9, unread_count = $10, \
            failure_count = 0, warned_at = NULL, next_sync_at = now() + make_interval(secs => $11) \
        WHERE id = $1 AND attempt = $2";
    let ignored = feed.ignored;
    let ignored = ignored.cancelled + ignored.transparent + ignored.window + ignored.outside;
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let result = if feed.unread.is_empty() { "ok" } else { "partly" };
    let words = feed.unread.first().map(|unread| {
        let others = feed.unread.len() - 1;
        let more = if others > 0 { format!(" So are {others} more.") } else { String::new() };
        format!("An event cannot be read: {}.{more}", unread.reason)
    });
    let values = [
        begun.id.into(),
        begun.attempt.into(),
        seen.etag.into(),
        seen.last_modified.into(),
        now.into(),
        result.into(),
        words.into(),
        count(feed.events).into(),
        count(ignored).into(),
        count(feed.unread.len()).into(),
        sync::schedule(sync::EVERY).into(),
    ];
    tx.execute_raw(statement(SQL, values)).await?;
    Ok(())
}
