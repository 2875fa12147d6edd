//! How much a client may ask.
//!
//! Who has a token is counted as a person, whoever has none by their address. What anyone may
//! write has a smaller allowance of its own, and so have tokens that are refused. The price of
//! each operation stands in `policy`, the accounts in `ledger`.

mod ledger;
mod policy;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use uuid::Uuid;

use self::{
    ledger::Verdict,
    policy::{Charge, Policy},
};
use super::{auth::Caller, client, problem};
use crate::{
    app::State,
    error::{Code, Error},
    router,
};

pub use ledger::Ledger;
pub use policy::is_limited;

static LIMIT: HeaderName = HeaderName::from_static("ratelimit");
static LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Middleware, after the token is known: charges the request to its person or its address, or
/// refuses it with `429`.
///
/// # Errors
/// None of its own.
pub async fn limit<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let Some((policy, verdict)) = charge(request.request()).await else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    if !verdict.allowed {
        let refused = refuse(request.request(), policy, verdict);
        return Ok(request.into_response(refused).map_into_right_body());
    }
    let told = request.app_data::<web::Data<State>>().cloned();
    let mut response = next.call(request).await?;
    if let Some(state) = told {
        tell(response.headers_mut(), &state, policy, verdict);
    }
    Ok(response.map_into_left_body())
}

/// Middleware, before the token is looked at: an address whose tokens keep being refused is not
/// listened to for a while. Looking at a signature costs more than not looking.
///
/// # Errors
/// None of its own.
pub async fn guard_tokens<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    const POLICY: Policy = Policy::FailedTokens;
    let state = request.app_data::<web::Data<State>>().cloned();
    let (Some(state), true) = (state, request.headers().contains_key(header::AUTHORIZATION)) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let who = by_address(&state, request.request());
    let (Some(who), true) = (who, counts(&state, request.request())) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    if let Some(verdict) = state.ledger.refusal(POLICY, &who).await {
        let refused = refuse(request.request(), POLICY, verdict);
        return Ok(request.into_response(refused).map_into_right_body());
    }
    let mut response = next.call(request).await?;
    if response.status() == StatusCode::UNAUTHORIZED {
        let verdict = state.ledger.spend(&state.cache, POLICY, &who, 1).await;
        if !verdict.allowed {
            let refused = refuse(response.request(), POLICY, verdict);
            let (request, _) = response.into_parts();
            return Ok(ServiceResponse::new(request, refused).map_into_right_body());
        }
        tell(response.headers_mut(), &state, POLICY, verdict);
    }
    Ok(response.map_into_left_body())
}

fn counts(state: &State, request: &HttpRequest) -> bool {
    state.profile.limits.enabled && is_limited(router::operation(request))
}

/// Spends what the request costs; none where nothing is counted.
async fn charge(request: &HttpRequest) -> Option<(Policy, Verdict)> {
    let state = request.app_data::<web::Data<State>>()?;
    if !state.profile.limits.enabled {
        return None;
    }
    let user = request.extensions().get::<Caller>().map(|caller| caller.user_id);
    let (policy, cost) = match (policy::charge(router::operation(request)), user) {
        (Charge::Free, _) => return None,
        (Charge::Common(cost), Some(_)) => (Policy::User, cost),
        (Charge::Common(cost), None) => (Policy::Client, cost),
        (Charge::PublicWrite(cost), _) => (Policy::PublicWrites, cost),
    };
    let who = match user {
        Some(user) => by_user(user),
        None => by_address(state, request)?,
    };
    Some((policy, state.ledger.spend(&state.cache, policy, &who, cost).await))
}

/// Where the accounts of a person stand.
pub(crate) fn accounts_of(user: Uuid) -> [String; 2] {
    [Policy::User, Policy::PublicWrites].map(|policy| ledger::account(policy, &by_user(user)))
}

fn by_user(user: Uuid) -> String {
    format!("user:{user}")
}

fn by_address(state: &State, request: &HttpRequest) -> Option<String> {
    let address = client::address(request, &state.profile.server.trusted_proxies)?;
    Some(format!("address:{}", client::counted_as(address)))
}

fn refuse(request: &HttpRequest, policy: Policy, verdict: Verdict) -> HttpResponse {
    metrics::counter!("terrace_rate_limited_total", "policy" => policy.name()).increment(1);
    let seconds = in_seconds(verdict.retry_in);
    let detail = format!("Please wait {seconds} s before you ask again.");
    let error = Error::new(Code::RateLimited).with_detail(detail);
    let mut response = problem::render(&error, request);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    if let Some(state) = request.app_data::<web::Data<State>>() {
        tell(response.headers_mut(), state, policy, verdict);
    }
    response
}

/// `RateLimit-Policy: "client";q=1200;w=60` and `RateLimit: "client";r=1187;t=1`.
fn tell(headers: &mut HeaderMap, state: &State, policy: Policy, verdict: Verdict) {
    let quota = state.ledger.quota(policy);
    let (name, points, window) = (policy.name(), quota.points, quota.window.as_secs());
    let (left, reset) = (verdict.remaining, in_seconds(verdict.full_in));
    for (header, value) in [
        (&LIMIT_POLICY, format!("\"{name}\";q={points};w={window}")),
        (&LIMIT, format!("\"{name}\";r={left};t={reset}")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header.clone(), value);
        }
    }
}

/// Whole seconds, rounded up: never too early.
fn in_seconds(time: std::time::Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
