//! `POST /admin/agents/{id}/reassign`: what one agent is in charge of becomes another's.

use actix_web::{HttpResponse, http::header, web};
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use terrace_entity::{agents, users};
use terrace_product::Profile;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::State,
    db::statement,
    error::{Error, FieldError, Result},
    http::{
        auth::{Admin, Origin},
        body::Body,
    },
    notifications::{self, Mail, Recipient},
    privacy::Private,
};

/// What becomes whose.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReassignIn {
    /// The agent who takes over.
    #[garde(skip)]
    pub to_agent_id: Uuid,
    /// `"all"`, those that were taken away included, or a list of ids; none where it is missing.
    #[garde(skip)]
    #[serde(default)]
    pub listings: Which,
    /// Whether the open leads go too.
    #[garde(skip)]
    #[serde(default)]
    pub leads: bool,
}

/// `"all"`, or a list of ids.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(example = "all")]
pub enum Which {
    /// Every one.
    All(All),
    /// These.
    These(Vec<Uuid>),
}

/// Every one.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum All {
    /// Every one.
    All,
}

impl Default for Which {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

/// How much has moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReassignOut {
    /// Listings.
    pub listings: usize,
    /// Leads.
    pub leads: usize,
}

#[derive(FromQueryResult)]
struct Moved {
    id: Uuid,
    slug: String,
}

/// Puts another agent in charge of an agent's listings and open leads, all of it or nothing. The
/// agency of a listing stays what it is.
#[utoipa::path(
    post, path = "/api/v1/admin/agents/{id}/reassign", operation_id = "reassign_agent", tag = "people",
    params(("id" = Uuid, Path)),
    request_body = ReassignIn,
    responses((status = 200, body = ReassignOut)),
    security(("bearer" = [])),
)]
pub async fn reassign_agent(
    admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<ReassignIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (from, by, input) = (*id, admin.0.user_id, body.value);
    if input.to_agent_id == from {
        return Err(Error::field("/to_agent_id", "same", "Must be another agent."));
    }
    let wired = state.clone();
    let (moved, leads) = state
        .db
        .tx(origin.0, move |tx| {
            let (state, input) = (wired.clone(), input.clone());
            Box::pin(async move {
                let to = input.to_agent_id;
                check(tx, from, to).await?;
                let moved = move_listings(tx, from, to, by, input.listings).await?;
                let leads = if input.leads { move_leads(tx, from, to).await? } else { Vec::new() };
                hand_over(tx, &state.profile, from, to, &leads).await?;
                Ok((moved, leads.len()))
            })
        })
        .await?;
    for Moved { id, slug } in &moved {
        state.listings.forget(&state.profile, *id, &[slug]).await;
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(ReassignOut { listings: moved.len(), leads }))
}

async fn check(tx: &DatabaseTransaction, from: Uuid, to: Uuid) -> Result<()> {
    if users::Entity::find_by_id(from).one(tx).await?.is_none() {
        return Err(Error::not_found("agent"));
    }
    // That they are active is the database's to decide, under lock.
    match agents::Entity::find_by_id(to).one(tx).await? {
        Some(_) => Ok(()),
        None => Err(Error::field("/to_agent_id", "unknown", "There is no such agent.")),
    }
}

/// Locks the rows in the order of their ids, as everything does that takes several.
async fn move_listings(
    tx: &DatabaseTransaction,
    from: Uuid,
    to: Uuid,
    by: Uuid,
    which: Which,
) -> Result<Vec<Moved>> {
    let (these, wanted) = match which {
        Which::All(_) => ("", None),
        Which::These(ids) if ids.is_empty() => return Ok(Vec::new()),
        Which::These(ids) => (" AND id = ANY($2::uuid[])", Some(ids)),
    };
    let sql = format!(
        "SELECT id, slug FROM properties WHERE agent_id = $1{these} ORDER BY id FOR NO KEY UPDATE"
    );
    let mut values: Vec<Value> = vec![from.into()];
    values.extend(wanted.clone().map(Value::from));
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    let moved: Vec<Moved> =
        rows.iter().map(|row| Moved::from_query_result(row, "")).collect::<Result<_, _>>()?;
    let strange = |id: &Uuid| moved.iter().all(|moved| moved.id != *id);
    let strangers: Vec<_> = wanted
        .into_iter()
        .flatten()
        .enumerate()
        .filter(|(_, id)| strange(id))
        .map(|(nth, _)| {
            let detail = "This agent is not in charge of such a listing.";
            FieldError::new(format!("/listings/{nth}"), "unknown", detail)
        })
        .collect();
    if !strangers.is_empty() {
        return Err(Error::invalid(strangers));
    }
    let ids: Vec<Uuid> = moved.iter().map(|moved| moved.id).collect();
    let sql = "UPDATE properties SET agent_id = $2, updated_by = $3, version = version + 1 \
               WHERE id = ANY($1::uuid[])";
    let values = [ids.into(), to.into(), by.into()];
    tx.execute_raw(statement(sql, values))
        .await
        .map_err(|error| Error::from(error).on_constraint("properties_agent_active", inactive))?;
    Ok(moved)
}

/// Open leads, each with a line in its history and an event.
async fn move_leads(tx: &DatabaseTransaction, from: Uuid, to: Uuid) -> Result<Vec<Uuid>> {
    let sql = "SELECT id FROM leads WHERE assigned_agent_id = $1 AND status NOT IN ('won', 'lost') \
               ORDER BY id FOR NO KEY UPDATE";
    let rows = tx.query_all_raw(statement(sql, [from.into()])).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    if ids.is_empty() {
        return Ok(ids);
    }
    let update = "UPDATE leads SET assigned_agent_id = $2, version = version + 1 \
                  WHERE id = ANY($1::uuid[])";
    let history = "INSERT INTO lead_events (lead_id, kind, actor_id, data) \
        SELECT id, 'assigned', app_user_id(), jsonb_build_object('from', $3::uuid, 'to', $2::uuid) \
        FROM unnest($1::uuid[]) AS id";
    let events = "INSERT INTO events (kind, subject_type, subject_id, data, actor, request_id) \
        SELECT 'lead.assigned', 'lead', id, jsonb_build_object('from', $3::uuid, 'to', $2::uuid), \
            app_user_id(), nullif(current_setting('app.request_id', true), '') \
        FROM unnest($1::uuid[]) AS id ORDER BY id";
    tx.execute_raw(statement(update, [ids.clone().into(), to.into()]))
        .await
        .map_err(|error| Error::from(error).on_constraint("leads_agent_active", inactive))?;
    for sql in [history, events] {
        tx.execute_raw(statement(sql, [ids.clone().into(), to.into(), from.into()])).await?;
    }
    Ok(ids)
}

fn inactive() -> Error {
    Error::field("/to_agent_id", "inactive", "This person is not an active agent.")
}

/// One letter about all of them, not one for each.
async fn hand_over(
    tx: &DatabaseTransaction,
    profile: &Profile,
    from: Uuid,
    to: Uuid,
    leads: &[Uuid],
) -> Result<()> {
    let Some(first) = leads.first() else {
        return Ok(());
    };
    let Some(reader) = Recipient::find(tx, profile, to).await? else {
        return Ok(());
    };
    let mut facts = json!({
        "count": leads.len(),
        "url": notifications::front_end(profile, "/office/leads"),
    });
    let former = users::Entity::find_by_id(from).one(tx).await?;
    for (fact, name) in [
        ("agent", reader.name.map(Private::into_exposed)),
        ("from", former.and_then(|user| user.display_name)),
    ] {
        if let Some(name) = name {
            facts[fact] = name.into();
        }
    }
    let mail = Mail {
        template: "leads_handed_over",
        // What is moved, moved back and moved again is told each time.
        key: format!("leads.handed_over:{}", Uuid::now_v7()),
        to: reader.email,
        locale: reader.locale,
        about: *first,
        facts,
    };
    notifications::queue(tx, &mail).await.map(drop)
}
