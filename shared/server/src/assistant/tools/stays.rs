//! What a stay costs, if it is possible.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};
use terrace_pricing::Stay;
use uuid::Uuid;

use super::{Asker, Found, refusal};
use crate::{
    listings::query::Sight,
    money::written,
    quotes::{create::offer, output::QuoteOut},
};

pub(super) fn parameters() -> Value {
    json!({"type": "object", "additionalProperties": false, "required": ["id", "check_in", "check_out", "guests"], "properties": {
        "id": {"type": "string", "description": "The id of a home, as a search gave it"},
        "check_in": {"type": "string", "description": "The first night, YYYY-MM-DD"},
        "check_out": {"type": "string", "description": "The day of leaving, YYYY-MM-DD"},
        "guests": {"type": "integer"}}})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    id: Uuid,
    check_in: NaiveDate,
    check_out: NaiveDate,
    guests: i32,
}

pub(super) async fn quote(asker: &Asker, ask: Ask) -> Result<Found, String> {
    let Ask { id, check_in, check_out, guests } = ask;
    let stay = Stay { check_in, check_out, guests, coupon: None };
    let stored = offer(&asker.state, asker.context.clone(), id, Sight::Public, stay).await;
    let quote = QuoteOut::of(stored.map_err(refusal)?, &asker.locale);
    let lines: Vec<Value> = quote
        .lines
        .iter()
        .map(|line| json!({"for": line.text, "amount": written(line.amount, &quote.currency)}))
        .collect();
    let content = json!({
        "is_free": true, "check_in": quote.check_in, "check_out": quote.check_out, "nights": quote.nights,
        "guests": quote.guests, "lines": lines, "total": written(quote.total, &quote.currency),
        "deposit": written(quote.deposit, &quote.currency), "due_now": written(quote.due_now, &quote.currency),
    });
    Ok(Found { content, properties: vec![id], citations: Vec::new() })
}
