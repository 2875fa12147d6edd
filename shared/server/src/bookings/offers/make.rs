//! `POST /bookings/{id}/offers`: a stay of a month or longer may go on. And the change of a
//! confirmed stay that its guest has not asked for.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};
use garde::Validate;
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use serde_json::json;
use terrace_pricing::{Stay, add_months};
use terrace_product::Locale;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    super::{
        dates::{self, Occupied},
        letters::{self, Happened, More},
        machine::{Party, Status},
        party::{Asker, Scope, today},
        row::{self as booking_row, BookingRow},
    },
    list::OfferOut,
    row::{self, New, OfferKind, OfferRow},
};
use crate::{
    app::State,
    availability::{self, terms::MOST_NIGHTS},
    error::{Code, Error, Result},
    events::{self, Event},
    http::{
        auth::{Agent, Origin},
        body::Body,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
        locale,
    },
    quotes::{self, StoredQuote},
    tenancies,
};

/// How long a stay is to go on.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewalIn {
    /// Calendar months from the day of leaving on.
    #[garde(range(min = 1, max = 12))]
    #[schema(minimum = 1, maximum = 12, example = 3)]
    pub months: u32,
    /// Days for which the offer stands; the brand's own number where it is missing.
    #[garde(inner(range(min = 1, max = 30)))]
    #[schema(minimum = 1, maximum = 30)]
    pub valid_days: Option<u32>,
}

/// Offers a guest who stays for a month or longer to stay on, at what the months cost now. The
/// guest accepts or declines; the nights are not kept for them until then.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/offers", operation_id = "make_booking_offer", tag = "bookings",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = RenewalIn,
    responses((status = 201, body = OfferOut)),
    security(("bearer" = [])),
)]
pub async fn make_booking_offer(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    key: IdempotencyKey,
    body: Body<RenewalIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, RenewalIn { months, valid_days }) = (*id, body.value);
    let claim = key.claim(&format!("make_booking_offer:{id}"), &agent.0, body.digest);
    let Asker { scope, context } = Asker::staff(&agent.0, origin.0);
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let wired = state.clone();
    let work = state.db.tx(context, move |tx| {
        let (state, scope) = (wired.clone(), scope.clone());
        let (claim, locale) = (claim.clone(), locale.clone());
        Box::pin(async move {
            let booking = booking_row::lock(tx, &scope, id).await?;
            if scope.party(&booking) != Party::Host {
                return Err(Error::new(Code::Forbidden)
                    .with_detail("Only the host can offer to let a stay go on."));
            }
            if let Some(claim) = &claim
                && let Some(answer) = claim.take(tx).await?
            {
                return Ok(answer);
            }
            let (offer, quote) = renewal(tx, &state, &booking, months, valid_days).await?;
            let out = OfferOut::of(&offer, &quote, booking.total, &locale)?;
            let answer = made(&out, &locale)?;
            if let Some(claim) = &claim {
                claim.keep(tx, &answer).await?;
            }
            Ok(answer)
        })
    });
    Ok(work.await?.into())
}

fn made(offer: &OfferOut, locale: &Locale) -> Result<Answer> {
    Ok(Answer {
        status: 201,
        body: serde_json::to_string(offer).map_err(Error::internal)?,
        headers: AnswerHeaders {
            etag: String::new(),
            location: format!("/api/v1/bookings/{}/offers", offer.booking_id),
            language: locale.to_string(),
        },
        replayed: false,
    })
}

/// Offers that a stay, which is locked, goes on for so many months.
///
/// # Errors
/// `409` where it is none that could, or the nights are taken; `422` where it would be too long.
pub(super) async fn renewal(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    months: u32,
    valid_days: Option<u32>,
) -> Result<(OfferRow, StoredQuote)> {
    let wrong = |detail: &str| Error::new(Code::WrongState).with_detail(detail);
    let facts = booking.facts(today(&state.profile));
    if booking.effective()? != Status::Confirmed || facts.today >= booking.check_out {
        return Err(wrong("Only a confirmed stay that has not ended can go on."));
    }
    if facts.today < booking.check_in {
        return Err(wrong("The guest has not come yet: alter the booking, as long as that is so."));
    }
    tenancies::require_without_notice(tx, booking.id).await?;
    let until = add_months(booking.check_out, months);
    if (until - booking.check_in).num_days() > MOST_NIGHTS {
        let detail = format!(
            "One booking has {MOST_NIGHTS} nights at most. Offer fewer months, or have the guest \
             book the time after {} as a stay of its own.",
            booking.check_out
        );
        return Err(Error::field("/months", "too_long", detail));
    }
    let own = dates::of(tx, booking.id).await?;
    let occupied = Occupied {
        check_in: booking.check_in,
        check_out: until,
        preparation_days: own.map_or(0, |own| own.preparation_days),
    };
    let (property, own) = (booking.property_id, own.map(|own| own.id));
    availability::require_free(tx, property, booking.check_out, occupied.until(), own).await?;
    let (check_in, guests) = (booking.check_out, booking.guests);
    let stay = Stay { check_in, check_out: until, guests, coupon: None };
    let quote = quotes::issue_renewal(tx, state, property, &stay).await?;
    let offer = make(tx, state, booking, OfferKind::Renewal, &quote, valid_days).await?;
    Ok((offer, quote))
}

/// Offers the guest of a confirmed stay, which is locked, another one.
///
/// # Errors
/// `422` where there is nobody who could be asked.
pub(in crate::bookings) async fn change(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    quote: &StoredQuote,
    locale: &Locale,
) -> Result<OfferOut> {
    if booking.guest_user_id.is_none() && booking.guest_email.is_none() {
        let detail = "This guest cannot be asked here: there is neither an account nor an e-mail \
                      address. Say true once they have agreed.";
        return Err(Error::field("/asked_by_guest", "required", detail));
    }
    let offer = make(tx, state, booking, OfferKind::Change, quote, None).await?;
    OfferOut::of(&offer, quote, booking.total, locale)
}

async fn make(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    kind: OfferKind,
    quote: &StoredQuote,
    valid_days: Option<u32>,
) -> Result<OfferRow> {
    let days = valid_days.unwrap_or(state.profile.bookings.offer_days);
    let new = New {
        booking: booking.id,
        kind,
        check_in: quote.stay.check_in,
        check_out: quote.stay.check_out,
        guests: quote.stay.guests,
        quote: quote.id,
        expires_at: Utc::now() + TimeDelta::days(days.into()),
    };
    let offer = row::insert(tx, &new).await?;
    record(tx, booking, &offer, "booking.offered", "offered").await?;
    let by = Party::Host;
    let words = [("kind", kind.name())];
    let total = match kind {
        OfferKind::Renewal => booking.total + quote.quote.total,
        OfferKind::Change => quote.quote.total,
    };
    let more = More {
        about: Some(offer.id),
        words: &words,
        days: &[("offer_from", offer.check_in), ("offer_to", offer.check_out)],
        amounts: &[("price", quote.quote.total), ("total_then", total)],
        until: Some(offer.expires_at),
    };
    let happened = Happened { what: "offered", by, more, ..Happened::default() };
    letters::tell(tx, state, booking.id, happened).await?;
    Ok(offer)
}

/// The history's row and the event of something that happened to an offer.
pub(super) async fn record(
    tx: &DatabaseTransaction,
    booking: &BookingRow,
    offer: &OfferRow,
    kind: &'static str,
    what: &str,
) -> Result<()> {
    let expires_at: DateTime<Utc> = offer.expires_at;
    let status = booking.status()?;
    let about = json!({
        "offer_id": offer.id, "kind": offer.kind()?, "check_in": offer.check_in, "check_out": offer.check_out,
    });
    booking_row::remember(tx, booking.id, what, Some(status), status, about.clone()).await?;
    let mut data = about;
    data["property_id"] = json!(booking.property_id);
    data["expires_at"] = json!(expires_at);
    events::record(tx, Event { kind, subject_id: booking.id, data }).await
}

/// Which booking an offer is for, and which offer it is.
pub(super) type Ids = web::Path<(Uuid, Uuid)>;

/// Whoever may decide on offers for a booking: its guest.
pub(super) fn require_guest(scope: &Scope, booking: &BookingRow) -> Result<()> {
    match scope.party(booking) {
        Party::Guest => Ok(()),
        // A host who could say yes for the guest would need no offer.
        Party::Host | Party::System => Err(Error::not_found("booking")),
    }
}
