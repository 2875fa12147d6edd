//! The language of an answer: `?locale=` beats `Accept-Language` beats the brand's default.

use actix_web::{
    HttpRequest,
    http::header::{self, AcceptLanguage, Header},
};
use terrace_product::{Locale, Profile};

use crate::error::{Error, Result};

/// Chooses the language of the answer among those the brand speaks.
///
/// # Errors
/// `400` where `?locale=` names a language that the brand does not speak.
pub fn negotiate(profile: &Profile, asked: Option<&str>, request: &HttpRequest) -> Result<Locale> {
    match asked {
        Some(asked) => supported(profile, asked).ok_or_else(|| {
            let known: Vec<_> = profile.locales.enabled.iter().map(Locale::as_str).collect();
            Error::parameter("locale", format!("Must be one of: {}.", known.join(", ")))
        }),
        None => Ok(from_header(profile, request)),
    }
}

/// The refusal of a language that was asked for in a field of the body instead of a parameter.
#[must_use]
pub fn in_the_body(error: Error, pointer: &str) -> Error {
    let detail = error.fields.into_iter().next().map(|field| field.detail).unwrap_or_default();
    Error::field(pointer, "unknown_value", detail)
}

/// An exact match, or the same base language (`th-TH` is answered in `th`).
fn supported(profile: &Profile, asked: &str) -> Option<Locale> {
    let enabled = &profile.locales.enabled;
    let base = |text: &str| text.split('-').next().unwrap_or_default().to_ascii_lowercase();
    enabled
        .iter()
        .find(|locale| locale.as_str().eq_ignore_ascii_case(asked))
        .or_else(|| enabled.iter().find(|locale| base(locale.as_str()) == base(asked)))
        .cloned()
}

fn from_header(profile: &Profile, request: &HttpRequest) -> Locale {
    if !request.headers().contains_key(header::ACCEPT_LANGUAGE) {
        return profile.locales.default.clone();
    }
    AcceptLanguage::parse(request)
        .ok()
        .and_then(|accepted| {
            accepted.ranked().iter().find_map(|wanted| supported(profile, wanted.item()?.as_str()))
        })
        .unwrap_or_else(|| profile.locales.default.clone())
}
