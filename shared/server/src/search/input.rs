//! What a visitor asks.

use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    error::{Code, Error, FieldError, Result},
    http::params,
    listings::filters::ListQuery,
};

/// Chips that may be taken off.
pub(super) const MOST_WITHOUT: usize = 50;

/// Filters that a search answers by itself.
const NOT_HERE: [&str; 7] = ["scope", "status", "sort", "limit", "cursor", "count", "locale"];

/// A search in a visitor's own words.
#[derive(Clone, Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchIn {
    /// The words, in any of the brand's languages; may be empty.
    #[garde(length(chars, max = 2000))]
    #[serde(default)]
    #[schema(max_length = 2000, example = "luxury villa with pool near beach")]
    pub query: String,
    /// Filters, by the names and in the form of `GET /properties`; a list is any of its values.
    #[garde(skip)]
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"bedrooms_min": 3, "province": ["Phuket"]}))]
    pub filters: Map<String, Value>,
    /// Ids of chips that are not wanted: their words count as plain text.
    #[garde(length(max = MOST_WITHOUT), inner(length(chars, max = 200)))]
    #[serde(default)]
    #[schema(max_items = 50, example = json!(["price_max:35000"]))]
    pub without: Vec<String>,
    /// Language of the texts; beats `Accept-Language`.
    #[garde(length(max = 20))]
    #[serde(default)]
    #[schema(example = "th")]
    pub locale: Option<String>,
    /// Hits, 1..50.
    #[garde(range(min = 1, max = 50))]
    #[serde(default = "default_limit")]
    #[schema(minimum = 1, maximum = 50, default = 24)]
    pub limit: u64,
    /// Hits to leave out first, 0..500.
    #[garde(range(max = 500))]
    #[serde(default)]
    #[schema(maximum = 500, default = 0)]
    pub offset: u64,
    /// Whether the brand may remember the search, to see what people look for. `DNT: 1` and
    /// `Sec-GPC: 1` say no as well.
    #[garde(skip)]
    #[serde(default = "default_remember")]
    #[schema(default = true)]
    pub remember: bool,
}

fn default_limit() -> u64 {
    24
}

fn default_remember() -> bool {
    true
}

impl SearchIn {
    /// These words and nothing else.
    pub(crate) fn of_words(words: &str) -> Self {
        Self {
            query: words.to_owned(),
            filters: Map::new(),
            without: Vec::new(),
            locale: None,
            limit: default_limit(),
            offset: 0,
            remember: false,
        }
    }

    /// The filters, as a list understands them.
    ///
    /// # Errors
    /// `422` that names each one at fault.
    pub(super) fn filters(&self) -> Result<ListQuery> {
        let wrong: Vec<FieldError> = self
            .filters
            .keys()
            .filter(|name| NOT_HERE.contains(&name.as_str()))
            .map(|name| {
                let detail = "A search has no such filter.";
                FieldError::new(format!("/filters/{name}"), "unknown_field", detail)
            })
            .collect();
        if !wrong.is_empty() {
            return Err(Error::invalid(wrong));
        }
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.filters {
            match parameter(value) {
                Some(text) => pairs.append_pair(name, &text),
                None if value.is_null() => continue,
                None => {
                    let detail = "Must be a text, a number, true or false, or a list of those.";
                    return Err(Error::field(format!("/filters/{name}"), "invalid_type", detail));
                }
            };
        }
        let query: ListQuery = params::parse(&pairs.finish()).map_err(in_body)?;
        query.check().map_err(in_body)?;
        Ok(query)
    }
}

/// A value as it would stand in an address.
pub(super) fn parameter(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(values) => {
            let plain = values.iter().filter(|value| !value.is_array());
            let texts: Vec<String> = plain.map(parameter).collect::<Option<_>>()?;
            (texts.len() == values.len()).then(|| texts.join(","))
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// The same refusal, as one of a field of a body.
fn in_body(error: Error) -> Error {
    let fields = error
        .fields
        .into_iter()
        .map(|field| FieldError { pointer: format!("/filters/{}", field.pointer), ..field });
    Error { fields: fields.collect(), ..Error::new(Code::InvalidInput) }
}
