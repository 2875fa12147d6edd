//! The fingerprint of a price: the same bits, or another price.

use serde::Serialize;
use serde_json::Value;
use terrace_pricing::{Quote, Rules, Stay};

use crate::error::{Error, Result};

#[derive(Serialize)]
struct Whole<'a> {
    inputs: &'a Stay,
    quote: &'a Quote,
    rules: &'a Rules,
}

/// SHA-256 over the inputs, the rules and the result, as canonical JSON.
///
/// # Errors
/// `500` where they cannot be written as JSON.
pub(super) fn hash(inputs: &Stay, rules: &Rules, quote: &Quote) -> Result<[u8; 32]> {
    let whole = serde_json::to_value(Whole { inputs, quote, rules }).map_err(Error::internal)?;
    let text = canonical(&whole);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut out = [0; 32];
    out.copy_from_slice(digest.as_ref());
    Ok(out)
}

/// JSON without blanks, the fields of objects in the order of their names: the form that RFC 8785
/// gives to whole numbers, texts and ASCII names, which is all there is here.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            let fields: Vec<_> = fields
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::canonical;

    #[test]
    fn the_order_of_names_is_no_difference() {
        let one = json!({"b": [1, {"y": null, "x": "é\"\n"}], "a": true});
        let other = json!({"a": true, "b": [1, {"x": "é\"\n", "y": null}]});
        assert_eq!(canonical(&one), r#"{"a":true,"b":[1,{"x":"é\"\n","y":null}]}"#);
        assert_eq!(canonical(&one), canonical(&other));
        assert_ne!(
            canonical(&one),
            canonical(&json!({"a": true, "b": [{"x": "é\"\n", "y": null}, 1]}))
        );
    }
}
