//! Money for bookings.
//!
//! - `provider` is the port; `manual` (bank transfer and PromptPay) and `stripe` are behind it.
//! - `begin` starts a payment, `show` and `guide` say how to pay, `promptpay` and `qr` make the code.
//! - What providers tell comes through `deliver` into `inbox`, or is asked for by `reconcile`; what
//!   a person has seen comes through `receive`. All of it ends in `settle`, the one place where
//!   money meets a booking.
//! - `refund` sends money back, `manage` is what admins do, `list` what staff sees.
//!
//! No provider is asked inside a transaction. Nothing of cards ever comes here: the guest gives
//! them to the provider, and what is kept of a delivery is an extract without persons.

pub mod begin;
mod booking;
pub mod deliver;
mod guide;
mod inbox;
mod letters;
pub mod list;
pub mod manage;
mod manual;
pub mod output;
mod promptpay;
mod provider;
mod qr;
pub mod receive;
mod reconcile;
mod refund;
mod row;
mod settle;
pub mod show;
pub mod state;
mod stripe;

use std::sync::Arc;

use terrace_product::{PaymentProvider, Profile};

pub(crate) use inbox::ApplyDelivery;
pub(crate) use reconcile::CancelPayment;
pub(crate) use refund::{SendRefund, SettleBooking};

use self::{manual::Manual, provider::Provider, stripe::Stripe};
use crate::{app::State, error::Result};

/// Those who take money for the brand.
#[derive(Debug)]
pub struct Payments {
    manual: Option<Manual>,
    stripe: Option<Stripe>,
}

impl Payments {
    /// The brand's providers; nothing is connected yet.
    ///
    /// # Errors
    /// Where no HTTP client can be made.
    pub fn open(profile: &Profile) -> anyhow::Result<Self> {
        Ok(Self {
            manual: profile.payments.has(PaymentProvider::Manual).then_some(Manual),
            stripe: Stripe::open(&profile.payments)?,
        })
    }

    /// One of them, if it takes money for the brand.
    pub(crate) fn of(&self, provider: PaymentProvider) -> Option<&dyn Provider> {
        match provider {
            PaymentProvider::Manual => self.manual.as_ref().map(|manual| manual as &dyn Provider),
            PaymentProvider::Stripe => self.stripe.as_ref().map(|stripe| stripe as &dyn Provider),
        }
    }
}

/// Asks about what nobody told, as happens from time to time.
///
/// # Errors
/// Those of the database.
pub async fn reconcile_now(state: &Arc<State>) -> Result<()> {
    reconcile::ask(state).await
}

/// Gives up what was waited for in vain, as happens from time to time.
///
/// # Errors
/// Those of the database.
pub async fn expire_now(state: &Arc<State>) -> Result<()> {
    reconcile::expire(state).await
}

/// Has applied what was stored and forgotten, as happens from time to time.
///
/// # Errors
/// Those of the database.
pub async fn sweep_now(state: &Arc<State>) -> Result<()> {
    inbox::sweep(state).await
}
