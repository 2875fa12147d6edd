//! `POST /leads/{id}/tasks`, `PATCH` and `DELETE /leads/{id}/tasks/{task_id}`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::json;
use uuid::Uuid;

use super::{
    history::created,
    input::{LeadTaskIn, LeadTaskPatch},
    output::LeadTaskOut,
    query::Scope,
    routing, row,
};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        auth::{Agent, Origin},
        body::Body,
        etag,
        idempotency::IdempotencyKey,
        locale,
    },
};

/// Writes down something to be done.
#[utoipa::path(
    post, path = "/api/v1/leads/{id}/tasks", operation_id = "create_lead_task", tag = "leads",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = LeadTaskIn,
    responses((status = 201, body = LeadTaskOut)),
    security(("bearer" = [])),
)]
pub async fn create_lead_task(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    key: IdempotencyKey,
    body: Body<LeadTaskIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    check_due(body.value.due_at)?;
    let (id, scope, me) = (*id, Scope::of(&agent.0), agent.0.user_id);
    let claim = key.claim(&format!("create_lead_task:{id}"), &agent.0, body.digest);
    let language = locale::negotiate(&state.profile, None, &request)?.to_string();
    let answer = state
        .db
        .tx(origin.0, move |tx| {
            let (scope, claim, language) = (scope.clone(), claim.clone(), language.clone());
            let input = body.value.clone();
            Box::pin(async move {
                let lead = row::lock(tx, &scope, id).await?;
                if let Some(claim) = &claim
                    && let Some(answer) = claim.take(tx).await?
                {
                    return Ok(answer);
                }
                let task = insert(tx, id, me, input).await?;
                row::touch(tx, id).await?;
                let answer = created(&lead, &task, language)?;
                if let Some(claim) = &claim {
                    claim.keep(tx, &answer).await?;
                }
                Ok(answer)
            })
        })
        .await?;
    Ok(answer.into())
}

const COLUMNS: &str = "id, title, due_at, done_at, assignee_id, created_at";

async fn insert(
    tx: &DatabaseTransaction,
    lead: Uuid,
    me: Uuid,
    input: LeadTaskIn,
) -> Result<LeadTaskOut> {
    let LeadTaskIn { title, due_at, assignee_id } = input;
    check_assignee(tx, me, assignee_id).await?;
    let id = Uuid::now_v7();
    let sql = format!(
        "INSERT INTO lead_tasks (id, lead_id, title, due_at, assignee_id) \
         VALUES ($1, $2, $3, $4, $5) RETURNING {COLUMNS}"
    );
    let values = [
        id.into(),
        lead.into(),
        title.trim().into(),
        due_at.into(),
        assignee_id.unwrap_or(me).into(),
    ];
    row::remember(tx, lead, "task_added", None, json!({ "task_id": id })).await?;
    one(tx, sql, values).await
}

/// Changes a task, or says that it is done.
#[utoipa::path(
    patch, path = "/api/v1/leads/{id}/tasks/{task_id}", operation_id = "update_lead_task", tag = "leads",
    params(("id" = Uuid, Path), ("task_id" = Uuid, Path)),
    request_body = LeadTaskPatch,
    responses((status = 200, body = LeadTaskOut)),
    security(("bearer" = [])),
)]
pub async fn update_lead_task(
    agent: Agent,
    origin: Origin,
    path: web::Path<(Uuid, Uuid)>,
    body: Body<LeadTaskPatch>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    check_due(body.value.due_at.flatten())?;
    let (lead, task) = path.into_inner();
    let (scope, me) = (Scope::of(&agent.0), agent.0.user_id);
    let (task, version) = state
        .db
        .tx(origin.0, move |tx| {
            let (scope, patch) = (scope.clone(), body.value.clone());
            Box::pin(async move {
                let locked = row::lock(tx, &scope, lead).await?;
                let task = apply(tx, lead, task, me, patch).await?;
                row::touch(tx, lead).await?;
                Ok((task, locked.version + 1))
            })
        })
        .await?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(HttpResponse::Ok()
        .insert_header(header::ETag(etag::of_version(version, "lead")))
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(task))
}

async fn apply(
    tx: &DatabaseTransaction,
    lead: Uuid,
    task: Uuid,
    me: Uuid,
    patch: LeadTaskPatch,
) -> Result<LeadTaskOut> {
    let LeadTaskPatch { title, due_at, done, assignee_id } = patch;
    check_assignee(tx, me, assignee_id.flatten()).await?;
    // What is done stays done at the time when it was.
    let sql = format!(
        "UPDATE lead_tasks SET title = coalesce($3, title), due_at = CASE WHEN $4 THEN $5 ELSE due_at END, \
             done_at = CASE $6 WHEN true THEN coalesce(done_at, now()) WHEN false THEN NULL ELSE done_at END, \
             assignee_id = CASE WHEN $7 THEN $8 ELSE assignee_id END \
         WHERE id = $2 AND lead_id = $1 RETURNING {COLUMNS}"
    );
    let values = [
        lead.into(),
        task.into(),
        title.map(|title| title.trim().to_owned()).into(),
        due_at.is_some().into(),
        due_at.flatten().into(),
        done.into(),
        assignee_id.is_some().into(),
        assignee_id.flatten().into(),
    ];
    let changed = one(tx, sql, values).await?;
    let kind = match done {
        Some(true) => "task_done",
        Some(false) => "task_reopened",
        None => "task_changed",
    };
    row::remember(tx, lead, kind, None, json!({ "task_id": task })).await?;
    Ok(changed)
}

/// Takes a task away.
#[utoipa::path(
    delete, path = "/api/v1/leads/{id}/tasks/{task_id}", operation_id = "delete_lead_task", tag = "leads",
    params(("id" = Uuid, Path), ("task_id" = Uuid, Path)),
    responses((status = 204)),
    security(("bearer" = [])),
)]
pub async fn delete_lead_task(
    agent: Agent,
    origin: Origin,
    path: web::Path<(Uuid, Uuid)>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (lead, task) = path.into_inner();
    let scope = Scope::of(&agent.0);
    state
        .db
        .tx(origin.0, move |tx| {
            let scope = scope.clone();
            Box::pin(async move {
                row::lock(tx, &scope, lead).await?;
                let sql = "DELETE FROM lead_tasks WHERE id = $1 AND lead_id = $2";
                let gone = tx.execute_raw(statement(sql, [task.into(), lead.into()])).await?;
                if gone.rows_affected() == 0 {
                    return Err(Error::not_found("task"));
                }
                row::remember(tx, lead, "task_removed", None, json!({ "task_id": task })).await?;
                row::touch(tx, lead).await
            })
        })
        .await?;
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}

async fn one(
    tx: &DatabaseTransaction,
    sql: String,
    values: impl IntoIterator<Item = sea_orm::Value>,
) -> Result<LeadTaskOut> {
    let row = tx.query_one_raw(statement(sql, values)).await?;
    let row = row.ok_or_else(|| Error::not_found("task"))?;
    Ok(LeadTaskOut::from_query_result(&row, "")?)
}

fn check_due(due: Option<DateTime<Utc>>) -> Result<()> {
    match due {
        Some(due) if !row::is_sensible(&due) => {
            Err(Error::field("/due_at", "out_of_range", "Must be within the years 1970 to 2200."))
        }
        _ => Ok(()),
    }
}

/// Oneself, or somebody who is given leads.
async fn check_assignee(tx: &DatabaseTransaction, me: Uuid, named: Option<Uuid>) -> Result<()> {
    match named {
        Some(named) if named != me && !routing::is_listed(tx, named).await? => {
            Err(Error::field("/assignee_id", "unknown", "There is no such agent."))
        }
        _ => Ok(()),
    }
}
