//! The brand's own answers.

use actix_web::web::Data;
use garde::Validate;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Answer, Asker, Citation};
use crate::{app::State, error::Result, faqs::find, listings::input::not_blank};

/// Passages of an answer, and characters of each.
const PASSAGES: u64 = 4;
const LONGEST: usize = 900;

/// A question.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// The question, in the visitor's own words and language.
    #[garde(length(chars, min = 1, max = 500), custom(not_blank))]
    question: String,
}

pub(super) async fn search(
    state: &Data<State>,
    asker: &Asker<'_>,
    asked: Question,
) -> Result<Answer> {
    let passages = find::find(state, asked.question.trim(), &asker.locale, PASSAGES).await?;
    let told: Vec<Value> = passages
        .iter()
        .map(|passage| {
            let text: String = passage.passage.chars().take(LONGEST).collect();
            json!({
                "faq_id": passage.id, "question": passage.question, "passage": text,
                "answers_it": passage.confident, "url": passage.url,
            })
        })
        .collect();
    let citations = passages
        .into_iter()
        .map(|passage| Citation {
            kind: "faq",
            id: passage.id,
            title: passage.question,
            url: passage.url,
        })
        .collect();
    let content = json!({ "passages": told });
    Ok(Answer { content, properties: Vec::new(), citations, draft: None })
}
