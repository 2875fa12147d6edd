//! `POST /bookings/{id}/payment`.
//!
//! Three steps, none of which holds a lock while it waits for another: the payment is written
//! down, the provider is asked, the answer is written down. Whoever repeats the request (because
//! an answer was lost, or for the fun of it) goes on with the payment that is there: there is one
//! open charge and one open deposit for a booking, and the database says so. The provider is told
//! the payment's id as the key of the request, and so begins once, too.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use terrace_entity::enums::{PaymentPurpose, PaymentState};
use terrace_product::PaymentProvider;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    booking::{self, Facts},
    guide,
    output::{PaymentOut, PaymentStarted},
    provider::{ChargeTold, Order, Refusal, Started, Told},
    reconcile::CancelPayment,
    refund,
    row::{self, COLUMNS, Change, New, PaymentRow},
};
use crate::{
    app::State,
    bookings::{self, party::Asker},
    db::{Context, statement},
    error::{Code, Error, Result},
    http::{body::Body, locale},
    jobs,
};

/// How a guest wants to pay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct PaymentInput {
    /// Who takes the money; the first of the brand's where it is missing.
    #[garde(skip)]
    #[schema(value_type = Option<String>, example = "manual")]
    pub provider: Option<PaymentProvider>,
    /// What it is for.
    #[garde(skip)]
    pub purpose: PaymentFor,
}

/// What somebody pays for.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentFor {
    /// What is due for the stay.
    #[default]
    Charge,
    /// What is left as deposit, and given back after the stay.
    Deposit,
}

impl PaymentFor {
    fn purpose(self) -> PaymentPurpose {
        match self {
            Self::Charge => PaymentPurpose::Charge,
            Self::Deposit => PaymentPurpose::Deposit,
        }
    }
}

/// Begins to pay what is due for a booking, or goes on with the payment that is open. Needs no
/// `Idempotency-Key`: sent twice, it begins once.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/payment", operation_id = "begin_payment", tag = "payments",
    params(("id" = Uuid, Path)),
    request_body = PaymentInput,
    responses((status = 201, body = PaymentStarted), (status = 200, body = PaymentStarted, description = "It had begun before")),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn begin_payment(
    asker: Asker,
    id: web::Path<Uuid>,
    body: Body<PaymentInput>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let state = state.into_inner();
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let (id, wanted, Asker { scope, context }) = (*id, body.value, asker);
    // Whoever does not see the booking hears no more of it.
    state
        .db
        .tx(context.clone(), move |tx| {
            let scope = scope.clone();
            Box::pin(async move { bookings::require_visible(tx, &scope, id).await })
        })
        .await?;
    let provider = choose(&state, wanted.provider)?;
    let purpose = wanted.purpose.purpose();
    // Money is the platform's to write down, in the name of who asks.
    let context = Context { role: "system", ..context };
    let begun = state
        .db
        .tx(context, move |tx| Box::pin(async move { open(tx, id, provider, purpose).await }))
        .await?;
    let (payment, client_secret) = go_on(&state, &begun).await?;
    let manual = match provider {
        PaymentProvider::Manual => {
            guide::manual(&state.profile, &locale, &begun.facts, payment.amount)
        }
        PaymentProvider::Stripe => None,
    };
    let started =
        PaymentStarted { payment: PaymentOut::try_from(&payment)?, client_secret, manual };
    let mut response = if begun.is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(response
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(started))
}

fn choose(state: &State, wanted: Option<PaymentProvider>) -> Result<PaymentProvider> {
    let offered = &state.profile.payments.providers;
    let chosen = match wanted {
        Some(wanted) => offered.iter().find(|provider| **provider == wanted),
        None => offered.first(),
    };
    chosen.copied().ok_or_else(|| {
        let known: Vec<_> = offered.iter().map(|provider| provider.as_str()).collect();
        let detail = match known.is_empty() {
            true => "This site takes no payments.".to_owned(),
            false => format!("Must be one of: {}.", known.join(", ")),
        };
        Error::field("/provider", "unknown_value", detail)
    })
}

/// A payment on its way.
#[derive(Clone, Debug)]
struct Begun {
    payment: PaymentRow,
    facts: Facts,
    is_new: bool,
}

/// The open payment of a booking, or a new one.
async fn open(
    tx: &DatabaseTransaction,
    booking: Uuid,
    provider: PaymentProvider,
    purpose: PaymentPurpose,
) -> Result<Begun> {
    row::lock_booking(tx, booking).await?;
    let facts = booking::facts(tx, booking).await?;
    let due = match purpose {
        PaymentPurpose::Deposit => facts.deposit_due(),
        _ => facts.due(),
    };
    if !facts.is_payable() || due == 0 {
        return Err(Error::new(Code::WrongState).with_detail("Nothing is due for this booking."));
    }
    if let Some(payment) = current(tx, booking, purpose).await? {
        if payment.provider()? == provider && payment.amount == due {
            return Ok(Begun { payment, facts, is_new: false });
        }
        // Another way to pay, or another price: the one before is given up. If money comes for it
        // all the same, it is not lost.
        replace(tx, &payment).await?;
    }
    let state = match provider {
        PaymentProvider::Manual => PaymentState::RequiresAction,
        PaymentProvider::Stripe => PaymentState::Pending,
    };
    let expires_at = if facts.status == "held" { facts.hold_expires_at } else { None };
    let new = New {
        booking,
        provider,
        purpose,
        state,
        amount: due,
        currency: &facts.currency,
        refund_of: None,
        reason: None,
        expires_at,
    };
    let id = row::insert(tx, &new).await?;
    let payment = row::find(tx, id).await?.ok_or_else(|| Error::not_found("payment"))?;
    Ok(Begun { payment, facts, is_new: true })
}

async fn current(
    tx: &DatabaseTransaction,
    booking: Uuid,
    purpose: PaymentPurpose,
) -> Result<Option<PaymentRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM payments p WHERE p.booking_id = $1 AND p.purpose = $2::text::payment_purpose \
         AND p.state IN ('pending', 'requires_action') FOR UPDATE"
    );
    let row = tx.query_one_raw(statement(&sql, [booking.into(), purpose.as_str().into()])).await?;
    row.as_ref().map(PaymentRow::read).transpose()
}

async fn replace(tx: &DatabaseTransaction, payment: &PaymentRow) -> Result<()> {
    let change = Change {
        state: Some(PaymentState::Cancelled),
        reason: Some("replaced"),
        ..Change::default()
    };
    let row = row::change(tx, payment, change).await?;
    row::tell(tx, "payment.cancelled", &row, row.amount, Some("replaced")).await?;
    if payment.provider()? == PaymentProvider::Stripe {
        jobs::enqueue(tx, &CancelPayment { payment_id: payment.id }).await?;
    }
    Ok(())
}

/// Asks the provider, and writes down what it says.
async fn go_on(state: &Arc<State>, begun: &Begun) -> Result<(PaymentRow, Option<String>)> {
    let payment = &begun.payment;
    let name = payment.provider()?;
    if name == PaymentProvider::Manual {
        return Ok((payment.clone(), None));
    }
    let provider = state.payments.of(name).ok_or_else(|| Error::not_found("provider"))?;
    let asked = match &payment.provider_reference {
        Some(reference) => provider.look(reference).await,
        None => provider.start(&order(payment, &begun.facts)).await,
    };
    let Started { told, client_secret } = match asked {
        Ok(started) => started,
        Err(refusal) => return Err(refused(state, payment.id, refusal).await),
    };
    let told = ChargeTold { payment: Some(payment.id), ..told };
    refund::record(state, name, Told::Charge(told)).await?;
    let id = payment.id;
    let now = state
        .db
        .tx(Context::system("payments"), move |tx| Box::pin(async move { row::find(tx, id).await }))
        .await?;
    Ok((now.ok_or_else(|| Error::not_found("payment"))?, client_secret))
}

fn order(payment: &PaymentRow, facts: &Facts) -> Order {
    Order {
        payment: payment.id,
        amount: payment.amount,
        currency: payment.currency.clone(),
        booking_reference: facts.reference.clone(),
    }
}

/// What the guest is told where the provider does not play along.
async fn refused(state: &State, id: Uuid, refusal: Refusal) -> Error {
    let detail =
        "The payment provider does not answer. Nothing was charged; try again in a moment.";
    match refusal {
        Refusal::NotNow(reason) => Error {
            cause: Some(anyhow::anyhow!("payment provider: {reason}")),
            ..Error::new(Code::Unavailable).with_detail(detail)
        },
        Refusal::Never(reason) => {
            let word = reason.clone();
            let noted = state
                .db
                .tx(Context::system("payments"), move |tx| {
                    let word = word.clone();
                    Box::pin(async move { fail(tx, id, &word).await })
                })
                .await;
            if let Err(error) = noted {
                return error;
            }
            Error::new(Code::WrongState).with_detail(format!(
                "The payment provider does not take this payment ({reason}). Choose another way to pay."
            ))
        }
    }
}

async fn fail(tx: &DatabaseTransaction, id: Uuid, reason: &str) -> Result<()> {
    let payment = row::lock(tx, id).await?;
    if !super::state::is_open(payment.state()?) {
        return Ok(());
    }
    let change =
        Change { state: Some(PaymentState::Failed), reason: Some(reason), ..Change::default() };
    let row = row::change(tx, &payment, change).await?;
    row::tell(tx, "payment.failed", &row, row.amount, Some(reason)).await
}
