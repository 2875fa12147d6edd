//! The brand's own answers.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asker, Found, cut, refusal};
use crate::{assistant::output::Citation, faqs::find};

pub(super) fn parameters() -> Value {
    json!({"type": "object", "additionalProperties": false, "required": ["question"], "properties": {
        "question": {"type": "string", "description": "The question, in the asker's own words and language", "maxLength": 500}}})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    question: String,
}

pub(super) async fn search(asker: &Asker, ask: Ask) -> Result<Found, String> {
    let question: String = ask.question.chars().take(500).collect();
    let passages =
        find::find(&asker.state, question.trim(), &asker.locale, 3).await.map_err(refusal)?;
    let told = passages.iter().map(|passage| {
        json!({"question": passage.question, "answer_by_the_brand": cut(&passage.passage, 1500),
            "is_an_answer": passage.confident})
    });
    let content = json!({"answers": told.collect::<Vec<_>>()});
    let citations = passages.iter().filter(|passage| passage.confident).map(|passage| Citation {
        id: passage.id,
        question: passage.question.clone(),
        url: passage.url.clone(),
    });
    Ok(Found { content, properties: Vec::new(), citations: citations.collect() })
}
