//! What staff does to a booking: `POST /bookings/{id}/confirm`, `accept`, `decline`, `complete`.
//! And what every change begins with.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use serde_json::json;
use terrace_product::Locale;
use uuid::Uuid;

use super::{
    dates,
    input::ReasonIn,
    letters::{self, Happened, More},
    machine::{self, Command, Dates, Facts, Party, Status, Transition},
    output::BookingOut,
    party::{Asker, Scope, today},
    read,
    row::{self, BookingRow, Changes},
};
use crate::{
    app::State,
    error::{Code, Error, Result},
    http::{
        auth::{Agent, Origin},
        body::Body,
        etag, locale,
    },
};

/// A booking under its lock, and the step that it takes.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) booking: BookingRow,
    pub(super) step: &'static Transition,
    pub(super) party: Party,
    pub(super) facts: Facts,
}

impl Begun {
    /// Whether it is the guest's to agree: a host touches a stay that is settled.
    pub(super) fn needs_consent(&self) -> Result<bool> {
        Ok(self.party == Party::Host && self.booking.status()? == Status::Confirmed)
    }
}

/// Locks a booking and finds the step that a command is.
///
/// # Errors
/// `404`, `412` where it is not what was seen, `409` where there is no such step now.
pub(super) async fn begin(
    tx: &DatabaseTransaction,
    state: &State,
    scope: &Scope,
    id: Uuid,
    seen: i32,
    command: Command,
) -> Result<Begun> {
    let booking = row::lock(tx, scope, id).await?;
    if booking.version != seen {
        return Err(etag::stale());
    }
    decide(state, booking, scope, command)
}

/// The step that a command is, or why there is none.
///
/// # Errors
/// `409`, or `403` where another party may.
pub(super) fn decide(
    state: &State,
    booking: BookingRow,
    scope: &Scope,
    command: Command,
) -> Result<Begun> {
    let (party, facts) = (scope.party(&booking), booking.facts(today(&state.profile)));
    let status = booking.status()?;
    match machine::step(status, command, party, &facts) {
        Ok(step) => Ok(Begun { booking, step, party, facts }),
        Err(refusal) => Err(refusal.explain(status, command, party, &facts)),
    }
}

/// The hold is gone although its row says otherwise: it ran out while we looked.
pub(super) fn ran_out() -> Error {
    Error::new(Code::WrongState)
        .with_detail("The time for which the dates were kept has just run out: book anew.")
}

/// Settles a booking.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/confirm", operation_id = "confirm_booking", tag = "bookings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = BookingOut)),
    security(("bearer" = [])),
)]
pub async fn confirm_booking(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    by_staff(&agent, origin, *id, &state, &request, Command::Confirm, None).await
}

/// Grants a request. The dates are kept on, until the guest has paid.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/accept", operation_id = "accept_booking", tag = "bookings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = BookingOut)),
    security(("bearer" = [])),
)]
pub async fn accept_booking(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    by_staff(&agent, origin, *id, &state, &request, Command::Accept, None).await
}

/// Refuses a request; the dates are free again.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/decline", operation_id = "decline_booking", tag = "bookings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    request_body = ReasonIn,
    responses((status = 200, body = BookingOut)),
    security(("bearer" = [])),
)]
pub async fn decline_booking(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<ReasonIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let reason = body.value.reason;
    by_staff(&agent, origin, *id, &state, &request, Command::Decline, reason).await
}

/// Says that the guest has left. It happens by itself the day after, too.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/complete", operation_id = "complete_booking", tag = "bookings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = BookingOut)),
    security(("bearer" = [])),
)]
pub async fn complete_booking(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    by_staff(&agent, origin, *id, &state, &request, Command::Complete, None).await
}

async fn by_staff(
    agent: &Agent,
    origin: Origin,
    id: Uuid,
    state: &web::Data<State>,
    request: &HttpRequest,
    command: Command,
    reason: Option<String>,
) -> Result<HttpResponse> {
    let (seen, asker) = (etag::seen_version(request)?, Asker::staff(&agent.0, origin.0));
    let reason = reason.map(|text| text.trim().to_owned());
    let Asker { scope, context } = asker;
    let locale = locale::negotiate(&state.profile, None, request)?;
    let (wired, spoken) = (state.clone(), locale.clone());
    let booking = state
        .db
        .tx(context, move |tx| {
            let (state, scope, reason) = (wired.clone(), scope.clone(), reason.clone());
            let locale = spoken.clone();
            Box::pin(async move {
                let begun = begin(tx, &state, &scope, id, seen, command).await?;
                let until = lasts(&state, command);
                let changes = Changes { hold_expires_at: until, reason, ..Changes::default() };
                take(tx, &state, &begun, changes).await?;
                read::whole(tx, &state, &scope, id, &locale).await
            })
        })
        .await?;
    Ok(changed(&locale, &booking, &booking))
}

/// Until when the dates are kept once a request was granted.
fn lasts(state: &State, command: Command) -> Option<DateTime<Utc>> {
    let time = TimeDelta::from_std(state.profile.bookings.payment).ok()?;
    (command == Command::Accept).then(|| Utc::now() + time)
}

/// Takes a step whose dates are neither moved nor taken anew: dates, row, history, event, letters.
///
/// # Errors
/// `409` where the dates are gone.
pub(super) async fn take(
    tx: &DatabaseTransaction,
    state: &State,
    begun: &Begun,
    changes: Changes,
) -> Result<()> {
    let Begun { booking, step, .. } = begun;
    let is_there = match (step.dates, changes.hold_expires_at) {
        (Dates::Book, _) => dates::book(tx, booking.id).await?,
        (Dates::Hold, Some(until)) => dates::hold(tx, booking.id, until).await?,
        (Dates::Free, _) => {
            dates::free(tx, booking.id).await?;
            true
        }
        _ => true,
    };
    if !is_there {
        return Err(ran_out());
    }
    let data = match changes.refund {
        Some(refund) => json!({ "refund": refund, "kept": booking.total - refund }),
        None => json!({}),
    };
    let reason = changes.reason.clone();
    row::advance(tx, booking, step, changes, data).await?;
    let happened = Happened {
        what: row::happened(step),
        from: Some(step.from),
        by: begun.party,
        reason: reason.as_deref(),
        more: More::default(),
    };
    letters::tell(tx, state, booking.id, happened).await
}

/// The answer to a change: the booking as it is now, with the tag to change it further.
pub(super) fn changed(
    locale: &Locale,
    booking: &BookingOut,
    body: &impl Serialize,
) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(header::ETag(read::tag(booking)))
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(body)
}
