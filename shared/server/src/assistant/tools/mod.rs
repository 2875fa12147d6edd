//! What the assistant may do: ask the services that REST asks, under the rights of who is talking
//! to it, and draft what that person may then confirm. It can write nothing by itself.
//!
//! Who asks comes from the session and never from a model's arguments; no tool has an argument for
//! it. What people have written (listings, answers) is handed over as marked data.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use terrace_entity::enums::Currency;
use terrace_product::Locale;
use uuid::Uuid;

use crate::{app::State, http::auth::Caller, listings::output::PropertyItem};

/// A tool as a model is told of it.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// The name that it is called by.
    pub name: &'static str,
    /// What it is for, to a model.
    pub description: &'static str,
    /// JSON Schema of its arguments; strict.
    pub parameters: fn() -> Value,
    /// Whether it makes a draft that somebody has to confirm.
    pub is_draft: bool,
}

/// Who asks: from the session, never from arguments.
#[derive(Clone, Debug)]
pub struct Asker<'a> {
    /// The person, if they have signed in.
    pub caller: Option<&'a Caller>,
    /// The visitor, if they have not.
    pub visitor: Option<Uuid>,
    /// The language of texts.
    pub locale: Locale,
    /// The currency that they think in, if they said so.
    pub currency: Option<Currency>,
}

/// A listing, as lists show it.
pub type Card = PropertyItem;

/// Where something was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Citation {
    /// `faq` or `property`.
    pub kind: &'static str,
    /// Its id.
    pub id: Uuid,
    /// Its title, or its question.
    pub title: String,
    /// Its page on the brand's own site.
    pub url: String,
}

/// Something that would be done, once the person confirms it.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    /// Names it at `GET /chat/drafts/{token}`; good once.
    pub token: String,
    /// What would be done: `hold`, `booking_request`, `lead` or `viewing`.
    pub action: &'static str,
    /// The same in words, in the person's language.
    pub summary: String,
    /// Until when it can be confirmed.
    pub expires_at: DateTime<Utc>,
}

/// What a tool found.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// For the model, and evidence for what it says.
    pub content: Value,
    /// The listings that it is about.
    pub properties: Vec<Card>,
    /// Where it was read.
    pub citations: Vec<Citation>,
    /// What the person may confirm.
    pub draft: Option<Draft>,
}

/// Why a tool does not answer, in words that a model can act on. Never carries internals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

/// Calls a tool.
///
/// # Errors
/// Where there is no such tool, its arguments are wrong, or the service refuses.
pub async fn call(
    _state: &State,
    _asker: &Asker<'_>,
    name: &str,
    _arguments: &Value,
) -> Result<Answer, Refusal> {
    Err(Refusal(format!("There is no tool {name}.")))
}

/// Every tool.
#[must_use]
pub fn all() -> &'static [Tool] {
    &[]
}
