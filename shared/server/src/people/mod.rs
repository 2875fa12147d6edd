//! The people of a brand as others meet them: agencies, agents, and who may do what.
//!
//! What is public of an agent is what they publish of themselves: name, words, languages, licence,
//! LINE, picture. Addresses and telephone numbers of people are for those who run the brand.

pub mod agents;
pub mod charge;
pub mod companies;
pub mod reassign;
pub mod users;

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use uuid::Uuid;

use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::Caller,
        etag, locale,
    },
};

/// Where a list by name goes on.
#[derive(Deserialize)]
struct After {
    #[serde(deserialize_with = "plain")]
    name: String,
    id: Uuid,
}

/// A text that the database can hold: cursors come from outside.
fn plain<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.contains('\0') { Err(D::Error::custom("no such name")) } else { Ok(text) }
}

/// Rows a page.
fn page_size(limit: Option<u64>) -> Result<u64> {
    match limit.unwrap_or(24) {
        size @ 1..=100 => Ok(size),
        _ => Err(Error::parameter("limit", "Must be 1..100.")),
    }
}

/// Cuts the one row off that tells whether there is a next page.
fn cut<T>(rows: &mut Vec<T>, size: u64) -> bool {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    more
}

/// What is read without a token may be kept for a while; what only some see may not.
fn respond(
    state: &State,
    request: &HttpRequest,
    caller: Option<&Caller>,
    out: &impl Serialize,
) -> Result<HttpResponse> {
    let locale = locale::negotiate(&state.profile, None, request)?;
    let body = serde_json::to_vec(out).map_err(Error::internal)?;
    let reuse = if caller.is_none() { Reuse::AfterAsking } else { Reuse::Never };
    Ok(answer(request, etag::of_bytes(&body), body, &locale, reuse))
}

/// Words of a search as a pattern for ILIKE: what stands for anything there stands for itself here.
///
/// # Errors
/// `400` where there are too many.
pub(crate) fn pattern(words: &str) -> Result<String> {
    const MOST: usize = 100;
    if words.chars().count() > MOST {
        return Err(Error::parameter("q", format!("Must be {MOST} characters at most.")));
    }
    let escaped = words.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    Ok(format!("%{escaped}%"))
}

/// Tells `null` (Some(None)) from a field that is not there (None).
fn present<'de, T, D>(deserializer: D) -> std::result::Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Deserialize::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_pattern_means_what_was_typed() {
        assert_eq!(super::pattern(r"50%_\").unwrap(), r"%50\%\_\\%");
    }
}
