//! Makes a lead of an enquiry, or adds it to the lead that the same person has open.
//!
//! It runs with the platform's own rights: a visitor may see no lead, not even whether there is
//! one, and this has to look.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult,
};
use serde_json::json;
use terrace_entity::leads;
use uuid::Uuid;

use super::{
    contact,
    letters::{self, About},
    output::LeadReceipt,
    pipeline::{LeadKind, LeadStatus},
    routing, row,
};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    events::{self, Event},
    listings::letters::Named,
};

/// An enquiry that has been checked.
#[derive(Clone, Debug)]
pub(crate) struct Enquiry {
    pub(super) receipt: LeadReceipt,
    pub(super) user_id: Option<Uuid>,
    pub(super) property_id: Option<Uuid>,
    pub(super) kind: LeadKind,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) line_id: Option<String>,
    pub(super) message: String,
    pub(super) locale: String,
    pub(super) wished_times: Vec<DateTime<Utc>>,
}

/// A reference that can be read out: letters and digits that nobody mistakes for one another.
pub(crate) fn new_reference() -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let letter = |byte: u8| char::from(LETTERS[usize::from(byte % 32)]);
    // The random bytes of a v4 id; those with its version and variant are left out.
    let id = Uuid::new_v4();
    let (first, second) = (&id.as_bytes()[..5], &id.as_bytes()[10..15]);
    let text = |bytes: &[u8]| bytes.iter().map(|byte| letter(*byte)).collect::<String>();
    format!("{}-{}", text(first), text(second))
}

/// The listing that an enquiry is about.
struct Listing {
    id: Uuid,
    agent_id: Option<Uuid>,
    named: Named,
}

/// Takes an enquiry; says which lead it became, or was added to.
///
/// # Errors
/// `422` where there is no such listing for visitors.
pub(crate) async fn receive(
    tx: &DatabaseTransaction,
    state: &State,
    mut enquiry: Enquiry,
) -> Result<Uuid> {
    let listing = match enquiry.property_id {
        Some(id) => Some(published(tx, id, &enquiry.locale).await?),
        None => None,
    };
    if let (None, Some(user)) = (&enquiry.email, enquiry.user_id) {
        enquiry.email = address_of(tx, user).await?;
    }
    let phone_key = enquiry
        .phone
        .as_ref()
        .and_then(|phone| contact::phone_key(phone, state.profile.market.country.as_str()));
    match same_person(tx, &enquiry, phone_key.as_deref()).await? {
        Some(lead) => repeat(tx, lead, &enquiry).await.map(|()| lead),
        None => begin(tx, state, enquiry, phone_key, listing).await,
    }
}

async fn published(tx: &DatabaseTransaction, id: Uuid, locale: &str) -> Result<Listing> {
    #[derive(FromQueryResult)]
    struct Agent {
        agent_id: Option<Uuid>,
    }
    let unknown = || Error::field("/property_id", "unknown", "There is no such listing.");
    // Locked against being taken away meanwhile.
    let sql = "SELECT agent_id FROM properties WHERE id = $1 AND is_published AND deleted_at IS NULL \
               FOR KEY SHARE";
    let row = tx.query_one_raw(statement(sql, [id.into()])).await?.ok_or_else(unknown)?;
    let Agent { agent_id } = Agent::from_query_result(&row, "")?;
    let named = Named::find(tx, id, locale).await?.ok_or_else(unknown)?;
    Ok(Listing { id, agent_id, named })
}

/// Who has an account need not say how to reach them.
async fn address_of(tx: &DatabaseTransaction, user: Uuid) -> Result<Option<String>> {
    #[derive(FromQueryResult)]
    struct Address {
        email: Option<String>,
    }
    let sql = "SELECT email FROM users WHERE id = $1";
    let row = tx.query_one_raw(statement(sql, [user.into()])).await?;
    Ok(row.map(|row| Address::from_query_result(&row, "")).transpose()?.and_then(|a| a.email))
}

/// The open lead of the same person about the same listing, not older than thirty days, locked.
///
/// Two enquiries of one person at once: the second waits at the person's keys until the first has
/// committed, and finds it.
async fn same_person(
    tx: &DatabaseTransaction,
    enquiry: &Enquiry,
    phone_key: Option<&str>,
) -> Result<Option<Uuid>> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let email_key = enquiry.email.as_deref().map(contact::email_key);
    let keys: Vec<String> = email_key.iter().cloned().chain(phone_key.map(str::to_owned)).collect();
    if keys.is_empty() {
        return Ok(None);
    }
    // In one order for everybody, or two would wait for each other.
    let lock = "SELECT pg_advisory_xact_lock(k.key) FROM (SELECT DISTINCT hashtextextended('lead:' || w, 0) AS key \
                FROM unnest($1::text[]) w ORDER BY 1) k";
    tx.query_all_raw(statement(lock, [keys.into()])).await?;
    let sql = "SELECT id FROM leads WHERE property_id IS NOT DISTINCT FROM $1 \
               AND (email_key = $2 OR phone_key = $3) AND status NOT IN ('won', 'lost') \
               AND created_at > now() - interval '30 days' ORDER BY created_at DESC LIMIT 1 FOR UPDATE";
    let values =
        [enquiry.property_id.into(), email_key.into(), phone_key.map(str::to_owned).into()];
    let row = tx.query_one_raw(statement(sql, values)).await?;
    Ok(row.map(|row| Found::from_query_result(&row, "")).transpose()?.map(|found| found.id))
}

/// Adds to an open lead. Whoever wrote may be somebody else who knows the address: what the lead
/// holds stays as it is, and what they say of themselves stands in its history.
async fn repeat(tx: &DatabaseTransaction, lead: Uuid, enquiry: &Enquiry) -> Result<()> {
    let data = json!({
        "reference": enquiry.receipt.reference, "kind": enquiry.kind, "name": enquiry.name,
        "email": enquiry.email, "phone": enquiry.phone, "line_id": enquiry.line_id,
        "wished_times": enquiry.wished_times, "locale": enquiry.locale,
    });
    let note = Some(enquiry.message.as_str()).filter(|message| !message.is_empty());
    row::remember(tx, lead, "enquiry", note, data).await?;
    row::touch(tx, lead).await
}

async fn begin(
    tx: &DatabaseTransaction,
    state: &State,
    enquiry: Enquiry,
    phone_key: Option<String>,
    listing: Option<Listing>,
) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let in_charge = listing.as_ref().and_then(|listing| listing.agent_id);
    let agent = routing::choose(tx, state.profile.leads.routing, in_charge).await?;
    let property = listing.as_ref().map(|listing| listing.id);
    let Enquiry {
        receipt,
        user_id,
        property_id: _,
        kind,
        name,
        email,
        phone,
        line_id,
        message,
        locale,
        wished_times,
    } = enquiry;
    let lead = leads::ActiveModel {
        id: Set(id),
        reference: Set(receipt.reference.clone()),
        property_id: Set(property),
        user_id: Set(user_id),
        assigned_agent_id: Set(agent),
        name: Set(Some(name.clone())),
        email: Set(email.clone()),
        phone: Set(phone),
        phone_key: Set(phone_key),
        line_id: Set(line_id),
        message: Set(message),
        locale: Set(Some(locale.clone())),
        kind: Set(kind.name().to_owned()),
        wished_times: Set(wished_times),
        ..Default::default()
    };
    leads::Entity::insert(lead).exec_without_returning(tx).await?;
    row::remember(tx, id, "created", None, json!({})).await?;
    let told = json!({
        "kind": kind, "status": LeadStatus::New, "property_id": property, "assigned_agent_id": agent,
    });
    events::record(tx, Event { kind: "lead.created", subject_id: id, data: told }).await?;
    let about = About { profile: &state.profile, lead: id, reference: &receipt.reference };
    if let Some(email) = &email {
        let listing = listing.as_ref().map(|listing| &listing.named);
        letters::answer(tx, &about, email, &name, &locale, listing).await?;
    }
    if let Some(agent) = agent {
        let told = json!({ "from": null, "to": agent });
        events::record(tx, Event { kind: "lead.assigned", subject_id: id, data: told }).await?;
        letters::notice(tx, &about, agent, 1, property).await?;
    }
    Ok(id)
}
