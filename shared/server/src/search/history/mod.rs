//! What was asked, and what was opened: so that a brand sees what people look for and do not find.
//!
//! - A search is written down after its answer: the row waits in `buffer` and goes out every few
//!   seconds with all the others (`write`). A process that dies loses those seconds, and a buffer
//!   that is full its oldest rows; both are counted, and neither costs the search anything.
//! - Its id is made before the answer, so that a click can name it (`click`).
//! - Nothing is kept of whoever does not want it (`DNT`, `Sec-GPC`, `remember`), no text that
//!   looks personal is kept (`personal`), and nothing by which a visitor would be known again:
//!   neither address nor any id of theirs. A person with an account sees and takes away what there
//!   is of them (`mine`).
//! - `reports` and `summary` add it up for admins, `popular` for everyone who begins to type.

mod buffer;
pub mod click;
pub mod mine;
pub(super) mod personal;
pub mod popular;
pub mod reports;
pub mod retention;
pub mod summary;
mod write;

use std::time::Duration;

use actix_web::{HttpRequest, http::header::HeaderMap};
use chrono::Utc;
use terrace_product::Locale;
use uuid::Uuid;

use self::{
    buffer::{Asked, Buffer},
    personal::{is_personal, kept_filters, normalise},
};
use super::{input::SearchIn, output::SearchOut};
use crate::{
    app::State,
    http::{auth::Caller, client},
};

pub use write::{flush, keep};

/// Characters of a text that is kept; longer ones are letters rather than searches.
const LONGEST: usize = 200;

/// Ids of chips that are kept with a search.
const MOST_CHIPS: usize = 50;

/// What this process has not written down yet, and who has asked it today.
#[derive(Debug, Default)]
pub struct History {
    buffer: Buffer,
    askers: buffer::Askers,
}

/// Remembers a search that was answered; its id, where there will be a row. The pages after the
/// first belong to the same search.
pub(super) fn record(
    state: &State,
    request: &HttpRequest,
    caller: Option<&Caller>,
    search: &SearchIn,
    locale: &Locale,
    found: &SearchOut,
    took: Duration,
) -> Option<Uuid> {
    if search.offset > 0 {
        return None;
    }
    let remembered = is_kept(state) && search.remember && !has_opted_out(request.headers());
    metrics::counter!("terrace_searches_total",
        "found" => if found.total > 0 { "some" } else { "none" },
        "remembered" => if remembered { "yes" } else { "no" })
    .increment(1);
    if !remembered {
        return None;
    }
    let user_id = caller.map(|caller| caller.user_id);
    let (kind, query, normalised) = text(&search.query);
    let who = user_id.map_or_else(
        || {
            let address = client::address(request, &state.profile.server.trusted_proxies);
            address.map(|address| client::counted_as(address).to_string())
        },
        |user| Some(user.to_string()),
    );
    let now = Utc::now();
    let is_repeat = state
        .history
        .askers
        .is_repeat(now.date_naive(), &(who, locale.as_str(), normalised.as_deref()));
    let chips = found.understood.chips.iter().take(MOST_CHIPS);
    let asked = Asked {
        id: Uuid::now_v7(),
        at: now,
        user_id,
        kind,
        query,
        normalised,
        locale: locale.to_string(),
        filters: kept_filters(&search.filters),
        chips: chips.map(|chip| chip.id.chars().take(LONGEST / 2).collect()).collect(),
        total: found.total,
        total_is_exact: found.total_is_exact,
        took_ms: i32::try_from(took.as_millis()).unwrap_or(i32::MAX),
        degraded: found.degraded,
        is_repeat,
    };
    let id = asked.id;
    state.history.buffer.searches([asked]);
    Some(id)
}

/// The kind of a search, its text as it was asked, and as it is counted.
fn text(query: &str) -> (&'static str, Option<String>, Option<String>) {
    let query = query.trim();
    let normalised = normalise(query);
    if normalised.is_empty() {
        ("filters", None, None)
    } else if query.chars().count() > LONGEST || is_personal(query) {
        ("withheld", None, None)
    } else {
        ("words", Some(query.to_owned()), Some(normalised))
    }
}

/// Whether the brand keeps any history.
fn is_kept(state: &State) -> bool {
    state.profile.search.history_days > 0
}

/// Whether the browser says that nothing is to be remembered.
fn has_opted_out(headers: &HeaderMap) -> bool {
    ["dnt", "sec-gpc"].iter().any(|name| headers.get(*name).is_some_and(|value| value == "1"))
}
