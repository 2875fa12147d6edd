//! CORS: exactly the brand's own front ends.

use actix_cors::Cors;
use actix_web::http::header;
use terrace_product::Profile;

/// The CORS rules of one brand.
pub fn for_brand(profile: &Profile) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            header::ACCEPT,
            header::ACCEPT_LANGUAGE,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
        ])
        .allowed_header("idempotency-key")
        .allowed_header("x-request-id")
        .allowed_header("visitor-token")
        .allowed_header("booking-token")
        .expose_headers([
            header::ETAG,
            header::CONTENT_LANGUAGE,
            header::LOCATION,
            header::RETRY_AFTER,
        ])
        .expose_headers(["x-request-id", "idempotent-replayed"])
        .expose_headers(["ratelimit", "ratelimit-policy"])
        .supports_credentials()
        .max_age(3600);
    profile.server.origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin.as_str()))
}
