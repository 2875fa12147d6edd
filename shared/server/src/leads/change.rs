//! `PATCH /leads/{id}`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::json;
use uuid::Uuid;

use super::{
    contact,
    input::LeadPatch,
    letters::{self, About},
    output::LeadOut,
    pipeline::LeadStatus,
    query::Scope,
    read, routing,
    row::{self, LeadRow},
};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    events::{self, Event},
    http::{
        auth::{Agent, Caller, Origin},
        body::Body,
        etag, locale,
    },
};

/// Changes a lead: its state, who looks after it, how to reach the person.
#[utoipa::path(
    patch, path = "/api/v1/leads/{id}", operation_id = "update_lead", tag = "leads",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    request_body = LeadPatch,
    responses((status = 200, body = LeadOut)),
    security(("bearer" = [])),
)]
pub async fn update_lead(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<LeadPatch>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, caller, seen) = (*id, agent.0, etag::seen_version(&request)?);
    let wired = state.clone();
    let lead = state
        .db
        .tx(origin.0, move |tx| {
            let (state, caller, patch) = (wired.clone(), caller.clone(), body.value.clone());
            Box::pin(async move {
                let scope = Scope::of(&caller);
                let lead = row::lock(tx, &scope, id).await?;
                if lead.version != seen {
                    return Err(etag::stale());
                }
                apply(tx, &state, &caller, lead, patch).await?;
                // Whoever hands a lead on may not be able to see it any more; an admin can.
                read::whole(tx, &scope, id).await
            })
        })
        .await?;
    changed(&state, &request, &lead)
}

/// The answer to a change: the lead as it is now, with the tag to change it further.
pub(super) fn changed(
    state: &State,
    request: &HttpRequest,
    lead: &LeadOut,
) -> Result<HttpResponse> {
    let locale = locale::negotiate(&state.profile, None, request)?;
    Ok(HttpResponse::Ok()
        .insert_header(header::ETag(read::tag(lead)))
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(lead))
}

/// What a lead becomes.
struct Next {
    status: LeadStatus,
    lost_reason: Option<String>,
    assigned_agent_id: Option<Uuid>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    line_id: Option<String>,
}

impl Next {
    fn of(lead: &LeadRow, patch: LeadPatch) -> Result<Self> {
        let LeadPatch { status, lost_reason, assigned_agent_id, name, email, phone, line_id } =
            patch;
        let was = lead.status()?;
        let status = status.unwrap_or(was);
        was.may_become(status)?;
        let trimmed = |text: Option<String>| text.map(|text| text.trim().to_owned());
        Ok(Self {
            lost_reason: reason(status, lost_reason.map(|one| one.name().to_owned()), lead)?,
            status,
            assigned_agent_id: assigned_agent_id.unwrap_or(lead.assigned_agent_id),
            name: trimmed(name).or_else(|| lead.name.clone()),
            email: email.map_or_else(|| lead.email.clone(), trimmed),
            phone: phone.map_or_else(|| lead.phone.clone(), trimmed),
            line_id: line_id.map_or_else(|| lead.line_id.clone(), trimmed),
        })
    }

    /// The names of the personal fields that change; never their values.
    fn personal(&self, lead: &LeadRow) -> Vec<&'static str> {
        [
            ("name", self.name != lead.name),
            ("email", self.email != lead.email),
            ("phone", self.phone != lead.phone),
            ("line_id", self.line_id != lead.line_id),
        ]
        .into_iter()
        .filter_map(|(field, changes)| changes.then_some(field))
        .collect()
    }

    fn phone_key(&self, lead: &LeadRow, country: &str) -> Result<Option<String>> {
        match &self.phone {
            phone if *phone == lead.phone => Ok(lead.phone_key.clone()),
            None => Ok(None),
            Some(phone) => match contact::phone_key(phone, country) {
                Some(key) => Ok(Some(key)),
                None => Err(Error::field("/phone", "invalid", "Must be a phone number.")),
            },
        }
    }
}

/// A lost lead has a reason, and no other has.
fn reason(status: LeadStatus, given: Option<String>, lead: &LeadRow) -> Result<Option<String>> {
    match (status, given) {
        (LeadStatus::Lost, Some(reason)) => Ok(Some(reason)),
        (LeadStatus::Lost, None) => match &lead.lost_reason {
            Some(reason) => Ok(Some(reason.clone())),
            None => Err(Error::field("/lost_reason", "required", "A lost lead has a reason.")),
        },
        (_, Some(_)) => {
            Err(Error::field("/lost_reason", "not_allowed", "Only a lost lead has a reason."))
        }
        (_, None) => Ok(None),
    }
}

async fn apply(
    tx: &DatabaseTransaction,
    state: &State,
    caller: &Caller,
    lead: LeadRow,
    patch: LeadPatch,
) -> Result<()> {
    const SQL: &str = "UPDATE leads SET status = $2::text::lead_status, lost_reason = $3, assigned_agent_id = $4, \
        name = $5, email = $6, phone = $7, phone_key = $8, line_id = $9, version = version + 1 WHERE id = $1";
    let next = Next::of(&lead, patch)?;
    if next.assigned_agent_id != lead.assigned_agent_id {
        may_assign(tx, caller, next.assigned_agent_id).await?;
    }
    if next.email.is_none()
        && next.phone.is_none()
        && next.line_id.is_none()
        && lead.user_id.is_none()
    {
        let detail = "An e-mail address, a phone number or a LINE id must stay.";
        return Err(Error::field("/email", "required", detail));
    }
    let phone_key = next.phone_key(&lead, state.profile.market.country.as_str())?;
    // Written down before the row changes: an agent may lose sight of it by the change.
    tell(tx, state, &lead, &next).await?;
    let values = [
        lead.id.into(),
        next.status.name().into(),
        next.lost_reason.into(),
        next.assigned_agent_id.into(),
        next.name.into(),
        next.email.into(),
        next.phone.into(),
        phone_key.into(),
        next.line_id.into(),
    ];
    tx.execute_raw(statement(SQL, values)).await.map_err(|error| {
        Error::from(error).on_constraint("leads_agent_active", || {
            let detail = "This person is no active agent any more: give the lead to another.";
            Error::field("/assigned_agent_id", "inactive", detail)
        })
    })?;
    Ok(())
}

async fn may_assign(tx: &DatabaseTransaction, caller: &Caller, to: Option<Uuid>) -> Result<()> {
    const AT: &str = "/assigned_agent_id";
    if !caller.is_admin() {
        return Err(Error::field(AT, "forbidden", "Only an admin hands a lead to somebody else."));
    }
    match to {
        Some(agent) if !routing::is_active(tx, agent).await? => {
            Err(Error::field(AT, "unknown", "There is no such agent."))
        }
        _ => Ok(()),
    }
}

/// History, events and letters of a change.
async fn tell(tx: &DatabaseTransaction, state: &State, lead: &LeadRow, next: &Next) -> Result<()> {
    let was = lead.status()?;
    if was != next.status {
        let data = json!({ "from": was, "to": next.status, "lost_reason": next.lost_reason });
        row::remember(tx, lead.id, "status_changed", None, data.clone()).await?;
        events::record(tx, Event { kind: "lead.status_changed", subject_id: lead.id, data })
            .await?;
    }
    let fields = next.personal(lead);
    if !fields.is_empty() {
        row::remember(tx, lead.id, "changed", None, json!({ "fields": fields })).await?;
    }
    if lead.assigned_agent_id != next.assigned_agent_id {
        let data = json!({ "from": lead.assigned_agent_id, "to": next.assigned_agent_id });
        row::remember(tx, lead.id, "assigned", None, data.clone()).await?;
        events::record(tx, Event { kind: "lead.assigned", subject_id: lead.id, data }).await?;
        if let Some(agent) = next.assigned_agent_id {
            let about =
                About { profile: &state.profile, lead: lead.id, reference: &lead.reference };
            letters::notice(tx, &about, agent, lead.version + 1, lead.property_id).await?;
        }
    }
    Ok(())
}
