//! Payments as the API shows them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use terrace_entity::enums::{PaymentPurpose, PaymentState};
use terrace_product::PaymentProvider;
use utoipa::ToSchema;
use uuid::Uuid;

use super::row::PaymentRow;
use crate::error::Result;

/// A payment, as whoever sees its booking sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentOut {
    /// Id.
    pub id: Uuid,
    /// What it is for: charge, deposit, refund.
    #[schema(value_type = String, example = "charge")]
    pub purpose: PaymentPurpose,
    /// Who takes the money: manual, stripe.
    #[schema(value_type = String, example = "manual")]
    pub provider: PaymentProvider,
    /// pending, requires_action, succeeded, failed, cancelled, refunded.
    #[schema(value_type = String, example = "requires_action")]
    pub state: PaymentState,
    /// What was asked for, smallest unit of the currency.
    pub amount: i64,
    /// ISO 4217.
    #[schema(example = "THB")]
    pub currency: String,
    /// What has really come; of a refund, gone.
    pub received: i64,
    /// What of it has gone back, or is on its way.
    pub refunded: i64,
    /// Until then it is waited for.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the whole of it had come.
    pub succeeded_at: Option<DateTime<Utc>>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
}

impl TryFrom<&PaymentRow> for PaymentOut {
    type Error = crate::error::Error;

    fn try_from(row: &PaymentRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            purpose: row.purpose()?,
            provider: row.provider()?,
            state: row.state()?,
            amount: row.amount,
            currency: row.currency.clone(),
            received: row.received,
            refunded: row.refunded,
            expires_at: row.expires_at,
            succeeded_at: row.succeeded_at,
            created_at: row.created_at,
        })
    }
}

/// A payment as staff sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentRecord {
    /// What everybody sees of it.
    #[serde(flatten)]
    pub payment: PaymentOut,
    /// Its booking.
    pub booking_id: Uuid,
    /// The booking's code.
    pub booking_reference: String,
    /// Of a refund: the payment whose money goes back.
    pub refund_of: Option<Uuid>,
    /// The provider's own name for it.
    pub provider_reference: Option<String>,
    /// Why somebody must look at it: amount_mismatch, currency_mismatch, underpaid, overpaid, too_late,
    /// paid_twice, refund_failed.
    pub attention: Option<String>,
    /// Why it is there (of a refund), or what the provider said last.
    pub reason: Option<String>,
    /// To change it by.
    pub version: i32,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

impl PaymentRecord {
    pub(super) fn new(row: &PaymentRow, booking_reference: String) -> Result<Self> {
        Ok(Self {
            payment: PaymentOut::try_from(row)?,
            booking_id: row.booking_id,
            booking_reference,
            refund_of: row.refund_of,
            provider_reference: row.provider_reference.clone(),
            attention: row.attention.clone(),
            reason: row.reason.clone(),
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// A payment, and what its last change led to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentChanged {
    /// The payment as it is now.
    #[serde(flatten)]
    pub record: PaymentRecord,
    /// confirmed: with it the booking is the guest's. counted: a part of the rest. underpaid, part_paid: more
    /// is awaited. too_late, paid_twice: it goes back. deposit_held, refunded, refund_due, looked_at.
    #[schema(example = "confirmed")]
    pub outcome: String,
}

/// Payments of a page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentList {
    /// The newest first.
    pub items: Vec<PaymentRecord>,
    /// For the next page.
    pub next_cursor: Option<String>,
    /// How many there are, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// What is to be paid for a booking, and how.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentGuide {
    /// The booking.
    pub booking_id: Uuid,
    /// Its code: what a transfer should name.
    pub reference: String,
    /// ISO 4217.
    #[schema(example = "THB")]
    pub currency: String,
    /// What the stay costs.
    pub total: i64,
    /// What has come, less what has gone back.
    pub paid: i64,
    /// What is to be paid now.
    pub due: i64,
    /// What is still to be left as deposit.
    pub deposit_due: i64,
    /// Who takes money here, the first is offered first.
    #[schema(value_type = Vec<String>)]
    pub providers: Vec<PaymentProvider>,
    /// The payment that is waited for; else the last one.
    pub payment: Option<PaymentOut>,
    /// How to send the money oneself, where that is possible and something is due.
    pub manual: Option<ManualGuide>,
}

/// How to send money oneself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ManualGuide {
    /// How much, smallest unit of the currency.
    pub amount: i64,
    /// The same in words, such as `THB 9,000`.
    pub amount_written: String,
    /// To be named with the transfer.
    pub reference: String,
    /// What to do, step by step, in the language of the answer.
    pub steps: Vec<String>,
    /// For a bank's app.
    pub promptpay: Option<PromptPayGuide>,
    /// Bank, name and number of the account.
    pub bank_account: Option<String>,
}

/// A code for a bank's app.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PromptPayGuide {
    /// What the code says.
    pub payload: String,
    /// Where it is drawn, below the API's address.
    pub qr: String,
}

/// A payment that has begun.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentStarted {
    /// The payment.
    pub payment: PaymentOut,
    /// What the provider's own form needs to go on. Kept nowhere here.
    pub client_secret: Option<String>,
    /// How to send the money oneself.
    pub manual: Option<ManualGuide>,
}
