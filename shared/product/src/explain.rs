//! Where every effective value comes from, with the secrets masked.

use serde::Serialize;
use serde_json::Value;

use crate::{
    layer::Entry,
    net::ServerUrl,
    schema::{self, Secrecy},
};

/// One key of a profile as `config show` prints it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainedKey {
    /// The key: `database.port`.
    pub key: String,
    /// The value in force; `"***"` for a secret, null when nothing sets it.
    pub value: Value,
    /// Whether anything sets it.
    pub set: bool,
    /// Whether it is a secret.
    pub secret: bool,
    /// Where it comes from: `default`, `derived from ..`, a file of the
    /// product, `variable NAME` or `file PATH (variable NAME_FILE)`; `-` when
    /// nothing sets it.
    pub layer: String,
}

impl ExplainedKey {
    /// The value as one cell of a table.
    #[must_use]
    pub fn value_text(&self) -> String {
        match &self.value {
            Value::Null => "(not set)".to_owned(),
            Value::String(text) => text.clone(),
            Value::Array(items) => items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join(", "),
            other => other.to_string(),
        }
    }
}

pub(crate) fn url_has_password(text: &str) -> bool {
    ServerUrl::parse(text).is_ok_and(|url| url.has_password())
}

/// Every key of the schema in its order, with the merged entry that sets it.
pub(crate) fn explain(entries: &[Entry]) -> Vec<ExplainedKey> {
    let mut explained = Vec::new();
    for key in schema::KEYS {
        let secret = key.secrecy == Secrecy::Secret;
        let set_by = entries
            .iter()
            .filter(|entry| schema::find(&entry.path).is_some_and(|k| std::ptr::eq(k, key)));
        let before = explained.len();
        explained.extend(set_by.map(|entry| ExplainedKey {
            key: entry.path.clone(),
            value: masked(key.secrecy, &entry.value),
            set: true,
            secret,
            layer: entry.origin.clone(),
        }));
        if explained.len() == before {
            explained.push(ExplainedKey {
                key: key.path.to_owned(),
                value: Value::Null,
                set: false,
                secret,
                layer: "-".to_owned(),
            });
        }
    }
    explained
}

fn masked(secrecy: Secrecy, value: &Value) -> Value {
    match secrecy {
        Secrecy::Open => value.clone(),
        Secrecy::Secret => Value::from("***"),
        Secrecy::Url => {
            let url = value.as_str().and_then(|text| ServerUrl::parse(text).ok());
            Value::from(url.map_or_else(|| "***".to_owned(), |url| url.redacted()))
        }
    }
}
