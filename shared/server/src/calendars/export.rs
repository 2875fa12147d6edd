//! `/calendars/{token}.ics`: our calendar, for channels to read.
//!
//! Which nights are taken, and nothing else: no name, no guest, no price. Holds are told as well;
//! a channel asks every few hours, and what is held now may be booked when it does.
//!
//! What we have read from other channels is left out, unless whoever keeps the listing wants it
//! passed on. Then only nights are told of which a channel says that it has *sold* them. A channel
//! shows nights that it has heard of from us as closed, never as sold: so nothing that we tell comes
//! back to be told again, and no night stays closed because two channels keep telling each other.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use terrace_entity::DateRange;
use terrace_ical::Entry;
use uuid::Uuid;

use super::apply::domain;
use crate::{
    app::State,
    db::{Context, statement},
    error::{Error, Result},
    http::etag,
};

/// Nights of a calendar at most; two years have fewer.
const MOST: u64 = 2000;

#[derive(FromQueryResult)]
struct Calendar {
    id: Uuid,
    property_id: Uuid,
    name: String,
    include_imported: bool,
    read_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Taken {
    id: Uuid,
    during: DateRange,
    is_sold: bool,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
}

/// The calendar of a listing, as iCalendar. Its address is the right to read it.
#[utoipa::path(
    get, path = "/calendars/{token}.ics", operation_id = "get_calendar_feed", tag = "availability",
    params(("token" = String, Path, description = "From the calendar's `address`")),
    responses((status = 200, content_type = "text/calendar", body = String), (status = 304)),
    security(()),
)]
pub async fn get_calendar_feed(
    token: web::Path<String>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let calendar = find(&state, &token).await?;
    let taken = taken(&state, &calendar, state.calendars.today()).await?;
    let domain = domain(&state);
    let entries: Vec<Entry> = taken.into_iter().map(|taken| entry(taken, &domain)).collect();
    let product = format!("-//{}//Calendar//EN", state.profile.name);
    let body = terrace_ical::write(&product, &calendar.name, &entries);
    fetched(&state, &calendar).await;
    let tag = etag::of_bytes(body.as_bytes());
    if etag::unchanged(&request, &tag) {
        return Ok(etag::not_modified(tag));
    }
    Ok(HttpResponse::Ok()
        .insert_header(header::ETag(tag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::CONTENT_DISPOSITION, "inline; filename=\"calendar.ics\""))
        .content_type("text/calendar; charset=utf-8")
        .body(body))
}

async fn find(state: &State, token: &str) -> Result<Calendar> {
    const SQL: &str = "SELECT c.id, c.property_id, c.name, c.include_imported, now() AS read_at FROM calendars c \
        JOIN properties p ON p.id = c.property_id AND p.deleted_at IS NULL \
        WHERE c.token = $1 AND c.direction = 'export' AND c.is_active";
    let unknown = || Error::not_found("calendar");
    if !(20..=200).contains(&token.len()) {
        return Err(unknown());
    }
    // Whoever has the address may read it: that is all that is asked of them.
    state.db.platform_rows("calendar feed", SQL, [token.into()]).await?.pop().ok_or_else(unknown)
}

async fn taken(state: &State, calendar: &Calendar, today: NaiveDate) -> Result<Vec<Taken>> {
    let sql = format!(
        "SELECT s.id, s.during::text AS during, s.kind = 'booking' AS is_sold, s.created_at, \
                s.updated_at AS changed_at, lower(s.during) AS first \
           FROM stays s WHERE s.property_id = $1 AND s.kind <> 'external' AND upper(s.during) > $2 \
            AND (s.kind <> 'hold' OR s.expires_at > now()) \
         UNION ALL \
         SELECT e.id, e.during::text, true, e.created_at, e.changed_at, lower(e.during) \
           FROM calendar_events e WHERE $3 AND e.property_id = $1 AND e.kind = 'booking' AND upper(e.during) > $2 \
         ORDER BY first, id LIMIT {MOST}"
    );
    let values = [calendar.property_id.into(), today.into(), calendar.include_imported.into()];
    state.db.read().all(sql, values).await
}

fn entry(taken: Taken, domain: &str) -> Entry {
    let Taken { id, during, is_sold, created_at, changed_at } = taken;
    // Rises with each change, by as much as has passed.
    let since = (changed_at - created_at).num_seconds().max(0);
    Entry {
        uid: format!("{id}@{domain}"),
        start: during.start,
        end: during.end,
        summary: if is_sold { "Reserved" } else { "Not available" }.to_owned(),
        changed_at,
        sequence: u32::try_from(since).unwrap_or(u32::MAX),
    }
}

/// Writes down that somebody has read it; see [`super::conflicts`]. Whoever reads gets their answer
/// whether that succeeds or not.
async fn fetched(state: &State, calendar: &Calendar) {
    // The time before the nights were read: what came in between was not told.
    const SQL: &str = "UPDATE calendars SET last_synced_at = $2 WHERE id = $1 \
        AND (last_synced_at IS NULL OR last_synced_at < $2 - interval '10 seconds')";
    let (id, at) = (calendar.id, calendar.read_at);
    let noted = state
        .db
        .tx(Context::system("calendar feed"), move |tx| {
            Box::pin(async move {
                tx.execute_raw(statement(SQL, [id.into(), at.into()])).await?;
                Ok(())
            })
        })
        .await;
    if let Err(error) = noted {
        tracing::warn!(calendar = %id, %error, "that a calendar was read was not written down");
    }
}
