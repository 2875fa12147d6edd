//! `POST /leads/{id}/events`.

use actix_web::{HttpRequest, HttpResponse, web};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    input::LeadEventIn,
    output::LeadEventOut,
    query::Scope,
    row::{self, LeadRow},
};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        auth::{Agent, Origin},
        body::Body,
        etag,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
        locale,
    },
};

/// Writes down what happened with a lead: a call, a visit, a remark.
#[utoipa::path(
    post, path = "/api/v1/leads/{id}/events", operation_id = "create_lead_event", tag = "leads",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = LeadEventIn,
    responses((status = 201, body = LeadEventOut)),
    security(("bearer" = [])),
)]
pub async fn create_lead_event(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    key: IdempotencyKey,
    body: Body<LeadEventIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    body.value.check()?;
    let (id, scope) = (*id, Scope::of(&agent.0));
    let claim = key.claim(&format!("create_lead_event:{id}"), &agent.0, body.digest);
    let language = locale::negotiate(&state.profile, None, &request)?.to_string();
    let answer = state
        .db
        .tx(origin.0, move |tx| {
            let (scope, claim, language) = (scope.clone(), claim.clone(), language.clone());
            let LeadEventIn { kind, note } = body.value.clone();
            Box::pin(async move {
                // Before the key: who has lost sight of a lead is not told what they once wrote.
                let lead = row::lock(tx, &scope, id).await?;
                if let Some(claim) = &claim
                    && let Some(answer) = claim.take(tx).await?
                {
                    return Ok(answer);
                }
                let event = row::remember(tx, id, kind.name(), note.as_deref(), json!({})).await?;
                row::touch(tx, id).await?;
                let answer = created(&lead, &read_back(tx, event).await?, language)?;
                if let Some(claim) = &claim {
                    claim.keep(tx, &answer).await?;
                }
                Ok(answer)
            })
        })
        .await?;
    Ok(answer.into())
}

async fn read_back(tx: &DatabaseTransaction, id: Uuid) -> Result<LeadEventOut> {
    let sql = "SELECT id, kind, actor_id, note, data, created_at FROM lead_events WHERE id = $1";
    let row = tx.query_one_raw(statement(sql, [id.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("event"))?;
    Ok(LeadEventOut::from_query_result(&row, "")?)
}

/// `201` with what was made, and the lead's tag after it.
pub(super) fn created(lead: &LeadRow, made: &impl Serialize, language: String) -> Result<Answer> {
    Ok(Answer {
        status: 201,
        body: serde_json::to_string(made).map_err(Error::internal)?,
        headers: AnswerHeaders {
            etag: etag::of_version(lead.version + 1, "lead").to_string(),
            location: format!("/api/v1/leads/{}", lead.id),
            language,
        },
        replayed: false,
    })
}
