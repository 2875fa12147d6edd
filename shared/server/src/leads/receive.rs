//! `POST /leads`: anybody asks.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;

use super::{
    input::LeadIn,
    intake::{self, Enquiry},
    output::LeadReceipt,
};
use crate::{
    app::State,
    db::Context,
    error::{Error, Result},
    http::{
        auth::{MaybeCaller, Origin},
        body::Body,
        client,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
        locale,
    },
};

/// Takes an enquiry, from anybody. Who has a token is known by it.
///
/// The answer is always the same: whether somebody has asked before is not to be found out here.
#[utoipa::path(
    post, path = "/api/v1/leads", operation_id = "create_lead", tag = "leads",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = LeadIn,
    responses((status = 202, body = LeadReceipt)),
    security((), ("bearer" = [])),
)]
pub async fn create_lead(
    caller: MaybeCaller,
    origin: Origin,
    key: IdempotencyKey,
    body: Body<LeadIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (input, digest) = (body.value, body.digest);
    let country = state.profile.market.country.as_str();
    input.check(Utc::now(), country, caller.0.is_some())?;
    let spoken = locale::negotiate(&state.profile, input.locale.as_deref(), &request)
        .map_err(|error| locale::in_the_body(error, "/locale"))?
        .to_string();
    let receipt = LeadReceipt { reference: intake::new_reference(), received_at: Utc::now() };
    let answer = accepted(&receipt, &spoken)?;
    if input.is_trapped() {
        metrics::counter!("terrace_leads_trapped_total").increment(1);
        return Ok(answer.into());
    }
    let claim = match &caller.0 {
        Some(caller) => key.claim("create_lead", caller, digest),
        None => {
            let address = client::address(&request, &state.profile.server.trusted_proxies);
            let who = address.map(|address| client::counted_as(address).to_string());
            key.claim_unnamed("create_lead", &who.unwrap_or_default(), digest)
        }
    };
    let user_id = caller.0.map(|caller| caller.user_id);
    let enquiry = enquiry(input, receipt, user_id, spoken);
    // With the platform's rights, in the name of who asks; see `intake`.
    let context = Context { role: "system", ..origin.0 };
    let wired = state.clone();
    let answer = state
        .db
        .tx(context, move |tx| {
            let (state, claim) = (wired.clone(), claim.clone());
            let (enquiry, answer) = (enquiry.clone(), answer.clone());
            Box::pin(async move {
                if let Some(claim) = &claim
                    && let Some(answer) = claim.take(tx).await?
                {
                    return Ok(answer);
                }
                intake::receive(tx, &state, enquiry).await?;
                if let Some(claim) = &claim {
                    claim.keep(tx, &answer).await?;
                }
                Ok(answer)
            })
        })
        .await?;
    Ok(answer.into())
}

/// An enquiry of what somebody said.
pub(crate) fn enquiry(
    input: LeadIn,
    receipt: LeadReceipt,
    user_id: Option<uuid::Uuid>,
    locale: String,
) -> Enquiry {
    let LeadIn {
        property_id,
        kind,
        name,
        email,
        phone,
        line_id,
        message,
        locale: _,
        wished_times,
        website: _,
    } = input;
    let trimmed = |text: String| text.trim().to_owned();
    Enquiry {
        receipt,
        user_id,
        property_id,
        kind,
        name: trimmed(name),
        email: email.map(trimmed),
        phone: phone.map(trimmed),
        line_id: line_id.map(trimmed),
        message: trimmed(message),
        locale,
        wished_times: wished_times.into_iter().map(|wished| wished.start).collect(),
    }
}

fn accepted(receipt: &LeadReceipt, locale: &str) -> Result<Answer> {
    Ok(Answer {
        status: 202,
        body: serde_json::to_string(receipt).map_err(Error::internal)?,
        headers: AnswerHeaders {
            etag: String::new(),
            location: String::new(),
            language: locale.to_owned(),
        },
        replayed: false,
    })
}
