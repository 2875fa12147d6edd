//! What is said of endpoints and deliveries on the wire.

use chrono::{DateTime, Utc};
use garde::Validate;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::events::kinds;

/// A new endpoint.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookIn {
    /// Where events are sent: `https`, at a public address.
    #[garde(length(max = 2000))]
    #[schema(example = "https://crm.example.com/hooks/terrace", max_length = 2000)]
    pub url: String,
    /// What it is, for people.
    #[garde(inner(length(chars, min = 1, max = 1000)))]
    #[schema(min_length = 1, max_length = 1000)]
    pub description: Option<String>,
    /// Kinds of events: `listing.published`, all of a subject `listing.*`, all there are `*`.
    /// Empty means all.
    #[garde(length(max = 100), inner(custom(kind)))]
    #[schema(max_items = 100, example = json!(["listing.*"]))]
    #[serde(default)]
    pub event_types: Vec<String>,
}

/// A change of an endpoint.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookPatch {
    /// Where events are sent.
    #[garde(inner(length(max = 2000)))]
    #[schema(max_length = 2000)]
    pub url: Option<String>,
    /// What it is; null takes it away.
    #[garde(inner(inner(length(chars, min = 1, max = 1000))))]
    #[schema(min_length = 1, max_length = 1000, value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub description: Option<Option<String>>,
    /// Kinds of events; empty means all.
    #[garde(inner(length(max = 100), inner(custom(kind))))]
    #[schema(max_items = 100)]
    pub event_types: Option<Vec<String>>,
    /// Whether events are sent. Switched on again, what waited is sent at once.
    #[garde(skip)]
    pub is_active: Option<bool>,
}

/// Tells `null` (Some(None)) from a field that is not there (None).
fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

fn kind(pattern: &str, (): &()) -> garde::Result {
    if kinds::is_known(pattern) {
        return Ok(());
    }
    Err(garde::Error::new("is no kind of event; see the list of kinds, `listing.*` or `*`"))
}

/// An endpoint. Its secret is not shown.
#[derive(Clone, Debug, FromQueryResult, Serialize, ToSchema)]
pub struct WebhookOut {
    /// Id.
    pub id: Uuid,
    /// Where events are sent.
    pub url: String,
    /// What it is.
    pub description: Option<String>,
    /// Kinds of events; empty means all.
    pub event_types: Vec<String>,
    /// Whether events are sent.
    pub is_active: bool,
    /// Why the platform switched it off: `failing` for days, or `gone` (it answered 410).
    pub disabled_reason: Option<String>,
    /// Nothing has been delivered since; none while it works.
    pub failing_since: Option<DateTime<Utc>>,
    /// Until then the secret before the last rotation signs too.
    pub previous_secret_until: Option<DateTime<Utc>>,
    /// It hears of events after this number of the feed.
    pub starts_after: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// An endpoint with its secret: shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookSecretOut {
    /// The endpoint.
    #[serde(flatten)]
    pub webhook: WebhookOut,
    /// Signs what is sent. It is not shown again.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: String,
}

/// Endpoints, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookList {
    /// The endpoints of this page.
    pub items: Vec<WebhookOut>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Not sent yet.
    Pending,
    /// Delivered.
    Delivered,
    /// Failed, and will be tried again.
    Failed,
    /// Given up.
    Dead,
}

impl DeliveryState {
    /// The name on the wire and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dead => "dead",
        }
    }
}

impl std::str::FromStr for DeliveryState {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Pending, Self::Delivered, Self::Failed, Self::Dead]
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or("Must be one of: pending, delivered, failed, dead.")
    }
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug, FromQueryResult, Serialize, ToSchema)]
pub struct DeliveryOut {
    /// Id.
    pub id: Uuid,
    /// The endpoint.
    pub endpoint_id: Uuid,
    /// The receiver's `webhook-id`, the same however often it is sent.
    pub message_id: String,
    /// The event's number in the feed; none for a test.
    pub seq: Option<i64>,
    /// What happened.
    #[schema(example = "listing.published")]
    pub event_type: String,
    /// To what.
    pub subject_id: Uuid,
    /// `pending`, `delivered`, `failed` (will be tried again) or `dead` (given up).
    #[schema(value_type = DeliveryState)]
    pub status: String,
    /// How often it was sent.
    pub attempts: i32,
    /// When it is sent next; none where it is done. An earlier event about the same subject
    /// goes first.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was last sent.
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// The receiver's status, if it answered.
    pub response_status: Option<i16>,
    /// How long the receiver took, milliseconds.
    pub latency_ms: Option<i32>,
    /// The beginning of its answer.
    pub response_excerpt: Option<String>,
    /// Why it failed.
    pub last_error: Option<String>,
    /// When it was delivered.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When the event was taken up.
    pub created_at: DateTime<Utc>,
    /// What is sent.
    #[schema(value_type = Object)]
    pub payload: serde_json::Value,
}

/// Deliveries, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryList {
    /// The deliveries of this page.
    pub items: Vec<DeliveryOut>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// What is sent again: from a number of the feed or from a time on, or only what failed.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReplayIn {
    /// From this event on.
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub from_seq: Option<i64>,
    /// From this time on.
    #[garde(skip)]
    pub since: Option<DateTime<Utc>>,
    /// Only deliveries that were given up or wait after a failure; without a beginning, all of
    /// them.
    #[garde(skip)]
    pub failed_only: bool,
}

/// What is being sent again, in the background.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ReplayOut {
    /// The first event.
    pub from_seq: i64,
    /// The last event.
    pub to_seq: i64,
}
