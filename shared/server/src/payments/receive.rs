//! `POST /payments/{id}/receive`: somebody of the staff has seen the money.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Deserialize;
use serde_json::json;
use terrace_entity::enums::{PaymentPurpose, PaymentState};
use terrace_product::{CurrencyCode, PaymentProvider};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    booking, manage, refund,
    row::{self, Change, PaymentRow},
    settle, state,
};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Code, Error, Result},
    http::{
        auth::{Agent, Caller, Origin},
        body::Body,
        etag,
        idempotency::IdempotencyKey,
    },
};

/// Most that anything costs.
pub(super) const MOST: i64 = 10_000_000_000_000;

/// Money that was seen in the bank's books.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReceiptInput {
    /// How much, smallest unit of the currency; less or more than what was asked for is said so.
    #[garde(range(min = 1, max = MOST))]
    #[schema(minimum = 1)]
    pub amount: i64,
    /// ISO 4217; must be the payment's.
    #[garde(skip)]
    #[schema(value_type = Option<String>, example = "THB")]
    pub currency: Option<CurrencyCode>,
    /// The bank's own name for the transfer: the same transfer is not counted twice.
    #[garde(custom(is_reference))]
    #[schema(min_length = 1, max_length = 100, example = "KB000000123456")]
    pub reference: String,
}

/// A name that banks give: visible characters and blanks between them.
pub(super) fn is_reference(text: &str, (): &()) -> garde::Result {
    let sound = (1..=100).contains(&text.trim().len())
        && text.trim().bytes().all(|byte| matches!(byte, b' '..=b'~'));
    match sound {
        true => Ok(()),
        false => Err(garde::Error::new("must be 1 to 100 letters, digits and signs of ASCII")),
    }
}

/// Says that money of a bank transfer or of PromptPay has come. With the whole of it the booking
/// is confirmed in the same moment; what is too much goes back; with less it is waited on.
#[utoipa::path(
    post, path = "/api/v1/payments/{id}/receive", operation_id = "receive_payment", tag = "payments",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    request_body = ReceiptInput,
    responses((status = 200, body = super::output::PaymentChanged)),
    security(("bearer" = [])),
)]
pub async fn receive_payment(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<ReceiptInput>,
    key: IdempotencyKey,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let seen = etag::seen_version(&request)?;
    let claim = key.claim(&format!("receive_payment:{id}"), &agent.0, body.digest);
    let (id, caller, wired) = (*id, agent.0, state.clone().into_inner());
    let language = state.profile.locales.default.to_string();
    // Whoever does not see it hears no more of it; what follows from money is the platform's to do,
    // in the name of who asks.
    state
        .db
        .tx(origin.0.clone(), move |tx| {
            Box::pin(async move {
                row::find(tx, id).await?.map(drop).ok_or_else(|| Error::not_found("payment"))
            })
        })
        .await?;
    let context = Context { role: "system", ..origin.0 };
    let answer = state
        .db
        .tx(context, move |tx| {
            let (wired, caller, receipt) = (wired.clone(), caller.clone(), body.value.clone());
            let (claim, language) = (claim.clone(), language.clone());
            Box::pin(async move {
                manage::once(tx, claim, language, async {
                    let outcome = receive(tx, &wired, &caller, id, seen, &receipt).await?;
                    manage::changed(tx, id, 200, outcome).await
                })
                .await
            })
        })
        .await?;
    Ok(answer.into())
}

/// The payment, if this person may say that it has come: the agent of the listing, or an admin.
async fn lock(tx: &DatabaseTransaction, caller: &Caller, id: Uuid) -> Result<PaymentRow> {
    let payment = row::lock(tx, id).await?;
    let facts = booking::facts(tx, payment.booking_id).await?;
    match caller.is_admin() || facts.agent_id == Some(caller.user_id) {
        true => Ok(payment),
        false => Err(Error::not_found("payment")),
    }
}

async fn receive(
    tx: &DatabaseTransaction,
    wired: &Arc<State>,
    caller: &Caller,
    id: Uuid,
    seen: i32,
    receipt: &ReceiptInput,
) -> Result<&'static str> {
    let payment = lock(tx, caller, id).await?;
    if payment.version != seen {
        return Err(etag::stale());
    }
    let was = payment.state()?;
    if payment.provider()? != PaymentProvider::Manual {
        return Err(Error::new(Code::WrongState)
            .with_detail("The provider says itself when the money of this payment has come."));
    }
    if payment.purpose()? == PaymentPurpose::Refund || was == PaymentState::Refunded {
        return Err(
            Error::new(Code::WrongState).with_detail("No money can come for this any more.")
        );
    }
    if receipt.currency.is_some_and(|currency| currency.to_string() != payment.currency) {
        let detail = format!("The payment is in {}.", payment.currency);
        return Err(Error::field("/currency", "mismatch", detail));
    }
    let received = payment.received + receipt.amount;
    if received > MOST {
        return Err(Error::field("/amount", "out_of_range", "So much is paid for nothing here."));
    }
    note(tx, &payment, receipt).await?;
    if state::has_come(was) {
        // Somebody paid a second time.
        let change = Change {
            received: Some(received),
            attention: Some(Some("overpaid")),
            ..Change::default()
        };
        let payment = row::change(tx, &payment, change).await?;
        refund::due(tx, &payment, receipt.amount, "overpaid").await?;
        return Ok("refund_due");
    }
    if received < payment.amount {
        let attention = Some(Some("underpaid"));
        let change = Change { received: Some(received), attention, ..Change::default() };
        let payment = row::change(tx, &payment, change).await?;
        row::tell(tx, "payment.flagged", &payment, payment.received, Some("underpaid")).await?;
        return Ok("underpaid");
    }
    let received = settle::Received { amount: received, attention: None };
    settle::come(tx, wired, &payment, received, Change::default()).await
}

/// Writes the transfer down, once.
async fn note(
    tx: &DatabaseTransaction,
    payment: &PaymentRow,
    receipt: &ReceiptInput,
) -> Result<()> {
    let payload = json!({ "amount": receipt.amount, "currency": payment.currency });
    manual_event(tx, payment.id, "manual.received", receipt.reference.trim(), payload).await
}

/// Writes down what a person saw in the bank's books, by the bank's own name for it.
///
/// # Errors
/// `409` where that has been counted before.
pub(super) async fn manual_event(
    tx: &DatabaseTransaction,
    payment: Uuid,
    kind: &str,
    reference: &str,
    payload: serde_json::Value,
) -> Result<()> {
    const SQL: &str = "INSERT INTO payment_events \
            (provider, event_id, kind, payload, payment_id, status, outcome, happened_at, applied_at) \
        VALUES ('manual', $1, $2, $3, $4, 'applied', 'counted', now(), now()) ON CONFLICT DO NOTHING";
    let values = [reference.into(), kind.into(), payload.into(), payment.into()];
    if tx.execute_raw(statement(SQL, values)).await?.rows_affected() == 1 {
        return Ok(());
    }
    let detail = "This transfer has been counted already.";
    let mut error = Error::new(Code::Conflict).with_detail(detail);
    error.fields.push(crate::error::FieldError::new("/reference", "taken", detail));
    Err(error)
}
