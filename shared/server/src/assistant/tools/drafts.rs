//! Drafts of what a person may do. See [`crate::assistant::drafts`].

use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use garde::Validate;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use terrace_receipts::Lang;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Answer, Asker, Draft, say, stays};
use crate::{
    app::State,
    assistant::drafts::{Owned, Summary, keep},
    bookings::input::BookingIn,
    error::{Code, Error, Result},
    http::body,
    leads::input::LeadIn,
    listings::{query::Sight, read},
    money,
    quotes::{create, output::QuoteOut},
};

/// A stay that they want.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Stay {
    /// The home.
    #[garde(skip)]
    property_id: Uuid,
    /// The first night (YYYY-MM-DD).
    #[garde(custom(create::calendar_day))]
    check_in: NaiveDate,
    /// The day of leaving (YYYY-MM-DD).
    #[garde(custom(create::calendar_day))]
    check_out: NaiveDate,
    /// People who sleep there.
    #[garde(range(min = 1, max = 1000))]
    guests: i32,
    /// Code of a coupon, if they have one.
    #[garde(length(chars, min = 1, max = 40))]
    coupon: Option<String>,
    /// Their name, as they gave it.
    #[garde(length(chars, min = 1, max = 120))]
    name: String,
    /// Their e-mail address, as they gave it; needed from who has no account.
    #[garde(length(chars, max = 254))]
    email: Option<String>,
    /// Their telephone number, as they gave it.
    #[garde(length(chars, max = 40))]
    phone: Option<String>,
    /// What the host should know.
    #[garde(length(chars, max = 2000))]
    note: Option<String>,
}

/// A question to people.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Enquiry {
    /// The home that it is about.
    #[garde(skip)]
    property_id: Option<Uuid>,
    /// Their name, as they gave it.
    #[garde(length(chars, min = 1, max = 120))]
    name: String,
    /// Their e-mail address. One of e-mail, phone and LINE is needed from who has no account.
    #[garde(length(chars, max = 254))]
    email: Option<String>,
    /// Their telephone number.
    #[garde(length(chars, max = 40))]
    phone: Option<String>,
    /// Their LINE id.
    #[garde(length(chars, max = 60))]
    line_id: Option<String>,
    /// The question, in their words.
    #[garde(length(chars, min = 1, max = 5000))]
    message: String,
}

/// A wish to see a home.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Viewing {
    /// The home.
    #[garde(skip)]
    property_id: Uuid,
    /// Their name, as they gave it.
    #[garde(length(chars, min = 1, max = 120))]
    name: String,
    /// Their e-mail address. One of e-mail, phone and LINE is needed from who has no account.
    #[garde(length(chars, max = 254))]
    email: Option<String>,
    /// Their telephone number.
    #[garde(length(chars, max = 40))]
    phone: Option<String>,
    /// Their LINE id.
    #[garde(length(chars, max = 60))]
    line_id: Option<String>,
    /// When they would like to see it (RFC 3339), the best time first.
    #[garde(length(max = 5))]
    #[serde(default)]
    wished_times: Vec<DateTime<Utc>>,
    /// What else they say.
    #[garde(length(chars, max = 5000))]
    #[serde(default)]
    message: String,
}

pub(super) async fn stay(
    state: &Data<State>,
    asker: &Asker<'_>,
    asked: Stay,
    action: &'static str,
) -> Result<Answer> {
    let owner = owner(asker)?;
    let id = asked.property_id;
    let home = home(state, asker, id).await?;
    check_way(&home, action)?;
    let Stay { check_in, check_out, guests, coupon, name, email, phone, note, .. } = asked;
    check_words([("name", Some(&name)), ("note", note.as_ref())])?;
    let wanted = terrace_pricing::Stay { check_in, check_out, guests, coupon };
    let stored = create::give(state, asker.context(), Sight::Public, id, wanted).await?;
    let quote = QuoteOut::of(stored, &asker.locale);
    let body = json!({
        "quote_id": quote.id, "locale": asker.locale.as_str(),
        "guest": { "name": name, "email": email, "phone": phone, "note": note },
    });
    let input: BookingIn = read(&body)?;
    input.check(state.profile.market.country.as_str(), asker.caller.is_some())?;

    let language = say::spoken(asker);
    let written = |amount: i64| Some(money::written(amount, &quote.currency));
    let summary = Summary::of(action, language)
        .with("property", language, title(&home, language))
        .with("check_in", language, Some(check_in.to_string()))
        .with("check_out", language, Some(check_out.to_string()))
        .with("guests", language, Some(guests.to_string()))
        .with("total", language, written(quote.total))
        .with("due_now", language, written(quote.due_now))
        .with("deposit", language, written(quote.deposit).filter(|_| quote.deposit > 0))
        .with("name", language, Some(name))
        .with("email", language, email)
        .with("phone", language, phone)
        .with("note", language, note);
    let draft = Owned { owner, action: action.to_owned(), body, summary };
    drafted(state, draft, action, stays::told(&quote)).await
}

pub(super) async fn lead(state: &Data<State>, asker: &Asker<'_>, asked: Enquiry) -> Result<Answer> {
    let Enquiry { property_id, name, email, phone, line_id, message } = asked;
    check_words([
        ("name", Some(&name)),
        ("line_id", line_id.as_ref()),
        ("message", Some(&message)),
    ])?;
    let body = json!({
        "property_id": property_id, "kind": "enquiry", "name": name, "email": email, "phone": phone,
        "line_id": line_id, "message": message, "locale": asker.locale.as_str(),
    });
    enquiry(state, asker, "lead", property_id, body).await
}

pub(super) async fn viewing(
    state: &Data<State>,
    asker: &Asker<'_>,
    asked: Viewing,
) -> Result<Answer> {
    let Viewing { property_id, name, email, phone, line_id, wished_times, message } = asked;
    check_words([
        ("name", Some(&name)),
        ("line_id", line_id.as_ref()),
        ("message", Some(&message)),
    ])?;
    let times: Vec<Value> = wished_times.iter().map(|start| json!({ "start": start })).collect();
    let body = json!({
        "property_id": property_id, "kind": "viewing", "name": name, "email": email, "phone": phone,
        "line_id": line_id, "message": message, "locale": asker.locale.as_str(), "wished_times": times,
    });
    enquiry(state, asker, "viewing", Some(property_id), body).await
}

async fn enquiry(
    state: &Data<State>,
    asker: &Asker<'_>,
    action: &'static str,
    property_id: Option<Uuid>,
    body: Value,
) -> Result<Answer> {
    let owner = owner(asker)?;
    let home = match property_id {
        Some(id) => Some(home(state, asker, id).await?),
        None => None,
    };
    let input: LeadIn = read(&body)?;
    input.check(Utc::now(), state.profile.market.country.as_str(), asker.caller.is_some())?;
    let language = say::spoken(asker);
    let local = |at: &DateTime<Utc>| {
        at.with_timezone(&state.profile.market.timezone.tz()).format("%Y-%m-%d %H:%M").to_string()
    };
    let mut summary = Summary::of(action, language)
        .with("property", language, home.as_ref().and_then(|home| title(home, language)))
        .with("name", language, Some(input.name))
        .with("email", language, input.email)
        .with("phone", language, input.phone)
        .with("line_id", language, input.line_id);
    for wished in &input.wished_times {
        summary = summary.with("wished_time", language, Some(local(&wished.start)));
    }
    let summary = summary.with("message", language, Some(input.message));
    let draft = Owned { owner, action: action.to_owned(), body, summary };
    drafted(state, draft, action, Value::Null).await
}

/// Refuses words that lead out of the conversation: a listing may have ordered the model to write them,
/// and the visitor would read them in the summary.
fn check_words<'w>(words: impl IntoIterator<Item = (&'w str, Option<&'w String>)>) -> Result<()> {
    let leads_out = |(name, text): (&'w str, Option<&'w String>)| {
        (!say::ways_out(text?).is_empty()).then_some(name)
    };
    match words.into_iter().find_map(leads_out) {
        None => Ok(()),
        Some(name) => Err(Error::field(
            format!("/{name}"),
            "leads_out",
            "Must have no link, address or number to call; an e-mail address and a telephone number have fields of their own.",
        )),
    }
}

/// Keeps it, and tells the model that nothing has happened yet.
async fn drafted(
    state: &State,
    draft: Owned,
    action: &'static str,
    quote: Value,
) -> Result<Answer> {
    let (token, expires_at) = keep(state, &draft).await?;
    let summary = draft.summary.text();
    metrics::counter!("terrace_assistant_drafts_total", "action" => action).increment(1);
    let content = json!({
        "drafted": action, "quote": quote,
        "status": "Nothing has been sent or booked. The visitor sees the draft and confirms it, or not.",
    });
    let draft = Draft { token, action, summary, expires_at };
    Ok(Answer { content, draft: Some(draft), ..Answer::default() })
}

/// Whose the draft is.
fn owner(asker: &Asker<'_>) -> Result<Uuid> {
    let person = asker.caller.map(|caller| caller.user_id);
    person.or(asker.visitor).ok_or_else(|| {
        Error::new(Code::Unauthorized).with_detail(
            "Nothing can be drafted for somebody without an account or a visitor token.",
        )
    })
}

/// The home as everyone sees it: nobody books or asks about another.
async fn home(state: &State, asker: &Asker<'_>, id: Uuid) -> Result<Value> {
    read::told(state, &id.to_string(), &Sight::Public, &asker.locale).await
}

fn title(home: &Value, language: Lang) -> Option<String> {
    Some(say::kept_in(home["title"].as_str()?, language))
}

/// A stay is booked at once, or asked for: the listing says which.
fn check_way(home: &Value, action: &str) -> Result<()> {
    let is_instant = home["rental_details"]["instant_book"].as_bool().unwrap_or(false);
    let detail = match (action, is_instant) {
        ("hold", false) => "This home is not booked at once: use draft_booking_request.",
        ("booking_request", true) => "This home is booked at once: use draft_hold.",
        _ => return Ok(()),
    };
    Err(Error::field("/property_id", "wrong_way", detail))
}

fn read<T: DeserializeOwned + Validate<Context = ()>>(value: &Value) -> Result<T> {
    let input: T = body::parse(value.to_string().as_bytes())?;
    input.validate().map_err(|report| Error::invalid(body::fields(&report)))?;
    Ok(input)
}
