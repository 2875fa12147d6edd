//! One layer of a profile: a file or the product's environment variables,
//! checked key by key before it is laid over the others.

use std::path::Path;

use config::{FileFormat, Map, Source, Value as ConfigValue, ValueKind};
use serde_json::Value;

use crate::{
    ProfileError, explain,
    problem::Problem,
    schema::{self, Form, Key, Secrecy},
};

/// A value and where it was found.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) value: Value,
    pub(crate) origin: String,
}

/// The values of one layer, as a source of the `config` crate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    pub(crate) entries: Vec<Entry>,
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, ConfigValue>, config::ConfigError> {
        let mut root = Map::new();
        for Entry { path, value, origin } in &self.entries {
            insert(&mut root, path, to_config(value, origin), origin);
        }
        Ok(root)
    }
}

fn insert(table: &mut Map<String, ConfigValue>, path: &str, value: ConfigValue, origin: &String) {
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let section = table
                .entry(head.to_owned())
                .or_insert_with(|| ConfigValue::new(Some(origin), ValueKind::Table(Map::new())));
            if let ValueKind::Table(section) = &mut section.kind {
                insert(section, rest, value, origin);
            }
        }
    }
}

fn to_config(value: &Value, origin: &String) -> ConfigValue {
    let kind = match value {
        Value::Bool(flag) => ValueKind::Boolean(*flag),
        Value::Number(number) => number.as_i64().map_or(ValueKind::Nil, ValueKind::I64),
        Value::String(text) => ValueKind::String(text.clone()),
        Value::Array(items) => {
            ValueKind::Array(items.iter().map(|item| to_config(item, origin)).collect())
        }
        Value::Null | Value::Object(_) => ValueKind::Nil,
    };
    ConfigValue::new(Some(origin), kind)
}

/// What a file says of itself in messages and what it may hold.
pub(crate) struct FileRules<'a> {
    pub(crate) origin: &'a str,
    /// The product's variables' prefix when secrets are refused: the message
    /// names the variable to use.
    pub(crate) secrets_go_to: Option<&'a str>,
}

/// Parses and checks a TOML text.
pub(crate) fn from_toml(
    text: &str,
    path: &Path,
    rules: &FileRules<'_>,
    problems: &mut Vec<Problem>,
) -> Result<Layer, ProfileError> {
    let table = config::File::from_str(text, FileFormat::Toml).collect().map_err(|error| {
        let message = match &error {
            config::ConfigError::FileParse { cause, .. } => cause.to_string(),
            other => other.to_string(),
        };
        ProfileError::NotToml { path: path.to_owned(), message: message.trim_end().to_owned() }
    })?;
    let mut layer = Layer::default();
    walk("", &table, rules, &mut layer, problems);
    Ok(layer)
}

fn walk(
    section: &str,
    table: &Map<String, ConfigValue>,
    rules: &FileRules<'_>,
    layer: &mut Layer,
    problems: &mut Vec<Problem>,
) {
    let mut names: Vec<_> = table.keys().collect();
    names.sort();
    for name in names {
        let path = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        let kind = &table[name].kind;
        let verdict = match (schema::find(&path), kind) {
            (Some(key), _) => file_value(key, &path, kind, rules).map(|value| {
                layer.entries.push(Entry {
                    path: path.clone(),
                    value,
                    origin: rules.origin.to_owned(),
                });
            }),
            (None, ValueKind::Table(inner)) if schema::is_section(&path) => {
                walk(&path, inner, rules, layer, problems);
                Ok(())
            }
            (None, _) if schema::is_section(&path) => {
                Err(format!("expected a table of keys, found {}", found(&to_json(kind))))
            }
            (None, ValueKind::Table(_)) => Err(unknown(schema::closest_section(&path))),
            (None, _) => Err(unknown(schema::closest(&path))),
        };
        if let Err(message) = verdict {
            problems.push(Problem::new(path, rules.origin, message));
        }
    }
}

fn unknown(closest: Option<String>) -> String {
    match closest {
        Some(known) => format!("unknown key; did you mean `{known}`?"),
        None => {
            "unknown key; remove it (shared/product/src/defaults.toml lists every key)".to_owned()
        }
    }
}

fn file_value(
    key: &Key,
    path: &str,
    kind: &ValueKind,
    rules: &FileRules<'_>,
) -> Result<Value, String> {
    let value = to_json(kind);
    let refused = match key.secrecy {
        Secrecy::Open => false,
        Secrecy::Secret => true,
        Secrecy::Url => value.as_str().is_some_and(explain::url_has_password),
    };
    if let (true, Some(prefix)) = (refused, rules.secrets_go_to) {
        let what = if key.secrecy == Secrecy::Url { "holds a password" } else { "is a secret" };
        let variable = variable(prefix, path);
        return Err(format!(
            "{what} and must not stand in this file; remove it, and set {variable} or {variable}_FILE (the path of a file that holds it)"
        ));
    }
    check(key, &value)?;
    Ok(value)
}

/// The environment variable that sets a key.
pub(crate) fn variable(prefix: &str, path: &str) -> String {
    format!("{prefix}{}", path.replace('.', "__").replace('-', "_").to_ascii_uppercase())
}

/// Whether `value` is one for `key`; if not, what was expected and found.
pub(crate) fn check(key: &Key, value: &Value) -> Result<(), String> {
    let shown = |value: &Value| {
        if key.secrecy == Secrecy::Open { found(value) } else { "something else".to_owned() }
    };
    let expected = |what: &str| Err(format!("expected {what}, found {}", shown(value)));
    match (key.form, value) {
        (Form::Text, Value::String(text)) if text.is_empty() => {
            Err("is empty; give it a value or remove it".to_owned())
        }
        (Form::Text, Value::String(_)) | (Form::Boolean, Value::Bool(_)) => (key.check)(value),
        (Form::Text, _) => expected("a text"),
        (Form::Boolean, _) => expected("true or false"),
        (Form::Integer(least, most), value) => match value.as_i64() {
            Some(number) if (least..=most).contains(&number) => Ok(()),
            _ => expected(&format!("a whole number from {least} to {most}")),
        },
        (Form::List, Value::Array(items)) => {
            items.iter().enumerate().try_for_each(|(n, item)| match item {
                Value::String(_) if items[..n].contains(item) => {
                    Err(format!("holds {} twice", found(item)))
                }
                Value::String(_) => (key.check)(item),
                other => Err(format!("expected a list of texts, found {} in it", found(other))),
            })
        }
        (Form::List, _) => expected("a list of texts"),
    }
}

fn found(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text \"{text}\""),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a table".to_owned(),
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

pub(crate) fn to_json(kind: &ValueKind) -> Value {
    match kind {
        ValueKind::Nil => Value::Null,
        ValueKind::Boolean(flag) => Value::Bool(*flag),
        ValueKind::I64(number) => Value::from(*number),
        ValueKind::U64(number) => Value::from(*number),
        // Too large for any key; kept as text so that the message shows it.
        ValueKind::I128(number) => Value::String(number.to_string()),
        ValueKind::U128(number) => Value::String(number.to_string()),
        ValueKind::Float(number) => Value::from(*number),
        ValueKind::String(text) => Value::String(text.clone()),
        ValueKind::Table(_) => Value::Object(serde_json::Map::new()),
        ValueKind::Array(items) => {
            Value::Array(items.iter().map(|item| to_json(&item.kind)).collect())
        }
    }
}
