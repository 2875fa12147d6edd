//! `POST /bookings/{id}/alter`: other dates, or another number of guests, at what it costs then.
//!
//! The old dates are let go in the statement that takes the new ones: where those are somebody
//! else's, nothing has changed.
//!
//! A confirmed stay is the guest's: what a host changes of it without having been asked to is an
//! offer that the guest accepts or declines ([`super::offers`]).

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use sea_orm::DatabaseTransaction;
use serde_json::json;
use terrace_pricing::{Quote, Stay};
use terrace_product::Locale;
use uuid::Uuid;

use super::{
    agreed::Agreed,
    change::{self, Begun},
    dates::{self, Occupied},
    input::{AlterIn, AlterQuery},
    letters::{self, Happened},
    machine::{Command, Party},
    offers::{self, list::OfferOut},
    output::{AlterAnswer, AlterationOut, AlteredOut},
    party::Asker,
    price::{self, PriceOut},
    read, row,
    row::{BookingRow, Changes, NewStay},
};
use crate::{
    app::State,
    availability::{self, Now},
    error::{Code, Error, FieldError, Result},
    http::{body::Body, etag, locale, params::Query},
    money,
    quotes::{self, StoredQuote},
    tenancies,
};

/// Alters a booking, or shows with `?preview=true` what it would cost. Of a confirmed stay, a host
/// who does not say that the guest has asked for it makes the guest an offer.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/alter", operation_id = "alter_booking", tag = "bookings",
    params(AlterQuery, ("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "ETag of the version being changed; not needed for a preview")),
    request_body = AlterIn,
    responses((status = 200, description = "The booking as it is now; of a preview what it would be", body = AlterAnswer),
        (status = 202, description = "What the guest is offered", body = OfferOut)),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn alter_booking(
    asker: Asker,
    id: web::Path<Uuid>,
    query: Query<AlterQuery>,
    body: Body<AlterIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    body.value.check()?;
    let language = locale::negotiate(&state.profile, None, &request)?;
    if query.0.preview {
        return preview(asker, *id, body.value, &state, language).await;
    }
    let (id, seen, Asker { scope, context }) = (*id, etag::seen_version(&request)?, asker);
    let (wired, spoken, input) = (state.clone(), language.clone(), body.value);
    let answer = state
        .db
        .tx(context, move |tx| {
            let (state, scope) = (wired.clone(), scope.clone());
            let (locale, input) = (spoken.clone(), input.clone());
            Box::pin(async move {
                let begun = change::begin(tx, &state, &scope, id, seen, Command::Alter).await?;
                let old = Agreed::on(tx, id).await?;
                let (new, occupied) = wanted_at_its_price(tx, &state, &begun, &old, &input).await?;
                if begun.needs_consent()? && !input.asked_by_guest {
                    let offer = offers::change(tx, &state, &begun.booking, &new, &locale).await?;
                    return Ok(Answer::Offered(offer));
                }
                become_stay(tx, &state, &begun, &new, occupied, input.asked_by_guest).await?;
                let booking = read::whole(tx, &state, &scope, id, &locale).await?;
                Ok(Answer::Altered(Box::new(AlteredOut {
                    booking,
                    difference: new.quote.total - begun.booking.total,
                    differences: price::differences(old.first(), &new.quote),
                })))
            })
        })
        .await?;
    Ok(match answer {
        Answer::Altered(altered) => change::changed(&language, &altered.booking, &altered),
        Answer::Offered(offer) => HttpResponse::Accepted()
            .insert_header((header::LOCATION, format!("/api/v1/bookings/{id}/offers")))
            .insert_header((header::CONTENT_LANGUAGE, language.as_str()))
            .insert_header((header::CACHE_CONTROL, "private, no-store"))
            .json(offer),
    })
}

/// What came of it.
enum Answer {
    Altered(Box<AlteredOut>),
    Offered(OfferOut),
}

async fn preview(
    asker: Asker,
    id: Uuid,
    input: AlterIn,
    state: &web::Data<State>,
    language: Locale,
) -> Result<HttpResponse> {
    let Asker { scope, context } = asker;
    let (wired, spoken) = (state.clone(), language.clone());
    let alteration = state
        .db
        .tx(context, move |tx| {
            let (state, scope) = (wired.clone(), scope.clone());
            let (locale, input) = (spoken.clone(), input.clone());
            Box::pin(async move {
                let booking = row::find(tx, &scope, id).await?;
                let begun = change::decide(&state, booking, &scope, Command::Alter)?;
                let old = Agreed::on(tx, id).await?;
                let stay = wanted(&begun.booking, &old, &input);
                allowed(tx, &state, &begun.booking, &stay).await?;
                let priced = quotes::price(tx, &state, begun.booking.property_id, &stay).await?;
                let after = priced.quote;
                Ok(AlterationOut {
                    check_in: stay.check_in,
                    check_out: stay.check_out,
                    guests: stay.guests,
                    difference: after.total - begun.booking.total,
                    differences: price::differences(old.first(), &after),
                    price: PriceOut::of(&after, &locale),
                })
            })
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_LANGUAGE, language.as_str()))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(alteration))
}

/// The stay as it would be. A coupon that was used is used on.
fn wanted(booking: &BookingRow, old: &Agreed, input: &AlterIn) -> Stay {
    Stay {
        check_in: input.check_in.unwrap_or(booking.check_in),
        check_out: input.check_out.unwrap_or(booking.check_out),
        guests: input.guests.unwrap_or(booking.guests),
        coupon: old.coupon(),
    }
}

/// Whether the listing's rules allow it, and the nights are free but for the booking itself; what
/// it occupies then.
async fn allowed(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    stay: &Stay,
) -> Result<Occupied> {
    let wanted = availability::Stay {
        check_in: stay.check_in,
        check_out: stay.check_out,
        guests: stay.guests,
    };
    let (property, now) = (booking.property_id, Now::of(&state.profile));
    availability::rules::check(tx, property, &wanted, now).await?;
    let terms = availability::rules::load(tx, property, stay.check_in, stay.check_out).await?;
    let occupied = Occupied {
        check_in: stay.check_in,
        check_out: stay.check_out,
        preparation_days: terms.preparation_days,
    };
    tenancies::require_without_notice(tx, booking.id).await?;
    let own = dates::of(tx, booking.id).await?.map(|own| own.id);
    availability::require_free(tx, property, stay.check_in, occupied.until(), own).await?;
    Ok(occupied)
}

/// The stay as it would be, at the price that it has now.
async fn wanted_at_its_price(
    tx: &DatabaseTransaction,
    state: &State,
    begun: &Begun,
    old: &Agreed,
    input: &AlterIn,
) -> Result<(StoredQuote, Occupied)> {
    let stay = wanted(&begun.booking, old, input);
    let occupied = allowed(tx, state, &begun.booking, &stay).await?;
    let new = quotes::issue(tx, state, begun.booking.property_id, &stay).await?;
    match input.expected_total {
        Some(expected) if expected != new.quote.total => Err(dearer(&new.quote)),
        _ => Ok((new, occupied)),
    }
}

/// Makes of a booking the stay of a quote.
///
/// # Errors
/// `409` where the dates are somebody else's, or these have run out.
pub(super) async fn become_stay(
    tx: &DatabaseTransaction,
    state: &State,
    begun: &Begun,
    new: &StoredQuote,
    occupied: Occupied,
    asked_by_guest: bool,
) -> Result<()> {
    let Begun { booking, step, party, .. } = begun;
    let stay = &new.stay;
    if !dates::shift(tx, booking.id, occupied).await? {
        return Err(change::ran_out());
    }
    let changes = Changes {
        stay: Some(NewStay {
            quote_id: new.id,
            check_in: stay.check_in,
            check_out: stay.check_out,
            guests: stay.guests,
            total: new.quote.total,
        }),
        ..Changes::default()
    };
    let mut data = json!({
        "from": {"check_in": booking.check_in, "check_out": booking.check_out, "guests": booking.guests, "total": booking.total},
        "to": {"check_in": stay.check_in, "check_out": stay.check_out, "guests": stay.guests, "total": new.quote.total},
    });
    if *party == Party::Host && asked_by_guest {
        data["asked_by_guest"] = true.into();
    }
    row::advance(tx, booking, step, changes, data).await?;
    let happened = Happened {
        what: row::happened(step),
        from: Some(step.from),
        by: *party,
        ..Happened::default()
    };
    letters::tell(tx, state, booking.id, happened).await
}

fn dearer(quote: &Quote) -> Error {
    let total = money::written(quote.total, &quote.currency);
    let detail = format!("It costs {total} by now: ask for a preview again.");
    Error {
        fields: vec![FieldError::new("/expected_total", "changed", detail.clone())],
        ..Error::new(Code::PriceChanged).with_detail(detail)
    }
}
