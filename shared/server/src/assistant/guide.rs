//! The guide: answers without a language model, by search and by the brand's own answers. It says what
//! it found and where, and says so when it found nothing.

use serde_json::json;

use super::{
    phrases::{HOMES_FOUND, NOTHING, PERHAPS, say},
    tools::{self, Asker, Found},
};

/// Letters of an answer of the brand's own that are said; its page has the rest.
const LONGEST: usize = 700;

/// What the guide says.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) found: Vec<Found>,
    pub(super) offers_handoff: bool,
}

/// Answers a question. Where search or the answers cannot be asked, it does with the other.
pub(super) async fn answer(asker: &Asker, question: &str) -> Said {
    let faq = json!({"question": question}).to_string();
    let homes = json!({"query": question}).to_string();
    let (answers, homes) = tokio::join!(
        tools::call(asker, "search_faq", &faq),
        tools::call(asker, "search_properties", &homes),
    );
    let (answers, homes) = (answers.unwrap_or_default(), homes.unwrap_or_default());
    let locale = asker.locale.as_str();
    let is_understood =
        homes.content["understood_as"].as_array().is_some_and(|chips| !chips.is_empty());
    let first = &answers.content["answers"][0];
    let own_answer = first["answer_by_the_brand"].as_str().map(plain);
    let is_answer = first["is_an_answer"] == true;
    // What reads like a wish for a home is one, unless the brand has an answer to it.
    match (own_answer, is_answer) {
        (Some(text), true) => {
            let found = if is_understood { vec![answers, homes] } else { vec![answers] };
            Said { text, found, offers_handoff: false }
        }
        _ if is_understood && !homes.properties.is_empty() => Said {
            text: say(HOMES_FOUND, locale).to_owned(),
            found: vec![homes],
            offers_handoff: false,
        },
        (Some(text), false) => Said {
            text: format!("{}\n{}", say(PERHAPS, locale), text),
            found: vec![answers],
            offers_handoff: true,
        },
        _ => {
            Said { text: say(NOTHING, locale).to_owned(), found: Vec::new(), offers_handoff: true }
        }
    }
}

/// Markdown without its marks, cut at a sentence.
fn plain(markdown: &str) -> String {
    let text: String =
        markdown.chars().filter(|letter| !matches!(letter, '*' | '`' | '#' | '_')).collect();
    if text.chars().count() <= LONGEST {
        return text.trim().to_owned();
    }
    let cut: String = text.chars().take(LONGEST).collect();
    let end = cut.rfind(['.', '\n', ' ']).map_or(cut.len(), |at| at + 1);
    format!("{}…", cut[..end].trim())
}
