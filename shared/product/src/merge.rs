//! Layers laid over each other, as a list of entries and as one value.

use config::{Config, ConfigError, Map, Value as ConfigValue, ValueKind};
use serde_json::Value;

use crate::{
    layer::{self, Entry, Layer},
    schema,
};

/// The entries in force when each layer outranks the ones before it, in the
/// order of their keys.
pub(crate) fn merge(layers: Vec<Layer>) -> Result<Vec<Entry>, ConfigError> {
    let builder =
        layers.into_iter().fold(Config::builder(), |builder, layer| builder.add_source(layer));
    let mut entries = Vec::new();
    flatten("", builder.build()?.cache.into_table()?, &mut entries);
    Ok(entries)
}

fn flatten(section: &str, table: Map<String, ConfigValue>, entries: &mut Vec<Entry>) {
    let mut pairs: Vec<_> = table.into_iter().collect();
    pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (name, value) in pairs {
        let path = if section.is_empty() { name } else { format!("{section}.{name}") };
        let origin = value.origin().unwrap_or_default().to_owned();
        match value.kind {
            ValueKind::Table(inner) => flatten(&path, inner, entries),
            kind => entries.push(Entry { value: layer::to_json(&kind), path, origin }),
        }
    }
}

pub(crate) fn nested(entries: &[Entry]) -> Value {
    let mut root = Value::Object(serde_json::Map::new());
    for Entry { path, value, .. } in entries {
        let mut table = &mut root;
        for part in path.split('.') {
            table = &mut table[part];
        }
        *table = value.clone();
    }
    // A text nobody wrote in any language: the rules say so better than serde would.
    for text in schema::NEEDED_TEXTS {
        let mut table = &mut root;
        for part in text.split('.') {
            table = &mut table[part];
        }
        if table.is_null() {
            *table = Value::Object(serde_json::Map::new());
        }
    }
    root
}
