//! What Stripe's answers and deliveries hold, as far as it is looked at. The rest (who paid, with
//! which card) is never parsed, and so never kept.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    inbound::Forged,
    payments::provider::{
        ChargeState, ChargeTold, Delivery, RefundState, RefundTold, Started, Told, word,
    },
};

/// Longest id of theirs.
const LONGEST: usize = 255;

/// A payment intent.
#[derive(Debug, Deserialize)]
pub(super) struct Intent {
    id: String,
    status: String,
    #[serde(default)]
    amount_received: i64,
    currency: String,
    #[serde(default)]
    client_secret: Option<String>,
    #[serde(default)]
    metadata: Value,
    #[serde(default)]
    last_payment_error: Option<PaymentError>,
    #[serde(default)]
    cancellation_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PaymentError {
    code: Option<String>,
    decline_code: Option<String>,
}

impl Intent {
    pub(super) fn told(&self) -> ChargeTold {
        let state = match self.status.as_str() {
            "succeeded" => ChargeState::Paid,
            "canceled" => ChargeState::Cancelled,
            _ => ChargeState::Open,
        };
        let error = self.last_payment_error.as_ref();
        let error = error.and_then(|error| error.decline_code.as_ref().or(error.code.as_ref()));
        let reason = match state {
            ChargeState::Paid => None,
            ChargeState::Cancelled => self.cancellation_reason.as_deref(),
            ChargeState::Open => error.map(String::as_str),
        };
        ChargeTold {
            reference: self.id.clone(),
            payment: id_in(&self.metadata, "payment_id"),
            state,
            received: if state == ChargeState::Paid { self.amount_received } else { 0 },
            currency: self.currency.to_uppercase(),
            reason: reason.map(word),
        }
    }

    pub(super) fn started(self) -> Started {
        Started { told: self.told(), client_secret: self.client_secret }
    }
}

/// A refund.
#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    id: String,
    /// Missing in very old versions: then it was done at once.
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    metadata: Value,
    #[serde(default)]
    failure_reason: Option<String>,
}

impl Refund {
    pub(super) fn told(&self) -> RefundTold {
        let state = match self.status.as_deref() {
            Some("succeeded") | None => RefundState::Succeeded,
            Some("failed" | "canceled") => RefundState::Failed,
            Some(_) => RefundState::Pending,
        };
        RefundTold {
            reference: self.id.clone(),
            refund: id_in(&self.metadata, "refund_id"),
            state,
            reason: self.failure_reason.as_deref().map(word),
        }
    }
}

fn id_in(metadata: &Value, name: &str) -> Option<Uuid> {
    metadata.get(name)?.as_str()?.parse().ok()
}

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: i64,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

/// Reads a delivery whose signature holds.
pub(super) fn read(body: &[u8]) -> Result<Delivery, Forged> {
    let event: Event = serde_json::from_slice(body).map_err(|_| Forged::Unreadable)?;
    let happened_at = DateTime::from_timestamp(event.created, 0).ok_or(Forged::Unreadable)?;
    let is_sound = |text: &str| {
        (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if !is_sound(&event.id) || !is_sound(&event.kind) || event.kind.len() > 100 {
        return Err(Forged::Unreadable);
    }
    // A time that no calendar of ours has is no time of a delivery.
    if !(0..=253_402_300_799).contains(&event.created) {
        return Err(Forged::Unreadable);
    }
    let object = event.data.object;
    let told = match event.kind.as_str() {
        kind if kind.starts_with("payment_intent.") => {
            let intent: Intent = serde_json::from_value(object).map_err(|_| Forged::Unreadable)?;
            Told::Charge(intent.told())
        }
        // `charge.refunded` is about the charge, not the refund.
        kind if kind.starts_with("refund.") || kind == "charge.refund.updated" => {
            let refund: Refund = serde_json::from_value(object).map_err(|_| Forged::Unreadable)?;
            Told::Refund(refund.told())
        }
        _ => Told::Nothing,
    };
    let reference = match &told {
        Told::Charge(told) => Some(&told.reference),
        Told::Refund(told) => Some(&told.reference),
        Told::Nothing => None,
    };
    if reference.is_some_and(|reference| !is_sound(reference)) {
        return Err(Forged::Unreadable);
    }
    Ok(Delivery { event: event.id, kind: event.kind, happened_at, told })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn delivered(kind: &str, object: Value) -> Delivery {
        let event = json!({"id": "evt_1", "object": "event", "type": kind, "created": 1_700_000_000,
            "data": {"object": object}});
        read(event.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn of_a_payment_only_the_payment_is_kept() {
        let ours = Uuid::new_v4();
        let told = delivered(
            "payment_intent.succeeded",
            json!({"id": "pi_1", "status": "succeeded", "amount": 500, "amount_received": 500, "currency": "thb",
                "client_secret": "pi_1_secret_x", "metadata": {"payment_id": ours.to_string()},
                "receipt_email": "guest@example.com",
                "charges": {"data": [{"payment_method_details": {"card": {"last4": "4242"}}}]}}),
        )
        .told;
        let kept = serde_json::to_value(&told).unwrap();
        assert_eq!(
            kept,
            json!({"about": "charge", "reference": "pi_1", "payment": ours, "state": "paid", "received": 500,
                "currency": "THB", "reason": null})
        );
    }

    #[test]
    fn a_failed_attempt_leaves_the_payment_open() {
        let told = delivered(
            "payment_intent.payment_failed",
            json!({"id": "pi_1", "status": "requires_payment_method", "amount_received": 0, "currency": "thb",
                "last_payment_error": {"code": "card_declined", "decline_code": "insufficient_funds"}}),
        )
        .told;
        let Told::Charge(told) = told else { panic!("{told:?}") };
        assert_eq!(
            (told.state, told.reason.as_deref()),
            (ChargeState::Open, Some("insufficient_funds"))
        );
        assert_eq!(told.payment, None);
    }

    #[test]
    fn a_refund_may_wait_fail_and_be_of_no_interest() {
        for (status, state) in [
            (json!("succeeded"), RefundState::Succeeded),
            (json!("pending"), RefundState::Pending),
            (json!("requires_action"), RefundState::Pending),
            (json!("failed"), RefundState::Failed),
            (json!("canceled"), RefundState::Failed),
        ] {
            let Told::Refund(told) =
                delivered("refund.updated", json!({"id": "re_1", "status": status})).told
            else {
                panic!("{status}")
            };
            assert_eq!(told.state, state, "{status}");
        }
        assert_eq!(delivered("customer.created", json!({"id": "cus_1"})).told, Told::Nothing);
        assert_eq!(delivered("charge.refunded", json!({"id": "ch_1"})).told, Told::Nothing);
    }

    #[test]
    fn what_is_no_delivery_is_refused_whoever_signed_it() {
        let sound = json!({"id": "evt_1", "type": "a.b", "created": 1, "data": {"object": {}}});
        assert!(read(sound.to_string().as_bytes()).is_ok());
        for (pointer, value) in [
            ("/id", json!("")),
            ("/id", json!("a b")),
            ("/id", json!("x".repeat(256))),
            ("/id", json!(7)),
            ("/type", json!("x".repeat(101))),
            ("/created", json!(-1)),
            ("/created", json!(i64::MAX)),
            ("/created", json!("now")),
            ("/data", json!([])),
            ("/type", json!("payment_intent.succeeded")),
        ] {
            let mut event = sound.clone();
            *event.pointer_mut(pointer).unwrap() = value.clone();
            assert!(read(event.to_string().as_bytes()).is_err(), "{pointer} {value}");
        }
        for body in [&b""[..], b"[]", b"null", b"{", b"\xff"] {
            assert!(read(body).is_err());
        }
    }
}
