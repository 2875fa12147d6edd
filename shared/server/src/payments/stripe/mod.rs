//! Stripe, or a server that speaks like it: payment intents, refunds, signed deliveries.
//!
//! Spoken by hand, because there is so little of it: four requests with forms, and of each answer
//! a few fields. A client library of the whole of Stripe would bring cards into our types.

mod delivery;
mod signature;

use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use reqwest::{Method, StatusCode, header::CONTENT_TYPE, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use terrace_product::{PaymentProvider, Payments};

use self::delivery::{Intent, Refund};
use super::provider::{
    Asked, ChargeTold, Delivery, Order, Provider, RefundOrder, RefundTold, Refusal, Started, word,
};
use crate::inbound::Forged;

/// The version of the interface that this was written for; answers and deliveries of others may
/// look different.
const VERSION: &str = "2024-06-20";

/// Far more than any answer has; what is longer is not read to its end.
const LONGEST_ANSWER: usize = 1 << 20;

/// One account at Stripe.
#[derive(Debug)]
pub(super) struct Stripe {
    http: reqwest::Client,
    base: String,
    key: SecretString,
    /// What deliveries may be signed with.
    secrets: Vec<SecretString>,
}

impl Stripe {
    /// The brand's account, if it has one.
    ///
    /// # Errors
    /// Where no HTTP client can be made.
    pub(super) fn open(config: &Payments) -> anyhow::Result<Option<Self>> {
        let (true, Some(key), Some(secret)) = (
            config.has(PaymentProvider::Stripe),
            &config.stripe_secret_key,
            &config.stripe_webhook_secret,
        ) else {
            return Ok(None);
        };
        let http = reqwest::Client::builder()
            .connect_timeout(config.stripe_timeout.min(Duration::from_secs(5)))
            .timeout(config.stripe_timeout)
            .redirect(redirect::Policy::none())
            .build()
            .context("payments")?;
        let previous = config.stripe_previous_webhook_secret.clone();
        Ok(Some(Self {
            http,
            base: config.stripe_url.to_string().trim_end_matches('/').to_owned(),
            key: key.clone(),
            secrets: std::iter::once(secret.clone()).chain(previous).collect(),
        }))
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        form: &[(&str, &str)],
        idempotency_key: Option<&str>,
    ) -> Result<T, Refusal> {
        let mut request = self
            .http
            .request(method.clone(), format!("{}/v1/{path}", self.base))
            .bearer_auth(self.key.expose_secret())
            .header("stripe-version", VERSION);
        if method == Method::POST {
            let body =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        // Whether it was done is not known: the same request with the same key finds out.
        let answer = request.send().await.map_err(|error| not_now(&without_address(error)))?;
        let status = answer.status();
        let body = read(answer).await?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| not_now("its answer is unreadable"));
        }
        Err(refusal(status, &body))
    }
}

/// The address may carry a payment's id; the log has better ones.
fn without_address(error: reqwest::Error) -> String {
    error.without_url().to_string()
}

fn not_now(reason: &str) -> Refusal {
    Refusal::NotNow(reason.to_owned())
}

async fn read(mut answer: reqwest::Response) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    loop {
        let chunk = answer.chunk().await.map_err(|error| not_now(&without_address(error)))?;
        let Some(chunk) = chunk else { return Ok(bytes) };
        if bytes.len() + chunk.len() > LONGEST_ANSWER {
            return Err(not_now("its answer is too long"));
        }
        bytes.extend_from_slice(&chunk);
    }
}

/// What may pass, and what will not. A key that does not fit is ours to mend: what was to be done
/// waits until it is.
fn refusal(status: StatusCode, body: &[u8]) -> Refusal {
    let passes = status.is_server_error()
        || matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::CONFLICT
                | StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
        );
    if passes {
        return Refusal::NotNow(format!("it answers {}", status.as_u16()));
    }
    let error: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| error["error"][name].as_str().map(word);
    let why = text("decline_code").or_else(|| text("code")).or_else(|| text("type"));
    Refusal::Never(why.unwrap_or_else(|| format!("status_{}", status.as_u16())))
}

/// Ids of theirs go into addresses: nothing but letters, digits and underscores.
fn address(id: &str) -> Result<&str, Refusal> {
    let is_one =
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_one { Ok(id) } else { Err(Refusal::Never("no_such_id".to_owned())) }
}

impl Provider for Stripe {
    fn start<'a>(&'a self, order: &'a Order) -> Asked<'a, Started> {
        Box::pin(async move {
            let (id, amount) = (order.payment.to_string(), order.amount.to_string());
            let currency = order.currency.to_lowercase();
            let form = [
                ("amount", amount.as_str()),
                ("currency", &currency),
                ("automatic_payment_methods[enabled]", "true"),
                ("metadata[payment_id]", &id),
                ("metadata[booking]", &order.booking_reference),
            ];
            let intent: Intent =
                self.ask(Method::POST, "payment_intents", &form, Some(&id)).await?;
            Ok(intent.started())
        })
    }

    fn look<'a>(&'a self, reference: &'a str) -> Asked<'a, Started> {
        Box::pin(async move {
            let path = format!("payment_intents/{}", address(reference)?);
            let intent: Intent = self.ask(Method::GET, &path, &[], None).await?;
            Ok(intent.started())
        })
    }

    fn cancel<'a>(&'a self, reference: &'a str) -> Asked<'a, ChargeTold> {
        Box::pin(async move {
            let path = format!("payment_intents/{}/cancel", address(reference)?);
            let key = format!("cancel-{reference}");
            match self.ask::<Intent>(Method::POST, &path, &[], Some(&key)).await {
                Ok(intent) => Ok(intent.told()),
                // Paid, or given up already: it says which.
                Err(Refusal::Never(why)) if why == "payment_intent_unexpected_state" => {
                    self.look(reference).await.map(|started| started.told)
                }
                Err(refusal) => Err(refusal),
            }
        })
    }

    fn refund<'a>(&'a self, order: &'a RefundOrder) -> Asked<'a, RefundTold> {
        Box::pin(async move {
            let (id, amount) = (order.refund.to_string(), order.amount.to_string());
            let form = [
                ("payment_intent", order.of.as_str()),
                ("amount", &amount),
                ("metadata[refund_id]", &id),
            ];
            let refund: Refund = self.ask(Method::POST, "refunds", &form, Some(&id)).await?;
            Ok(refund.told())
        })
    }

    fn look_refund<'a>(&'a self, reference: &'a str) -> Asked<'a, RefundTold> {
        Box::pin(async move {
            let path = format!("refunds/{}", address(reference)?);
            let refund: Refund = self.ask(Method::GET, &path, &[], None).await?;
            Ok(refund.told())
        })
    }

    fn verify(&self, signature: &str, body: &[u8], now: DateTime<Utc>) -> Result<Delivery, Forged> {
        signature::verify(&self.secrets, signature, body, now)?;
        delivery::read(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_from_a_delay() {
        let body = br#"{"error": {"type": "invalid_request_error", "code": "amount_too_small", "message": "private"}}"#;
        let of = |status: u16, body: &[u8]| refusal(StatusCode::from_u16(status).unwrap(), body);
        assert_eq!(of(400, body), Refusal::Never("amount_too_small".to_owned()));
        assert_eq!(
            of(402, br#"{"error":{"code":"card_declined","decline_code":"Do Not Honor"}}"#),
            Refusal::Never("do_not_honor".to_owned())
        );
        assert_eq!(of(404, b"<html>"), Refusal::Never("status_404".to_owned()));
        for status in [401, 403, 408, 409, 429, 500, 502, 503] {
            assert_eq!(of(status, body), Refusal::NotNow(format!("it answers {status}")));
        }
    }

    #[test]
    fn an_id_is_no_way_into_another_address() {
        for id in ["", "../refunds", "pi_1/cancel", "pi_1?x", "pi_1%2f", "pi 1"] {
            assert!(address(id).is_err(), "{id}");
        }
        assert_eq!(address("pi_3MtwBwLkdIwHu7ix28a3tqPa"), Ok("pi_3MtwBwLkdIwHu7ix28a3tqPa"));
    }
}
