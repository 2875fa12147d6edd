//! Conversations as a client sees them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::listings::output::PropertyItem;

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationOut {
    /// Id.
    pub id: Uuid,
    /// The language of its answers, unless somebody asks in another.
    #[schema(example = "th")]
    pub locale: String,
    /// The first thing that was asked, cut.
    pub title: String,
    /// Since when somebody at the brand looks after it; the assistant is silent meanwhile.
    pub handed_over_at: Option<DateTime<Utc>>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When something was last said.
    pub updated_at: DateTime<Utc>,
    /// What was said, the oldest first; in one conversation only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<MessageOut>>,
}

/// Somebody's conversations.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationList {
    /// The latest first.
    pub items: Vec<ConversationOut>,
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// Who asks.
    Visitor,
    /// The assistant.
    Assistant,
}

/// Something that was said.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageOut {
    /// Id.
    pub id: Uuid,
    /// By whom.
    pub author: Author,
    /// `open` while it is being made, `done`, or `failed` where its making ended in the midst.
    #[schema(example = "done")]
    pub state: String,
    /// The words, plain text.
    pub content: String,
    /// The listings that it is about.
    pub properties: Vec<PropertyItem>,
    /// The brand's own answers that it is from.
    pub citations: Vec<Citation>,
    /// What would be done, once the asker confirms it: `POST /chat/drafts/{token}/confirm`.
    pub drafts: Vec<OfferedDraft>,
    /// Whether it offers somebody at the brand instead: `POST …/handoff`.
    pub offers_handoff: bool,
    /// Whether the model was away, or had spent what it may: made by search and the brand's answers.
    pub degraded: bool,
    /// What the asker thinks of it.
    pub is_helpful: Option<bool>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Something that would be done, once the asker confirms it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct OfferedDraft {
    /// Names it at `GET /chat/drafts/{token}`; good once, for a quarter of an hour.
    pub token: String,
    /// `hold`, `booking_request`, `lead` or `viewing`.
    #[schema(example = "viewing")]
    pub action: String,
    /// The same in words.
    pub summary: String,
    /// Until when it can be confirmed.
    pub expires_at: DateTime<Utc>,
}

/// One of the brand's own answers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct Citation {
    /// Its id, for `GET /faqs/{id}`.
    pub id: Uuid,
    /// The question that it answers.
    pub question: String,
    /// Its page on the brand's own site.
    pub url: String,
}
