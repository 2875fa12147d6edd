//! The port: what every provider of payments can be asked, and what it tells. The contract in
//! words is `shared/docs/PAYMENTS.md`.

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::inbound::Forged;

/// Somebody who takes money for the brand. None of this is ever called inside a transaction.
pub(crate) trait Provider: Send + Sync + std::fmt::Debug {
    /// Begins a payment. Asked twice with one order, it answers twice and begins once.
    fn start<'a>(&'a self, order: &'a Order) -> Asked<'a, Started>;

    /// How a payment stands; with what lets the guest go on with it.
    fn look<'a>(&'a self, reference: &'a str) -> Asked<'a, Started>;

    /// Gives a payment up. Tells how it stands then: money may have come in the meantime.
    fn cancel<'a>(&'a self, reference: &'a str) -> Asked<'a, ChargeTold>;

    /// Sends money back. Asked twice with one order, it sends once.
    fn refund<'a>(&'a self, order: &'a RefundOrder) -> Asked<'a, RefundTold>;

    /// How a refund stands, by the provider's own name for it.
    fn look_refund<'a>(&'a self, reference: &'a str) -> Asked<'a, RefundTold>;

    /// Reads something that the provider delivers, if it really is from the provider: the
    /// signature is over the bytes as they came.
    fn verify(&self, signature: &str, body: &[u8], now: DateTime<Utc>) -> Result<Delivery, Forged>;
}

/// An answer on its way.
pub(crate) type Asked<'a, T> = BoxFuture<'a, Result<T, Refusal>>;

/// Money that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// Our payment: what makes the second request the same as the first.
    pub(crate) payment: Uuid,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    /// The booking's code, for people who look into the provider's books.
    pub(crate) booking_reference: String,
}

/// Money that is to go back.
#[derive(Clone, Debug)]
pub(crate) struct RefundOrder {
    /// Our refund: what makes the second request the same as the first.
    pub(crate) refund: Uuid,
    /// The provider's name for the payment.
    pub(crate) of: String,
    pub(crate) amount: i64,
}

/// A payment at the provider.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    pub(crate) told: ChargeTold,
    /// What the guest's browser needs to go on; kept nowhere.
    pub(crate) client_secret: Option<String>,
}

/// What a provider tells of a payment. Nothing personal: who paid, and with what, stays there.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct ChargeTold {
    /// The provider's name for it.
    pub(crate) reference: String,
    /// Ours, where it carries it.
    pub(crate) payment: Option<Uuid>,
    pub(crate) state: ChargeState,
    /// What has come.
    pub(crate) received: i64,
    pub(crate) currency: String,
    /// Why it did not go through, as the provider's word for it.
    pub(crate) reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChargeState {
    /// Waits for the guest; an attempt may have failed.
    Open,
    /// The money is there.
    Paid,
    /// Given up.
    Cancelled,
}

/// What a provider tells of a refund.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct RefundTold {
    pub(crate) reference: String,
    /// Ours, where it carries it.
    pub(crate) refund: Option<Uuid>,
    pub(crate) state: RefundState,
    pub(crate) reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundState {
    Pending,
    Succeeded,
    Failed,
}

/// Something that a provider tells.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "about")]
pub(crate) enum Told {
    Charge(ChargeTold),
    Refund(RefundTold),
    /// Of no interest here.
    Nothing,
}

/// Something that a provider delivered.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// The provider's name for it: the same for every repetition.
    pub(crate) event: String,
    pub(crate) kind: String,
    pub(crate) happened_at: DateTime<Utc>,
    pub(crate) told: Told,
}

/// Why a provider did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It may do so later; or it has, and the answer was lost.
    NotNow(String),
    /// It will not: its word for it.
    Never(String),
}

/// A provider's word, as it may be kept and shown: letters, digits and underscores.
pub(crate) fn word(text: &str) -> String {
    let word: String = text
        .chars()
        .take(100)
        .map(|letter| match letter.to_ascii_lowercase() {
            letter @ ('a'..='z' | '0'..='9') => letter,
            _ => '_',
        })
        .collect();
    if word.is_empty() { "unknown".to_owned() } else { word }
}
