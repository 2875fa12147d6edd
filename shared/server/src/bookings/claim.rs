//! `POST /bookings/{id}/claim`: a booking that was made without an account becomes an account's.
//!
//! Two things must come together: the link, which went to the guest's address, and an account
//! that has this very address. The first alone may have been passed on; the second alone may be
//! somebody who typed a stranger's address when they booked.

use actix_web::{HttpRequest, HttpResponse, web};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::json;
use uuid::Uuid;

use super::{change, link, machine::Status, output::BookingOut, party::Scope, read, row};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Code, Error, Result},
    http::{
        auth::{Caller, Origin},
        locale,
    },
};

/// Takes the booking of the link in `Booking-Token` into the caller's account, if both have the
/// same e-mail address. The link opens nothing from then on.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/claim", operation_id = "claim_booking", tag = "bookings",
    params(("id" = Uuid, Path), ("Booking-Token" = String, Header, description = "The token of the booking's link")),
    responses((status = 200, body = BookingOut)),
    security(("bearer" = [])),
)]
pub async fn claim_booking(
    caller: Caller,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, user) = (*id, caller.user_id);
    let link = link::of_request(&state.signer, request.headers())?;
    // Without the link there is nothing here that the caller could see.
    let link = link.filter(|link| link.booking == id).ok_or_else(|| Error::not_found("booking"))?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let scope = Scope::link(link, &state.profile);
    // With the platform's rights, in the name of who asks: the booking is nobody's yet.
    let context = Context { role: "system", ..origin.0 };
    let (wired, spoken) = (state.clone(), locale.clone());
    let booking = state
        .db
        .tx(context, move |tx| {
            let (state, scope, locale) = (wired.clone(), scope.clone(), spoken.clone());
            Box::pin(async move {
                let status = claim(tx, &scope, id, user).await?;
                row::remember(tx, id, "claimed", Some(status), status, json!({})).await?;
                read::whole(tx, &state, &Scope::Guest(user), id, &locale).await
            })
        })
        .await?;
    Ok(change::changed(&locale, &booking, &booking))
}

async fn claim(tx: &DatabaseTransaction, scope: &Scope, id: Uuid, user: Uuid) -> Result<Status> {
    const SQL: &str = "UPDATE bookings SET guest_user_id = $2, link_generation = link_generation + 1, version = version + 1 \
        WHERE id = $1 AND guest_user_id IS NULL AND guest_email_key = (SELECT lower(btrim(u.email)) FROM users u WHERE u.id = $2)";
    let booking = row::lock(tx, scope, id).await?;
    let done = tx.execute_raw(statement(SQL, [id.into(), user.into()])).await?;
    if done.rows_affected() != 1 {
        return Err(Error::new(Code::Conflict).with_detail(
            "This booking is for another e-mail address than your account's, or an account's already.",
        ));
    }
    booking.status()
}
