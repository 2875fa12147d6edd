//! Overload answers at once: a request beyond what may be under way is refused, not queued.

use actix_web::{
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web,
};

use super::problem;
use crate::{
    app::State,
    error::{Code, Error},
};

/// Middleware: takes a slot for the request, or refuses it with `503`. Health answers always:
/// a busy instance is not a dead one.
///
/// # Errors
/// None of its own.
pub async fn limit<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let state = request.app_data::<web::Data<State>>().cloned();
    let slot = state.as_ref().map(|state| state.slots.try_acquire());
    if matches!(slot, Some(Err(_))) && !request.path().starts_with("/health/") {
        let error = Error::new(Code::Overloaded).with_detail("Please try again in a moment.");
        let response = problem::render(&error, request.request());
        return Ok(request.into_response(response).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}
