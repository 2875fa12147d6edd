//! Calendars in the database, as whoever keeps a listing sees them.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use terrace_entity::properties::Model as Listing;
use terrace_product::Profile;
use uuid::Uuid;

use super::{
    apply,
    model::{CalendarIn, CalendarOut, Direction, Health},
    schedule::SyncCalendar,
};
use crate::{
    availability::occupy,
    db::statement,
    error::{Code, Error, Result},
    http::auth::Caller,
    jobs,
    listings::service::{lock_managed, manages},
};

/// More channels than any listing is on.
const MOST: i64 = 10;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    property_id: Uuid,
    direction: String,
    name: String,
    url: Option<String>,
    token: Option<String>,
    include_imported: bool,
    health: String,
    last_result: Option<String>,
    last_error: Option<String>,
    last_tried_at: Option<DateTime<Utc>>,
    last_synced_at: Option<DateTime<Utc>>,
    next_sync_at: DateTime<Utc>,
    failure_count: i32,
    last_event_count: Option<i32>,
    ignored_count: Option<i32>,
    unread_count: i32,
    held_count: i64,
    missing_count: i64,
    created_at: DateTime<Utc>,
}

/// Calendars `c`, with what they hold on `$1` and after.
pub(crate) const COLUMNS: &str = "c.id, c.property_id, c.direction::text AS direction, c.name, c.url, c.token, \
    c.include_imported, c.last_result, c.last_error, c.last_tried_at, c.last_synced_at, c.next_sync_at, \
    c.failure_count, c.last_event_count, c.ignored_count, c.unread_count, c.created_at, \
    coalesce(e.held, 0) AS held_count, coalesce(e.missing, 0) AS missing_count, \
    CASE WHEN NOT c.is_active THEN 'off' WHEN c.direction = 'export' THEN 'ok' \
         WHEN c.failure_count > 0 THEN 'failing' WHEN c.last_tried_at IS NULL THEN 'waiting' \
         WHEN e.missing > 0 THEN 'holding' WHEN c.unread_count > 0 THEN 'partly' ELSE 'ok' END AS health";

/// Where [`COLUMNS`] come from.
pub(crate) const FROM: &str = "calendars c LEFT JOIN LATERAL (SELECT count(*) AS held, \
        count(*) FILTER (WHERE v.missing_since IS NOT NULL) AS missing FROM calendar_events v \
        WHERE v.calendar_id = c.id AND upper(v.during) > $1) e ON true";

impl Row {
    fn out(self, profile: &Profile) -> CalendarOut {
        let is_import = self.direction == "import";
        CalendarOut {
            id: self.id,
            property_id: self.property_id,
            direction: if is_import { Direction::Import } else { Direction::Export },
            name: self.name,
            source: self.url.as_deref().map(shortened),
            address: self.token.map(|token| address(profile, &token)),
            include_imported: self.include_imported,
            health: match self.health.as_str() {
                "waiting" => Health::Waiting,
                "partly" => Health::Partly,
                "holding" => Health::Holding,
                "failing" => Health::Failing,
                "off" => Health::Off,
                _ => Health::Ok,
            },
            last_result: self.last_result,
            last_error: self.last_error,
            last_tried_at: self.last_tried_at,
            last_synced_at: self.last_synced_at,
            next_sync_at: is_import.then_some(self.next_sync_at),
            failure_count: self.failure_count,
            event_count: self.last_event_count,
            ignored_count: self.ignored_count,
            unread_count: self.unread_count,
            held_count: self.held_count,
            missing_count: self.missing_count,
            created_at: self.created_at,
        }
    }
}

/// Where our calendar is read.
fn address(profile: &Profile, token: &str) -> String {
    format!("{}/calendars/{token}.ics", profile.server.public_url.as_str())
}

/// An address as it may be shown: channels put a secret into its query, or at the end of its path.
pub(crate) fn shortened(url: &str) -> String {
    let Ok(url) = url::Url::parse(url) else { return "…".to_owned() };
    let host = url.host_str().unwrap_or_default();
    let first = url.path().split('/').find(|part| !part.is_empty());
    match first {
        Some(first) if url.path().trim_matches('/') != first => {
            format!("{}://{host}/{first}/…", url.scheme())
        }
        Some(_) => format!("{}://{host}/…", url.scheme()),
        None => format!("{}://{host}/", url.scheme()),
    }
}

async fn rows(
    tx: &impl ConnectionTrait,
    profile: &Profile,
    condition: &str,
    values: Vec<Value>,
) -> Result<Vec<CalendarOut>> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE {condition} ORDER BY c.created_at, c.id");
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    rows.iter().map(|row| Ok(Row::from_query_result(row, "")?.out(profile))).collect()
}

/// Locks a listing that is there and that the caller manages.
async fn lock(tx: &DatabaseTransaction, caller: &Caller, property: Uuid) -> Result<Listing> {
    let row = lock_managed(tx, caller, property).await?;
    match row.deleted_at {
        None => Ok(row),
        Some(_) => Err(Error::not_found("listing")),
    }
}

fn unknown() -> Error {
    Error::not_found("calendar")
}

/// The calendars of a listing that the caller manages.
///
/// # Errors
/// `404` and `403` as for the listing.
pub(super) async fn list(
    tx: &DatabaseTransaction,
    profile: &Profile,
    caller: &Caller,
    property: Uuid,
    today: NaiveDate,
) -> Result<Vec<CalendarOut>> {
    #[derive(FromQueryResult)]
    struct Owner {
        owner: Option<Uuid>,
        is_published: bool,
    }
    const SQL: &str = "SELECT coalesce(agent_id, created_by) AS owner, is_published FROM properties \
        WHERE id = $1 AND deleted_at IS NULL";
    let row = tx.query_one_raw(statement(SQL, [property.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("listing"))?;
    let Owner { owner, is_published } = Owner::from_query_result(&row, "")?;
    manages(caller, owner, is_published)?;
    rows(tx, profile, "c.property_id = $2", vec![today.into(), property.into()]).await
}

/// One calendar.
pub(super) async fn get(
    tx: &impl ConnectionTrait,
    profile: &Profile,
    id: Uuid,
    today: NaiveDate,
) -> Result<CalendarOut> {
    let found = rows(tx, profile, "c.id = $2", vec![today.into(), id.into()]).await?;
    found.into_iter().next().ok_or_else(unknown)
}

/// Makes a calendar. A feed is read as soon as this commits.
///
/// # Errors
/// As for the listing; `409` where it has as many as it may, or this feed already.
pub(super) async fn create(
    tx: &DatabaseTransaction,
    profile: &Profile,
    caller: &Caller,
    property: Uuid,
    input: &CalendarIn,
    token: &str,
    today: NaiveDate,
) -> Result<CalendarOut> {
    const COUNT: &str = "SELECT count(*) FROM calendars WHERE property_id = $1 AND direction = $2::calendar_direction";
    const SQL: &str = "INSERT INTO calendars (id, property_id, direction, name, url, token, include_imported, next_sync_at) \
        VALUES ($1, $2, $3::calendar_direction, $4, $5, $6, $7, now() + interval '15 minutes')";
    #[derive(FromQueryResult)]
    struct Count {
        count: i64,
    }
    lock(tx, caller, property).await?;
    let CalendarIn { direction, name, url, include_imported } = input;
    let row =
        tx.query_one_raw(statement(COUNT, [property.into(), direction.name().into()])).await?;
    let count = row.map(|row| Count::from_query_result(&row, "")).transpose()?;
    if count.is_some_and(|there| there.count >= MOST) {
        let detail = format!("A listing may have {MOST} calendars each way; take one away first.");
        return Err(Error::new(Code::ListFull).with_detail(detail));
    }
    let id = Uuid::now_v7();
    let is_import = *direction == Direction::Import;
    let values = [
        id.into(),
        property.into(),
        direction.name().into(),
        name.trim().into(),
        url.clone().into(),
        (!is_import).then(|| token.to_owned()).into(),
        (*include_imported).into(),
    ];
    tx.execute_raw(statement(SQL, values)).await.map_err(|error| {
        Error::from(error).on_constraint("calendars_url_key", || {
            let mut error = Error::new(Code::Conflict);
            let detail = "The listing has this feed already.";
            error.fields.push(crate::error::FieldError::new("/url", "taken", detail));
            error.with_detail(detail)
        })
    })?;
    if is_import {
        jobs::enqueue(tx, &SyncCalendar { calendar_id: id }).await?;
    }
    get(tx, profile, id, today).await
}

/// Takes a calendar away. What it took of nights to come is free then, unless another calendar
/// says the same; without `free_dates` that is refused.
///
/// # Errors
/// As for the listing; `404`; `409` where nights would be free.
pub(super) async fn delete(
    tx: &DatabaseTransaction,
    caller: &Caller,
    property: Uuid,
    id: Uuid,
    free_dates: bool,
    today: NaiveDate,
) -> Result<()> {
    const NIGHTS: &str = "SELECT coalesce(sum(upper(during) - greatest(lower(during), $2)), 0)::int8 AS nights \
        FROM stays WHERE calendar_id = $1 AND upper(during) > $2";
    const SQL: &str = "DELETE FROM calendars WHERE id = $1 AND property_id = $2";
    #[derive(FromQueryResult)]
    struct Nights {
        nights: i64,
    }
    lock(tx, caller, property).await?;
    occupy(tx, property).await?;
    let row = tx.query_one_raw(statement(NIGHTS, [id.into(), today.into()])).await?;
    let nights = row.map(|row| Nights::from_query_result(&row, "")).transpose()?;
    let nights = nights.map_or(0, |nights| nights.nights);
    if nights > 0 && !free_dates {
        return Err(Error::new(Code::InUse).with_detail(format!(
            "It takes {nights} nights to come, which would be free. Ask with `free_dates=true` if they are to be."
        )));
    }
    match tx.execute_raw(statement(SQL, [id.into(), property.into()])).await?.rows_affected() {
        0 => Err(unknown()),
        // What others say of the same nights.
        _ => apply::cover(tx, id, property, Vec::new()).await,
    }
}

/// Gives an export another address; the old one leads nowhere.
///
/// # Errors
/// As for the listing; `404`; `409` where it is an import.
pub(super) async fn rotate(
    tx: &DatabaseTransaction,
    profile: &Profile,
    caller: &Caller,
    id: Uuid,
    token: &str,
    today: NaiveDate,
) -> Result<CalendarOut> {
    const SQL: &str = "UPDATE calendars SET token = $2 WHERE id = $1 AND direction = 'export'";
    managed(tx, caller, id).await?;
    match tx.execute_raw(statement(SQL, [id.into(), token.into()])).await?.rows_affected() {
        0 => Err(Error::new(Code::WrongState)
            .with_detail("Only a calendar of ours has an address of ours.")),
        _ => get(tx, profile, id, today).await,
    }
}

/// Whether the caller manages the listing that a calendar is of.
///
/// # Errors
/// `404` where there is no such calendar or it is not theirs to see, `403` where the listing is
/// another agent's.
pub(super) async fn managed(tx: &impl ConnectionTrait, caller: &Caller, id: Uuid) -> Result<()> {
    const SQL: &str = "SELECT coalesce(p.agent_id, p.created_by) AS owner, p.is_published \
        FROM calendars c JOIN properties p ON p.id = c.property_id AND p.deleted_at IS NULL WHERE c.id = $1";
    #[derive(FromQueryResult)]
    struct Owner {
        owner: Option<Uuid>,
        is_published: bool,
    }
    let row = tx.query_one_raw(statement(SQL, [id.into()])).await?.ok_or_else(unknown)?;
    let Owner { owner, is_published } = Owner::from_query_result(&row, "")?;
    manages(caller, owner, is_published).map_err(|error| match error.code {
        Code::NotFound => unknown(),
        _ => error,
    })
}
