//! Refusals on the wire: `application/problem+json` (RFC 9457), written in one place.
//!
//! Handlers and extractors return [`Error`]; the framework has refusals of its own (a path that
//! matches nothing, headers it cannot read). The [`problems`] middleware renders both, so that no
//! text of a library reaches a client and every problem carries its request id.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
};
use serde::Serialize;

use super::{
    idempotency::{Answer, AnswerHeaders},
    observe::RequestId,
};
use crate::error::{Code, Error, FieldError};

pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// A refusal (RFC 9457).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Identifies the kind of problem; made of the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:terrace:problem:slug_taken")]
    pub kind: String,
    /// Short title, the same for every occurrence.
    #[schema(example = "The slug is taken")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// A sentence about this occurrence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Stable code, from the table in the API conventions.
    #[schema(example = "slug_taken")]
    pub code: &'static str,
    /// The request's id, as in the `X-Request-Id` header.
    pub request_id: String,
    /// The fields at fault.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Problem {
    fn new(error: &Error, request_id: String) -> Self {
        Self {
            kind: format!("urn:terrace:problem:{}", error.code.name()),
            title: error.code.title(),
            status: error.code.status(),
            detail: error.detail.clone(),
            code: error.code.name(),
            request_id,
            errors: error.fields.clone(),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Only the status: [`problems`] writes the body, because it knows the request.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status_code())
    }
}

/// Middleware: writes every refusal as a problem document.
///
/// # Errors
/// None of its own.
pub async fn problems<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let response = next.call(request).await?;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_json(&response) {
        return Ok(response.map_into_left_body());
    }
    let kept = response.response().error().and_then(|e| e.as_error::<Error>());
    let framework;
    let error = match kept {
        Some(error) => error,
        None => {
            framework = from_status(status, response.request());
            &framework
        }
    };
    log_cause(error);
    let mut rendered = render(error, response.request());
    keep_headers(response.headers(), &mut rendered);
    let (request, _) = response.into_parts();
    Ok(ServiceResponse::new(request, rendered).map_into_right_body())
}

/// A refusal as a response, for middleware that answers without calling on.
#[must_use]
pub fn render(error: &Error, request: &HttpRequest) -> HttpResponse {
    let status = error.status_code();
    let mut builder = HttpResponse::build(status);
    builder.content_type(MEDIA_TYPE);
    builder.insert_header((header::CACHE_CONTROL, "no-store"));
    if status == StatusCode::UNAUTHORIZED {
        builder.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        builder.insert_header((header::RETRY_AFTER, "1"));
    }
    if error.code == Code::UploadQuota {
        builder.insert_header((header::RETRY_AFTER, "3600"));
    }
    builder.json(Problem::new(error, RequestId::of(request)))
}

/// A refusal as an answer that is kept with the key of its request: the same bytes each time it is
/// given, the id of the first request included.
///
/// # Errors
/// `500` where it cannot be written as JSON.
pub fn stored(error: &Error, request_id: String, language: &str) -> Result<Answer, Error> {
    let problem = Problem::new(error, request_id);
    Ok(Answer {
        status: problem.status,
        body: serde_json::to_string(&problem).map_err(Error::internal)?,
        headers: AnswerHeaders {
            etag: String::new(),
            location: String::new(),
            language: language.to_owned(),
        },
        replayed: false,
    })
}

/// Headers that belong to the answer whatever its body: `Allow`, CORS, `Retry-After`.
fn keep_headers(from: &header::HeaderMap, to: &mut HttpResponse) {
    for (name, value) in from {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            to.headers_mut().insert(name.clone(), value.clone());
        }
    }
}

/// A problem that is rendered already, or an answer that a handler has written for itself
/// (`/health/ready`): the framework's own refusals are never JSON.
fn is_json<B>(response: &ServiceResponse<B>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind == MEDIA_TYPE || kind == "application/json")
}

/// A refusal of the framework's own, told by its status alone.
fn from_status(status: StatusCode, request: &HttpRequest) -> Error {
    match status {
        StatusCode::NOT_FOUND => Error::new(Code::NotFound)
            .with_detail(format!("Nothing is served at {}.", request.path())),
        StatusCode::METHOD_NOT_ALLOWED => Error::new(Code::MethodNotAllowed).with_detail(format!(
            "{} is not allowed at {}.",
            display_method(request.method()),
            request.path()
        )),
        StatusCode::PAYLOAD_TOO_LARGE => Error::new(Code::PayloadTooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Error::new(Code::UnsupportedMediaType),
        StatusCode::NOT_ACCEPTABLE => Error::new(Code::NotAcceptable),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Error::new(Code::HeadersTooLarge),
        StatusCode::SERVICE_UNAVAILABLE => Error::new(Code::Unavailable),
        status if status.is_client_error() => Error::new(Code::MalformedRequest),
        status => Error::internal(anyhow::anyhow!("the framework answered {status}")),
    }
}

/// Extension methods are the client's text: only the standard ones are echoed.
fn display_method(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::OPTIONS => method.as_str(),
        _ => "This method",
    }
}

fn log_cause(error: &Error) {
    if let Some(cause) = &error.cause {
        if error.code.status() == 500 {
            tracing::error!(cause = format!("{cause:#}"), "request failed");
        } else {
            tracing::warn!(cause = format!("{cause:#}"), code = error.code.name(), "degraded");
        }
    }
}
