//! `POST /bookings/{id}/offers/{offer_id}/accept`, `decline` and `withdraw`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use sea_orm::DatabaseTransaction;
use serde_json::json;
use terrace_product::Locale;
use uuid::Uuid;

use super::{
    super::{
        alter,
        amend::{Amendment, amend},
        change,
        dates::{self, Occupied},
        letters::{self, Happened, More},
        machine::{self, Command, Party, Status},
        output::BookingOut,
        party::{Asker, Scope, today},
        read,
        row::{self as booking_row, BookingRow},
    },
    list::OfferOut,
    make::{self, Ids},
    row::{self, OfferKind, OfferRow, OfferState},
};
use crate::{
    app::State,
    availability,
    db::Context,
    error::{Code, Error, Result},
    events::{self, Event},
    http::{
        auth::{Agent, Origin},
        locale,
    },
    quotes::{self, StoredQuote},
    tenancies,
};

/// Accepts an offer: the stay is renewed, or becomes the other one, at the price that was offered.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/offers/{offer_id}/accept", operation_id = "accept_booking_offer", tag = "bookings",
    params(("id" = Uuid, Path), ("offer_id" = Uuid, Path)),
    responses((status = 200, body = BookingOut)),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn accept_booking_offer(
    asker: Asker,
    ids: Ids,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let ((id, offer), Asker { scope, context }) = (*ids, asker);
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let (wired, spoken) = (state.clone(), locale.clone());
    let booking = state
        .db
        .tx(context, move |tx| {
            let (state, scope, locale) = (wired.clone(), scope.clone(), spoken.clone());
            Box::pin(async move {
                let (booking, offer) = open(tx, &scope, id, offer).await?;
                make::require_guest(&scope, &booking)?;
                accept(tx, &state, &booking, &offer).await?;
                read::whole(tx, &state, &scope, id, &locale).await
            })
        })
        .await?;
    Ok(change::changed(&locale, &booking, &booking))
}

/// Declines an offer: the stay remains as it is.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/offers/{offer_id}/decline", operation_id = "decline_booking_offer", tag = "bookings",
    params(("id" = Uuid, Path), ("offer_id" = Uuid, Path)),
    responses((status = 200, body = OfferOut)),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn decline_booking_offer(
    asker: Asker,
    ids: Ids,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Asker { scope, context } = asker;
    close(scope, context, *ids, &state, &request, OfferState::Declined).await
}

/// Takes an offer back.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/offers/{offer_id}/withdraw", operation_id = "withdraw_booking_offer", tag = "bookings",
    params(("id" = Uuid, Path), ("offer_id" = Uuid, Path)),
    responses((status = 200, body = OfferOut)),
    security(("bearer" = [])),
)]
pub async fn withdraw_booking_offer(
    agent: Agent,
    origin: Origin,
    ids: Ids,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Asker { scope, context } = Asker::staff(&agent.0, origin.0);
    close(scope, context, *ids, &state, &request, OfferState::Withdrawn).await
}

async fn close(
    scope: Scope,
    context: Context,
    (id, offer): (Uuid, Uuid),
    state: &web::Data<State>,
    request: &HttpRequest,
    end: OfferState,
) -> Result<HttpResponse> {
    let locale = locale::negotiate(&state.profile, None, request)?;
    let (wired, spoken) = (state.clone(), locale.clone());
    let closed = state
        .db
        .tx(context, move |tx| {
            let (state, scope, locale) = (wired.clone(), scope.clone(), spoken.clone());
            Box::pin(async move {
                let (booking, offer) = open(tx, &scope, id, offer).await?;
                match end {
                    OfferState::Declined => make::require_guest(&scope, &booking)?,
                    _ if scope.party(&booking) == Party::Host => {}
                    _ => return Err(Error::not_found("offer of yours")),
                }
                let offer = row::decide(tx, offer.id, end).await?;
                if end == OfferState::Declined {
                    declined(tx, &state, &booking, &offer).await?;
                }
                let quote = price(tx, &offer).await?;
                OfferOut::of(&offer, &quote, booking.total, &locale)
            })
        })
        .await?;
    Ok(answered(&locale, &closed))
}

fn answered(locale: &Locale, offer: &OfferOut) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(offer)
}

/// A booking and an offer for it, both locked, that nobody has decided on.
async fn open(
    tx: &DatabaseTransaction,
    scope: &Scope,
    id: Uuid,
    offer: Uuid,
) -> Result<(BookingRow, OfferRow)> {
    let booking = booking_row::lock(tx, scope, id).await?;
    let offer = row::lock(tx, id, offer).await?;
    match offer.state()? {
        OfferState::Open => Ok((booking, offer)),
        state => Err(Error::new(Code::WrongState).with_detail(format!(
            "This offer is {} and cannot be decided on any more.",
            state.name()
        ))),
    }
}

async fn declined(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    offer: &OfferRow,
) -> Result<()> {
    make::record(tx, booking, offer, "booking.offer_declined", "offer_declined").await?;
    let more = More {
        about: Some(offer.id),
        days: &[("offer_from", offer.check_in), ("offer_to", offer.check_out)],
        ..More::default()
    };
    let happened =
        Happened { what: "offer_declined", by: Party::Guest, more, ..Happened::default() };
    letters::tell(tx, state, booking.id, happened).await
}

async fn price(tx: &DatabaseTransaction, offer: &OfferRow) -> Result<StoredQuote> {
    quotes::load(tx, offer.quote_id).await?.ok_or_else(super::super::cancel::no_quote)
}

async fn accept(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    offer: &OfferRow,
) -> Result<()> {
    let quote = price(tx, offer).await?;
    row::decide(tx, offer.id, OfferState::Accepted).await?;
    match offer.kind()? {
        OfferKind::Renewal => renew(tx, state, booking, offer, &quote).await,
        OfferKind::Change => become_another(tx, state, booking, &quote).await,
    }
}

/// The stay goes on: its nights, its price and its contract grow by what was offered.
async fn renew(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    offer: &OfferRow,
    quote: &StoredQuote,
) -> Result<()> {
    let is_running = booking.effective()? == Status::Confirmed
        && offer.check_in == booking.check_out
        && today(&state.profile) < booking.check_out;
    if !is_running {
        return Err(Error::new(Code::WrongState).with_detail("The stay has ended."));
    }
    tenancies::require_without_notice(tx, booking.id).await?;
    let more = More {
        days: &[("offer_from", offer.check_in), ("offer_to", offer.check_out)],
        amounts: &[("price", quote.quote.total)],
        ..More::default()
    };
    let amendment = Amendment {
        what: "renewed",
        by: Party::Guest,
        until: offer.check_out,
        total: booking.total + quote.quote.total,
        data: json!({ "offer_id": offer.id }),
        more,
    };
    amend(tx, state, booking, amendment).await?;
    let data = json!({
        "property_id": booking.property_id, "offer_id": offer.id,
        "check_in": offer.check_in, "check_out": offer.check_out,
    });
    let event = Event { kind: "booking.renewed", subject_id: booking.id, data };
    events::record(tx, event).await
}

/// The host has said yes by offering it, and the listing's rules were asked then.
async fn become_another(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    quote: &StoredQuote,
) -> Result<()> {
    let facts = booking.facts(today(&state.profile));
    let status = booking.status()?;
    let step = machine::step(status, Command::Alter, Party::Host, &facts)
        .map_err(|refusal| refusal.explain(status, Command::Alter, Party::Guest, &facts))?;
    if quote.stay.check_in < facts.today {
        let detail = "The day of arrival that was offered has gone by.";
        return Err(Error::new(Code::WrongState).with_detail(detail));
    }
    let own = dates::of(tx, booking.id).await?.ok_or_else(change::ran_out)?;
    let occupied = Occupied {
        check_in: quote.stay.check_in,
        check_out: quote.stay.check_out,
        preparation_days: own.preparation_days,
    };
    let (from, until) = (occupied.check_in, occupied.until());
    availability::require_free(tx, booking.property_id, from, until, Some(own.id)).await?;
    let begun = change::Begun { booking: booking.clone(), step, party: Party::Guest, facts };
    alter::become_stay(tx, state, &begun, quote, occupied, true).await
}
