//! What happens while an answer is made, as it goes over the wire.

use serde::Serialize;
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

impl Event {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Token { .. } => "token",
            Self::Tool { .. } => "tool",
            Self::Property(_) => "property",
            Self::Citation(_) => "citation",
            Self::Draft(_) => "draft",
            Self::Done(_) => "done",
            Self::Error { .. } => "error",
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
