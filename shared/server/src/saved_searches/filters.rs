//! The filters of a saved search: parameters of `GET /properties`, as an object.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use terrace_product::Profile;
use terrace_understanding::Amenities;

use crate::{
    error::{Code, Error, FieldError, Result},
    http::params,
    listings::filters::ListQuery,
    search::understand,
};

/// What belongs to one look at a list and not to what is looked for, and what only those who
/// manage listings may ask.
const NOT_KEPT: [&str; 6] = ["scope", "status", "limit", "cursor", "count", "locale"];

/// Characters of one value of a list; longer than any name of a place.
const LONGEST: usize = 200;

/// Filters in one spelling: two searches for the same are equal.
pub(crate) type Filters = BTreeMap<String, String>;

/// Reads filters as a client wrote them: texts as in the address of the list, or numbers, true and
/// false, and lists where a comma would stand.
///
/// # Errors
/// `422` that names each filter at fault.
pub(super) fn parse(object: &Map<String, Value>) -> Result<Filters> {
    let mut filters = Filters::new();
    let mut wrong = Vec::new();
    for (name, value) in object {
        let pointer = format!("/filters/{}", name.replace('~', "~0").replace('/', "~1"));
        if NOT_KEPT.contains(&name.as_str()) {
            let detail = "It is no part of what is looked for.";
            wrong.push(FieldError::new(pointer, "unknown_field", detail));
            continue;
        }
        match text(value) {
            Some(text) if text.split(',').any(|part| part.trim().chars().count() > LONGEST) => {
                let detail = format!("A value has {LONGEST} characters at most.");
                wrong.push(FieldError::new(pointer, "invalid", detail));
            }
            Some(text) => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                let text = parts.collect::<Vec<_>>().join(",");
                if !text.is_empty() {
                    filters.insert(name.clone(), text);
                }
            }
            None => {
                let detail = "Must be a text, a number, true, false, or a list of them.";
                wrong.push(FieldError::new(pointer, "invalid_type", detail));
            }
        }
    }
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    query(&filters)?;
    Ok(filters)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(items) => {
            let texts: Option<Vec<_>> = items
                .iter()
                .map(|item| text(item).filter(|_| !item.is_array() && !item.is_null()))
                .collect();
            texts.map(|texts| texts.join(","))
        }
        Value::Object(_) => None,
    }
}

/// The list that these filters ask for.
///
/// # Errors
/// `422` that names each filter at fault.
pub(crate) fn query(filters: &Filters) -> Result<ListQuery> {
    let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(filters).finish();
    let query: ListQuery = params::parse(&text).map_err(in_the_body)?;
    query.check().map_err(in_the_body)?;
    Ok(query)
}

/// The list that these filters and these words ask for: what is understood of the words is a
/// filter like the others, and the rest of them narrows nothing, because ranking does not decide.
///
/// # Errors
/// As [`query`].
pub(crate) fn with_words(
    filters: &Filters,
    words: Option<&str>,
    profile: &Profile,
    spoken: &Amenities,
) -> Result<ListQuery> {
    let understood = match words {
        Some(words) => understand::filters_in(words, profile, spoken)?,
        None => Vec::new(),
    };
    Ok(ListQuery { understood, ..query(filters)? })
}

/// What is a parameter there is a field here.
fn in_the_body(error: Error) -> Error {
    if error.code != Code::InvalidParameter {
        return error;
    }
    let fields = error.fields.into_iter().map(|field| {
        let code = match field.code.as_ref() {
            "unknown_parameter" => "unknown_field".into(),
            _ => field.code,
        };
        let name = field.pointer.replace('~', "~0").replace('/', "~1");
        FieldError::new(format!("/filters/{name}"), code, field.detail)
    });
    Error::invalid(fields.collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Filters> {
        parse(value.as_object().unwrap())
    }

    fn refused(value: &Value) -> Vec<String> {
        let error = read(value).unwrap_err();
        assert_eq!(error.code, Code::InvalidInput);
        error.fields.iter().map(|field| format!("{} {}", field.pointer, field.code)).collect()
    }

    #[test]
    fn every_spelling_of_a_filter_is_one() {
        let one = read(&json!({"bedrooms": [2, "3"], "price_max": 5_000_000, "featured": true,
            "province": [" Phuket ", "Krabi"], "tags": "", "amenities": null}));
        let other = read(&json!({"bedrooms": "2,3", "price_max": "5000000", "featured": "true",
            "province": "Phuket, Krabi,"}));
        let one = one.unwrap();
        assert_eq!(one, other.unwrap());
        assert_eq!(query(&one).unwrap().bedrooms.0, [2, 3]);
    }

    #[test]
    fn what_the_list_would_refuse_is_refused_by_name() {
        for (filters, expected) in [
            (json!({"colour": "red"}), "/filters/colour unknown_field"),
            (json!({"price_min": "much"}), "/filters/price_min invalid"),
            (json!({"price_min": 5, "price_max": 4}), "/filters/price_max invalid"),
            (json!({"transaction_type": "theft"}), "/filters/transaction_type invalid"),
            (json!({"bbox": "1,2,3"}), "/filters/bbox invalid"),
            (json!({"check_in": "2026-12-24"}), "/filters/check_out invalid"),
            (json!({"sort": "loudest"}), "/filters/sort unknown_value"),
            (json!({"scope": "all"}), "/filters/scope unknown_field"),
            (json!({"status": "draft"}), "/filters/status unknown_field"),
            (json!({"limit": 5}), "/filters/limit unknown_field"),
            (json!({"bedrooms": {"min": 2}}), "/filters/bedrooms invalid_type"),
            (json!({"bedrooms": [[2]]}), "/filters/bedrooms invalid_type"),
            (json!({"district": "x".repeat(201)}), "/filters/district invalid"),
            (json!({"a/b~c": 1}), "/filters/a~1b~0c unknown_field"),
        ] {
            assert_eq!(refused(&filters), [expected], "{filters}");
        }
    }

    proptest! {
        /// What was taken once is taken again, and reads the same.
        #[test]
        fn what_is_kept_can_be_read_again(
            name in "(district|tags|province|bedrooms_min|price_max|near|sort|guests)",
            value in "\\PC{0,20}|[0-9]{1,6}|[a-z]{1,9}(,[a-z]{0,9}){0,3}",
        ) {
            let Ok(filters) = read(&json!({name: value})) else { return Ok(()) };
            let again = read(&serde_json::to_value(&filters).unwrap()).unwrap();
            prop_assert_eq!(again, filters);
        }
    }
}
