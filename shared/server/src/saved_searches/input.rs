//! What may be said of a saved search.

use garde::Validate;
use serde::Deserialize;
use serde_json::{Map, Value};
use terrace_entity::enums::NotifyFrequency;
use utoipa::ToSchema;

use crate::listings::input::{not_blank, present};

/// How soon to hear of what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Notify {
    /// Not at all.
    #[default]
    Never,
    /// At once.
    Instant,
    /// Once a day, in the morning.
    Daily,
    /// Once a week, on Monday morning.
    Weekly,
}

impl From<Notify> for NotifyFrequency {
    fn from(notify: Notify) -> Self {
        match notify {
            Notify::Never => Self::Never,
            Notify::Instant => Self::Instant,
            Notify::Daily => Self::Daily,
            Notify::Weekly => Self::Weekly,
        }
    }
}

/// A search to be saved.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedSearchIn {
    /// What its owner calls it.
    #[garde(length(chars, min = 1, max = 200), custom(not_blank))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What was searched for, in words.
    #[garde(inner(length(chars, min = 1, max = 2000), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 2000)]
    pub query: Option<String>,
    /// The filters of `GET /properties`, by the names of its parameters.
    #[garde(skip)]
    #[schema(value_type = Object, example = json!({"transaction_type": "rent", "price_max": 5_000_000, "bedrooms_min": 2}))]
    #[serde(default)]
    pub filters: Map<String, Value>,
    /// The language to write in; that of the account where it is missing.
    #[garde(skip)]
    #[schema(example = "th")]
    pub locale: Option<String>,
    /// How soon to hear of what is found.
    #[garde(skip)]
    #[serde(default)]
    pub notify: Notify,
}

/// What is to be different; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SavedSearchPatch {
    /// What its owner calls it.
    #[garde(inner(length(chars, min = 1, max = 200), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// What was searched for, in words; null takes it away.
    #[garde(inner(inner(length(chars, min = 1, max = 2000), custom(not_blank))))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000)]
    #[serde(deserialize_with = "present")]
    pub query: Option<Option<String>>,
    /// The filters, all of them anew.
    #[garde(skip)]
    #[schema(value_type = Option<Object>)]
    pub filters: Option<Map<String, Value>>,
    /// The language to write in; null takes it away.
    #[garde(skip)]
    #[schema(value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub locale: Option<Option<String>>,
    /// How soon to hear of what is found.
    #[garde(skip)]
    pub notify: Option<Notify>,
}
