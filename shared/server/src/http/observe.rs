//! Every request gets an id, one log line and one measurement.

use std::time::Instant;

use actix_web::{
    HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
    web,
};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;
use uuid::Uuid;

use super::auth::Caller;
use crate::{app::State, router};

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: the client's own where it sent a sensible one, else made here.
#[derive(Clone, Debug)]
pub struct RequestId(String);

impl RequestId {
    /// The id of this request; empty only where the middleware has not run.
    #[must_use]
    pub fn of(request: &HttpRequest) -> String {
        request.extensions().get::<Self>().map(|id| id.0.clone()).unwrap_or_default()
    }

    /// An id from outside goes into logs and the audit trail: only short and plain ones do.
    fn from_client(value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        ((8..=64).contains(&text.len()) && text.chars().all(plain)).then(|| Self(text.to_owned()))
    }
}

/// Middleware, outermost: gives the request its id and the answer the same.
///
/// # Errors
/// None of its own.
pub async fn identify<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(RequestId::from_client)
        .unwrap_or_else(|| RequestId(Uuid::now_v7().to_string()));
    let header = HeaderValue::from_str(&id.0).ok();
    request.extensions_mut().insert(id);
    let mut response = next.call(request).await?;
    if let Some(header) = header {
        response.headers_mut().insert(REQUEST_ID.clone(), header);
    }
    Ok(response)
}

/// Middleware: measures the request and writes its log line.
///
/// # Errors
/// None of its own.
pub async fn measure<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let started = Instant::now();
    let response = next.call(request).await?;
    let elapsed = started.elapsed();
    let request = response.request();
    // The route's name, never its path: paths carry ids, and a label per id would grow for ever.
    let operation = router::operation(request);
    let status = response.status().as_u16();
    metrics::histogram!(
        "terrace_http_request_duration_seconds",
        "operation" => operation, "status" => class(status)
    )
    .record(elapsed.as_secs_f64());
    let caller = request.extensions().get::<Caller>().cloned();
    tracing::info!(
        target: "terrace::request",
        product = request.app_data::<web::Data<State>>().map(|state| state.profile.id.as_str()),
        request_id = RequestId::of(request),
        method = request.method().as_str(),
        operation,
        status,
        duration_ms = elapsed.as_secs_f64() * 1000.0,
        user_id = caller.as_ref().map(|caller| tracing::field::display(caller.user_id)),
        role = caller.as_ref().map(|caller| caller.role.name()),
        "request"
    );
    Ok(response)
}

fn class(status: u16) -> &'static str {
    match status / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

/// The span that everything logged during a request belongs to: its id and its route, nothing
/// that a person sent.
#[derive(Debug)]
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        tracing::info_span!(
            "request",
            request_id = RequestId::of(request.request()),
            operation = router::operation(request.request()),
        )
    }

    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, actix_web::Error>) {}
}
