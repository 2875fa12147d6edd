//! Webhooks: what happened, told to the brand's other systems.
//!
//! - [`endpoints`] are theirs to hear with; each has a secret that signs what it gets.
//! - `dispatch` turns events into deliveries, one for each endpoint that wants to hear. It moves
//!   its cursor in the transaction that writes them: none is missed, none comes twice.
//! - `claim` says what is sent next: **in order for each subject**, subjects side by side, and
//!   `claim::AT_ONCE` for each endpoint, so that a slow one takes nothing from the others.
//! - `attempt` sends one and records what came of it. A sender that dies in between lets its
//!   lease run out, and the delivery is sent again under the same `webhook-id`.
//! - `sender` does these three for as long as the process works.
//! - [`replay`] sends again what was sent before, or what was missed.
//!
//! Deliveries are not jobs: a job runs alone and in any order, while here one receiver's silence
//! holds back what comes after it, and fifteen seconds of waiting must not take a worker's place.

pub(crate) mod attempt;
pub(crate) mod claim;
pub mod deliveries;
pub(crate) mod dispatch;
pub mod endpoints;
pub mod model;
pub mod replay;
pub(crate) mod retention;
pub mod schedule;
pub(crate) mod sender;
mod signature;
pub(crate) mod store;

use std::{net::SocketAddr, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use terrace_outbound::{Client, Limits, Lookup, Permit, Redirects, Rules};
use terrace_product::Outbound;

use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
    },
};

/// The client that webhooks are sent by: a redirect is an answer, and not the wanted one.
///
/// # Errors
/// Where TLS cannot be set up.
pub(crate) fn client(rules: &Outbound, lookup: Arc<dyn Lookup>) -> anyhow::Result<Client> {
    let permitted: Vec<SocketAddr> = rules.permit.iter().map(|address| address.get()).collect();
    let ports = rules.ports.iter().map(|port| port.get());
    let rules = Rules::new(ports, Permit::loopback(permitted));
    Ok(Client::new(rules, Redirects::Never, Limits::default(), lookup)?)
}

/// The answer of a read.
fn shown(state: &State, request: &HttpRequest, value: &impl Serialize) -> Result<HttpResponse> {
    let body = serde_json::to_vec(value).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, request)?;
    Ok(answer(request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// The answer of a write.
fn told(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(value)
}
