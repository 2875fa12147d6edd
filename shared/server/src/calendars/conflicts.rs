//! Nights that a feed says are taken, and that are ours already.
//!
//! Days of preparation after a stay are not slept in: that a channel sells one of them is none.
//!
//! What overlaps is kept on both sides, shown to whoever keeps the listing, and told once: a
//! conflict is one event of one feed, with these nights, and one stay of ours. That the same event
//! comes again with the same nights is no news.
//!
//! **What is not a conflict.** Channels show us what they have heard from us. An event under our
//! own name is dropped before it gets here. One under the channel's name is known by this: the
//! channel does not say that it has sold the nights, they are exactly those of a stay of ours, and
//! our calendar was read after the stay was made and before the channel began to say so.

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::json;
use terrace_entity::DateRange;
use terrace_product::Profile;
use uuid::Uuid;

use super::letters;
use crate::{
    db::statement,
    error::Result,
    events::{self, Event},
};

/// A conflict that has just been found.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Found {
    pub(super) id: Uuid,
    pub(super) calendar_id: Uuid,
    pub(super) property_id: Uuid,
    pub(super) own_id: Uuid,
    pub(super) own_kind: String,
    pub(super) own_during: DateRange,
    pub(super) during: DateRange,
    is_new: bool,
}

/// What overlaps now: events `e` and our stays `s` of the listing `$1`.
const OVERLAP: &str = "FROM calendar_events e JOIN stays s \
        ON s.property_id = e.property_id AND s.kind <> 'external' AND s.during && e.during \
       AND daterange(lower(s.during), upper(s.during) - s.preparation_days) && e.during \
    WHERE e.property_id = $1 AND e.echo_of IS DISTINCT FROM s.id";

/// Events that came, or moved, in this very transaction, and are echoes.
const ECHOES: &str = "UPDATE calendar_events e SET echo_of = s.id FROM stays s \
    WHERE e.property_id = $1 AND e.changed_at = now() AND e.kind = 'closed' \
      AND s.property_id = e.property_id AND s.kind <> 'external' \
      AND e.during IN (s.during, daterange(lower(s.during), upper(s.during) - s.preparation_days)) \
      AND EXISTS (SELECT FROM calendars x WHERE x.property_id = e.property_id AND x.direction = 'export' \
            AND x.last_synced_at > s.created_at)";

/// Finds the conflicts of a listing, closes those that are none any more, and tells of the new
/// ones; says how many those are.
pub(super) async fn settle(
    tx: &DatabaseTransaction,
    profile: &Profile,
    property: Uuid,
    today: NaiveDate,
) -> Result<usize> {
    tx.execute_raw(statement(ECHOES, [property.into()])).await?;
    let gone = format!(
        "UPDATE calendar_conflicts c SET resolved_at = now(), resolution = 'gone' \
          WHERE c.property_id = $1 AND c.resolved_at IS NULL AND NOT EXISTS (SELECT {OVERLAP} \
                AND e.calendar_id = c.calendar_id AND e.external_uid = c.external_uid \
                AND e.during = c.during AND s.id = c.own_id)"
    );
    tx.execute_raw(statement(gone, [property.into()])).await?;
    // One that had gone and is back is open again, but it has been told.
    let find = format!(
        "INSERT INTO calendar_conflicts AS c (id, calendar_id, property_id, stay_id, own_id, own_kind, \
                own_during, external_uid, during) \
         SELECT DISTINCT ON (e.calendar_id, e.external_uid, e.during, s.id) gen_random_uuid(), e.calendar_id, \
                e.property_id, s.id, s.id, s.kind, daterange(lower(s.during), upper(s.during) - s.preparation_days), \
                e.external_uid, e.during {OVERLAP} \
                AND upper(e.during * s.during) > $2 \
         ON CONFLICT (calendar_id, external_uid, during, own_id) DO UPDATE \
            SET resolved_at = NULL, resolution = NULL, resolved_by = NULL, stay_id = excluded.stay_id \
          WHERE c.resolution = 'gone' \
         RETURNING c.id, c.calendar_id, c.property_id, c.own_id, c.own_kind::text AS own_kind, \
                c.own_during::text AS own_during, c.during::text AS during, (c.xmax = 0) AS is_new"
    );
    let rows = tx.query_all_raw(statement(find, [property.into(), today.into()])).await?;
    let mut new = 0;
    for row in &rows {
        let found = Found::from_query_result(row, "")?;
        if !found.is_new {
            continue;
        }
        new += 1;
        tell(tx, profile, &found).await?;
    }
    Ok(new)
}

async fn tell(tx: &DatabaseTransaction, profile: &Profile, found: &Found) -> Result<()> {
    tracing::warn!(conflict = %found.id, listing = %found.property_id, "a calendar overlaps what is ours");
    let data = json!({
        "property_id": found.property_id,
        "calendar_id": found.calendar_id,
        "stay_id": found.own_id,
        "with": found.own_kind,
    });
    events::record(tx, Event { kind: "calendar.conflict", subject_id: found.id, data }).await?;
    letters::conflict(tx, profile, found).await
}
