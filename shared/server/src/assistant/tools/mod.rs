//! What the assistant may do: ask the services that REST asks, under the rights of who is talking
//! to it, and draft what that person may then confirm. It can write nothing by itself.
//!
//! Who asks comes from the session and never from a model's arguments; no tool has an argument for
//! it. What people have written is handed over as marked data (see `say::quoted`), because it may
//! be written for a machine to obey; whatever it makes a model do, here are only reads and drafts.

mod answers;
mod drafts;
mod homes;
mod say;
mod stays;

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use garde::Validate;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use terrace_product::Locale;
use utoipa::PartialSchema;
use uuid::Uuid;

use crate::{
    app::State,
    db::Context,
    error::{Error, Result as Served},
    http::{auth::Caller, body},
    listings::{output::PropertyItem, query::Sight},
};

/// A tool as a model is told of it.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// The name that it is called by.
    pub name: &'static str,
    /// What it is for, to a model.
    pub description: &'static str,
    /// JSON Schema of its arguments; strict.
    pub parameters: fn() -> Value,
    /// Whether it makes a draft that somebody has to confirm.
    pub is_draft: bool,
}

/// Who asks: from the session, never from arguments.
#[derive(Clone, Debug)]
pub struct Asker<'a> {
    /// The person, if they have signed in.
    pub caller: Option<&'a Caller>,
    /// The visitor, if they have not.
    pub visitor: Option<Uuid>,
    /// The language of texts.
    pub locale: Locale,
}

/// A listing, as lists show it.
pub type Card = PropertyItem;

/// Where something was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Citation {
    /// `faq` or `property`.
    pub kind: &'static str,
    /// Its id.
    pub id: Uuid,
    /// Its title, or its question.
    pub title: String,
    /// Its page on the brand's own site.
    pub url: String,
}

/// Something that would be done, once the person confirms it.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    /// Names it at `GET /chat/drafts/{token}`; good once.
    pub token: String,
    /// What would be done: `hold`, `booking_request`, `lead` or `viewing`.
    pub action: &'static str,
    /// The same in words, in the person's language.
    pub summary: String,
    /// Until when it can be confirmed.
    pub expires_at: DateTime<Utc>,
}

/// What a tool found.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// For the model, and evidence for what it says.
    pub content: Value,
    /// The listings that it is about.
    pub properties: Vec<Card>,
    /// Where it was read.
    pub citations: Vec<Citation>,
    /// What the person may confirm.
    pub draft: Option<Draft>,
}

/// Why a tool does not answer, in words that a model can act on. Never carries internals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

/// Every tool.
#[must_use]
pub fn all() -> &'static [Tool] {
    &TOOLS
}

const TOOLS: [Tool; 10] = [
    Tool {
        name: "search_properties",
        description: "Finds homes by the visitor's own words and by filters. Use it before you name any home.",
        parameters: schema::<homes::Search>,
        is_draft: false,
    },
    Tool {
        name: "get_property",
        description: "Everything that is known of one home: prices, measures, amenities, rules, description.",
        parameters: schema::<homes::One>,
        is_draft: false,
    },
    Tool {
        name: "nearby",
        description: "Homes around another one or around a point, with their distances as the crow flies.",
        parameters: schema::<homes::Nearby>,
        is_draft: false,
    },
    Tool {
        name: "check_availability",
        description: "The free nights of a home between two days, and how long a stay must be.",
        parameters: schema::<stays::Days>,
        is_draft: false,
    },
    Tool {
        name: "quote",
        description: "The exact price of a stay, line by line. The only source of a price for certain nights.",
        parameters: schema::<stays::Quote>,
        is_draft: false,
    },
    Tool {
        name: "search_faq",
        description: "The brand's own answers: policies, fees, visas, buying, checking in. Cite what you use.",
        parameters: schema::<answers::Question>,
        is_draft: false,
    },
    Tool {
        name: "draft_hold",
        description: "Drafts a booking of a home that is booked at once. Nothing is booked until the visitor confirms.",
        parameters: schema::<drafts::Stay>,
        is_draft: true,
    },
    Tool {
        name: "draft_booking_request",
        description: "Drafts a booking that the host has to accept. Nothing is sent until the visitor confirms.",
        parameters: schema::<drafts::Stay>,
        is_draft: true,
    },
    Tool {
        name: "draft_lead",
        description: "Drafts a question to the brand's people. Nothing is sent until the visitor confirms.",
        parameters: schema::<drafts::Enquiry>,
        is_draft: true,
    },
    Tool {
        name: "draft_viewing",
        description: "Drafts a wish to see a home. Nothing is sent until the visitor confirms.",
        parameters: schema::<drafts::Viewing>,
        is_draft: true,
    },
];

/// Calls a tool.
///
/// # Errors
/// Where there is no such tool, its arguments are wrong, or the service refuses.
pub async fn call(
    state: &Data<State>,
    asker: &Asker<'_>,
    name: &str,
    arguments: &Value,
) -> Result<Answer, Refusal> {
    // Each is a large future, and a model's turn holds it deep in its own: on the heap, then.
    let asked: BoxFuture<'_, Served<Answer>> = match name {
        "search_properties" => Box::pin(homes::search(state, asker, parsed(arguments)?)),
        "get_property" => Box::pin(homes::get(state, asker, parsed(arguments)?)),
        "nearby" => Box::pin(homes::nearby(state, asker, parsed(arguments)?)),
        "check_availability" => Box::pin(stays::check(state, asker, parsed(arguments)?)),
        "quote" => Box::pin(stays::quote(state, asker, parsed(arguments)?)),
        "search_faq" => Box::pin(answers::search(state, asker, parsed(arguments)?)),
        "draft_hold" => Box::pin(drafts::stay(state, asker, parsed(arguments)?, "hold")),
        "draft_booking_request" => {
            Box::pin(drafts::stay(state, asker, parsed(arguments)?, "booking_request"))
        }
        "draft_lead" => Box::pin(drafts::lead(state, asker, parsed(arguments)?)),
        "draft_viewing" => Box::pin(drafts::viewing(state, asker, parsed(arguments)?)),
        _ => {
            let names: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
            return Err(Refusal(format!(
                "There is no such tool. There are: {}.",
                names.join(", ")
            )));
        }
    };
    asked.await.map_err(refused)
}

/// A strict schema: unknown arguments are refused, and said to be.
fn schema<T: PartialSchema>() -> Value {
    let mut schema = serde_json::to_value(T::schema()).unwrap_or_default();
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("additionalProperties".to_owned(), json!(false));
    }
    schema
}

/// The arguments, if they are what the schema says.
fn parsed<T: DeserializeOwned + Validate<Context = ()>>(arguments: &Value) -> Result<T, Refusal> {
    let read = || -> Served<T> {
        let arguments: T = body::parse(arguments.to_string().as_bytes())?;
        match arguments.validate() {
            Ok(()) => Ok(arguments),
            Err(report) => Err(Error::invalid(body::fields(&report))),
        }
    };
    read().map_err(refused)
}

/// The same refusal as REST's, as a sentence.
fn refused(error: Error) -> Refusal {
    if error.code.status() >= 500 {
        tracing::warn!(code = error.code.name(), cause = ?error.cause, "a tool failed");
        return Refusal(
            "This cannot be looked up just now. Say so, and offer to ask somebody.".into(),
        );
    }
    let fields = error.fields.iter().map(|field| {
        match field.pointer.trim_start_matches('/').replace('/', ".") {
            whole if whole.is_empty() => field.detail.clone(),
            name => format!("{name}: {}", field.detail),
        }
    });
    let detail = error.detail.clone().unwrap_or_else(|| format!("{}.", error.code.title()));
    let parts: Vec<String> = std::iter::once(detail).chain(fields).collect();
    Refusal(parts.join(" "))
}

impl Asker<'_> {
    /// What they may see: as over REST.
    fn sight(&self) -> Sight {
        Sight::of(self.caller)
    }

    /// Their name to the database: as over REST.
    fn context(&self) -> Context {
        Context {
            user_id: self.caller.map(|caller| caller.user_id),
            visitor_id: None,
            booking_id: None,
            role: self.caller.map_or("anonymous", |caller| caller.role.name()),
            request_id: Uuid::now_v7().to_string(),
            is_background: false,
        }
    }
}
