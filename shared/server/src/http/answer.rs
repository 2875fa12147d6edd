//! The answer of a read: conditional, in a language, with the right to be reused or not.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag},
    web,
};
use serde::Serialize;
use terrace_product::Locale;

use super::etag;
use crate::app::State;

/// Who may use an answer again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Nobody: it is one person's.
    Never,
    /// Anyone who asks each time whether it still holds: a listing can be taken away at any
    /// moment.
    AfterAsking,
    /// Anyone, for so long.
    For(Duration),
    /// Anyone who asks; and it is older than it should be, because the database is away.
    Stale,
}

impl Reuse {
    fn cache_control(self) -> String {
        match self {
            Self::Never => "private, no-store".to_owned(),
            Self::AfterAsking | Self::Stale => "public, no-cache".to_owned(),
            Self::For(time) => format!("public, max-age={}", time.as_secs()),
        }
    }
}

/// A JSON answer that is one person's, and whole: there is no version of it to ask for.
pub fn private(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, Reuse::Never.cache_control()))
        .json(body)
}

/// A JSON answer, or `304` where the client has it already.
pub fn answer(
    request: &HttpRequest,
    tag: EntityTag,
    body: impl Into<web::Bytes>,
    locale: &Locale,
    reuse: Reuse,
) -> HttpResponse {
    if etag::unchanged(request, &tag) {
        return etag::not_modified(tag);
    }
    let mut response = HttpResponse::Ok();
    response
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, reuse.cache_control()))
        .insert_header((header::VARY, vary(request)))
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .content_type("application/json");
    if reuse == Reuse::Stale {
        response.insert_header((header::WARNING, "110 - \"Response is Stale\""));
    }
    response.body(body.into())
}

/// What else of a request the answer depends on. The cookie only where it may be a token: there is
/// hardly a request without one, and hardly two with the same.
fn vary(request: &HttpRequest) -> &'static str {
    let state = request.app_data::<web::Data<State>>();
    match state.is_some_and(|state| !state.realm.session_cookies().is_empty()) {
        true => "Accept-Language, Authorization, Cookie",
        false => "Accept-Language, Authorization",
    }
}
