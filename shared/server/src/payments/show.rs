//! `GET /bookings/{id}/payment` and the code to scan.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{
    booking::{self, Facts},
    guide,
    output::{PaymentGuide, PaymentOut},
    qr,
    row::{COLUMNS, PaymentRow},
};
use crate::{
    app::State,
    bookings::{self, party::Asker},
    db::statement,
    error::{Code, Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
    },
};

/// What is to be paid for a booking, and how.
#[utoipa::path(
    get, path = "/api/v1/bookings/{id}/payment", operation_id = "get_booking_payment", tag = "payments",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = PaymentGuide)),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn get_booking_payment(
    asker: Asker,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, Asker { scope, context }) = (*id, asker);
    let (facts, last) = state
        .db
        .tx(context, move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                bookings::require_visible(tx, &scope, id).await?;
                Ok((booking::facts(tx, id).await?, last(tx, id).await?))
            })
        })
        .await?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let due = due(&facts);
    let guide = PaymentGuide {
        booking_id: facts.id,
        reference: facts.reference.clone(),
        currency: facts.currency.clone(),
        total: facts.total,
        paid: facts.paid,
        due,
        deposit_due: facts.deposit_due(),
        providers: state.profile.payments.providers.clone(),
        payment: last.as_ref().map(PaymentOut::try_from).transpose()?,
        manual: guide::manual(&state.profile, &locale, &facts, due),
    };
    let body = serde_json::to_vec(&guide).map_err(Error::internal)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// Nothing is due for what cannot be paid any more.
fn due(facts: &Facts) -> i64 {
    if facts.is_payable() { facts.due() } else { 0 }
}

/// The payment that is waited for, else the newest.
async fn last(tx: &DatabaseTransaction, booking: Uuid) -> Result<Option<PaymentRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM payments p WHERE p.booking_id = $1 AND p.purpose <> 'refund' \
         ORDER BY p.state IN ('pending', 'requires_action') DESC, p.created_at DESC, p.id DESC LIMIT 1"
    );
    let row = tx.query_one_raw(statement(&sql, [booking.into()])).await?;
    row.as_ref().map(PaymentRow::read).transpose()
}

/// The PromptPay code for what is due, as a drawing.
#[utoipa::path(
    get, path = "/api/v1/bookings/{id}/payment/qr.svg", operation_id = "get_booking_payment_qr", tag = "payments",
    params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "image/svg+xml", body = String), (status = 409, description = "409: nothing is due, or the brand takes no PromptPay")),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn get_booking_payment_qr(
    asker: Asker,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, Asker { scope, context }) = (*id, asker);
    let facts = state
        .db
        .tx(context, move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                bookings::require_visible(tx, &scope, id).await?;
                booking::facts(tx, id).await
            })
        })
        .await?;
    let payload = guide::payload(&state.profile, &facts, due(&facts)).ok_or_else(|| {
        Error::new(Code::WrongState)
            .with_detail("Nothing is due that could be paid by PromptPay here.")
    })?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "image/svg+xml"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .body(qr::svg(&payload)?))
}
