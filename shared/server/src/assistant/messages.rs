//! `POST /chat/conversations/{id}/messages`, `GET /chat/messages/{id}/events`, `POST …/feedback`.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use garde::Validate;
use serde::Deserialize;
use terrace_product::Locale;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    conversations::language,
    events::{Event, StreamedEvent},
    log::Reader,
    output::{Author, MessageOut},
    prompts, receipts,
    store::{self, Message},
    stream,
    turn::{self, Turn},
};
use crate::{
    app::State,
    error::{Code, Error, Result},
    http::{auth::MaybeCaller, body::Body},
    listings::{input::not_blank, read},
    visitors::Keeper,
};

/// Of what was said before, what the next answer is made with.
const REMEMBERED: u64 = 20;

/// A question.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageIn {
    /// The words.
    #[garde(length(chars, min = 1, max = 2000), custom(not_blank))]
    #[schema(
        min_length = 1,
        max_length = 2000,
        example = "a quiet villa with a pool near the beach"
    )]
    pub text: String,
}

/// Asks something.
///
/// With `Accept: text/event-stream` the answer comes while it is made: events `token`, `tool`,
/// `property`, `citation`, `draft`, and `done` with the whole message, or `error`. Every event has an id;
/// whoever is cut off goes on at `Location` with `Last-Event-ID`. Otherwise the whole message is
/// the answer.
#[utoipa::path(
    post, path = "/api/v1/chat/conversations/{id}/messages", operation_id = "create_message", tag = "assistant",
    params(("id" = Uuid, Path)),
    request_body = MessageIn,
    responses((status = 200, content(
        (MessageOut = "application/json"),
        (StreamedEvent = "text/event-stream"),
    ))),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn create_message(
    keeper: Keeper,
    caller: MaybeCaller,
    id: web::Path<Uuid>,
    body: Body<MessageIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (Keeper { owner, context }, id) = (keeper, *id);
    let (text, most) = (body.value.text.trim().to_owned(), state.profile.assistant.turns_per_day);
    // Before the question is written down: where it cannot be read which tools are on, none is called.
    let told = prompts::told(&state).await?;
    let asked = state.db.tx(context, {
        let text = text.clone();
        move |tx| {
            let text = text.clone();
            Box::pin(async move {
                owner.admit(tx).await?;
                let conversation = store::find(tx, owner, id).await?;
                let before = store::messages(tx, id, REMEMBERED).await?;
                let answer = store::ask(tx, owner, &conversation, &text, most).await?;
                Ok((conversation, before, answer))
            })
        }
    });
    let (conversation, before, answer) = asked.await?;
    let spoken = receipts::spoken(&text, &conversation.locale);
    let locale = enabled(&state, spoken).unwrap_or_else(|| language(&state, &conversation));
    let log = state.turns.open(answer);
    let turn = Turn {
        answer,
        text,
        before,
        is_handed_over: conversation.handed_over_at.is_some(),
        state: state.clone(),
        caller: caller.0,
        visitor: owner.columns().1,
        told,
        locale,
        log: log.clone(),
    };
    let made = tokio::spawn(turn::make(turn));
    let (wired, left) = (state.clone(), log.clone());
    tokio::spawn(async move {
        if made.await.is_err() {
            turn::died(&wired, &left, answer).await;
        }
    });
    let location = format!("/api/v1/chat/messages/{answer}/events");
    if stream::is_wanted(&request) {
        let mut response = stream::of(log, 0);
        if let Ok(location) = location.parse() {
            response.headers_mut().insert(header::LOCATION, location);
        }
        return Ok(response);
    }
    whole(Reader::new(log, 0)).await
}

/// Waits for the last event, and answers with what it holds.
async fn whole(mut reader: Reader) -> Result<HttpResponse> {
    loop {
        let (_, events) = reader.next().await;
        match events.last().map(AsRef::as_ref) {
            Some(Event::Done(message)) => {
                return Ok(HttpResponse::Ok()
                    .insert_header((header::CACHE_CONTROL, "private, no-store"))
                    .json(message));
            }
            Some(Event::Error { detail, .. }) => {
                return Err(Error::new(Code::Unavailable).with_detail(*detail));
            }
            _ => {}
        }
    }
}

/// The events of an answer after `Last-Event-ID`: from where somebody was cut off, or from the
/// beginning. Of an answer that was made long ago, or by another instance, the last one says it all.
#[utoipa::path(
    get, path = "/api/v1/chat/messages/{id}/events", operation_id = "get_message_events", tag = "assistant",
    params(("id" = Uuid, Path), ("Last-Event-ID" = Option<u32>, Header, description = "The last event that was seen")),
    responses(
        (status = 200, content_type = "text/event-stream", body = StreamedEvent),
        (status = 204, description = "Nothing comes after that event"),
    ),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn get_message_events(
    keeper: Keeper,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (Keeper { owner, context }, id) = (keeper, *id);
    let seen = stream::last_seen(&request)?;
    let found = state.db.tx(context, move |tx| {
        Box::pin(async move {
            owner.enter(tx).await?;
            store::message(tx, owner, id).await
        })
    });
    let message = found.await?;
    if let Some(log) = state.turns.get(id) {
        return Ok(stream::of(log, seen));
    }
    let locale = state.profile.locales.default.clone();
    let event = match message.state.as_str() {
        "done" => match shown(&state, vec![message], &locale).await?.pop() {
            Some(message) => Event::Done(Box::new(message)),
            None => turn::lost(id),
        },
        "open" => {
            return Err(Error::new(Code::RequestInFlight).with_detail(
                "The answer is being made by another instance. Ask again in a moment.",
            ));
        }
        _ => turn::lost(id),
    };
    Ok(stream::ended(&event))
}

/// What somebody thinks of an answer.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackIn {
    /// Whether it helped.
    #[garde(skip)]
    pub is_helpful: bool,
}

/// Says whether an answer helped; said again, the last word counts.
#[utoipa::path(
    post, path = "/api/v1/chat/messages/{id}/feedback", operation_id = "rate_message", tag = "assistant",
    params(("id" = Uuid, Path)),
    request_body = FeedbackIn,
    responses((status = 204)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn rate_message(
    keeper: Keeper,
    id: web::Path<Uuid>,
    body: Body<FeedbackIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (Keeper { owner, context }, id) = (keeper, *id);
    let is_helpful = body.value.is_helpful;
    let rated = state.db.tx(context, move |tx| {
        Box::pin(async move {
            owner.enter(tx).await?;
            store::message(tx, owner, id).await?;
            store::rate(tx, id, is_helpful).await
        })
    });
    rated.await?;
    let outcome = if is_helpful { "helpful" } else { "unhelpful" };
    metrics::counter!("terrace_assistant_thumbs_total", "outcome" => outcome).increment(1);
    Ok(HttpResponse::NoContent().finish())
}

/// Messages with the cards of their listings, as far as everyone sees those today.
pub(super) async fn shown(
    state: &State,
    messages: Vec<Message>,
    locale: &Locale,
) -> Result<Vec<MessageOut>> {
    let mut ids: Vec<Uuid> =
        messages.iter().flat_map(|message| message.parts().properties).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut cards = match ids.is_empty() {
        true => HashMap::new(),
        false => read::cards(state, ids, locale).await?,
    };
    // A listing is shown where it was last spoken of.
    let mut shown: Vec<MessageOut> = messages
        .into_iter()
        .rev()
        .map(|message| {
            let parts = message.parts();
            MessageOut {
                id: message.id,
                author: if message.author == "visitor" {
                    Author::Visitor
                } else {
                    Author::Assistant
                },
                state: message.state,
                content: message.content,
                properties: parts.properties.iter().filter_map(|id| cards.remove(id)).collect(),
                citations: parts.citations,
                drafts: parts.drafts,
                offers_handoff: parts.offers_handoff,
                degraded: parts.degraded,
                is_helpful: message.is_helpful,
                created_at: message.created_at,
            }
        })
        .collect();
    shown.reverse();
    Ok(shown)
}

fn enabled(state: &State, spoken: &str) -> Option<Locale> {
    let base = |text: &str| text.split('-').next().unwrap_or_default().to_owned();
    let locales = &state.profile.locales.enabled;
    let exact = locales.iter().find(|locale| locale.as_str() == spoken);
    exact.or_else(|| locales.iter().find(|locale| base(locale.as_str()) == base(spoken))).cloned()
}
