//! The guide: answers without a language model, by search and by the brand's own answers. It says what
//! it found and where, and says so when it found nothing.

use actix_web::web::Data;
use serde_json::json;
use terrace_understanding::Chip;

use super::{
    phrases::{HOMES_FOUND, NOTHING, PERHAPS, say},
    prompts::Told,
    tools::{self, Answer, Asker},
};
use crate::{
    app::State,
    search::{input::SearchIn, understand::Reader},
};

/// Letters of an answer of the brand's own that are said; its page has the rest.
const LONGEST: usize = 700;

/// What the guide says.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) found: Vec<Answer>,
    pub(super) offers_handoff: bool,
}

/// Answers a question. Where search or the answers cannot be asked, it does with the other.
pub(super) async fn answer(
    state: &Data<State>,
    asker: &Asker<'_>,
    told: &Told,
    question: &str,
) -> Said {
    let question: String = question.chars().take(500).collect();
    let (faq, wish) = (json!({"question": question}), json!({"query": question}));
    let ask = async |tool: &str, arguments| match told.may_call(tool) {
        true => tools::call(state, asker, tool, arguments).await.unwrap_or_default(),
        false => Answer::default(),
    };
    let (answers, homes) = tokio::join!(ask("search_faq", &faq), ask("search_properties", &wish));
    let locale = asker.locale.as_str();
    let chips = understood(state, &question).await.unwrap_or_default();
    let is_wish = !homes.properties.is_empty() && !chips.is_empty();
    let first = &answers.content["passages"][0];
    let own_answer = first["passage"].as_str().map(plain);
    let is_answer = first["answers_it"] == true;
    let said = |text: String, found, offers_handoff| Said { text, found, offers_handoff };
    // What reads like a wish for a home is one, unless the brand has an answer to it.
    match (own_answer, is_answer) {
        (Some(text), true) if is_wish => said(text, vec![answers, homes], false),
        (Some(text), true) => said(text, vec![answers], false),
        _ if is_wish => said(say(HOMES_FOUND, locale).to_owned(), vec![homes], false),
        (Some(text), false) => {
            said(format!("{}\n{text}", say(PERHAPS, locale)), vec![answers], true)
        }
        _ => said(say(NOTHING, locale).to_owned(), Vec::new(), true),
    }
}

/// What the words ask for that homes can be told apart by.
pub(super) async fn understood(state: &State, question: &str) -> Option<Vec<Chip>> {
    let catalogue = state.catalogue().await.ok()?;
    let reader = Reader { profile: &state.profile, spoken: catalogue.spoken(), sayings: &[] };
    Some(reader.read(&SearchIn::of_words(question)).ok()?.reading.chips)
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
