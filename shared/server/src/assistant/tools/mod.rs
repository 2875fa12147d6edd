//! What the model may look up: the services that the API asks, under the rights of whoever is talking.
//!
//! Who asks comes from the session and is no argument of any tool. None of them changes anything. What
//! owners of listings and editors wrote stands in fields of its own, marked as theirs, and is cut.

mod answers;
mod homes;
mod stays;

use actix_web::web;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use terrace_product::Locale;
use uuid::Uuid;

use super::output::Citation;
use crate::{app::State, db::Context, error::Error};

/// Who asks: from the session, never from arguments.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) state: web::Data<State>,
    pub(super) context: Context,
    pub(super) locale: Locale,
}

/// What a tool found.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// For the model, and the ground for what it says.
    pub(super) content: Value,
    pub(super) properties: Vec<Uuid>,
    pub(super) citations: Vec<Citation>,
}

/// A tool as a model is told of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    description: &'static str,
    parameters: fn() -> Value,
}

/// Every tool.
const TOOLS: [Tool; 4] = [
    Tool {
        name: "search_properties",
        description: "Finds homes by what somebody wants, in their own words: place, price, rooms, amenities. Returns the \
            best few, with their ids.",
        parameters: homes::search_parameters,
    },
    Tool {
        name: "get_property",
        description: "Everything about one home, by the id that a search gave.",
        parameters: homes::get_parameters,
    },
    Tool {
        name: "quote_stay",
        description: "Whether a home is free for a stay, and what that costs, line by line. For homes that are let by \
            the night or the month.",
        parameters: stays::parameters,
    },
    Tool {
        name: "search_faq",
        description: "Finds the platform's own answers about booking, payment, rules, law and the rest.",
        parameters: answers::parameters,
    },
];

/// The tools in the form of chat completions.
pub(super) fn described() -> Value {
    let one = |tool: &Tool| {
        json!({"type": "function", "function": {"name": tool.name, "description": tool.description,
            "parameters": (tool.parameters)(), "strict": true}})
    };
    TOOLS.iter().map(one).collect()
}

/// The name of a tool that there is.
pub(super) fn known(name: &str) -> Option<&'static str> {
    TOOLS.iter().map(|tool| tool.name).find(|known| *known == name)
}

/// Calls a tool.
///
/// # Errors
/// In words that a model can act on: there is no such tool, the arguments are wrong, or the service
/// refuses. They carry nothing internal.
pub(super) async fn call(asker: &Asker, name: &str, arguments: &str) -> Result<Found, String> {
    match name {
        "search_properties" => homes::search(asker, read(arguments)?).await,
        "get_property" => homes::get(asker, read(arguments)?).await,
        "quote_stay" => stays::quote(asker, read(arguments)?).await,
        "search_faq" => answers::search(asker, read(arguments)?).await,
        _ => Err("There is no such tool.".to_owned()),
    }
}

fn read<T: DeserializeOwned>(arguments: &str) -> Result<T, String> {
    serde_json::from_str(arguments).map_err(|error| format!("The arguments are wrong: {error}"))
}

/// Why a service refuses, for a model. A failure of ours says nothing of itself.
fn refusal(error: Error) -> String {
    if error.code.status() >= 500 {
        return "It cannot be looked up at the moment.".to_owned();
    }
    let fields: Vec<String> =
        error.fields.iter().map(|field| format!("{}: {}", field.pointer, field.detail)).collect();
    let detail = error.detail.unwrap_or_else(|| error.code.title().to_owned());
    [vec![detail], fields].concat().join(" ")
}

/// A text of somebody else's, cut at a letter.
fn cut(text: &str, most: usize) -> String {
    let mut cut: String = text.chars().take(most).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}
