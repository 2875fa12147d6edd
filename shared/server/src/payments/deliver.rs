//! `POST /webhooks/stripe`: the provider's own door. The signature is the right to enter.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::Utc;
use serde::Serialize;
use terrace_product::PaymentProvider;
use utoipa::ToSchema;

use super::inbox;
use crate::{
    app::State,
    error::{Code, Error, Result},
    http::body,
};

/// Far more than any delivery about a payment has.
const LONGEST: usize = 262_144;

/// The answer to a delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryReceipt {
    /// It is written down; it need not be sent again.
    pub received: bool,
}

/// Takes what Stripe delivers. Answered once it is written down; what follows from it happens a
/// moment later, once, however often it is delivered.
#[utoipa::path(
    post, path = "/webhooks/stripe", operation_id = "receive_stripe_event", tag = "payments",
    params(("Stripe-Signature" = String, Header, description = "`t=…,v1=…` over the bytes of the body")),
    request_body(content = Object, content_type = "application/json", description = "The event, as Stripe sends it"),
    responses((status = 200, body = DeliveryReceipt)),
    security(()),
)]
pub async fn receive_stripe_event(
    payload: web::Payload,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let provider = state.payments.of(PaymentProvider::Stripe);
    let provider = provider.ok_or_else(|| Error::not_found("resource"))?;
    let bytes = body::read(payload.into_inner(), LONGEST).await?;
    let signature = request.headers().get("stripe-signature");
    let signature = signature.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let delivery = provider.verify(signature, &bytes, Utc::now()).map_err(|forged| {
        count(forged.as_str());
        Error::new(Code::MalformedRequest)
            .with_detail("This is no delivery that was signed for this site a moment ago.")
    })?;
    let is_new = inbox::store(&state, PaymentProvider::Stripe, delivery).await?;
    count(if is_new { "new" } else { "repeated" });
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(DeliveryReceipt { received: true }))
}

fn count(outcome: &'static str) {
    metrics::counter!("terrace_payment_deliveries_total", "outcome" => outcome).increment(1);
}
