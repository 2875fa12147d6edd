//! Calendars of other channels: their feeds are read, and ours is theirs to read.
//!
//! - [`manage`] is how a feed comes to a listing, and how it goes; `store` are its statements.
//! - `sync` reads one feed: `fetch` asks for it, [`terrace_ical`] reads it, `plan` decides what of
//!   what we hold is still so, `apply` does that in one transaction. `schedule` says when.
//! - What a feed says is kept as it says it (`calendar_events`). What that takes of the nights is
//!   derived, in the database, under the lock of the listing (`cover_external`): a night is taken
//!   for as long as anybody says so, and never taken twice.
//! - `conflicts` are nights that a feed says are taken and that are ours already. Nothing is
//!   cancelled and nothing dropped: people are told, once, and [`inbox`] shows both sides.
//! - [`export`] is our own calendar, for others to read.
//!
//! **When a night is freed.** Only by a feed that was read to its end and says so: an event that it
//! still names, elsewhere or as cancelled; or one that it names no more, where nothing about that
//! is suspicious (`plan`). An answer that is empty, broken off, no calendar, or no answer at all
//! frees nothing.

pub(crate) mod apply;
pub(crate) mod conflicts;
pub mod export;
mod feeds;
pub(crate) mod fetch;
pub mod inbox;
mod letters;
pub mod manage;
pub mod model;
pub(crate) mod plan;
pub(crate) mod schedule;
pub(crate) mod store;
pub(crate) mod sync;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;

pub use feeds::Feeds;

use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
    },
};

/// The answer of a read.
fn shown(state: &State, request: &HttpRequest, value: &impl Serialize) -> Result<HttpResponse> {
    let body = serde_json::to_vec(value).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, request)?;
    Ok(answer(request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// The answer of a write.
fn told(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(value)
}
