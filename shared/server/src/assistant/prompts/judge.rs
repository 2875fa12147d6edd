//! Whether an answer is what a saved question wants.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::QuestionIn;
use crate::assistant::turn::Tried;

/// Letters of an answer that are shown; it is judged whole.
const SHOWN: usize = 3000;

/// How a question went.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct TrialAnswer {
    /// The question.
    pub text: String,
    /// Whether the answer has all that the question wants.
    pub is_good: bool,
    /// What it lacks, as sentences.
    pub lacks: Vec<String>,
    /// The answer, as a visitor would have read it; of a very long one the beginning.
    pub content: String,
    /// The tools that were called for it, in order.
    pub tools: Vec<String>,
    /// Sentences that were left out, because nothing backs them or they are in another language.
    pub blocked: i32,
    /// What it cost.
    pub tokens: i32,
    /// Milliseconds to its first words.
    pub first_ms: Option<i32>,
}

/// Judges an answer.
pub(super) fn judge(question: &QuestionIn, tried: Tried) -> TrialAnswer {
    let Tried { content, tools, is_by_model, blocked, tokens, first_ms, .. } = tried;
    let mut lacks = Vec::new();
    if !is_by_model {
        lacks.push("The model gave no answer that a visitor could be told.".to_owned());
    }
    if let Some(tool) = &question.tool
        && !tools.iter().any(|called| called == tool)
    {
        lacks.push(format!("{tool} was not called."));
    }
    let read = content.to_lowercase();
    let has = |words: &&String| read.contains(&words.to_lowercase());
    lacks.extend(
        question
            .mentions
            .iter()
            .filter(|words| !has(words))
            .map(|words| format!("It does not say \"{words}\".")),
    );
    lacks.extend(question.avoids.iter().filter(has).map(|words| format!("It says \"{words}\".")));
    TrialAnswer {
        text: question.text.clone(),
        is_good: lacks.is_empty(),
        lacks,
        content: content.chars().take(SHOWN).collect(),
        tools: tools.iter().map(|&tool| tool.to_owned()).collect(),
        blocked,
        tokens,
        first_ms,
    }
}
