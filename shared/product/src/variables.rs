//! The layers of environment variables: `BESTAYS__DATABASE__PORT` and, above
//! them, `BESTAYS__DATABASE__PORT_FILE`.

use std::fs;

use serde_json::Value;

use crate::{
    environment::Env,
    layer::{self, Entry, Layer},
    locale::Locale,
    problem::Problem,
    schema::{self, Form, Key},
    text::ProductId,
};

/// The product's variables and the files they point to, in that order. A
/// variable set to nothing counts as not set: compose files pass those on.
pub(crate) fn layers(product: &ProductId, env: &Env, problems: &mut Vec<Problem>) -> [Layer; 2] {
    let prefix = product.variable_prefix();
    let (mut direct, mut files) = (Layer::default(), Layer::default());
    for (name, text) in env {
        let Some(rest) = name.strip_prefix(&prefix) else {
            if let Some(meant) = misspelt(name, &prefix) {
                problems.push(Problem::new(
                    name,
                    name,
                    format!("is not read; did you mean {meant}?"),
                ));
            }
            continue;
        };
        let entry = match (resolve(rest), rest.strip_suffix("_FILE").and_then(resolve)) {
            (Some(_), _) | (_, Some(_)) if text.is_empty() => continue,
            (Some((path, key)), _) => value(key, text).map(|value| {
                direct.entries.push(Entry { path, value, origin: format!("variable {name}") })
            }),
            (None, Some((path, key))) => fs::read_to_string(text)
                .map_err(|error| format!("cannot read the file {text}: {error}"))
                .and_then(|content| value(key, trim_newline(&content)))
                .map(|value| {
                    files.entries.push(Entry {
                        path,
                        value,
                        origin: format!("file {text} (variable {name})"),
                    });
                }),
            (None, None) => Err(unknown(&prefix, rest)),
        };
        if let Err(message) = entry {
            problems.push(Problem::new(name, name, message));
        }
    }
    [direct, files]
}

/// The key that `DATABASE__PORT` names.
fn resolve(rest: &str) -> Option<(String, &'static Key)> {
    if rest.chars().any(|c| c.is_ascii_lowercase()) {
        return None;
    }
    let path = rest.replace("__", ".").to_ascii_lowercase();
    schema::find(&path).map(|key| (path, key)).or_else(|| {
        // PT_BR is the locale pt-BR.
        let (section, locale) = rest.rsplit_once("__")?;
        let locale = Locale::from_variable(locale)?;
        let path = format!("{}.{locale}", section.replace("__", ".").to_ascii_lowercase());
        schema::find(&path).map(|key| (path, key))
    })
}

fn unknown(prefix: &str, rest: &str) -> String {
    let (name, suffix) = rest.strip_suffix("_FILE").map_or((rest, ""), |name| (name, "_FILE"));
    let path = name.replace("__", ".").to_ascii_lowercase();
    match schema::closest(&path) {
        Some(known) => {
            format!("names no key; did you mean {}{suffix}?", layer::variable(prefix, &known))
        }
        None => {
            "names no key; remove it (shared/product/src/defaults.toml lists every key)".to_owned()
        }
    }
}

/// A variable that is meant for this product but would be passed over in
/// silence: lower case, or one underscore where two belong.
fn misspelt(name: &str, prefix: &str) -> Option<String> {
    let collapse = |name: &str| name.to_ascii_uppercase().replace("__", "_");
    let (collapsed, start) = (collapse(name), collapse(prefix));
    if !collapsed.starts_with(&start) {
        return None;
    }
    let bare = collapsed.strip_suffix("_FILE").unwrap_or(&collapsed);
    let meant = schema::KEYS
        .iter()
        .map(|key| layer::variable(prefix, key.path))
        .find(|variable| collapse(variable) == bare || collapse(variable) == collapsed)?;
    Some(if collapse(&meant) == collapsed { meant } else { format!("{meant}_FILE") })
}

fn trim_newline(content: &str) -> &str {
    let content = content.strip_suffix('\n').unwrap_or(content);
    content.strip_suffix('\r').unwrap_or(content)
}

/// The text of a variable as a value of the key's form.
fn value(key: &Key, text: &str) -> Result<Value, String> {
    let value = match key.form {
        Form::Text => Value::from(text),
        Form::Integer(..) => {
            text.trim().parse::<i64>().map_or_else(|_| Value::from(text), Value::from)
        }
        Form::Boolean => {
            text.trim().parse::<bool>().map_or_else(|_| Value::from(text), Value::from)
        }
        Form::List => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Value::from)
            .collect(),
    };
    layer::check(key, &value)?;
    Ok(value)
}
