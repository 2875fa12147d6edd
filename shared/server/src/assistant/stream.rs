//! A turn as text/event-stream.

use std::{convert::Infallible, sync::Arc, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::header, web::Bytes};
use futures_util::stream;

use super::{
    events::Event,
    log::{Log, Reader},
};
use crate::error::{Error, Result};

/// Proxies take a connection that is silent for longer to be dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The events after the one that the client saw last. Whoever has seen them all is told so with 204,
/// at which a browser stops coming back.
pub(super) fn of(log: Arc<Log>, seen: usize) -> HttpResponse {
    if log.is_over(seen) {
        return HttpResponse::NoContent().finish();
    }
    let reader = Reader::new(log, seen);
    respond(stream::unfold(Some(reader), |reader| async {
        let mut reader = reader?;
        let Ok((first, events)) = tokio::time::timeout(HEARTBEAT, reader.next()).await else {
            return Some((piece(": still here\n\n".to_owned()), Some(reader)));
        };
        let text = events.iter().zip(first..).map(|(event, nth)| event.on_the_wire(nth)).collect();
        let ended = events.last().is_some_and(|event| event.is_last());
        Some((piece(text), (!ended).then_some(reader)))
    }))
}

/// An answer that was made before: its last event says it all.
pub(super) fn ended(event: &Event) -> HttpResponse {
    respond(stream::iter([piece(event.on_the_wire(1))]))
}

fn piece(text: String) -> Result<Bytes, Infallible> {
    Ok(Bytes::from(text))
}

fn respond(
    stream: impl futures_util::Stream<Item = Result<Bytes, Infallible>> + 'static,
) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "private, no-store, no-transform"))
        // A compressor would hold events back until its buffer is full; so would nginx.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream)
}

/// The number of the last event that the client saw; 0 where it saw none.
pub(super) fn last_seen(request: &HttpRequest) -> Result<usize> {
    let Some(value) = request.headers().get("last-event-id") else { return Ok(0) };
    let number: Option<i32> = value.to_str().ok().and_then(|text| text.parse().ok());
    number
        .and_then(|number| usize::try_from(number).ok())
        .ok_or_else(|| Error::parameter("Last-Event-ID", "Must be the id of an event."))
}

/// Whether the client wants events, and not the whole answer at once.
pub(super) fn is_wanted(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/event-stream"))
}
