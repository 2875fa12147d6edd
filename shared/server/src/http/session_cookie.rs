//! A token in a cookie, for front ends on the API's own site that send none in the header.
//!
//! Browsers send cookies whoever asks, so a page of somebody else could act in a person's name. Two
//! things that no page can make up rule that out: `Origin`, which browsers send with every request
//! that can change something, is one of the brand's front ends; and where there is none, as with a
//! plain read of one's own origin, `Sec-Fetch-Site` says that it is that. Everything else is treated
//! as if there were no cookie.

use actix_web::{HttpRequest, http::header};
use terrace_product::Origin;

use crate::app::State;

/// What a request says of where it comes from.
const SITE: &str = "sec-fetch-site";

/// The token of the request's session cookie, if the brand takes cookies and the request is its own
/// front end's.
pub(super) fn token(request: &HttpRequest, state: &State) -> Option<String> {
    let names = state.realm.session_cookies();
    if names.is_empty() || !is_ours(request, &state.profile.server.origins) {
        return None;
    }
    let cookies = request.cookies().ok()?;
    names.iter().find_map(|name| {
        let mut values = cookies.iter().filter(|cookie| cookie.name() == name).map(|it| it.value());
        let first = values.next()?;
        // A neighbour's page can add a cookie of the same name, and with it a session of their own.
        values.all(|other| other == first).then(|| first.to_owned())
    })
}

fn is_ours(request: &HttpRequest, origins: &[Origin]) -> bool {
    let headers = request.headers();
    let site = headers.get(SITE).map(|value| value.as_bytes());
    let mut sent = headers.get_all(header::ORIGIN).map(|value| value.as_bytes());
    match (sent.next(), sent.next()) {
        (Some(origin), None) => {
            origins.iter().any(|ours| ours.as_str().as_bytes() == origin)
                && site.is_none_or(|site| site == b"same-origin" || site == b"same-site")
        }
        (Some(_), Some(_)) => false,
        (None, _) => request.method().is_safe() && site.is_some_and(|site| site == b"same-origin"),
    }
}
