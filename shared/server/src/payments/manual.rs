//! Bank transfers and PromptPay: nobody is asked, a person sees that the money is there.

use chrono::{DateTime, Utc};

use super::provider::{
    Asked, ChargeState, ChargeTold, Delivery, Order, Provider, RefundOrder, RefundState,
    RefundTold, Started,
};
use crate::inbound::Forged;

/// Staff with the bank's books before them.
#[derive(Debug)]
pub(super) struct Manual;

impl Provider for Manual {
    fn start<'a>(&'a self, order: &'a Order) -> Asked<'a, Started> {
        let told = ChargeTold { payment: Some(order.payment), ..open(order.payment.to_string()) };
        Box::pin(async { Ok(Started { told, client_secret: None }) })
    }

    fn look<'a>(&'a self, reference: &'a str) -> Asked<'a, Started> {
        Box::pin(async { Ok(Started { told: open(reference.to_owned()), client_secret: None }) })
    }

    fn cancel<'a>(&'a self, reference: &'a str) -> Asked<'a, ChargeTold> {
        let told = ChargeTold { state: ChargeState::Cancelled, ..open(reference.to_owned()) };
        Box::pin(async { Ok(told) })
    }

    /// Waits for the person who sends it.
    fn refund<'a>(&'a self, order: &'a RefundOrder) -> Asked<'a, RefundTold> {
        let told = RefundTold { refund: Some(order.refund), ..waits(order.refund.to_string()) };
        Box::pin(async { Ok(told) })
    }

    fn look_refund<'a>(&'a self, reference: &'a str) -> Asked<'a, RefundTold> {
        Box::pin(async { Ok(waits(reference.to_owned())) })
    }

    fn verify(&self, _: &str, _: &[u8], _: DateTime<Utc>) -> Result<Delivery, Forged> {
        Err(Forged::Unsigned)
    }
}

fn waits(reference: String) -> RefundTold {
    RefundTold { reference, refund: None, state: RefundState::Pending, reason: None }
}

fn open(reference: String) -> ChargeTold {
    ChargeTold {
        reference,
        payment: None,
        state: ChargeState::Open,
        received: 0,
        currency: String::new(),
        reason: None,
    }
}
