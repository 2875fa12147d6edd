//! `GET /bookings/{id}/cancellation` and `POST /bookings/{id}/cancel`: what it would cost, and
//! doing it.

use actix_web::{HttpRequest, HttpResponse, web};
use terrace_pricing::{Policy, refund};
use uuid::Uuid;

use super::{
    agreed::Agreed,
    change::{self, Begun},
    input::ReasonIn,
    machine::{Command, Party, Status},
    output::CancelledOut,
    party::Asker,
    price::RefundOut,
    read, row,
    row::{BookingRow, Changes},
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        body::Body,
        etag, locale,
    },
};

/// What comes back if it is called off today.
#[utoipa::path(
    get, path = "/api/v1/bookings/{id}/cancellation", operation_id = "preview_cancellation", tag = "bookings",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = RefundOut)),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn preview_cancellation(
    asker: Asker,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, Asker { scope, context }) = (*id, asker);
    let wired = state.clone();
    let refund = state
        .db
        .tx(context, move |tx| {
            let (state, scope) = (wired.clone(), scope.clone());
            Box::pin(async move {
                let booking = row::find(tx, &scope, id).await?;
                let agreed = Agreed::on(tx, booking.id).await?;
                let begun = change::decide(&state, booking, &scope, Command::Cancel)?;
                settle(&state, &begun, &agreed)
            })
        })
        .await?;
    let body = serde_json::to_vec(&refund).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// Calls it off: the dates are free, and the answer says what comes back.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/cancel", operation_id = "cancel_booking", tag = "bookings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    request_body = ReasonIn,
    responses((status = 200, body = CancelledOut)),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn cancel_booking(
    asker: Asker,
    id: web::Path<Uuid>,
    body: Body<ReasonIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, seen, Asker { scope, context }) = (*id, etag::seen_version(&request)?, asker);
    let reason = body.value.reason.map(|text| text.trim().to_owned());
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let (wired, spoken) = (state.clone(), locale.clone());
    let cancelled = state
        .db
        .tx(context, move |tx| {
            let (state, scope, reason) = (wired.clone(), scope.clone(), reason.clone());
            let locale = spoken.clone();
            Box::pin(async move {
                let begun = change::begin(tx, &state, &scope, id, seen, Command::Cancel).await?;
                let agreed = Agreed::on(tx, id).await?;
                let refund = settle(&state, &begun, &agreed)?;
                let changes = Changes { refund: Some(refund.refund), reason, ..Changes::default() };
                change::take(tx, &state, &begun, changes).await?;
                let booking = read::whole(tx, &state, &scope, id, &locale).await?;
                Ok(CancelledOut { booking, refund })
            })
        })
        .await?;
    Ok(change::changed(&locale, &cancelled.booking, &cancelled))
}

/// The policy as it was agreed. Where none was, the most lenient one.
pub(super) fn policy(booking: &BookingRow) -> Policy {
    let named = booking.cancellation_policy.as_deref().and_then(Policy::named);
    named.unwrap_or(Policy::Flexible)
}

/// What comes back: by the policy where a guest gives up a stay that was theirs; everything but
/// nights that were slept where it was not settled yet, or the host calls it off. Each renewal is
/// judged as it was agreed on.
fn settle(state: &State, begun: &Begun, agreed: &Agreed) -> Result<RefundOut> {
    let Begun { booking, facts, party, .. } = begun;
    let policy = policy(booking);
    if booking.effective()? != Status::Confirmed || *party == Party::Host {
        return Ok(RefundOut::whole(policy, facts, agreed, booking));
    }
    let zone = state.profile.market.timezone.tz();
    let refunds: Vec<_> = agreed
        .parts()
        .map(|part| {
            let is_first = part.id == booking.quote_id;
            let at = if is_first { booking.created_at } else { part.created_at };
            let agreed_on = at.with_timezone(&zone).date_naive();
            refund(policy, agreed_on, &part.quote, &part.stay, facts.today)
        })
        .collect();
    Ok(RefundOut::by_policy(policy, facts, &refunds, booking))
}

pub(super) fn no_quote() -> Error {
    Error::internal(anyhow::anyhow!("the quote of a booking is not there"))
}
