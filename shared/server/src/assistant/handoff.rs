//! Handing a conversation over to a person, and taking it back.

use std::fmt::Write;

use actix_web::web;
use chrono::Utc;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::{
    conversations::{HandoffIn, SHOWN, as_platform},
    phrases::{HANDED_OVER, say},
    store::{self, Conversation, Message, one},
};
use crate::{
    accounts::Role,
    app::State,
    db::Context,
    error::{Code, Error, Result},
    http::auth::Caller,
    leads::{self, input::LeadIn, output::LeadReceipt, pipeline::LeadKind},
    visitors::Keeper,
};

/// Letters of the transcript that an enquiry holds; the end is what matters.
const TRANSCRIPT: usize = 4_500;

/// Makes an enquiry of a conversation. Handed over already, it says so.
///
/// # Errors
/// `409` where it is with somebody already, `422` for who cannot be reached.
pub(super) async fn hand_over(
    state: &web::Data<State>,
    keeper: Keeper,
    id: Uuid,
    input: HandoffIn,
) -> Result<LeadReceipt> {
    let Keeper { owner, context } = keeper;
    let receipt =
        LeadReceipt { reference: leads::intake::new_reference(), received_at: Utc::now() };
    let wired = state.clone();
    let handed = state.db.tx(as_platform(context), move |tx| {
        let (state, input, receipt) = (wired.clone(), input.clone(), receipt.clone());
        Box::pin(async move {
            owner.enter(tx).await?;
            // Two who hand it over at once: the second waits, and finds it done.
            store::lock(tx, id).await?;
            let conversation = store::find(tx, owner, id).await?;
            if conversation.handed_over_at.is_some() {
                return Err(Error::new(Code::WrongState)
                    .with_detail("Somebody looks after this conversation already."));
            }
            let messages = store::messages(tx, id, 100).await?;
            let (user, _) = owner.columns();
            let enquiry = enquiry(&messages, input);
            enquiry.check(Utc::now(), state.profile.market.country.as_str(), user.is_some())?;
            let locale = conversation.locale.clone();
            let enquiry = leads::receive::enquiry(enquiry, receipt.clone(), user, locale);
            let lead = leads::intake::receive(tx, &state, enquiry).await?;
            store::hand_over(tx, id, Some(lead)).await?;
            let said = format!("{} {}.", say(HANDED_OVER, &conversation.locale), receipt.reference);
            store::note(tx, id, &said).await?;
            Ok(receipt)
        })
    });
    let receipt = handed.await?;
    metrics::counter!("terrace_assistant_handoffs_total").increment(1);
    Ok(receipt)
}

fn enquiry(messages: &[Message], input: HandoffIn) -> LeadIn {
    let HandoffIn { name, email, phone, property_id } = input;
    LeadIn {
        property_id,
        kind: LeadKind::Enquiry,
        name,
        email,
        phone,
        line_id: None,
        message: transcript(messages),
        locale: None,
        wished_times: Vec::new(),
        website: None,
    }
}

/// What was said, as an agent reads it.
fn transcript(messages: &[Message]) -> String {
    let mut text = String::new();
    for message in messages.iter().filter(|message| !message.content.is_empty()) {
        let who = if message.author == "visitor" { "Visitor" } else { "Assistant" };
        let _ = writeln!(text, "{who}: {}\n", message.content);
    }
    let letters = text.chars().count();
    text.chars().skip(letters.saturating_sub(TRANSCRIPT)).collect::<String>().trim().to_owned()
}

/// The conversation that an enquiry came from, as it is by now.
///
/// # Errors
/// `404` where it came from none, or is not the caller's to look after.
pub(super) async fn of_lead(
    state: &web::Data<State>,
    caller: &Caller,
    context: Context,
    lead: Uuid,
) -> Result<(Conversation, Vec<Message>)> {
    let agent = (caller.role != Role::Admin).then_some(caller.user_id);
    let read = state.db.tx(as_platform(context), move |tx| {
        Box::pin(async move {
            let conversation = store::of_lead(tx, lead, agent).await?;
            let messages = store::messages(tx, conversation.id, SHOWN).await?;
            Ok((conversation, messages))
        })
    });
    read.await
}

/// Lets the assistant answer again.
///
/// # Errors
/// `404` for a conversation that is not with the caller, `409` for one that is with nobody.
pub(super) async fn release(
    state: &web::Data<State>,
    caller: Caller,
    context: Context,
    id: Uuid,
) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Charge {
        is_handed_over: bool,
        assigned_agent_id: Option<Uuid>,
    }
    const SQL: &str = "SELECT c.handed_over_at IS NOT NULL AS is_handed_over, l.assigned_agent_id \
        FROM chat_conversations c LEFT JOIN leads l ON l.id = c.lead_id WHERE c.id = $1 FOR UPDATE OF c";
    let released = state.db.tx(as_platform(context), move |tx| {
        let caller = caller.clone();
        Box::pin(async move {
            let charge: Option<Charge> = one(tx, SQL, [id.into()]).await?;
            let charge = charge
                .filter(|charge| {
                    caller.role == Role::Admin || charge.assigned_agent_id == Some(caller.user_id)
                })
                .ok_or_else(|| Error::not_found("conversation"))?;
            if !charge.is_handed_over {
                return Err(Error::new(Code::WrongState)
                    .with_detail("The assistant answers in this conversation already."));
            }
            store::hand_over(tx, id, None).await
        })
    });
    released.await
}
