//! What happens while an answer is made, as it goes over the wire.

use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::output::{Citation, MessageOut, OfferedDraft};
use crate::listings::output::PropertyItem;

/// An event of a turn. Texts put together are the answer's content.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Event {
    /// Some of the answer.
    Token { text: String },
    /// Something is looked up.
    Tool { name: &'static str },
    /// A listing that the answer is about.
    Property(Box<PropertyItem>),
    /// An answer of the brand's own that it is from.
    Citation(Citation),
    /// Something that the asker may confirm.
    Draft(OfferedDraft),
    /// The whole answer; nothing follows.
    Done(Box<MessageOut>),
    /// The answer could not be made; nothing follows.
    Error { message_id: Uuid, code: &'static str, detail: &'static str },
}

/// An event, as a reader of `text/event-stream` gets it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "told to clients; `Event::on_the_wire` writes it")]
pub(super) struct StreamedEvent {
    /// Its number within the answer, which `Last-Event-ID` takes.
    #[schema(pattern = "^[1-9][0-9]*$", example = "1")]
    id: String,
    /// What happens. Nothing follows `done` and `error`.
    event: StreamedEventName,
    /// JSON: `text` of a `token`, `name` of a `tool`, a `PropertyItem`, a `Citation`, an
    /// `OfferedDraft`, the whole `MessageOut` when it is `done`; `message_id`, `code` and `detail` of
    /// an `error`.
    #[schema(content_media_type = "application/json", example = json!("{\"text\": \"It has\"}"))]
    data: String,
}

/// What happens while an answer is made.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StreamedEventName {
    /// Some of the answer.
    Token,
    /// Something is looked up.
    Tool,
    /// A listing that the answer is about.
    Property,
    /// An answer of the brand's own that it is from.
    Citation,
    /// Something that the asker may confirm.
    Draft,
    /// The whole answer.
    Done,
    /// The answer could not be made.
    Error,
}

impl fmt::Display for StreamedEventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Event {
    fn name(&self) -> StreamedEventName {
        match self {
            Self::Token { .. } => StreamedEventName::Token,
            Self::Tool { .. } => StreamedEventName::Tool,
            Self::Property(_) => StreamedEventName::Property,
            Self::Citation(_) => StreamedEventName::Citation,
            Self::Draft(_) => StreamedEventName::Draft,
            Self::Done(_) => StreamedEventName::Done,
            Self::Error { .. } => StreamedEventName::Error,
        }
    }

    /// Whether nothing follows.
    pub(super) fn is_last(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Error { .. })
    }

    /// The event as text/event-stream has it. JSON has no line breaks of its own.
    pub(super) fn on_the_wire(&self, nth: usize) -> String {
        let data = serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned());
        format!("id: {nth}\nevent: {}\ndata: {data}\n\n", self.name())
    }
}
